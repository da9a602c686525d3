"""A personality that is kept: evidence, the user's hand, the log, undoing."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.database import Database
from store.errors import StoreError, UnknownIdError
from store.paths import Home
from store.personality import Personality
from store.traits import (
    BASELINES,
    DAY,
    EVIDENCE_NEEDED,
    LARGEST_MOVE,
    MOST_A_DAY,
    REACH,
    Evidence,
    Source,
)

NOON = 1_800_000_000.0


@pytest.fixture
def personality(database: Database) -> Personality:
    return Personality(database, 1)


def request(
    message: int, target: float = 0.0, trait: str = "verbosity", source: Source = "request"
) -> Evidence:
    return Evidence(trait, target, 1.0, source, message, "shorter, please")


def ready(personality: Personality, trait: str = "verbosity", now: float = NOON) -> None:
    """One piece short of the number that moves a trait."""
    for number in range(EVIDENCE_NEEDED - 1):
        personality.take(request(number + 1, trait=trait), now)


def value(personality: Personality, trait: str = "verbosity", now: float = NOON) -> float:
    return personality.state(trait, now).value


def test_at_first_all_traits_are_at_their_baselines(personality: Personality) -> None:
    assert personality.values(NOON) == BASELINES
    assert personality.log() == []


def test_the_fifth_piece_is_the_first_that_moves(personality: Personality) -> None:
    ready(personality)
    assert value(personality) == 0.5
    change = personality.take(request(5), NOON)
    assert (change.before, change.after) == (0.5, pytest.approx(0.48))
    assert value(personality) == pytest.approx(0.48)
    assert personality.state("verbosity", NOON).evidence == 5
    assert value(personality, "formality") == BASELINES["formality"]


def test_each_change_is_logged_with_its_evidence(personality: Personality) -> None:
    ready(personality)
    personality.take(request(5), NOON + 7)
    personality.take(request(6, 1.0, "humor"), NOON + 8)
    newest, other = personality.log()[:2]
    assert (newest.trait, other.trait) == ("humor", "verbosity")
    assert other.evidence == request(5)
    assert other.at == NOON + 7
    assert [change.trait for change in personality.log("humor")] == ["humor"]


def test_a_day_takes_no_more_than_its_share(personality: Personality) -> None:
    ready(personality)
    for number in range(5, 40):
        personality.take(request(number), NOON)
    assert value(personality) == pytest.approx(0.5 - MOST_A_DAY)
    personality.take(request(40), NOON + DAY / 2)
    assert value(personality, now=NOON + DAY / 2) > 0.5 - MOST_A_DAY - 1e-9
    personality.take(request(41), NOON + DAY + 1)
    assert value(personality, now=NOON + DAY + 1) < 0.5 - MOST_A_DAY


def test_the_limit_holds_around_midnight_too(personality: Personality) -> None:
    ready(personality)
    seen = []
    for number in range(200):
        now = NOON + number * DAY / 20
        personality.take(request(number + 5), now)
        seen.append((now, value(personality, now=now)))
    for at, one in seen:
        within = [other for time, other in seen if abs(time - at) < DAY]
        assert max(abs(one - other) for other in within) <= MOST_A_DAY + 0.002


def test_no_input_repeated_for_months_runs_away(personality: Personality) -> None:
    for number in range(400):
        personality.take(request(number + 1, 1.0, "enthusiasm"), NOON + number * DAY / 4)
    assert value(personality, "enthusiasm", NOON + 100 * DAY) <= BASELINES["enthusiasm"] + REACH
    assert value(personality, "enthusiasm", NOON + 100 * DAY) < 1


def test_the_same_message_counts_once(personality: Personality) -> None:
    ready(personality)
    for _ in range(40):
        personality.take(request(5), NOON)
    state = personality.state("verbosity", NOON)
    assert (state.value, state.evidence) == (pytest.approx(0.48), 5)
    personality.take(request(5, target=1.0), NOON)
    assert value(personality) == pytest.approx(0.52)


def test_silence_leads_back(personality: Personality) -> None:
    ready(personality)
    personality.take(request(5), NOON)
    assert value(personality, now=NOON + DAY) == pytest.approx(0.5 - 0.02 * 0.99)
    assert value(personality, now=NOON + 2000 * DAY) == pytest.approx(0.5)


def test_a_pinned_trait_stays(personality: Personality) -> None:
    ready(personality)
    personality.take(request(5), NOON)
    personality.pin("verbosity", NOON)
    personality.take(request(6), NOON)
    later = NOON + 100 * DAY
    assert value(personality, now=later) == pytest.approx(0.48)
    assert personality.state("verbosity", NOON).pinned
    personality.unpin("verbosity", later)
    assert value(personality, now=later + DAY) == pytest.approx(0.5 - 0.02 * 0.99)


def test_what_the_user_sets_is_the_new_baseline(personality: Personality) -> None:
    personality.set("formality", 0.9, NOON)
    state = personality.state("formality", NOON + 500 * DAY)
    assert (state.value, state.baseline, state.default) == (0.9, 0.9, 0.3)
    ready(personality, "formality")
    for number in range(5, 200):
        personality.take(request(number, trait="formality"), NOON + number * DAY)
    assert 0.7 <= value(personality, "formality", NOON + 200 * DAY) < 0.8


@pytest.mark.parametrize("wrong", [-0.1, 1.1, float("nan"), float("inf")])
def test_a_value_outside_is_refused(personality: Personality, wrong: float) -> None:
    with pytest.raises(StoreError, match="from 0 to 1"):
        personality.set("humor", wrong, NOON)
    assert personality.log() == []


def test_reset_goes_back_and_begins_anew(personality: Personality) -> None:
    personality.set("humor", 0.1, NOON)
    personality.pin("humor", NOON)
    personality.reset("humor", NOON)
    state = personality.state("humor", NOON)
    assert (state.value, state.baseline, state.pinned, state.evidence) == (0.6, 0.6, False, 0)


@pytest.mark.parametrize("method", ["pin", "unpin", "reset", "state"])
def test_an_unknown_trait_is_named(personality: Personality, method: str) -> None:
    with pytest.raises(UnknownIdError, match="no trait 'wit'"):
        getattr(personality, method)("wit", NOON)
    with pytest.raises(UnknownIdError, match="no trait 'wit'"):
        personality.log("wit")


def test_a_change_by_evidence_is_undone(personality: Personality) -> None:
    ready(personality)
    first = personality.take(request(5), NOON)
    personality.take(request(6), NOON)
    undo = personality.undo(first.id, NOON)
    state = personality.state("verbosity", NOON)
    assert (state.value, state.evidence) == (pytest.approx(0.5 - (0.52 - 0.5)), 5)
    assert next(c for c in personality.log() if c.id == first.id).undone == undo.id
    with pytest.raises(StoreError, match="already"):
        personality.undo(first.id, NOON)
    with pytest.raises(StoreError, match="set the trait"):
        personality.undo(undo.id, NOON)


def test_only_what_is_left_of_an_old_change_is_undone(personality: Personality) -> None:
    ready(personality)
    change = personality.take(request(5), NOON)
    later = NOON + 100 * DAY
    personality.undo(change.id, later)
    assert value(personality, now=later) == pytest.approx(0.5)


def test_what_a_hand_did_is_undone(personality: Personality) -> None:
    ready(personality)
    change = personality.set("verbosity", 0.9, NOON)
    personality.undo(change.id, NOON)
    state = personality.state("verbosity", NOON)
    assert (state.value, state.baseline, state.evidence) == (pytest.approx(0.5), 0.5, 4)
    pin = personality.pin("verbosity", NOON)
    personality.undo(pin.id, NOON)
    assert not personality.state("verbosity", NOON).pinned


def test_undoing_one_thing_leaves_another_as_it_is(personality: Personality) -> None:
    change = personality.set("verbosity", 0.9, NOON)
    pin = personality.pin("verbosity", NOON)
    personality.undo(change.id, NOON)
    state = personality.state("verbosity", NOON)
    assert (state.value, state.baseline, state.pinned) == (pytest.approx(0.5), 0.5, True)
    change = personality.set("verbosity", 0.7, NOON)
    personality.undo(pin.id, NOON)
    state = personality.state("verbosity", NOON)
    assert (state.value, state.pinned) == (0.7, True)


def test_what_a_hand_did_later_outlives_an_undo(personality: Personality) -> None:
    ready(personality)
    evidence = personality.take(request(5), NOON)
    first = personality.set("verbosity", 0.9, NOON)
    personality.set("verbosity", 0.2, NOON)
    personality.undo(evidence.id, NOON)
    personality.undo(first.id, NOON)
    state = personality.state("verbosity", NOON)
    assert (state.value, state.baseline) == (0.2, 0.2)


def test_forgetting_a_message_takes_its_evidence_back(
    personality: Personality, home: Home, database: Database
) -> None:
    ready(personality)
    personality.take(request(5), NOON)
    assert personality.forget_message(5, NOON) == 1
    assert value(personality) == pytest.approx(0.5)
    assert all(not c.evidence or c.evidence.message != 5 for c in personality.log())
    assert personality.forget_message(5, NOON) == 0


def test_each_person_has_a_personality(database: Database) -> None:
    one, other = Personality(database, 1), Personality(database, 2)
    change = one.set("humor", 0.2, NOON)
    assert value(other, "humor") == 0.6
    assert other.log() == []
    with pytest.raises(UnknownIdError, match="no change"):
        other.undo(change.id, NOON)


def test_it_outlives_a_restart(home: Home) -> None:
    with Database.open(home) as database:
        personality = Personality(database, 1)
        ready(personality)
        personality.take(request(5), NOON)
        personality.pin("humor", NOON)
        states, log = personality.states(NOON), personality.log()
    with Database.open(home) as database:
        assert Personality(database, 1).states(NOON) == states
        assert Personality(database, 1).log() == log


steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("take"),
            st.sampled_from(["humor", "safety", "formality"]),
            st.floats(0, 1),
            st.integers(1, 12),
        ),
        st.tuples(
            st.sampled_from(["pin", "unpin", "reset", "undo", "forget"]),
            st.sampled_from(["humor", "safety", "formality"]),
            st.floats(0, 1),
            st.integers(1, 40),
        ),
    ),
    max_size=40,
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps, st.lists(st.floats(0, 3 * DAY), min_size=40, max_size=40))
def test_whatever_happens_values_stay_in_reach(
    database: Database, done: list[tuple[str, str, float, int]], pauses: list[float]
) -> None:
    database.tinydb.drop_tables()
    personality = Personality(database, 1)
    now = NOON
    for (what, trait, target, number), pause in zip(done, pauses, strict=False):
        now += pause
        if what == "take":
            before = value(personality, trait, now)
            personality.take(request(number, target, trait), now)
            assert abs(value(personality, trait, now) - before) <= 2 * LARGEST_MOVE + 1e-9
        elif what == "undo":
            if number in {c.id for c in personality.log() if c.kind != "undo" and not c.undone}:
                personality.undo(number, now)
        elif what == "forget":
            personality.forget_message(number, now)
        else:
            getattr(personality, what)(trait, now)
        for state in personality.states(now):
            assert 0 <= state.value <= 1
            assert abs(state.value - state.baseline) <= REACH + 1e-9
    later = {state.name: state for state in personality.states(now + 2000 * DAY)}
    for state in later.values():
        assert state.pinned or state.value == pytest.approx(state.baseline, abs=1e-6)
