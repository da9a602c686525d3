"""What a person's corrections change again and again, as far as a program can check it exactly.

A habit is a countable side of an answer, such as its first word, its form or its length, to which
three corrections or more have changed an answer that was otherwise.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from agents.style_measures import style_of
from store.conversations import Conversations
from store.database import Database
from store.errors import UnknownIdError
from training.example import Example
from training.likeness import plain

LEAST = 3
"""Corrections that make a habit."""
SHORT, LEEWAY = 0.5, 1.5
"""A correction shortens where it leaves half of the words; an answer is then short with half as
many words again as the accepted one has."""
_LIST = re.compile(r"(?:^|\n) *(?:[-*•]|\d+[.)]) ")

Habit = tuple[str, str]
"""A side of an answer and what it is to be, such as ("begins", "ahoy") or ("form", "list")."""


@dataclass(frozen=True, slots=True)
class Corrected:
    """An answer that was given, and the better one."""

    given: str
    better: str


def corrections_of(database: Database, examples: Iterable[Example]) -> dict[str, Corrected]:
    """Give what the examples that are corrections have changed, by their sources."""
    conversations = Conversations(database)
    found = {}
    for example in examples:
        if example.kind == "correction":
            try:
                given = conversations.message(int(example.source.removeprefix("message:")))
            except (UnknownIdError, ValueError):
                continue
            found[example.source] = Corrected(given.text, example.answer)
    return found


def habits_of(corrections: Iterable[Corrected]) -> frozenset[Habit]:
    """Give the habits that corrections show."""
    counted = Counter(habit for one in corrections for habit in _changed(one))
    return frozenset(habit for habit, count in counted.items() if count >= LEAST)


def shown_in(
    example: Example, habits: frozenset[Habit], corrected: Corrected | None
) -> tuple[Habit, ...]:
    """Give the habits that an accepted answer shows: of a correction those that it brought in."""
    shown = _changed(corrected) if corrected else set(_sides(example.answer).items())
    return tuple(sorted(shown & habits))


def keeps(answer: str, habit: Habit, accepted: str) -> bool:
    """Whether an answer keeps to a habit as the accepted one does."""
    side, wanted = habit
    if side == "length":
        return _words(answer) <= LEEWAY * _words(accepted)
    return _SIDES[side](answer) == wanted


def _changed(one: Corrected) -> set[Habit]:
    given, better = _sides(one.given), _sides(one.better)
    changed = {(side, value) for side, value in better.items() if given[side] != value}
    if 0 < _words(one.better) <= SHORT * _words(one.given):
        changed.add(("length", "short"))
    return changed


def _sides(text: str) -> Mapping[str, str]:
    return {side: of(text) for side, of in _SIDES.items()}


def _words(text: str) -> int:
    return len(plain(text).split())


def _word(place: int) -> Callable[[str], str]:
    return lambda text: (plain(text).split() or [""])[place]


def _form(text: str) -> str:
    if "```" in text:
        return "code"
    if text.lstrip()[:1] in ("{", "["):
        try:
            json.loads(text)
        except (ValueError, RecursionError):
            return "prose"
        return "json"
    return "list" if len(_LIST.findall(text)) > 1 else "prose"


def _case(text: str) -> str:
    return "lower" if text.islower() else "upper" if text.isupper() else "mixed"


def _either(test: Callable[[str], bool]) -> Callable[[str], str]:
    return lambda text: "yes" if test(text) else "no"


_SIDES: dict[str, Callable[[str], str]] = {
    "begins": _word(0),
    "ends": _word(-1),
    "form": _form,
    "case": _case,
    "emoji": _either(lambda text: style_of(text).emojis > 0),
    "exclaims": _either(lambda text: "!" in text),
    "asks": _either(lambda text: text.rstrip().endswith("?")),
}
