"""Evaluations as they could have come out, made from differences or by chance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from random import Random
from typing import Any

from training.evaluation import PERSONAL, Evaluation, Outcome, Side

OLD, NEW = Side("soma-v1", "b" * 64, "1" * 64), Side("train-2", "b" * 64, "2" * 64)
FIGURES: Mapping[str, float | None] = {
    "old.tokens_per_s": 40.0, "new.tokens_per_s": 39.0,
    "old.entropy": 1.5, "new.entropy": 1.4,
    "old.distinct_answers": 0.6, "new.distinct_answers": 0.6,
    "new.kl_to_base": 0.2,
}  # fmt: skip


def likelihoods(changes: Iterable[float], each: int = 1, group: str = PERSONAL) -> list[Outcome]:
    """Accepted answers whose likelihood changed so, `each` of them a conversation."""
    return [
        Outcome(f"{group}:{n}", group, f"talk:{n // each}", "likelihood", -2.0, -2.0 + change)
        for n, change in enumerate(changes)
    ]


def checks(
    won: int, lost: int, of: int, group: str = PERSONAL, clusters: int | None = None
) -> list[Outcome]:
    """Checks, so many of them won and lost, each its own cluster where nothing else is said."""
    changes = [1] * won + [-1] * lost + [0] * (of - won - lost)
    return [
        Outcome(
            f"{group}:{n}", group, f"talk:{n % (clusters or of)}", "check",
            float(change < 0), float(change > 0),
        )
        for n, change in enumerate(changes)
    ]  # fmt: skip


def canaries(won: int = 0, lost: int = 0, of: int = 20) -> list[Outcome]:
    """Two groups of canaries: "format", and "identity" of which so many were won and lost."""
    return checks(0, 0, 20, "format") + checks(won, lost, of, "identity")


def evaluation(
    sealed: Sequence[Outcome],
    others: Sequence[Outcome] | None = None,
    *,
    new: Side = NEW,
    seal: str = "s" * 64,
    **figures: Any,
) -> Evaluation:
    """An evaluation of sealed items and canaries, in which the canaries stay as they are."""
    rows = (*sealed, *(canaries() if others is None else others))
    named = {name.replace("_", ".", 1): value for name, value in figures.items()}
    return Evaluation(OLD, new, seal, "c" * 64, rows, {**FIGURES, **named})


def by_chance(chance: Random, clusters: int, mean: float = 0.0) -> list[tuple[str, float]]:
    """Differences of one to five items a cluster, which share most of what they differ by."""
    found = []
    for number in range(clusters):
        shared = chance.gauss(mean, 0.3)
        found += [
            (str(number), shared + chance.gauss(0, 0.15)) for _ in range(chance.randint(1, 5))
        ]
    return found
