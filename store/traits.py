"""The twenty traits of SOMA's personality and the rule by which one moves; time is handed in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

GROUPS: dict[str, dict[str, float]] = {
    "manner": {
        "formality": 0.3,
        "verbosity": 0.5,
        "enthusiasm": 0.7,
        "humor": 0.6,
        "empathy": 0.8,
    },
    "thinking": {
        "creativity": 0.7,
        "analytical_depth": 0.8,
        "uncertainty": 0.4,
        "curiosity": 0.9,
    },
    "working together": {
        "directness": 0.6,
        "supportiveness": 0.9,
        "collaboration": 0.8,
    },
    "values": {
        "safety": 0.95,
        "transparency": 0.9,
        "autonomy": 0.7,
        "learning": 0.95,
    },
    "expertise": {
        "technical_expertise": 0.5,
        "creative_expertise": 0.5,
        "strategic_expertise": 0.5,
        "ethical_expertise": 0.5,
    },
}
BASELINES: dict[str, float] = {
    name: baseline for traits in GROUPS.values() for name, baseline in traits.items()
}

EVIDENCE_NEEDED = 5  # pieces on a trait before one of them moves it
RATE = 0.1  # share of the way to the evidence's target that a certain piece goes
LARGEST_MOVE = 0.02  # by one piece
REACH = 0.20  # how far evidence can move a trait from its baseline
MOST_A_DAY = 0.05  # how far apart evidence can put two values within 24 hours
DECAY_A_DAY = 0.01  # share of the distance to the baseline that silence takes away
DAY = 24 * 60 * 60.0  # seconds

LARGEST_ORDER_EFFECT = 2 * MOST_A_DAY
"""How much the order of one day's evidence can matter, whatever it is and however much.

Away from all limits n pieces matter by 0.002·n·(n - 1) at most: two that change places differ by
RATE·LARGEST_MOVE on either side, and a move never takes two values further apart.
"""

Source = Literal["rating", "correction", "request", "writing"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the user said or did that speaks for a trait's being `target`, and how surely.

    `target` and `confidence` are in [0, 1]. `message` is the id of the message it rests on,
    `quote` the words.
    """

    trait: str
    target: float
    confidence: float
    source: Source
    message: int
    quote: str = ""


def clip(value: float, low: float, high: float) -> float:
    """Give the value within the bounds that is nearest."""
    return max(low, min(high, value))


def bounds(baseline: float) -> tuple[float, float]:
    """Give the lowest and the highest value that evidence can move a trait to."""
    return max(0.0, baseline - REACH), min(1.0, baseline + REACH)


def decayed(value: float, baseline: float, seconds: float) -> float:
    """Give the value after a silence: 1 % nearer to the baseline a day, compounded.

    A clock that was set back counts as no time.
    """
    kept: float = (1 - DECAY_A_DAY) ** (max(0.0, seconds) / DAY)
    return baseline + (value - baseline) * kept


def moved(value: float, evidence: Evidence, baseline: float, day: Iterable[float] = ()) -> float:
    """Give the value after one piece of evidence; `day` are the values of the last 24 hours.

    t ← clip(t + clip(0.1·c·(e - t), ±0.02), baseline ± 0.20), and no further than 0.05 from any
    value of the day. A limit stops a move, it never turns one round.
    """
    step = clip(RATE * evidence.confidence * (evidence.target - value), -LARGEST_MOVE, LARGEST_MOVE)
    low, high = bounds(baseline)
    values = [value, *day]
    low, high = max(low, max(values) - MOST_A_DAY), min(high, min(values) + MOST_A_DAY)
    if step > 0:
        return max(value, min(value + step, high))
    return min(value, max(value + step, low))
