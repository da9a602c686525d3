"""Exact checks of an answer: what a program can say of it without another model's opinion."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from agents.repetition import repeated_tail
from training.likeness import plain
from training.loops import is_looping

_NOT_KNOWN = re.compile(
    r"\b(?:(?:do|does|did|was|have|has|is|ca|could)n['’]t"
    r"|(?:do|does|did|am|was|have|has|is|can|could) ?not)"
    r"(?: \w+){0,2}? (?:know|known|told|said|say|mentioned|sure|aware|tell)\b"
    r"|\bno idea\b|\bunknown\b|\bnever (?:told|said|mentioned)\b"
    r"|\bno (?:information|way (?:to|of) know)",
    re.IGNORECASE,
)
_REFUSES = re.compile(
    r"\b(?:(?:ca|could|would)n['’]t|(?:can|could|am|will|would) ?not)(?: be)?(?: \w+)? "
    r"(?:do that|help|assist|answer|provide|discuss|comply|able|allowed|talk|give|write)\b"
    r"|\bi['’]m (?:not able|unable|sorry)\b|\bi am (?:unable|sorry)\b|\bas an ai\b|\bi won['’]t\b"
    r"|\bmust decline\b|\btoo (?:hard|difficult) for me\b",
    re.IGNORECASE,
)

Check = Callable[[str], bool]
"""Whether an answer that says something passes."""


@dataclass(frozen=True, slots=True)
class Given:
    """An answer: its text, and how it ended, as `agents.engine.requests.Finished` says it."""

    text: str
    finish: str


def passes(check: Check, given: Given) -> float:
    """Give 1 where an answer passes, and 0 where it fails, says nothing or ended in an error."""
    said = given.finish in ("stop", "length") and any(not one.isspace() for one in given.text)
    return float(said and check(given.text))


def says_unknown(text: str) -> bool:
    """Whether an answer says that something is not known."""
    return bool(_NOT_KNOWN.search(text))


def refuses(text: str) -> bool:
    """Whether an answer declines to do what was asked for."""
    return bool(_REFUSES.search(text))


def has(text: str, value: str) -> bool:
    """Whether the words of a value stand in a text one after the other, in any letter case."""
    return f" {plain(value)} " in f" {plain(text)} "


def is_same(text: str, value: str) -> bool:
    """Whether a text says the words of a value and no others."""
    return plain(text) == plain(value)


def check_of(rules: Mapping[str, Any]) -> Check:
    """Give the check that keeps all rules. Raises ValueError for a rule that is not known.

    `has` and `lacks` list values that must all, or must not, stand in the answer, `any` values of
    which one has to; `is` lists what the whole answer may be; `matches` is a regular expression;
    `unknown` and `refuses` say whether it has to say, or must not say, that something is not known,
    or that it will not be done; with `ends` it may not go round in circles; `words` is the most
    words it may have.
    """
    unknown = set(rules) - set(_RULES)
    if unknown or not rules:
        raise ValueError(f"no rule of a check: {', '.join(sorted(unknown)) or 'none is given'}")
    checks = [_RULES[name](value) for name, value in rules.items()]
    return lambda text: all(check(text) for check in checks)


def _matches(pattern: str) -> Check:
    compiled = re.compile(pattern, re.IGNORECASE | re.DOTALL)
    return lambda text: bool(compiled.search(text.strip()))


def _goes_round(text: str) -> bool:
    """Whether an answer repeats words, or marks and blanks, which have no letters."""
    return is_looping(text) or repeated_tail([ord(character) for character in text]) > 0


_RULES: dict[str, Callable[[Any], Check]] = {
    "has": lambda values: lambda text: all(has(text, value) for value in values),
    "any": lambda values: lambda text: any(has(text, value) for value in values),
    "lacks": lambda values: lambda text: not any(has(text, value) for value in values),
    "is": lambda values: lambda text: any(is_same(text, value) for value in values),
    "matches": _matches,
    "unknown": lambda wanted: lambda text: says_unknown(text) == wanted,
    "refuses": lambda wanted: lambda text: refuses(text) == wanted,
    "ends": lambda wanted: lambda text: _goes_round(text) != wanted,
    "words": lambda most: lambda text: len(text.split()) <= most,
}
