"""What holds of the rule by which a trait moves, whatever the evidence."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.traits import (
    BASELINES,
    DAY,
    LARGEST_MOVE,
    LARGEST_ORDER_EFFECT,
    MOST_A_DAY,
    REACH,
    Evidence,
    bounds,
    decayed,
    moved,
)

unit = st.floats(0, 1)
Piece = tuple[float, float]
pieces = st.lists(st.tuples(unit, unit), max_size=40)


def apply(value: float, baseline: float, day: list[Piece]) -> list[float]:
    """The values through one day, the first before any evidence."""
    values = [value]
    for target, confidence in day:
        evidence = Evidence("humor", target, confidence, "request", 1)
        values.append(moved(values[-1], evidence, baseline, values))
    return values


@st.composite
def places(draw: st.DrawFn) -> tuple[float, float]:
    """A baseline and a value that evidence could have moved it to."""
    baseline = draw(unit)
    return baseline, draw(st.floats(*bounds(baseline)))


def test_the_twenty_traits_have_the_baselines_that_were_agreed() -> None:
    assert BASELINES == {
        "formality": 0.3, "verbosity": 0.5, "enthusiasm": 0.7, "humor": 0.6, "empathy": 0.8,
        "creativity": 0.7, "analytical_depth": 0.8, "uncertainty": 0.4, "curiosity": 0.9,
        "directness": 0.6, "supportiveness": 0.9, "collaboration": 0.8,
        "safety": 0.95, "transparency": 0.9, "autonomy": 0.7, "learning": 0.95,
        "technical_expertise": 0.5, "creative_expertise": 0.5, "strategic_expertise": 0.5,
        "ethical_expertise": 0.5,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("value", "target", "confidence", "after"),
    [
        (0.5, 0.6, 1.0, 0.51),
        (0.5, 0.6, 0.5, 0.505),
        (0.5, 1.0, 1.0, 0.52),
        (0.5, 0.0, 1.0, 0.48),
        (0.69, 1.0, 1.0, 0.7),
        (0.5, 1.0, 0.0, 0.5),
    ],
)
def test_one_piece_moves_a_trait_as_the_formula_says(
    value: float, target: float, confidence: float, after: float
) -> None:
    evidence = Evidence("verbosity", target, confidence, "request", 1)
    assert moved(value, evidence, 0.5) == pytest.approx(after)


@given(places(), pieces)
def test_values_stay_within_all_limits(place: tuple[float, float], day: list[Piece]) -> None:
    baseline, value = place
    values = apply(value, baseline, day)
    low, high = bounds(baseline)
    assert all(low <= v <= high and 0 <= v <= 1 for v in values)
    assert all(abs(v - baseline) <= REACH + 1e-12 for v in values)
    assert max(values) - min(values) <= MOST_A_DAY + 1e-12
    assert all(abs(b - a) <= LARGEST_MOVE + 1e-12 for a, b in pairwise(values))


@given(places(), pieces)
def test_a_piece_moves_towards_its_target_or_not_at_all(
    place: tuple[float, float], day: list[Piece]
) -> None:
    baseline, value = place
    values = apply(value, baseline, day)
    for (target, _), before, after in zip(day, values, values[1:], strict=False):
        assert min(before, target) <= after <= max(before, target)


@given(places(), pieces, st.randoms(use_true_random=False))
def test_the_order_of_a_day_matters_little(
    place: tuple[float, float], day: list[Piece], random: object
) -> None:
    baseline, value = place
    shuffled = list(day)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = apply(value, baseline, day)[-1], apply(value, baseline, shuffled)[-1]
    assert abs(one - other) <= LARGEST_ORDER_EFFECT + 1e-12


@given(
    st.floats(0.4, 0.6),
    st.lists(st.tuples(unit, st.floats(0, 0.12)), max_size=4),
    st.randoms(use_true_random=False),
)
def test_away_from_the_limits_order_matters_less_still(
    value: float, day: list[Piece], random: object
) -> None:
    shuffled = list(day)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = apply(value, 0.5, day)[-1], apply(value, 0.5, shuffled)[-1]
    assert abs(one - other) <= 0.002 * len(day) * (len(day) - 1) + 1e-12


@given(places(), st.floats(0, 5000))
def test_silence_leads_back_to_the_baseline(place: tuple[float, float], days: float) -> None:
    baseline, value = place
    after = decayed(value, baseline, days * DAY)
    assert abs(after - baseline) == pytest.approx(abs(value - baseline) * 0.99**days, abs=1e-12)
    assert abs(decayed(value, baseline, 1000 * DAY) - baseline) < 1e-4


@given(places(), st.floats(0, 100), st.floats(0, 100))
def test_two_silences_are_as_one(place: tuple[float, float], one: float, two: float) -> None:
    baseline, value = place
    twice = decayed(decayed(value, baseline, one * DAY), baseline, two * DAY)
    assert twice == pytest.approx(decayed(value, baseline, (one + two) * DAY))


def test_a_clock_that_was_set_back_counts_as_no_time() -> None:
    assert decayed(0.6, 0.5, -DAY) == 0.6
