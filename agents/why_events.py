"""The events of an answer that is given again to see what it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from agents.event import Event


@dataclass(frozen=True, slots=True)
class WhyText(Event):
    """The next words of one side, control characters made visible.

    Side 0 is the answer to `message` as it was, side 1 the one with something other.
    """

    kind: ClassVar[str] = "why_text"
    message: int
    side: int
    text: str


@dataclass(frozen=True, slots=True)
class WhyEnded(Event):
    """One side is whole: its text as the model gave it, and why it ended.

    `tokens` is None where it was not given again but is what the conversation holds.
    """

    kind: ClassVar[str] = "why_ended"
    message: int
    side: int
    text: str
    finish: str
    tokens: int | None
