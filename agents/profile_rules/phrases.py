"""What the rules on persons are made of: ends of values, names, lists, and the sentence read."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agents.profile_rules.words import PASSING, PEOPLES, VAGUE

_AFTER = (
    "but|because|since|so|which|who|when|while|although|though|by the way|btw|too|now|these days"
    "|at the moment|right now|as well|from now on|please|last|this|next|for|again|instead|either"
    "|any ?more|any longer|actually|originally|here|today|tomorrow|then|recently|at all|with (?:my|"
    "our|an?)|as an?"
    "|and (?:i|i'm|i've|my|we|our|it|he|she|they|the|a|please|that|yes|no|thanks)"
)
ENDS = rf"\s*(?:[,;:.!?()…–—]|$)|\s+-\s|\s+(?:{_AFTER})\b"
END = rf"(?={ENDS})"
"""Where a value ends: at a mark, or before a word that begins something else."""
VALUE = rf"(?P<v>[^,;:!?()]+?){END}"
_CAPITAL = "(?-i:[A-Z\u00c0-\u00de\u0370-\u04ff])"
NAME = (
    r"(?P<v>(?:(?:Mr|Mrs|Ms|Dr|Prof)\.? )?[^\W\d_][\w'-]*"
    rf"(?: (?:(?:van|von|de|der|den|da|di|la|le|bin|al|el|y) )*{_CAPITAL}[\w'-]*){{0,4}})"
)
PROPER = rf"(?P<v>{_CAPITAL}[\w'-]+)"
I_AM = r"(?<!\w)(?:I(?:'m| am)|im)"
MY = r"(?<!\w)(?:my|our)"
VERY = "(?: (?:really|absolutely|also|just|still|quite|do|particularly|especially|truly))*"
_SMALL = frozenset("van von de der den da di la le bin al el y of the in".split())


def rule(pattern: str) -> re.Pattern[str]:
    """Compile a rule, which reads a sentence whatever its case."""
    return re.compile(pattern, re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence under the rules; `lower` where its author writes no capitals."""

    text: str
    lower: bool


def listed(text: str) -> list[str]:
    """Give the items of "tea, coffee and cake"; long ones are taken for one."""
    if text.startswith("to "):
        return [text.strip()]
    parts = [part.strip() for part in re.split(r",\s*(?:and|or)?\s*|\s+(?:and|or|&)\s+", text)]
    if len(parts) > 1 and any(len(part.split()) > 4 for part in parts):
        parts = [text.strip()]
    return [part for part in parts if part]


def whole_list(found: re.Match[str], text: str) -> str:
    """Give the value, and what a list goes on with: "mushrooms, olives and nuts"."""
    rest = re.match(r"(?:, [\w' -]{1,30})*,? and [\w' -]{1,30}(?=[.!;]|$)", text[found.end("v") :])
    goes_on = rest is not None and not re.search(r"\b(?:i|my|we)\b", rest[0], re.IGNORECASE)
    return found["v"] + (rest[0] if rest and goes_on else "")


def is_proper(value: str, said: Said) -> bool:
    """Whether a value is a name: capitalised, or short in a message without any capital."""
    words = value.split()
    if not words or not words[0][0].isalpha() or words[0].casefold() in PEOPLES:
        return False
    if words[0] in VAGUE | PASSING:
        return False
    if said.lower and words[0].islower():
        return len(words) <= 3 and words[0] not in {"fear", "peace", "hope", "denial", "pain"}
    return not words[0][0].islower()


def as_name(value: str) -> str:
    """Give a name as it is kept, capitalised; "" for what is none."""
    words = value.strip(" .").split()
    first = words[0].casefold().rstrip(".") if words else ""
    if not first or first in VAGUE | PASSING:
        return ""
    if first.endswith("ing") and words[0].islower():
        return ""
    return titled(" ".join(words))


def titled(value: str) -> str:
    """Give a value that was typed without capitals with those of a name."""
    if value != value.lower():
        return value
    words = value.split()
    return " ".join(w if w in _SMALL else w[:1].upper() + w[1:] for w in words)
