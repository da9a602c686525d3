"""What was decided about a new model, with all that it was decided by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import pi
from typing import Any, Literal

from store.errors import SomaError
from training.evaluation import Evaluation, Side

Verdict = Literal["ship", "refuse", "unknown"]
GuardName = Literal["speed", "entropy", "variety", "style", "distance"]
VERDICTS: tuple[Verdict, ...] = ("ship", "refuse", "unknown")
ALPHA = 0.05
"""The chance that anything is shipped by luck alone, over all attempts on the same items."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One group by one measure: means of both models and of the differences, new minus old, with a
    95 % interval by clusters, and the items that were won and lost.

    `margin` is by how much the group may be worse, and below 0 by how much it has to be better. `p`
    is how likely a result so good would be by chance, of what has to be better if it were so by no
    more than that; of all canaries together, how likely one so little worse if they were worse by
    the margin. `holds` is None where it cannot be said.
    """

    group: str
    measure: str
    items: int
    clusters: int
    old: float | None
    new: float | None
    difference: float | None
    interval: tuple[float, float] | None
    margin: float | None
    p: float | None
    won: tuple[str, ...]
    lost: tuple[str, ...]
    holds: bool | None


@dataclass(frozen=True, slots=True)
class Guard:
    """A figure that has to keep a limit; `holds` is None where it is unknown."""

    name: GuardName
    value: float | None
    limit: float
    holds: bool | None


@dataclass(frozen=True, slots=True)
class Decision:
    """Ship, refuse, or not decided, in a sentence for people, and why.

    `items` are the sealed items that were measured on, `attempt` counts the tests that were made on
    them with this one, each by the share of today's items that it saw, and `alpha` is what p could
    be at most. `personal` is what decided, None where nothing could; `findings` are the others.
    """

    verdict: Verdict
    sentence: str
    old: Side
    new: Side
    sealed: str
    suite: str
    items: tuple[str, ...]
    attempt: float
    alpha: float
    personal: Finding | None
    findings: tuple[Finding, ...]
    guards: tuple[Guard, ...]

    @property
    def is_attempt(self) -> bool:
        """Whether chance was given an opportunity: a test was made, whatever came of it."""
        return self.personal is not None and self.personal.p is not None

    def as_json(self) -> dict[str, Any]:
        """Give what `read_decision` reads."""
        return asdict(self)


def attempts(evaluation: Evaluation, items: Sequence[str], earlier: Sequence[Decision]) -> float:
    """Give how many tests were made on the sealed `items` of an evaluation, with this one.

    `earlier` are all decisions before, the oldest first. Each counts by the share of the items at
    hand that it saw, so that sealing more items gives chance nothing back but for what is new. The
    same models on the same items are no new attempt: it stays the one that it was at first.
    """
    today, count = set(items), 1.0
    key = _key(evaluation)
    counted: set[tuple[str, ...]] = set()
    for decision in filter(lambda one: one.is_attempt, earlier):
        if _key(decision) == key:
            break
        if _key(decision) not in counted:
            counted.add(_key(decision))
            same = decision.sealed == evaluation.sealed
            count += 1.0 if same else len(today.intersection(decision.items)) / max(1, len(today))
    return count


def _key(of: Evaluation | Decision) -> tuple[str, ...]:
    """What stays the same when the same two models are measured again on the same items."""
    return of.old.base, of.old.adapter, of.new.base, of.new.adapter, of.sealed


def allowed(attempt: float) -> float:
    """Give what p may be at an attempt: .05 · 6 / (π² k²), which over all k adds up to .05.

    Alpha-spending (Foster and Stine 2008) along the Basel series.
    """
    return ALPHA * 6 / (pi * attempt) ** 2


def read_decision(content: Any) -> Decision:
    """Give the decision that `as_json` wrote. Raises SomaError where it is none."""
    try:
        sides = {name: Side(**content[name]) for name in ("old", "new")}
        lists: dict[str, Any] = {
            "items": tuple(map(str, content["items"])),
            "personal": _finding(content["personal"]) if content["personal"] else None,
            "findings": tuple(_finding(row) for row in content["findings"]),
            "guards": tuple(Guard(**row) for row in content["guards"]),
        }
        found = Decision(**{**content, **sides, **lists})
    except (KeyError, TypeError, ValueError) as error:
        raise SomaError("the decision cannot be read; evaluate again") from error
    if found.verdict not in VERDICTS:
        raise SomaError(f"the decision says {found.verdict!r}, which is none; evaluate again")
    return found


def _finding(row: Any) -> Finding:
    both = row["interval"]
    low_high = (float(both[0]), float(both[1])) if both else None
    lists = {"won": tuple(row["won"]), "lost": tuple(row["lost"]), "interval": low_high}
    return Finding(**{**row, **lists})
