"""The tests of paired differences, against values worked out by hand and against simulation."""

from __future__ import annotations

import itertools
import math
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.measured import by_chance
from training.paired import Difference, interval, p_better, p_net, p_no_worse


def apart(won: int, lost: int, same: int = 0) -> list[Difference]:
    values = [1.0] * won + [-1.0] * lost + [0.0] * same
    return [(str(number), value) for number, value in enumerate(values)]


def mcnemar(won: int, lost: int) -> float:
    """Exact, one-sided: at least so many of the items that changed were won."""
    changed = won + lost
    return sum(math.comb(changed, wins) for wins in range(won, changed + 1)) / 2.0**changed


@pytest.mark.parametrize(
    ("won", "lost", "p"),
    [
        (10, 2, 79 / 4096),
        (5, 0, 1 / 32),
        (0, 0, 1),
        (3, 3, 42 / 64),
        (0, 4, 1),
        (25, 10, 0.00834),
        (1, 0, 0.5),
    ],
)
def test_mcnemar_by_hand(won: int, lost: int, p: float) -> None:
    assert p_better(apart(won, lost, 30)) == pytest.approx(p, abs=5e-6)


@settings(deadline=None)
@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 40))
def test_items_apart_give_exact_mcnemar(won: int, lost: int, same: int) -> None:
    assert p_better(apart(won, lost, same)) == pytest.approx(mcnemar(won, lost), rel=1e-9)


@settings(deadline=None)
@given(st.lists(st.floats(-3, 3).map(lambda x: round(x, 3)), min_size=1, max_size=9))
def test_few_clusters_are_gone_through_flip_by_flip(values: list[float]) -> None:
    flips = list(itertools.product((-1, 1), repeat=len(values)))
    total = sum(values)
    reached = sum(
        sum(s * v for s, v in zip(flip, values, strict=True)) >= total - 1e-9 for flip in flips
    )
    found = p_better([(str(number), value) for number, value in enumerate(values)])
    assert found == pytest.approx(reached / len(flips))


def test_a_cluster_is_flipped_as_a_whole() -> None:
    """Forty wins in four conversations are four wins: one chance in sixteen."""
    together = [(str(number % 4), 1.0) for number in range(40)]
    assert p_better(together) == pytest.approx(1 / 16)
    assert p_better([(name, 0.1 * value) for name, value in together]) == pytest.approx(1 / 16)


def test_drawn_flips_agree_with_all_flips() -> None:
    chance = Random(3)
    whole = [(str(n), float(chance.choice((-2, -1, 1, 2, 3)))) for n in range(40)]
    exact = p_better(whole)
    drawn = p_better([(name, value * 0.37) for name, value in whole])
    assert 0.001 < exact < 0.5
    assert drawn == pytest.approx(exact, abs=4 * math.sqrt(exact / 199_999))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 20))
def test_order_does_not_matter_and_better_is_never_less_likely(seed: int, size: int) -> None:
    chance = Random(seed)
    found = by_chance(chance, size)
    shuffled = chance.sample(found, len(found))
    assert p_better(found) == p_better(shuffled)
    assert interval(found) == pytest.approx(interval(shuffled))
    raised = [(name, value + 0.5) for name, value in found]
    assert p_better(raised) <= p_better(found)


def test_no_true_difference_is_taken_for_one_no_more_often_than_allowed() -> None:
    """2,000 sets of clustered differences of mean 0: three standard errors are 1.5 %."""
    chance = Random(5)
    seen = [p_better(by_chance(chance, 14)) <= 0.05 for _ in range(2000)]
    assert 0.035 <= sum(seen) / len(seen) <= 0.065


def test_as_if_items_were_apart_it_would_be_wrong() -> None:
    """What clustering is for: the same differences, each its own cluster, are taken for true."""
    chance, wrong = Random(6), 0
    for _ in range(500):
        found = by_chance(chance, 16)
        whole = [(str(n), 1.0 if value > 0 else -1.0) for n, (_, value) in enumerate(found)]
        wrong += p_better(whole) <= 0.05
    assert wrong / 500 > 0.08


