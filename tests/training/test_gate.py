"""What is shipped, refused and left undecided, and in which words."""

from __future__ import annotations

import json
from dataclasses import replace
from math import inf, nan, pi
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.errors import SomaError
from tests.training.measured import (
    NEW,
    OLD,
    by_chance,
    canaries,
    checks,
    evaluation,
    likelihoods,
)
from training.decision import ALPHA, Decision, Finding, allowed, attempts, read_decision
from training.evaluation import PERSONAL, Outcome, Side
from training.gate import LEAST_GAIN, decide

BETTER = likelihoods([0.4, 0.1, 0.3, 0.2, -0.05, 0.3] * 5, each=2)
SAME = likelihoods([0.2, -0.2, -0.1, 0.1, -0.3, 0.3] * 5, each=2)


def finding(decision: Decision, group: str) -> Finding:
    return next(found for found in decision.findings if found.group == group)


def test_better_is_shipped_and_says_by_what() -> None:
    found = decide(evaluation(BETTER))
    assert found.verdict == "ship"
    assert found.sentence == (
        "Better: on 30 sealed answers of 15 conversations the accepted answer is more likely, "
        "by +0.21 nats a token, where more than +0.05 counts (95 % +0.18 to +0.23, p < .001, "
        "at most .030 is asked); "
        "no canary worse."
    )
    assert found.personal is not None
    assert found.personal.measure == "likelihood"
    assert len(found.personal.won) == 25
    assert found.personal.lost == tuple(f"{PERSONAL}:{n}" for n in range(4, 30, 6))
    assert found.personal.p == pytest.approx(2**-15)


def test_no_better_than_chance_is_refused() -> None:
    found = decide(evaluation(SAME))
    assert found.verdict == "refuse"
    assert found.sentence.startswith("Refused: not surely better by enough: on 30 sealed answers")
    worse = decide(evaluation(likelihoods([-0.2] * 12)))
    assert worse.sentence.startswith("Refused: worse, not better: on 12 sealed answers")
    same = decide(evaluation(likelihoods([0.0] * 12)))
    assert (same.verdict, same.personal and same.personal.p) == ("refuse", 1.0)


def test_a_gain_that_is_as_small_as_that_of_another_seed_is_none() -> None:
    """However sure it is."""
    found = decide(evaluation(likelihoods([0.04] * 60)))
    assert found.verdict == "refuse"
    assert found.sentence.startswith("Refused: not surely better by enough")
    assert decide(evaluation(likelihoods([0.06] * 60))).verdict == "ship"


def test_too_few_conversations_decide_nothing() -> None:
    """However many answers they hold."""
    found = decide(evaluation(likelihoods([0.5] * 60, each=10)))
    assert found.verdict == "unknown"
    assert found.sentence == "Not decided: only 6 sealed conversations; 12 are needed."
    assert not found.is_attempt
    assert decide(evaluation(likelihoods([0.5] * 12))).verdict == "ship"
    assert decide(evaluation([])).sentence.startswith("Not decided: nothing is sealed")


def test_a_hundred_checks_decide_and_fewer_do_not() -> None:
    found = decide(evaluation(checks(25, 8, 100) + SAME))
    assert found.verdict == "ship"
    assert found.personal is not None
    assert (found.personal.measure, len(found.personal.won)) == ("check", 25)
    assert found.personal.p == pytest.approx(0.0023, abs=1e-4)
    assert "on 100 sealed checks of 100 conversations 25 were won and 8 lost" in found.sentence
    fewer = decide(evaluation(checks(25, 8, 99) + SAME))
    assert (fewer.verdict, fewer.personal and fewer.personal.measure) == ("refuse", "likelihood")
    alone = decide(evaluation(checks(25, 8, 99)))
    assert alone.verdict == "unknown"
    assert "only 99 sealed checks and no accepted answer; 100 checks are needed" in alone.sentence


