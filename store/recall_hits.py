"""What recall gives: hits, and the reasons for them."""

from __future__ import annotations

from dataclasses import dataclass

from store.recall_scoring import Scored
from store.recall_sources import Item

_ALIKE = 0.9
_WORDS_TO_COMPARE = 12


@dataclass(frozen=True, slots=True)
class Why:
    """Why something was recalled, in points as `recall_scoring` gives them.

    `words` are the words of the query that the text holds, `cosine` is how alike the two mean.
    """

    words: tuple[str, ...]
    by_words: float
    by_meaning: float
    cosine: float | None
    speaker: float
    date: float
    recent: float
    pinned: float

    def __str__(self) -> str:
        told = []
        if self.words:
            told.append(f"words: {', '.join(self.words)}")
        elif self.by_words:
            told.append("words in the turns around it")
        if self.by_meaning and self.cosine is not None:
            told.append(f"meaning {self.cosine:.2f}")
        for points, what in (
            (self.speaker, "speaker"),
            (self.date, "date"),
            (self.pinned, "pinned"),
        ):
            if points:
                told.append(what)
        if self.recent >= 0.05:
            told.append("recent")
        return " · ".join(told)


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that was recalled: the item as it is now, its score from 0 to 1, and why."""

    item: Item
    score: float
    why: Why

    @property
    def ref(self) -> str:
        """Names it for pinning and forgetting, such as "message:12"."""
        return f"{self.item.kind}:{self.item.id}"


def alike(plain: str, stems: frozenset[str], other: str, others: frozenset[str]) -> bool:
    """Whether two texts say the same, but for case and marks, and in long ones a word in ten."""
    if plain == other:
        return True
    both = len(stems & others)
    return both >= _WORDS_TO_COMPARE and both >= _ALIKE * len(stems | others)


def why(held: tuple[str, ...], scored: Scored) -> Why:
    """The reasons of a row, of whose words the query holds `held`."""
    return Why(
        words=held,
        by_words=round(scored.words, 3),
        by_meaning=round(scored.meaning, 3),
        cosine=None if scored.cosine is None else round(scored.cosine, 3),
        speaker=scored.speaker,
        date=scored.date,
        recent=round(scored.recent, 3),
        pinned=scored.pinned,
    )
