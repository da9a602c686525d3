"""When a run is due: the decision alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from store.errors import SomaError
from training.triggers import (
    DAY,
    AutoSettings,
    AutoState,
    Situation,
    allowed,
    begun,
    changed,
    days_of_waiting,
    decide,
    ended,
    in_step,
    read_settings,
    read_state,
    standing,
)

NOW = 1_700_000_000.0
ON = AutoSettings(on=True)
STATE = AutoState(mark=10, at=NOW - DAY)
READY = Situation(NOW, 500, 50, training=False, idle=True, mains=True)


def test_a_run_is_due_after_enough_messages_or_a_week_with_any() -> None:
    assert decide(ON, STATE, READY).reason == "500 messages are new"
    assert decide(ON, STATE, READY).due
    few = replace(READY, messages=499)
    assert not decide(ON, STATE, few).due
    assert decide(ON, STATE, few).reason == "1 messages to go, or 6 days"
    assert decide(ON, replace(STATE, at=NOW - 7 * DAY), replace(few, messages=1)).due
    nothing = decide(ON, replace(STATE, at=NOW - 70 * DAY), replace(few, messages=0))
    assert (nothing.due, nothing.reason) == (False, "nothing is new since the last run")
    assert decide(replace(ON, messages=499), STATE, few).due
    assert decide(replace(ON, days=1), STATE, few).due


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"training": True}, "a run is under way"),
        ({"idle": False}, "waits until the machine is idle"),
        ({"mains": False}, "waits for mains power"),
        ({"accepted": 49}, "of 50 examples that it takes 49 are there"),
        ({"accepted": None}, "the examples are to be counted"),
    ],
)
def test_it_waits_for_the_machine_and_for_examples(change: dict[str, Any], why: str) -> None:
    found = decide(ON, STATE, replace(READY, **change))
    assert not found.due
    assert why in found.reason
    assert found.lacks == ("examples" if change == {"accepted": None} else found.lacks)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"messages": 312}, "312 of 500 messages to soma-v3 · or in 6 days"),
        ({"messages": 0}, "0 of 500 messages to soma-v3"),
        ({"messages": 700, "training": True}, "a run is under way"),
        ({}, "soma-v3 is due: 500 messages are new; it begins when nobody needs the machine"),
        ({"mains": False}, "soma-v3 is due: 500 messages are new; it waits for mains power"),
        (
            {"accepted": 9},
            "soma-v3 is due: 500 messages are new, but of 50 examples that it takes 9 are there; "
            "rate answers, or write better ones",
        ),
    ],
)
def test_how_far_it_is_to_the_next_run_is_told_in_a_line(change: dict[str, Any], told: str) -> None:
    assert standing(ON, STATE, replace(READY, **change), "soma-v3") == f"on · {told}"
    assert standing(AutoSettings(), STATE, replace(READY, **change), "soma-v3") == "off"


def test_a_wait_after_a_refusal_is_told_with_how_far_it_is() -> None:
    refused = ended(STATE, shipped=False, now=NOW - DAY / 2)
    assert standing(ON, refused, replace(READY, messages=3), "soma-v3") == (
        "on · 3 of 500 messages to soma-v3 · 1 run came to nothing, so the next waits for 12 hours"
    )


def test_nothing_begins_before_the_user_has_said_yes() -> None:
    assert not decide(AutoSettings(), STATE, READY).due
    assert "soma train auto on" in decide(AutoSettings(), STATE, READY).reason


def test_what_is_forgotten_makes_a_run_due_at_once() -> None:
    found = replace(READY, messages=0, forgotten=True)
    assert decide(ON, STATE, found).due


def test_each_refusal_doubles_the_wait_and_a_success_ends_it() -> None:
    assert [days_of_waiting(n) for n in range(9)] == [0, 1, 2, 4, 8, 16, 32, 32, 32]
    state = STATE
    for days in (1, 2, 4):
        state = ended(state, shipped=False, now=NOW)
        early = replace(READY, now=NOW + days * DAY - 1)
        assert not decide(ON, state, early).due
        assert "came to nothing" in decide(ON, state, early).reason
        assert decide(ON, state, replace(READY, now=NOW + days * DAY)).due
    assert decide(ON, ended(state, shipped=True, now=NOW), READY).due
    assert decide(ON, allowed(state, NOW), READY).due


def test_a_run_that_has_begun_counts_anew() -> None:
    assert begun(STATE, 77, NOW) == replace(STATE, mark=77, at=NOW)


def test_a_clock_that_is_set_back_begins_nothing_and_holds_nothing_up() -> None:
    ahead = ended(replace(STATE, at=NOW), shipped=False, now=NOW)
    back = NOW - 400 * DAY
    state = in_step(ahead, back)
    assert (state.at, state.refused) == (back, back)
    few = replace(READY, messages=5, now=back)
    assert not decide(ON, state, few).due
    assert decide(ON, state, replace(few, now=back + 7 * DAY)).due
    assert decide(ON, state, replace(READY, now=back + DAY)).due
    assert in_step(STATE, NOW) == STATE


def test_settings_and_state_are_read_as_they_were_written() -> None:
    settings, state = AutoSettings(True, 3, 2, 1), AutoState(4, 2.5, 1, 2.0)
    assert read_settings(settings.as_json()) == settings
    assert read_state(state.as_json()) == state


@pytest.mark.parametrize("content", [None, 3, {"on": "yes", "messages": -1, "other": 1}])
def test_what_is_not_sound_is_as_it_was_at_first(content: object) -> None:
    assert read_settings(content) == AutoSettings()
    assert read_state(content) == AutoState()


@pytest.mark.parametrize("change", [{"messages": 0}, {"days": 1.5}, {"on": 1}, {"nights": 3}])
def test_settings_that_cannot_be_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(SomaError, match="cannot be"):
        changed(AutoSettings(), change)