def test_checks_of_few_clusters_are_not_taken_for_many() -> None:
    assert decide(evaluation(checks(25, 8, 120))).verdict == "ship"
    together = [replace(one, cluster=str(n // 10)) for n, one in enumerate(checks(25, 8, 120))]
    assert decide(evaluation(together)).verdict == "refuse"


def test_the_measure_that_did_not_decide_must_not_be_worse() -> None:
    found = decide(evaluation(checks(30, 8, 100) + likelihoods([-0.3] * 20)))
    assert found.verdict == "refuse"
    assert "personal is worse by −0.30 nats a token, and −0.10 is allowed" in found.sentence


@pytest.mark.parametrize(
    ("won", "lost", "of", "verdict"),
    [
        (0, 1, 10, "ship"),
        (0, 2, 10, "refuse"),
        (1, 2, 10, "ship"),
        (3, 5, 10, "refuse"),
        (0, 1, 9, "refuse"),
        (0, 3, 30, "ship"),
        (0, 4, 30, "refuse"),
    ],
)
def test_a_group_may_lose_a_tenth_more_than_it_wins(
    won: int, lost: int, of: int, verdict: str
) -> None:
    others = checks(0, 0, 90, "format") + checks(won, lost, of, "identity")
    found = decide(evaluation(BETTER, others))
    assert found.verdict == verdict
    if verdict == "refuse":
        assert f"identity is worse: {lost} of {of} lost, {won} won" in found.sentence
    assert len(finding(found, "identity").lost) == lost


def test_groups_that_are_each_a_little_worse_are_too_much_together() -> None:
    others = [row for n in range(6) for row in checks(1, 2, 10, f"group{n}")]
    found = decide(evaluation(BETTER, others))
    assert all(one.holds for one in found.findings if one.group != "all canaries")
    assert found.verdict == "refuse"
    assert "it is not shown that the canaries are less than 15 % worse: 12 of 60" in found.sentence


def test_too_few_canaries_show_nothing() -> None:
    found = decide(evaluation(BETTER, checks(0, 0, 18, "format")))
    assert found.sentence == "Not decided: only 18 canaries apart; 19 are needed."
    assert decide(evaluation(BETTER, checks(0, 0, 19, "format"))).verdict == "ship"
    templates = checks(0, 0, 100, "format", clusters=10)
    assert "only 10 canaries apart" in decide(evaluation(BETTER, templates)).sentence
    assert decide(evaluation(BETTER, [])).sentence == "Not decided: no canary was measured."


def test_a_canary_of_likelihoods_has_a_margin_too() -> None:
    others = [*canaries(), *likelihoods([-0.2] * 5, group="general")]
    found = decide(evaluation(BETTER, others))
    assert "general is worse by −0.20 nats a token" in found.sentence
    others = [*canaries(), *likelihoods([-0.09] * 5, group="general")]
    assert decide(evaluation(BETTER, others)).verdict == "ship"


def test_answers_that_do_not_depend_on_the_question_are_refused() -> None:
    others = [*canaries(), *likelihoods([-0.19] * 30, group="relevance")]
    assert decide(evaluation(BETTER, others)).verdict == "ship"
    others = [*canaries(), *likelihoods([-0.21] * 30, group="relevance")]
    assert "relevance is worse by −0.21 nats" in decide(evaluation(BETTER, others)).sentence


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ({"new_tokens_per_s": 15.0}, "its speed, as a share of the old model's, is 0.38"),
        ({"new_entropy": 0.6}, "entropy of its answers, as a share of the old model's, is 0.40"),
        (
            {"new_distinct_answers": 0.1},
            "different answers, as a share of the old model's, is 0.17",
        ),
        ({"old_style": 0.9, "new_style": 0.7}, "how far it keeps to the personality is -0.20"),
        ({"new_kl_to_base": 1.4}, "its distance from the base, in nats a token, is 1.40, and at"),
    ],
)
def test_guards_refuse(figures: dict[str, float], said: str) -> None:
    found = decide(evaluation(BETTER, **figures))
    assert found.verdict == "refuse"
    assert said in found.sentence


@pytest.mark.parametrize("value", [None, nan, inf])
@pytest.mark.parametrize(
    "name",
    [
        "old_tokens_per_s",
        "new_tokens_per_s",
        "old_entropy",
        "new_entropy",
        "new_kl_to_base",
        "old_distinct_answers",
        "new_distinct_answers",
        "new_style",
    ],
)
def test_a_figure_that_is_unknown_is_never_shipped(name: str, value: float | None) -> None:
    found = decide(evaluation(BETTER, **{"old_style": 0.5, "new_style": 0.5, name: value}))
    assert found.verdict == "unknown"
    assert "could not be measured" in found.sentence
    json.dumps(found.as_json(), allow_nan=False)


@pytest.mark.parametrize("value", [None, nan, -inf])
@pytest.mark.parametrize("side", ["old", "new"])
@pytest.mark.parametrize("place", [0, 35])
def test_an_item_that_is_unknown_is_never_shipped(
    place: int, side: str, value: float | None
) -> None:
    whole = evaluation(BETTER)
    rows = list(whole.outcomes)
    rows[place] = replace(rows[place], **{side: value})  # type: ignore[arg-type]
    found = decide(replace(whole, outcomes=tuple(rows)))
    assert found.verdict == "unknown"
    assert "could not be measured" in found.sentence
    json.dumps(found.as_json(), allow_nan=False)


def test_what_speaks_against_it_counts_though_something_is_unknown() -> None:
    found = decide(evaluation(SAME, new_entropy=None))
    assert found.verdict == "refuse"


def named(number: int) -> Side:
    return Side(f"train-{number}", "b" * 64, f"{number:064}")


def test_attempts_spend_what_is_allowed() -> None:
    earlier: list[Decision] = []
    for number in range(1, 8):
        found = decide(evaluation(SAME, new=named(number)), earlier)
        assert found.attempt == number
        assert found.alpha == pytest.approx(0.05 * 6 / (pi * number) ** 2)
        earlier.append(found)
    assert "is asked at attempt 7 on them" in earlier[-1].sentence
    assert sum(allowed(k) for k in range(1, 100_000)) == pytest.approx(ALPHA, abs=1e-6)


def test_a_win_that_was_enough_at_first_is_not_enough_later() -> None:
    won = evaluation(likelihoods([0.25] * 12 + [-0.05] * 8), new=named(100))
    assert decide(won).verdict == "ship"
    earlier: list[Decision] = []
    for number in range(20):
        earlier.append(decide(evaluation(SAME, new=named(number)), earlier))
    found = decide(won, earlier)
    assert found.verdict == "refuse"
    assert found.personal is not None
    assert found.personal.p is not None
    assert found.alpha < found.personal.p < 0.03


def test_a_repeat_is_no_new_attempt_and_the_first_stays_what_it_was() -> None:
    first = decide(evaluation(SAME, new=named(1)))
    second = decide(evaluation(SAME, new=named(2)), [first])
    again = decide(evaluation(SAME, new=named(1)), [first, second])
    assert again == first
    third = decide(evaluation(SAME, new=named(3)), [first, second, again, again])
    assert third.attempt == 3
    other_seal = decide(evaluation(SAME, new=named(1), seal="t" * 64), [first])
    assert other_seal.attempt == 2


def test_only_tests_that_were_made_count() -> None:
    few = decide(evaluation(likelihoods([0.5] * 5), new=named(1)))
    lame = decide(evaluation(SAME, new=named(2), new_tokens_per_s=None))
    assert [few.is_attempt, lame.is_attempt] == [False, True]
    assert decide(evaluation(SAME, new=named(3)), [few, lame]).attempt == 2


def test_items_that_were_added_give_back_their_share_alone() -> None:
    first = decide(evaluation(likelihoods([0.1, -0.1] * 10), new=named(1)))
    grown = evaluation(likelihoods([0.1, -0.1] * 20), new=named(2), seal="t" * 64)
    second = decide(grown, [first])
    assert second.attempt == 1.5
    apart = [replace(one, item=f"other {one.item}") for one in SAME]
    assert decide(evaluation(apart, seal="u" * 64), [first, second]).attempt == 1
    shrunk = evaluation(likelihoods([0.1, -0.1] * 6), new=named(3), seal="v" * 64)
    assert decide(shrunk, [first, second]).attempt == 3


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=1, max_size=15))
def test_however_the_sealed_set_grows_no_more_than_alpha_is_spent_on_a_mean_item(
    growth: list[int],
) -> None:
    """What was spent on each item of today's set, over all tests that it took part in."""
    first = decide(evaluation(SAME))
    size, spent = 12, [0.0] * (12 + sum(growth))
    earlier: list[Decision] = []
    for number, more in enumerate(growth):
        size += more
        names = [f"{place}" for place in range(size)]
        made = replace(evaluation([], new=named(number)), sealed=f"{size:064}")
        alpha = allowed(attempts(made, names, earlier))
        earlier.append(replace(first, new=made.new, sealed=made.sealed, items=tuple(names)))
        spent[:size] = [before + alpha for before in spent[:size]]
        assert sum(spent[:size]) / size <= ALPHA