@pytest.mark.parametrize(
    ("items", "power"), [(20, 0.1658), (50, 0.4862), (100, 0.7899), (200, 0.9730)]
)
def test_the_power_of_mcnemar(items: int, power: float) -> None:
    """25 % of the items won and 10 % lost, at .05, against the exact sums: why a hundred checks are
    asked for. Three standard errors of 10,000 draws are at most 1.5 %."""
    drawn = np.random.default_rng(7).multinomial(items, (0.25, 0.10, 0.65), 10_000)
    known: dict[tuple[int, int], bool] = {}
    shipped = 0
    for won, lost, _ in drawn.tolist():
        if (won, lost) not in known:
            known[won, lost] = p_better(apart(won, lost)) <= 0.05
        shipped += known[won, lost]
    assert shipped / 10_000 == pytest.approx(power, abs=0.015)


def test_the_interval_holds_the_mean() -> None:
    assert interval(apart(30, 0)) == (1.0, 1.0)
    assert interval([("one", 0.5), ("one", 0.7)]) is None
    low, high = interval(apart(60, 40)) or (0, 0)
    assert low == pytest.approx(0.2 - 1.96 * 0.098, abs=0.03)
    assert high == pytest.approx(0.2 + 1.96 * 0.098, abs=0.03)


def test_no_change_in_many_items_shows_that_it_is_no_worse() -> None:
    """Nothing lost of n, where a tenth would be: at its worst .9 to the power n."""
    assert p_net(0, 0, 10, 0.1) == pytest.approx(0.9**10, rel=1e-6)
    assert p_net(0, 0, 28, 0.1) == pytest.approx(0.9**28, rel=1e-6)
    assert p_net(0, 0, 29, 0.1) <= 0.05 < p_net(0, 0, 28, 0.1)
    assert p_net(0, 10, 100, 0.1) > 0.4
    assert p_net(10, 0, 100, 0.1) < 1e-4
    lost = [p_net(3, lost, 100, 0.1) for lost in range(0, 30, 3)]
    assert lost == sorted(lost)


@pytest.mark.parametrize("share", [0.1, 0.25, 0.5])
def test_a_model_worse_by_the_margin_passes_no_more_often_than_allowed(share: float) -> None:
    """The chance is summed over all results of 40 items, so it is exact."""
    logs = [math.lgamma(number + 1) for number in range(41)]
    passed = 0.0
    for won, lost in itertools.product(range(41), repeat=2):
        same = 40 - won - lost
        if same >= 0 and won <= 12 and p_net(won, lost, 40, 0.1) <= 0.05:
            ways = math.exp(logs[40] - logs[won] - logs[lost] - logs[same])
            passed += ways * (share - 0.1) ** won * share**lost * (1.1 - 2 * share) ** same
    assert passed <= 0.0501


def test_a_cluster_counts_by_its_mean_and_what_is_left_counts_against() -> None:
    both = [("one", 1.0), ("one", 0.0), ("two", -1.0), ("two", 0.0), ("two", 0.0)]
    rest = [(str(number), 0.0) for number in range(38)]
    assert p_no_worse(both + rest, 0.1) == p_net(0, 1, 40, 0.1)
    assert p_no_worse([("one", 1.0), ("one", 1.0), *rest], 0.1) == p_net(1, 0, 39, 0.1)
    halves = [(str(number // 2), -float(number % 2)) for number in range(8)]
    assert p_no_worse([*halves, *((f"more {n}", 0.0) for n in range(36))], 0.1) == p_net(
        0, 2, 40, 0.1
    )


@pytest.mark.parametrize("together", [0.0, 0.5, 1.0])
def test_items_that_are_lost_together_do_not_pass_for_more_than_they_are(together: float) -> None:
    """40 clusters of three; a model worse by the margin passes in at most .05 of 1,000 draws and
    three standard errors."""
    chance, passed = Random(9), 0
    known: dict[tuple[float, ...], bool] = {}
    for _ in range(1000):
        found = []
        for cluster in range(40):
            shared = chance.random()
            for _ in range(3):
                drawn = shared if chance.random() < together else chance.random()
                found.append((str(cluster), float(drawn < 0.05) - float(drawn > 0.80)))
        sums = [sum(v for _, v in found[at : at + 3]) for at in range(0, 120, 3)]
        key = sum(s for s in sums if s > 0), sum(s for s in sums if s < 0)
        if key not in known:
            known[key] = p_no_worse(found, 0.15) <= 0.05
        passed += known[key]
    assert passed <= 50 + 3 * (1000 * 0.05 * 0.95) ** 0.5
