"""Habits that corrections show, and whether an answer keeps to them."""

from __future__ import annotations

import pytest

from tests.training.talking import Talk
from training.behaviours import Corrected, corrections_of, habits_of, keeps
from training.checkers import Check
from training.sealed_items import items_of

GIVEN = "Your {} is called {}, as you have told me here before, some time ago."
THINGS = (("cat", "Mia"), ("dog", "Rex"), ("boat", "Wave"), ("horse", "Nell"))


def check_of(talk: Talk, question: str, better: str, given: str = "I do not know that.") -> Check:
    """The check of a sealed correction beside those of the things."""
    said = talk.say(talk.begin("sealed"), question, given, -1, better)
    found = talk.collect()
    items = items_of(found.of("sealed"), corrections=corrections_of(talk.database, found.examples))
    (item,) = (one for one in items if one.example.source == f"message:{said.id}")
    assert item.check is not None
    return item.check


def test_what_three_corrections_have_changed_is_a_habit() -> None:
    corrections = [
        Corrected(GIVEN.format(thing, name), f"Ahoy, your {thing} is {name}")
        for thing, name in THINGS
    ]
    assert habits_of(corrections[:2]) == frozenset()
    assert habits_of(corrections[:3]) == {("begins", "ahoy"), ("length", "short")}
    assert habits_of([]) == frozenset()


def test_a_sealed_correction_is_checked_by_the_habits_that_it_brought_in(talk: Talk) -> None:
    for thing, name in THINGS:
        better = f"Ahoy, your {thing} over there is called {name} since you named it, so be it"
        talk.say(talk.begin(), f"what is my {thing} called?", GIVEN.format(thing, name), -1, better)
    check = check_of(talk, "what of my parrot?", "Ahoy, there is no parrot that I know of")
    assert check("AHOY! A parrot?")
    assert not check("There is no parrot, ahoy.")


def test_a_sealed_answer_that_shows_no_habit_is_not_checked(talk: Talk) -> None:
    for thing, name in THINGS:
        better = f"Ahoy, your {thing} is called {name}, as it was before"
        talk.say(talk.begin(), f"what is my {thing} called?", GIVEN.format(thing, name), -1, better)
    talk.say(talk.begin("sealed"), "what of fire?", "Fire burns and warms us all, they say", 1)
    found = talk.collect()
    items = items_of(found.of("sealed"), corrections=corrections_of(talk.database, found.examples))
    assert [item.check for item in items] == [None]


@pytest.mark.parametrize(
    ("habit", "good", "bad"),
    [
        (("begins", "ahoy"), "Ahoy! So it is.", "So it is. Ahoy!"),
        (("ends", "roger"), "So it is. Roger.", "Roger. So it is."),
        (("form", "list"), "- one\n- two", "one\ntwo"),
        (("form", "code"), "```python\nx = 1\n```", "x = 1"),
        (("form", "json"), '{"a": 1}', "{a: 1"),
        (("form", "prose"), "One and two.", "1. one\n2. two"),
        (("case", "lower"), "all small.", "All small."),
        (("emoji", "no"), "Fine.", "Fine 😀"),
        (("exclaims", "no"), "Fine.", "Fine!"),
        (("asks", "yes"), "Fine. And you?", "Fine."),
        (
            ("length", "short"),
            "It is a cat called Mia",
            "It is a cat that is called Mia, so I hear",
        ),
    ],
)
def test_answers_that_keep_to_a_habit(habit: tuple[str, str], good: str, bad: str) -> None:
    accepted = "Her name is Mia."
    assert keeps(good, habit, accepted)
    assert not keeps(bad, habit, accepted)