def test_it_gives_the_same_again_and_survives_being_written() -> None:
    for made in (evaluation(BETTER), evaluation(SAME), evaluation(checks(30, 5, 120)),
                 evaluation([]), evaluation(BETTER, canaries(1, 6))):  # fmt: skip
        found = decide(made)
        assert decide(made) == found
        assert read_decision(json.loads(json.dumps(found.as_json()))) == found


@pytest.mark.parametrize(
    "change", [{"verdict": "yes"}, {"old": 1}, {"items": None}, {"more": 1}, {"findings": [{}]}]
)
def test_what_is_no_decision_is_said(change: dict[str, Any]) -> None:
    content = decide(evaluation(BETTER)).as_json() | change
    with pytest.raises(SomaError, match="evaluate again"):
        read_decision(content)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.floats(-0.5, 0.5), st.integers(8, 25))
def test_order_does_not_matter_and_more_is_never_refused(
    seed: int, mean: float, clusters: int
) -> None:
    chance = Random(seed)
    rows = [
        Outcome(f"{n}", PERSONAL, cluster, "likelihood", -3.0, -3.0 + change)
        for n, (cluster, change) in enumerate(by_chance(chance, clusters, mean))
    ]
    found = decide(evaluation(rows))
    shuffled = decide(evaluation(chance.sample(rows, len(rows)))).as_json()
    assert shuffled["verdict"] == found.verdict
    raised = [replace(row, new=(row.new or 0.0) + 0.3) for row in rows]
    assert (found.verdict == "ship") <= (decide(evaluation(raised)).verdict == "ship")
    swapped = [replace(row, old=row.new, new=row.old) for row in rows]
    assert not (found.verdict == decide(evaluation(swapped)).verdict == "ship")


