"""The events of recall: what was found for a text, and how far all that can be recalled is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from agents.event import Event
from agents.text import visible
from store.message import Memory


@dataclass(frozen=True, slots=True)
class RecalledHit(Memory):
    """A memory as a person sees it: control characters of its texts are made visible."""


@dataclass(frozen=True, slots=True)
class Recalled(Event):
    """What was recalled for a message of the user's, best first, is on disk with it."""

    kind: ClassVar[str] = "recalled"
    conversation: int
    message: int
    hits: tuple[RecalledHit, ...]


@dataclass(frozen=True, slots=True)
class RecallProgress(Event):
    """`embedded` of `items` that can be recalled are found by their meaning, too."""

    kind: ClassVar[str] = "recall_progress"
    embedded: int
    items: int


def shown_hits(memories: Iterable[Memory]) -> tuple[RecalledHit, ...]:
    """Memories as a person sees them, with texts that are safe to be drawn."""
    texts = ("text", "source", "speaker")
    return tuple(
        RecalledHit(**asdict(one) | {name: visible(getattr(one, name)) for name in texts})
        for one in memories
    )


def hits(written: Iterable[Mapping[str, Any]]) -> tuple[RecalledHit, ...]:
    """What was written as JSON objects."""
    return tuple(RecalledHit(**one) for one in written)
