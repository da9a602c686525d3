"""Tests of paired differences, new minus old, that hold where items of a cluster go together.

A difference comes with the name of its cluster; clusters are independent of each other, items of
one are not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Difference = tuple[str, float]
ENUMERATED = 16
"""Clusters up to which all flips are gone through; beyond, DRAWS of them are drawn."""
DRAWS = 199_999
RESAMPLES = 2_000
GRID = 50
"""Shares of losses among which `p_net` looks for the worst."""
_SEED = 20
_MOST_WHOLE = 100_000
_BLOCK = 10_000


def p_better(differences: Sequence[Difference]) -> float:
    """Give how likely so large a sum of differences would be if no cluster were better or worse.

    One-sided sign-flip test (Fisher 1935, The Design of Experiments, § 21), each cluster flipped as
    a whole. For differences of checks it is exact, and where no two items share a cluster it is the
    exact McNemar test. For others it is exact up to 16 clusters that differ, and beyond by 199,999
    flips drawn with a fixed seed, counted so that it stays valid (Phipson and Smyth 2010).
    """
    import numpy as np

    sums, _ = _by_cluster(differences)
    sums = sums[sums != 0]
    if not len(sums):
        return 1.0
    if np.array_equal(sums, np.rint(sums)) and np.abs(sums).sum() <= _MOST_WHOLE:
        return _exact_of_whole(sums)
    total = float(sums.sum())
    # Two ways to add the same numbers may differ in the last digits.
    least = total - 1e-9 * float(np.abs(sums).sum())
    if len(sums) <= ENUMERATED:
        flips = np.arange(2 ** len(sums))[:, None] >> np.arange(len(sums)) & 1
        return float(np.mean((2 * flips - 1) @ sums >= least))
    chance = np.random.default_rng(_SEED)
    reached = 0
    for start in range(0, DRAWS, _BLOCK):
        block = min(_BLOCK, DRAWS - start)
        signs = chance.integers(0, 2, (block, len(sums)), dtype=np.int8) * 2 - 1
        reached += int(np.count_nonzero(signs @ sums >= least))
    return (1 + reached) / (1 + DRAWS)


def interval(differences: Sequence[Difference]) -> tuple[float, float] | None:
    """Give the 95 % interval of the mean difference of an item, by resampling clusters.

    Percentiles of 2,000 resamples with a fixed seed; None where there are not two clusters.
    """
    import numpy as np

    sums, sizes = _by_cluster(differences)
    if len(sums) < 2:
        return None
    drawn = np.random.default_rng(_SEED).integers(0, len(sums), (RESAMPLES, len(sums)))
    means = sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(low), float(high)


def p_no_worse(differences: Sequence[Difference], margin: float) -> float:
    """Give how likely such differences would be if the share of clusters that are won, less that
    of those lost, were `margin` below 0: small where the new model is not so much worse.

    The exact unconditional test of non-inferiority (Hsueh, Liu and Chen 2001), in the order of
    Tango's score (1998), at the worst of 50 shares of losses. A cluster counts by the mean of its
    items, which varies no more than one item that is won and lost as often; what is left of all
    wins or all losses counts against the new model.
    """
    import numpy as np

    sums, sizes = _by_cluster(differences)
    means = sums / sizes
    won = int(np.floor(means[means > 0].sum() + 1e-9))
    lost = int(np.ceil(-means[means < 0].sum() - 1e-9))
    return p_net(won, lost, len(means), margin)


def p_net(won: int, lost: int, items: int, margin: float) -> float:
    """Give the result of `p_no_worse` for items that are each a cluster."""
    import numpy as np

    all_won, all_lost = np.meshgrid(np.arange(items + 1), np.arange(items + 1))
    possible = all_won + all_lost <= items
    wins, losses = all_won[possible], all_lost[possible]
    scores = _scores(wins, losses, items, margin)
    seen = scores[(wins == won) & (losses == lost)]
    wins, losses = wins[scores >= seen - 1e-9], losses[scores >= seen - 1e-9]
    same = items - wins - losses
    logs = np.concatenate(([0.0], np.cumsum(np.log(np.arange(1, items + 1)))))
    ways = logs[items] - logs[wins] - logs[losses] - logs[same]
    worst = 0.0
    for share in np.linspace(margin, (1 + margin) / 2, GRID):
        chances = ways + _power(share - margin, wins) + _power(share, losses)
        chances = np.exp(chances + _power(1 + margin - 2 * share, same))
        worst = max(worst, float(chances.sum()))
    return min(1.0, worst)


def _scores(
    won: NDArray[np.int64], lost: NDArray[np.int64], items: int, margin: float
) -> NDArray[np.float64]:
    """Tango's score: how far the net wins lie above `margin` below 0, in standard deviations with
    the likeliest share of losses under it."""
    import numpy as np

    linear = (won + lost) * (1 + margin) - 2 * won * margin + 2 * items * margin
    root = np.sqrt(np.maximum(linear**2 - 8 * items * lost * margin * (1 + margin), 0))
    share = (linear + root) / (4 * items)
    spread = np.sqrt(np.maximum(items * (2 * share - margin - margin**2), 1e-12))
    return np.asarray((won - lost + items * margin) / spread)


def _power(share: float, times: NDArray[np.int64]) -> NDArray[np.float64]:
    """The logarithm of a share to a power; nothing to the power 0 is 1."""
    import numpy as np

    logarithm = np.log(share) if share > 1e-12 else -1e9
    return np.asarray(times * logarithm)


def _exact_of_whole(sums: NDArray[np.float64]) -> float:
    """The chance of at least this sum under all flips, where all of them are whole numbers."""
    import numpy as np

    sizes = np.abs(sums).astype(int)
    middle = int(sizes.sum())
    chances = np.zeros(2 * middle + 1)
    chances[middle] = 1.0
    for size in sizes:
        chances = (np.roll(chances, size) + np.roll(chances, -size)) / 2
    return float(min(1.0, chances[middle + int(sums.sum()) :].sum()))


def _by_cluster(
    differences: Sequence[Difference],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The sum of each cluster's differences and its size, in the order of the clusters' names."""
    import math

    import numpy as np

    values: dict[str, list[float]] = {}
    for cluster, value in differences:
        values.setdefault(cluster, []).append(value)
    rows = [values[name] for name in sorted(values)]
    sums = np.array([math.fsum(row) for row in rows])
    return sums, np.array([float(len(row)) for row in rows])
