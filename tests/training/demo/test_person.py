"""The made-up person, and the checks on how they want to be answered."""

from __future__ import annotations

from collections import Counter

import pytest

from training.demo.behaviours import BEHAVIOURS, Behaviour
from training.demo.facts import FACTS
from training.demo.living import is_right
from training.demo.person import CONVERSATIONS, Person

TALKS, TRIALS = Person().talks(), Person().trials()


def test_a_person_has_two_hundred_conversations_and_forty_facts() -> None:
    assert len(TALKS) == CONVERSATIONS
    told = [talk.fact for talk in TALKS if talk.fact]
    assert sorted(told, key=FACTS.index) == list(FACTS)
    assert len(FACTS) == 40


@pytest.mark.parametrize("count", [1, 3, 24])
def test_of_few_conversations_as_many_tell_a_fact_as_of_all(count: int) -> None:
    talks = Person().talks(count)
    assert [talk.question for talk in talks] == [talk.question for talk in TALKS[:count]]
    assert sum(talk.fact is not None for talk in talks) == round(count / 5)


def test_a_person_follows_from_their_seed() -> None:
    assert Person().talks() == TALKS
    assert Person().trials() == TRIALS
    assert Person(2).talks() != TALKS


def test_half_of_the_behaviours_hold_for_one_kind_of_question_alone() -> None:
    assert len(BEHAVIOURS) == 12
    assert sum(behaviour.conditional for behaviour in BEHAVIOURS) == 6


def test_the_measure_asks_for_nothing_that_was_talked_about() -> None:
    asked = {talk.question.text for talk in TALKS}
    wanted = {talk.question.wanted for talk in TALKS}
    for trial in TRIALS:
        assert trial.question.text not in asked
        may_coincide = trial.question.kind in ("pain", "greeting", "length")
        assert may_coincide or trial.question.wanted not in wanted


def test_every_behaviour_is_tried_and_where_it_does_not_belong_as_well() -> None:
    counts = Counter((t.behaviour.name, t.question.kind == t.behaviour.tried_on) for t in TRIALS)
    for behaviour in BEHAVIOURS:
        assert counts[behaviour.name, True] >= 5
        assert (counts[behaviour.name, False] >= 5) == behaviour.conditional


def test_the_wanted_answers_are_right() -> None:
    assert all(is_right(talk.question, talk.question.wanted) for talk in TALKS)
    for trial in TRIALS:
        assert trial.behaviour.holds(trial.question.kind, trial.question.wanted)


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda behaviour: behaviour.name)
def test_an_answer_without_a_word_is_never_right(behaviour: Behaviour) -> None:
    for nothing in ("", " \n", "…"):
        assert not behaviour.holds(behaviour.tried_on, nothing)
        assert not behaviour.holds("thing", nothing)


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("form of address", "Captain, yes. Over.", "Yes, Captain."),
        ("length", "word " * 15, "word " * 16),
        ("closing word", "Yes. Over.", "Over and out"),
        ("no exclamation marks", "Hello.", "Hello!"),
        ("spelling", "A grey colour.", "A colour, or color."),
        ("units", "About 3 km.", "About 3 km, or 2 miles."),
        ("code alone", "```python\nlen(items)\n```", "Use ```python\nlen(items)\n```"),
        ("numbered ideas", "Here:\n1. A\n2. B\n3. C", "1. A\n2. B"),
        ("no medicine", "Please ask a doctor.", "Take two pills."),
        ("feelings first", "I hear you.", "Cheer up."),
        ("24-hour clock", "At 15:00.", "At 3:00 pm."),
        ("a clear pick", "My pick: tea.", "Tea."),
    ],
)
def test_checks_tell_good_from_bad(name: str, good: str, bad: str) -> None:
    behaviour = next(one for one in BEHAVIOURS if one.name == name)
    assert behaviour.holds(behaviour.tried_on, good)
    assert not behaviour.holds(behaviour.tried_on, bad)
    if behaviour.conditional:
        assert not behaviour.holds("thing", good)
        assert behaviour.holds("thing", bad)


def test_a_behaviour_where_it_does_not_belong_is_not_right() -> None:
    thing = next(talk.question for talk in TALKS if talk.question.kind == "thing")
    assert not is_right(thing, thing.wanted.replace("Captain, ", "Captain, I hear you: "))
