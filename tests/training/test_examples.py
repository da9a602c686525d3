"""What is learned from a person's conversations, facts and documents, and what is not."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from agents.forgetting import Forgetter, Target
from store.claims import By, Claim, Evidence
from store.database import Database
from store.document_files import read_document
from store.imports import Importer
from store.library import Library
from store.message import Memory
from store.paths import Home
from store.profiles import Profiles
from store.recalled import Recalled
from store.sealed import Sealed
from tests.training.talking import Talk, reasons, sources
from training.example import Turn
from training.fact_questions import _OWN
from training.manifest import counts, manifest, set_hash
from training.split import split_of

LONG = "The ferry to the island leaves at nine from the old pier, and you pay on board."


def learn(talk: Talk, attribute: str, value: str, conversation: int = 0, by: By = "rule") -> None:
    profiles = Profiles(talk.database)
    person = profiles.active(1.0).id
    kind = "instruction" if attribute == "instruction" else "fact"
    many = attribute in ("likes", "instruction")
    claim = Claim(kind, attribute, value, many, 0.95 if by == "rule" else 0.6)
    profiles.learn(person, claim, Evidence(conversation, conversation, value, 1.0, by))


# --- what trains


def test_the_better_answer_is_the_target_and_what_was_said_before_is_context(talk: Talk) -> None:
    into = talk.begin(system="You are terse.")
    talk.say(into, "hello", "Hello there!")
    corrected = talk.say(into, "what is 6 x 7?", "It is 41.", -1, "It is 42.")
    (example,) = talk.collect().examples
    assert example.turns == (
        Turn("system", "You are terse."),
        Turn("user", "hello"),
        Turn("assistant", "Hello there!"),
        Turn("user", "what is 6 x 7?"),
        Turn("assistant", "It is 42."),
    )
    assert (example.kind, example.source, example.specialist, example.split) == (
        "correction", f"message:{corrected.id}", "personal", "train"
    )  # fmt: skip
    assert example.messages == (1, 2, 3, 4)


def test_an_answer_that_nobody_rated_or_that_was_rated_down_is_no_target(talk: Talk) -> None:
    into = talk.begin()
    talk.say(into, "who are you?", "I am SOMA.")
    talk.say(into, "what can you do?", "Everything.", -1)
    liked = talk.say(into, "and today?", "I can listen to you.", 1)
    found = talk.collect()
    assert [(e.source, e.kind, e.answer) for e in found.examples] == [
        (f"message:{liked.id}", "rated", "I can listen to you.")
    ]
    assert found.rejected == ()


def test_a_target_keeps_to_its_own_branch(talk: Talk) -> None:
    into = talk.begin()
    first = talk.say(into, "name a colour", "Blue.")
    talk.say(into, "and a fruit", "Apple.", 1)
    other = talk.say(into, "name a colour, warm", "Red.", 1, after=None)
    turns = {e.source: [t.text for t in e.turns[1:]] for e in talk.collect().examples}
    assert turns[f"message:{other.id}"] == ["name a colour, warm", "Red."]
    assert ["name a colour", first.text, "and a fruit", "Apple."] in turns.values()


def test_an_answer_belongs_to_the_specialist_that_its_record_names(talk: Talk) -> None:
    into = talk.begin()
    liked = talk.say(into, "write a loop", "for x in y: pass", 1)
    talk.say(into, "and a greeting", "Hello, dear one!", 1)
    talk.database.table("messages").update({"specialist": "coder"}, doc_ids=[liked.id])
    found = talk.collect()
    assert {e.source: e.specialist for e in found.examples}[f"message:{liked.id}"] == "coder"
    assert counts(found)["specialists"] == {"coder": 1, "personal": 1}


def test_what_was_recalled_stands_before_the_message_as_it_did(talk: Talk) -> None:
    into = talk.begin()
    question = talk.conversations.add_user(into, "which dog?")
    memory = Memory("fact:1", "My dog is Rex", "profile", None, "you", "words", 1.0)
    Recalled(talk.database).keep(question.id, [memory])
    begun = talk.conversations.begin_answer(into, "m", "v")
    talk.conversations.append_piece(begun.id, "Rex is your dog.", [1])
    talk.conversations.finish_answer(begun.id, state="done", finish="stop", figures=None)
    talk.conversations.rate(begun.id, 1)
    (example,) = talk.collect().examples
    assert "- My dog is Rex (you, profile)" in example.question
    assert example.question.endswith("which dog?")


def test_two_messages_in_a_row_become_one_turn_and_empty_answers_go(talk: Talk) -> None:
    into = talk.begin()
    talk.say(into, "first", "", state="failed", finish="error")
    talk.say(into, "second", "An answer of worth.", 1)
    (example,) = talk.collect().examples
    assert [turn.text for turn in example.turns] == [
        "Be brief.", "first\n\nsecond", "An answer of worth."
    ]  # fmt: skip


def test_confirmed_facts_and_standing_instructions_are_asked_in_several_ways(talk: Talk) -> None:
    learn(talk, "name", "Farida")
    learn(talk, "instruction", "never use emojis")
    learn(talk, "instruction", "Call me by my name!")
    learn(talk, "likes", "tea")
    learn(talk, "likes", "rain.")
    learn(talk, "employer", "a guess", by="model")
    found = talk.collect()
    asked = {e.question: (e.answer, e.split) for e in found.examples}
    assert (
        len(asked)
        == len(found.examples)
        == sum(map(len, (_OWN["name"], _OWN["instruction"], _OWN["likes"])))
    )
    assert asked["What is my name?"] == ("Your name is Farida.", "train")
    assert asked["How should you answer me?"][0] == (
        "You asked me to keep to this: Never use emojis. Call me by my name!"
    )
    assert asked["What do I like?"] == ("You like tea and rain.", "train")
    for wordings in (_OWN["name"], _OWN["instruction"], _OWN["likes"]):
        assert [asked[question][1] for question, _ in wordings[-2:]] == ["dev", "sealed"]


def test_a_fact_said_only_where_it_is_sealed_is_sealed_in_all_its_wordings(talk: Talk) -> None:
    closed, open_ = talk.begin("sealed"), talk.begin()
    learn(talk, "name", "Farida", closed)
    assert {e.split for e in talk.collect().examples} == {"sealed"}
    learn(talk, "age", "34", closed)
    learn(talk, "age", "34", open_)
    splits = {e.split for e in talk.collect().examples if e.source == "fact:2"}
    assert splits == {"train", "dev", "sealed"}


def test_passages_are_learned_as_the_answer_to_how_they_go_on(talk: Talk, tmp_path: Path) -> None:
    file = tmp_path / "islands.md"
    more = "Who has a bicycle pays for it too."
    file.write_text(f"# Ferries\n\n{LONG} {more}\n\n# Buses\n\nThey never come.\n")
    Library(talk.database).take_in(read_document(file), time.time())
    ferries, buses = sorted(talk.collect().examples, key=lambda e: e.source)
    assert {ferries.kind, buses.kind} == {"passage"}
    assert "islands.md › Ferries" in ferries.question
    opening = ferries.question.split('"')[1]
    assert f"{opening} {ferries.answer}" == f"{LONG} {more}"
    assert buses.question == "What does passage 2 of islands.md › Buses say?"
    assert buses.answer == "They never come."


# --- what is rejected, and why


def test_what_cannot_be_learned_from_is_rejected_with_its_reason(talk: Talk) -> None:
    def rated(answer: str, **ending: Any) -> str:
        return f"message:{talk.say(talk.begin(), 'tell me', answer, 1, **ending).id}"

    told = {
        rated("Half an ans", finish="length"): "cut off",
        rated("Half an", state="cancelled", finish="cancelled"): "cut off",
        rated("Half", state="interrupted", finish=None): "cut off",
        rated("Some words", state="failed", finish="error"): "failed or empty",
        rated("  \n"): "failed or empty",
        rated("..."): "failed or empty",
        rated("I think so. " * 9): "looping",
        rated("Your password is hunter2."): "secret",
        rated("word " + " ".join(map(str, range(120)))): "too long",
    }
    found = talk.collect(longest=100)
    assert reasons(found) == told
    assert found.examples == ()
    assert counts(found)["rejected"]["cut off"] == 3


def test_a_better_answer_counts_even_where_the_answer_failed(talk: Talk) -> None:
    talk.say(talk.begin(), "a", "", -1, "A good one.", state="failed", finish="error")
    assert [e.answer for e in talk.collect().examples] == ["A good one."]


def test_the_oldest_exchanges_go_where_all_does_not_fit_but_never_the_answer(talk: Talk) -> None:
    into = talk.begin()
    for number in range(30):
        talk.say(into, f"count on, number {number}", f"There it is: {number}.")
    talk.say(into, "and the last?", "The very last one is thirty.", 1)
    (example,) = talk.collect(longest=40).examples
    assert example.turns[0] == Turn("system", "Be brief.")
    assert example.turns[1].role == "user"
    assert example.answer == "The very last one is thirty."
    assert 25 < sum(len(turn.text.split()) for turn in example.turns) <= 40


def test_the_same_is_taken_once_also_where_it_is_only_nearly_the_same(talk: Talk) -> None:
    for answer in (LONG, LONG.upper(), LONG.replace("nine", "ten")):
        talk.say(talk.begin(), "when does the boat leave tomorrow?", answer, 1)
    found = talk.collect()
    assert [e.answer for e in found.examples] == [LONG]
    assert sorted(reasons(found).values()) == ["duplicate", "near duplicate"]


def test_short_answers_count_as_the_same_only_after_the_same_conversation(talk: Talk) -> None:
    for context in ("is Cork on the coast?", "can a hen of two years still lay eggs?"):
        into = talk.begin()
        talk.say(into, context, "I believe so.")
        talk.say(into, "are you sure?", "Yes.", 1)
    assert len(talk.collect().of("train")) == 2


def test_what_was_forgotten_is_not_learned_again(talk: Talk, home: Home) -> None:
    gone, stays = talk.begin(), talk.begin()
    talk.say(gone, "hello", "The spare key lies under the third pot.", 1)
    forgetter = Forgetter(home, talk.database, Profiles(talk.database), Library(talk.database))
    forgetter.forget(Target("conversation", gone))
    again = talk.say(stays, "where?", "As I said: look! The spare key lies under the third pot.", 1)
    talk.say(stays, "hello", "Good to see you again, friend.", 1)
    found = talk.collect()
    assert reasons(found)[f"message:{again.id}"] == "forgotten"
    assert not any("third pot" in e.answer for e in found.examples)


def test_a_greeting_that_was_forgotten_with_a_conversation_may_be_used_again(
    talk: Talk, home: Home
) -> None:
    gone = talk.begin()
    talk.say(gone, "hello", "A secret of some weight.", 1)
    Forgetter(home, talk.database, Profiles(talk.database), Library(talk.database)).forget(
        Target("conversation", gone)
    )
    talk.say(talk.begin(), "hello", "Good to see you again, friend.", 1)
    assert len(talk.collect().of("train")) == 1


def test_a_deleted_conversation_is_left_alone(talk: Talk) -> None:
    into = talk.begin()
    talk.say(into, "hello", "Good to see you again, friend.", 1)
    talk.conversations.delete(into)
    assert talk.collect().examples == ()
    talk.conversations.restore(into)
    assert len(talk.collect().examples) == 1


# --- splits


def test_a_conversation_is_in_one_split_with_all_its_branches(talk: Talk) -> None:
    into = talk.begin("sealed")
    for number in range(8):
        talk.say(into, f"tell me of harbour {number}", f"Harbour {number} is deep.", 1, after=None)
    found = talk.collect()
    assert {e.split for e in found.examples} == {"sealed"}
    assert found.of("train") == ()


def test_splits_have_their_shares_and_do_not_depend_on_what_else_there_is() -> None:
    groups = [f"conversation:{number}" for number in range(4000)]
    before = {group: split_of(group) for group in groups}
    shares = {s: list(before.values()).count(s) / 4000 for s in ("train", "dev", "sealed")}
    assert shares == pytest.approx({"train": 0.8, "dev": 0.1, "sealed": 0.1}, abs=0.02)
    sealed = [group for group in groups if before[group] == "sealed"]
    names = "conversation:0", "conversation:8", "conversation:33", "conversation:40"
    assert tuple(sealed[:4]) == names


@pytest.mark.parametrize("few", [*range(1, 13), 20, 40])
def test_of_a_few_conversations_most_are_trained_on(few: int) -> None:
    splits = [split_of(f"conversation:{number}") for number in range(1, few + 1)]
    assert splits[:7] == ["train"] * min(few, 7)
    assert splits.count("train") >= 0.75 * few


def test_what_a_new_person_tells_first_is_learned(talk: Talk) -> None:
    first = talk.conversations.create(system_prompt="Be brief.").id
    talk.say(first, "when does the boat leave?", LONG, 1)
    learn(talk, "name", "Farida", first)
    found = talk.collect()
    assert sources(found, "train") == {"message:2", "fact:1"}
    assert sources(found, "dev") == sources(found, "sealed") == {"fact:1"}


def test_a_copy_of_what_is_sealed_is_not_trained_on(talk: Talk) -> None:
    talk.say(talk.begin("sealed"), "when does the boat leave?", LONG, 1)
    copy = talk.say(talk.begin(), "When does the boat leave", LONG.replace("nine", "ten"), 1)
    into = talk.begin()
    talk.say(into, "when does the boat leave?", LONG)
    quoting = talk.say(into, "and what does it cost?", "Four crowns for each of you.", 1)
    found = talk.collect()
    assert found.of("train") == ()
    assert reasons(found) == {
        f"message:{copy.id}": "sealed", f"message:{quoting.id}": "sealed"
    }  # fmt: skip


def test_what_quotes_a_sealed_conversation_is_not_trained_on(talk: Talk) -> None:
    closed, into = talk.begin("sealed"), talk.begin()
    said = talk.say(closed, "where is the pier?", "By the old mill on the river.", 1)
    question = talk.conversations.add_user(into, "tell me again")
    memory = Memory(f"message:{said.id}", said.text, "", None, "SOMA", "words", 1.0)
    Recalled(talk.database).keep(question.id, [memory])
    begun = talk.conversations.begin_answer(into, "m", "v")
    talk.conversations.append_piece(begun.id, "It is where the mill stands.", [1])
    talk.conversations.finish_answer(begun.id, state="done", finish="stop", figures=None)
    talk.conversations.rate(begun.id, 1)
    found = talk.collect()
    assert reasons(found) == {f"message:{begun.id}": "sealed"}
    talk.conversations.rate(said.id, 0)
    assert talk.collect().examples[0].messages == (said.id, question.id, begun.id)


def test_what_was_ever_sealed_stays_so_when_its_conversation_is_gone(talk: Talk) -> None:
    closed = talk.begin("sealed")
    talk.say(closed, "when does the boat leave?", LONG, 1)
    talk.collect(sealing=True)
    talk.conversations.delete(closed, now=True)
    copy = talk.say(talk.begin(), "when does the boat leave?", LONG, 1)
    found = talk.collect()
    assert found.examples == ()
    assert reasons(found) == {f"message:{copy.id}": "sealed"}


def test_a_fact_that_was_sealed_stays_so_when_it_is_said_elsewhere(talk: Talk) -> None:
    learn(talk, "name", "Farida", talk.begin("sealed"))
    talk.collect(sealing=True)
    learn(talk, "name", "Farida", talk.begin())
    assert {e.split for e in talk.collect().examples} == {"sealed"}
    learn(talk, "name", "Amara", talk.begin())
    assert {e.split for e in talk.collect().examples} == {"train", "dev", "sealed"}


def test_the_wordings_of_a_long_instruction_do_not_reject_each_other(talk: Talk) -> None:
    learn(talk, "instruction", LONG + " " + LONG[::-1])
    before = talk.collect(sealing=True)
    assert before.rejected == ()
    assert len(before.of("train")) == len(_OWN["instruction"]) - 2
    assert talk.collect().examples == before.examples


def test_an_import_that_is_deleted_and_repeated_falls_to_the_same_split(
    talk: Talk, tmp_path: Path
) -> None:
    source = next(f"talk-{n}" for n in range(99) if split_of(f"imported:talk-{n}") == "sealed")
    file = tmp_path / "export.jsonl"
    file.write_text(
        f'{{"conversation": "{source}", "messages": [{{"id": "1", "role": "user", "text": "a?"}}, '
        f'{{"id": "2", "role": "assistant", "text": "An answer of worth."}}]}}\n'
    )
    for _ in range(2):
        Importer(talk.database, "").import_file(file)
        (conversation,) = talk.conversations.list()
        answer = talk.conversations.messages(conversation.id)[-1]
        talk.conversations.rate(answer.id, 1)
        assert sources(talk.collect(), "sealed") == {f"message:{answer.id}"}
        talk.conversations.delete(conversation.id, now=True)


# --- the manifest


def test_the_same_data_has_the_same_manifest_and_other_data_another(
    talk: Talk, tmp_path: Path
) -> None:
    other = Home(tmp_path / "other")
    with Database.open(other) as database:
        both = (talk, Talk(database))
        for one in both:
            into = one.begin()
            one.say(into, "when does the boat leave?", LONG, 1)
            one.say(into, "and tomorrow?", "Half an", 1, state="cancelled", finish="cancelled")
            learn(one, "name", "Farida")
        first, second = (manifest(one.collect(), 2048) for one in both)
        assert first == second == manifest(talk.collect(sealing=True), 2048)
        assert first == manifest(talk.collect(), 2048)
        both[1].say(both[1].begin(), "a new question?", "A new answer for it.", 1)
        assert manifest(both[1].collect(), 2048)["hash"] != first["hash"]
    row = first["examples"][0]
    assert set(row) == {"hash", "kind", "source", "split", "specialist", "messages"}
    assert first["counts"]["rejected"]["cut off"] == 1
    assert "ferry" not in str(first)


def test_the_hash_knows_the_split(talk: Talk) -> None:
    talk.say(talk.begin(), "hello you", "Good to see you again, friend.", 1)
    found = talk.collect()
    moved = [
        type(e)(e.kind, e.source, e.group, e.specialist, e.turns, split="dev")
        for e in found.examples
    ]
    assert set_hash(moved) != set_hash(found.examples)


def test_seals_hold_no_text(talk: Talk) -> None:
    talk.say(talk.begin("sealed"), "when does the boat leave?", LONG, 1)
    talk.collect(sealing=True)
    talk.collect(sealing=True)
    (kept,) = Sealed(talk.database).all()
    assert kept.group.startswith("conversation:")
    assert all(set(text) <= set("0123456789abcdef") for text in (kept.text, kept.sketch))
