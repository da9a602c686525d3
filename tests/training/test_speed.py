"""Whether a new model is fast enough, also on a machine that is busy with something else."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb
from random import Random
from typing import Any

import pytest

from tests.training.measured import evaluation, likelihoods
from training.gate import decide
from training.speed import PAIRS, ROUNDS, SPEED, Pair, Share, settled, share

BETTER = likelihoods([0.5] * 60, each=3)


def measured(chance: Random, count: int, true: float, busy: float, spread: float) -> list[Pair]:
    """Pairs of a machine on which each measurement may fall into other work, which slows it."""

    def rate() -> float:
        slowed = chance.uniform(2, 6) if chance.random() < busy else 1.0
        return 100 * chance.lognormvariate(0, spread) / slowed

    return [(rate(), true * rate()) for _ in range(count)]


class Machine:
    """Measures more when it is asked to."""

    def __init__(self, *rounds: Sequence[Pair]) -> None:
        self.rounds = list(rounds)
        self.asked: list[int] = []

    async def more(self, count: int) -> Sequence[Pair]:
        self.asked.append(count)
        return self.rounds.pop(0) if self.rounds else []


def test_the_interval_is_that_of_a_median() -> None:
    pairs = [(10.0, 10.0 + number) for number in range(10)]
    found = share(pairs)
    assert (found.low, found.high) == (1.1, 1.8)
    assert found.value == pytest.approx(1.45)
    assert 2 * sum(comb(10, at) for at in (0, 1)) / 2**10 < 0.05
    assert share(pairs[:5]) == Share(1.2, None, None)
    assert share([]) == share([(0.0, 3.0)]) == Share(None, None, None)


def test_the_interval_holds_the_true_share_as_often_as_it_says() -> None:
    chance = Random(1)
    missed = 0
    for _ in range(400):
        found = share(measured(chance, 40, 0.7, 0.2, 0.1))
        assert found.low is not None
        assert found.high is not None
        missed += not found.low <= 0.7 <= found.high
    assert missed <= 32  # 20 are expected, and 33 or more in one of 300 such tests


async def test_what_is_plain_is_measured_once() -> None:
    machine = Machine()
    fast = [(40.0, 39.0)] * 8
    assert (await settled(fast, SPEED, machine.more)).is_sure(SPEED)
    assert (await settled([(40.0, 12.0)] * 8, SPEED, machine.more)).high == 0.3
    assert machine.asked == []


async def test_what_is_not_sure_is_measured_again_up_to_three_times() -> None:
    noisy = [(40.0, 10.0), (10.0, 40.0)] * 5
    machine = Machine(noisy, [(40.0, 38.0)] * 60)
    found = await settled([(40.0, 38.0)] * 3, SPEED, machine.more)
    assert (found.is_sure(SPEED), machine.asked) == (True, [PAIRS] * 2)
    machine = Machine(*[noisy] * 9)
    found = await settled(noisy, SPEED, machine.more)
    assert (found.is_sure(SPEED), machine.asked) == (False, [PAIRS] * ROUNDS)
    assert await settled([], SPEED, Machine().more) == Share(None, None, None)


@pytest.mark.parametrize("busy", [0.0, 0.3, 0.6])
async def test_on_a_busy_machine_a_fast_model_is_never_refused_and_a_slow_one_never_taken(
    busy: float,
) -> None:
    chance = Random(7)
    for true in (0.9, 0.2):
        verdicts = []
        for _ in range(40):
            rounds = [measured(chance, PAIRS, true, busy, 0.15) for _ in range(ROUNDS)]
            first = measured(chance, 40, true, busy, 0.15)
            found = await settled(first, SPEED, Machine(*rounds).more)
            verdicts.append(guarded(found).verdict)
        wrong = "refuse" if true > SPEED else "ship"
        assert wrong not in verdicts
        assert busy or "unknown" not in verdicts


def guarded(found: Share) -> Any:
    whole = evaluation(BETTER)
    speed = {"speed.share": found.value, "speed.low": found.low, "speed.high": found.high}
    whole.figures.update(speed)  # type: ignore[attr-defined]
    return decide(whole)


@pytest.mark.parametrize(
    ("found", "verdict", "said"),
    [
        (Share(0.6, 0.5, 0.9), "ship", ""),
        (Share(0.4, 0.3, 0.49), "refuse", "is 0.40, and at least 0.50 is asked"),
        (Share(0.6, 0.4, 0.9), "unknown", "is 0.60, but too unsure to be told from 0.50"),
        (Share(0.4, 0.3, 0.6), "unknown", "the machine was busy"),
        (Share(0.9, None, None), "unknown", "is 0.90, but too unsure"),
        (Share(None, None, None), "unknown", "could not be measured"),
    ],
)
def test_an_unsure_speed_refuses_nothing_and_ships_nothing(
    found: Share, verdict: str, said: str
) -> None:
    decision = guarded(found)
    assert decision.verdict == verdict
    assert said in decision.sentence
