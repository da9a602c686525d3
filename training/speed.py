"""How fast a new model writes as a share of the old one's speed, measured on both in turn."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from math import comb
from statistics import median

SPEED = 0.5
"""The least tokens a second, as a share of the old model's."""
LEAST_TIMED = 8
"""Tokens that an answer must have for its speed to say something."""
TOKENS = 32
"""Tokens of an answer that is asked for its speed alone."""
ROUNDS = 3
"""How often more is measured where it is not sure yet on which side of the limit a share is."""
PAIRS = 10
"""Pairs of a round."""
_SURE = 0.95

Pair = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Share:
    """The median of new speed by old over pairs that were measured one after the other, with a
    95 % interval; None where there are no pairs, or too few for an interval."""

    value: float | None
    low: float | None
    high: float | None

    def is_sure(self, limit: float) -> bool:
        """Whether it is plainly on one side of a limit."""
        return None not in (self.low, self.high) and not self.low < limit <= self.high  # type: ignore[operator]


def share(pairs: Sequence[Pair]) -> Share:
    """Give the share of pairs of old and new speed.

    A burst of other work falls on single pairs, which a median does not follow. The interval is the
    exact one of a median, by the order of the pairs (David and Nagaraja 2003, 7.1).
    """
    found = sorted(new / old for old, new in pairs if old > 0)
    if not found:
        return Share(None, None, None)
    outside = _outside(len(found))
    if outside is None:
        return Share(median(found), None, None)
    return Share(median(found), found[outside], found[-1 - outside])


async def settled(
    pairs: Sequence[Pair], limit: float, more: Callable[[int], Awaitable[Sequence[Pair]]]
) -> Share:
    """Give the share of pairs, and of further ones where these leave it open on which side of a
    limit it is. `more` measures so many."""
    known = list(pairs)
    for _ in range(ROUNDS):
        if share(known).is_sure(limit):
            break
        known += await more(PAIRS)
    return share(known)


def _outside(count: int) -> int | None:
    """How many of the sorted values lie outside the interval at each end; None where even all of
    them are not enough for one."""
    tail, outside = 0.0, None
    for at in range(count // 2):
        tail += comb(count, at) / 2**count
        if 2 * tail > 1 - _SURE:
            break
        outside = at
    return outside
