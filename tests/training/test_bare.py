"""Examples once more without what memory put before them."""

from __future__ import annotations

from agents.persona import SYSTEM_PROMPT
from agents.profile_lines import KNOWN, ORDERS
from store.message import Memory
from store.recalled import Recalled
from tests.training.talking import Talk
from training.bare import with_bare
from training.example import Split
from training.examples import ExampleSet

TOLD = f"{SYSTEM_PROMPT}\n\n{ORDERS}\n- Be kind\n\n{KNOWN}\n- Name: Ada\n- Home town: Rome"


def asked(talk: Talk, into: int, question: str) -> None:
    """A question before which something was recalled, and an answer that was rated up."""
    said = talk.conversations.add_user(into, question)
    memory = Memory("fact:1", "My dog is Rex", "profile", None, "you", "words", 1.0)
    Recalled(talk.database).keep(said.id, [memory])
    begun = talk.conversations.begin_answer(into, "m", "v")
    talk.conversations.append_piece(begun.id, f"This is about {question}", [1])
    talk.conversations.finish_answer(begun.id, state="done", finish="stop", figures=None)
    talk.conversations.rate(begun.id, 1)


def bare_of(found: ExampleSet) -> list[list[str]]:
    before = set(found.examples)
    return [[t.text for t in e.turns] for e in with_bare(found).examples if e not in before]


def test_what_memory_added_is_left_out_of_the_bare_form_and_nothing_else(talk: Talk) -> None:
    into = talk.begin(system=TOLD)
    talk.say(into, "a first word", "and one back")
    asked(talk, into, "which dog is it?")
    found = talk.collect()
    (example,) = found.examples
    assert example.turns[0].text == TOLD
    assert "Rex" in example.question
    assert with_bare(found).examples[0] == example
    assert bare_of(found) == [
        [SYSTEM_PROMPT, "a first word", "and one back", "which dog is it?",
         "This is about which dog is it?"],
    ]  # fmt: skip


def test_what_memory_added_nothing_to_stands_once(talk: Talk) -> None:
    talk.say(talk.begin(system=SYSTEM_PROMPT), "what is bread?", "flour and water", 1)
    talk.say(talk.begin(system=""), "what is rain?", "falling water", 1)
    assert len(talk.collect().examples) == 2
    assert bare_of(talk.collect()) == []


def test_the_oldest_exchange_goes_from_both_where_all_does_not_fit(talk: Talk) -> None:
    into = talk.begin(system=TOLD)
    talk.say(into, "one " * 30, "two " * 30)
    asked(talk, into, "which dog is it?")
    found = talk.collect(longest=90)
    assert bare_of(found) == [[SYSTEM_PROMPT, "which dog is it?", "This is about which dog is it?"]]


def test_what_steers_has_a_bare_form_too_and_what_is_sealed_has_none(talk: Talk) -> None:
    splits: tuple[Split, ...] = ("train", "dev", "sealed")
    questions = "how long is a river?", "who painted the ceiling?", "when do owls sleep?"
    for split, question in zip(splits, questions, strict=True):
        asked(talk, talk.begin(split, TOLD), question)
    found = talk.collect()
    assert [example.split for example in found.examples] == list(splits)
    assert [row[1] for row in bare_of(found)] == list(questions[:2])
