"""Sealed examples as items, some with an exact check."""

from __future__ import annotations

from agents.memory import Memory
from tests.training.talking import Talk
from training.example import Example, Kind, Turn
from training.sealed_items import Item, facts_of, items_of, sealed_hash


def example(kind: Kind, source: str, question: str, answer: str) -> Example:
    turns = (Turn("user", question), Turn("assistant", answer))
    return Example(kind, source, "conversation:1", "personal", turns, split="sealed")


def test_a_question_about_facts_is_checked_by_their_values(talk: Talk) -> None:
    assert facts_of(talk.database) == []
    memory = Memory(talk.database)
    memory.set_fact("home town", "Lyon")
    memory.set_fact("likes", "tea")
    memory.set_fact("likes", "long walks")
    sealed = talk.collect().of("sealed")
    items = {item.values: item for item in items_of(sealed, facts_of(talk.database))}
    assert set(items) == {("Lyon",), ("tea", "long walks")}
    likes = items["tea", "long walks"].check
    assert likes is not None
    assert likes("You like long walks, and tea.")
    assert not likes("You like tea.")
    assert all(item.check is None for item in items_of(sealed))


def test_short_answers_are_checked_as_a_whole_and_long_ones_not() -> None:
    short, long, passage = items_of(
        [
            example("correction", "message:1", "how far?", "42 km."),
            example("rated", "message:2", "who?", "It was the neighbour's cat, of course."),
            example("passage", "passage:1", "how does it go on?", "so"),
        ]
    )
    assert short.check is not None
    assert (short.check("42 KM"), short.check("It is 42 km.")) == (True, False)
    assert (long.check, passage.check) == (None, None)


def test_the_hash_of_items() -> None:
    one, two = (example("rated", f"message:{n}", f"{n}?", f"{n}.") for n in (1, 2))
    items = items_of([one, two])
    assert sealed_hash(items) == sealed_hash(items_of([two, one]))
    assert sealed_hash(items) != sealed_hash(items[:1])
    assert sealed_hash(items) != sealed_hash([Item(one), Item(two)])
    assert len({item.id for item in items}) == 2