def test_of_challengers_that_are_no_better_few_are_shipped() -> None:
    """120 evaluations by chance, clustered: at most .05 of them and three standard errors."""
    chance, shipped = Random(11), 0
    for _ in range(120):
        rows = [
            Outcome(f"{n}", PERSONAL, cluster, "likelihood", -3.0, -3.0 + change)
            for n, (cluster, change) in enumerate(by_chance(chance, 16, LEAST_GAIN["likelihood"]))
        ]
        shipped += decide(evaluation(rows)).verdict == "ship"
    assert 0 < shipped <= 120 * 0.05 + 3 * (120 * 0.05 * 0.95) ** 0.5


def test_many_tries_on_the_same_items_ship_no_better_model_than_one() -> None:
    """In 50 series of 8 challengers that are no better, in how many is any shipped?"""
    chance, wrong = Random(12), 0
    for _ in range(50):
        earlier: list[Decision] = []
        for number in range(8):
            rows = [
                Outcome(f"{n}", PERSONAL, f"{n // 3}", "likelihood", -3.0, -2.95 + change)
                for n, change in enumerate(chance.choice((-2.0, -1.0, 1.0, 2.0)) for _ in range(42))
            ]
            earlier.append(decide(evaluation(rows, new=named(number)), earlier))
        wrong += any(found.verdict == "ship" for found in earlier)
    assert wrong <= 50 * 0.05 + 3 * (50 * 0.05 * 0.95) ** 0.5


def test_sides_are_kept() -> None:
    found = decide(evaluation(BETTER))
    assert (found.old, found.new) == (OLD, NEW)
