"""What an example must be like to be learned from, and the reason where it is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from store.redaction import FORGOTTEN, sentences
from store.small_talk import is_small_talk
from training.credentials import holds_credentials
from training.example import Example, Kind
from training.loops import is_looping

Reason = Literal[
    "failed or empty", "cut off", "looping", "secret", "forgotten", "refused by you", "too long",
    "duplicate", "near duplicate", "sealed",
]  # fmt: skip
REASONS: dict[Reason, str] = {
    "failed or empty": "the answer failed or says nothing",
    "cut off": "the answer was stopped or ran into a limit",
    "looping": "the answer says the same over and over",
    "secret": "a password, key, card or account stands in it",
    "forgotten": "something in it was to be forgotten",
    "refused by you": "you do not want it to be learned",
    "too long": "its question and answer do not fit whole",
    "duplicate": "the same is there already",
    "near duplicate": "nearly the same is there already",
    "sealed": "it is, or quotes, what is set aside to measure by",
}
"""Why examples are rejected, each in a few words."""

Measure = Callable[[Example], int]
"""Gives how many tokens an example has, by the model that is to be trained."""
IsForgotten = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Rejected:
    """Something that is not learned from: its place, its kind, whose it is, and why not.

    `example` is what it would have been; None where it never became one.
    """

    source: str
    kind: Kind
    specialist: str
    reason: Reason
    example: Example | None = field(default=None, compare=False, repr=False)


class Filter:
    """Finds what must not be learned from; each text is looked at once, however often it comes."""

    def __init__(self, is_forgotten: IsForgotten) -> None:
        self._is_forgotten = is_forgotten
        self._found: dict[str, Reason | None] = {}

    def fault(self, example: Example) -> Reason | None:
        """Give why an example must not be learned from, by its words; None where it may."""
        if not any(map(str.isalnum, example.answer)) and not _is_symbol(example.answer):
            return "failed or empty"
        if is_looping(example.answer):
            return "looping"
        return next(filter(None, (self._private(turn.text) for turn in example.turns)), None)

    def _private(self, text: str) -> Reason | None:
        if text not in self._found:
            reason: Reason | None = "secret" if holds_credentials(text) else None
            self._found[text] = "forgotten" if _was_forgotten(text, self._is_forgotten) else reason
        return self._found[text]


def fitted(example: Example, measure: Measure, longest: int) -> Example | None:
    """Give the example without the oldest exchanges that do not fit into `longest` tokens.

    None where its last question and answer do not fit whole.
    """
    left: Example | None = example
    while left is not None and measure(left) > longest:
        left = left.without_oldest()
    return left


def _is_symbol(text: str) -> bool:
    """Whether a text is an answer without a letter, such as an emoji or a mark that was asked for.

    Marks of punctuation alone say nothing.
    """
    return any(not character.isascii() and not character.isspace() for character in text)


def _was_forgotten(text: str, is_forgotten: IsForgotten) -> bool:
    """Whether something in a text was forgotten; greetings and thanks are nobody's own."""
    if FORGOTTEN in text:
        return True
    told = (one for one in (text, *sentences(text)) if one and not is_small_talk(one))
    return any(map(is_forgotten, told))
