"""Profile and personality in live answers, on the real starter and the real store."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents import events
from agents.answering import AnswerOptions
from agents.engine.engine import Engine
from agents.engine.sampling import SamplingSettings
from agents.events import Event
from agents.memory import AT_ONCE, Memory
from agents.persona import SENTENCES, SYSTEM_PROMPT
from agents.runtime import Runtime
from store.claims import Claim, Evidence
from store.conversations import Conversations
from store.database import Database
from store.paths import Home
from store.traits import EVIDENCE_NEEDED
from tests.agents.runtime_helpers import GREEDY, ask, finished, open_runtime

SHORT = AnswerOptions(SamplingSettings(temperature=0), max_tokens=8)


async def told(runtime: Runtime, text: str, conversation: int | None = None) -> int:
    """Says something and waits until it was listened to; gives the conversation."""
    end = finished(await ask(runtime, text, conversation, SHORT))
    await runtime.remembering.listener.wait()
    return end.conversation


def known(runtime: Runtime) -> list[tuple[str, str]]:
    return [(fact.attribute, fact.value) for fact in runtime.remembering.memory.facts()]


async def prompt_tokens(runtime: Runtime, text: str, conversation: int) -> tuple[int, int]:
    """The tokens of the next turn's prompt, and how many of them were evaluated."""
    figures = finished(await ask(runtime, text, conversation, SHORT)).figures
    return figures.prompt_tokens, figures.prompt_tokens - figures.cached_tokens


async def test_what_is_said_is_in_the_next_conversation_s_prompt(
    home: Home, starter_path: Path
) -> None:
    async with open_runtime(home, starter_path) as runtime:
        one = await told(runtime, "My name is Farida. Always answer in one sentence.")
        assert runtime.conversations.system_prompt(one) == SYSTEM_PROMPT
        assert known(runtime) == [
            ("name", "Farida"), ("instruction", "Always answer in one sentence"),
        ]  # fmt: skip
        two = await told(runtime, "hello")
        prompt = runtime.conversations.system_prompt(two)
        assert prompt.startswith(SYSTEM_PROMPT)
        assert "- Name: Farida" in prompt
        assert "- Always answer in one sentence" in prompt
        engine = await runtime.engine()
        sent = runtime.conversations.messages(two)[0].token_ids
        text = b"".join(map(engine.vocabulary.piece, sent)).decode()
        assert "Farida" in text


async def test_what_changed_is_told(home: Home, starter_path: Path) -> None:
    async with open_runtime(home, starter_path) as runtime:
        seen: list[Event] = []
        runtime.subscribe(seen.append)
        conversation = await told(runtime, "My dog is called Rex.")
        await told(runtime, "Not Rex but Max.", conversation)
        changed = [e for e in seen if isinstance(e, events.ProfileChanged)]
        assert [(e.person, e.learned, e.ended) for e in changed] == [
            ("me", "Dog: Rex", ""),
            ("me", "Dog: Max", "Dog: Rex"),
        ]
        asked = runtime.conversations.messages(conversation)[0]
        assert changed[0].message == asked.id


async def test_a_conversation_keeps_its_prompt_until_the_user_changes_something(
    home: Home, starter_path: Path
) -> None:
    async with open_runtime(home, starter_path) as runtime:
        one = await told(runtime, "hello")
        await told(runtime, "My dog is called Rex.")
        before = runtime.conversations.system_prompt(one)
        engine = await runtime.engine()
        turn = len(engine.template.next_turn("and now?"))
        await prompt_tokens(runtime, "and now?", one)  # the slot may have served the other one
        _, evaluated = await prompt_tokens(runtime, "and now?", one)
        assert runtime.conversations.system_prompt(one) == before
        assert evaluated <= turn + 1
        fact = runtime.remembering.memory.facts()[0]
        runtime.remembering.memory.profiles.edit(fact.id, "Max", 1.0)
        total, evaluated = await prompt_tokens(runtime, "and now?", one)
        assert "Max" in runtime.conversations.system_prompt(one)
        shared = len(engine.vocabulary.tokenize(before, markup=False)) + 8
        assert evaluated > total - shared
        _, evaluated = await prompt_tokens(runtime, "and now?", one)
        assert evaluated <= turn + 1


async def test_an_order_reaches_conversations_that_have_begun(
    home: Home, starter_path: Path
) -> None:
    async with open_runtime(home, starter_path) as runtime:
        one = await told(runtime, "hello")
        await told(runtime, "Never use emojis.")
        await told(runtime, "thanks", one)
        assert "- Never use emojis" in runtime.conversations.system_prompt(one)


async def test_a_changed_personality_is_in_the_next_turn(home: Home, starter_path: Path) -> None:
    async with open_runtime(home, starter_path) as runtime:
        one = await told(runtime, "hello")
        runtime.remembering.memory.personality.set("humor", 0.1, 1.0)
        runtime.remembering.memory.profiles.touch(runtime.remembering.memory.person.id)
        await told(runtime, "thanks", one)
        assert SENTENCES["humor"][0] in runtime.conversations.system_prompt(one)


async def test_creativity_moves_the_sampling(home: Home, starter_path: Path) -> None:
    async with open_runtime(home, starter_path) as runtime:
        engine = await runtime.engine()
        one = await told(runtime, "hello")
        assert runtime.remembering.memory.sampling(engine, one) == engine.default_sampling
        runtime.remembering.memory.personality.set("creativity", 1.0, 1.0)
        runtime.remembering.memory.profiles.touch(runtime.remembering.memory.person.id)
        await told(runtime, "thanks", one)
        warmer = runtime.remembering.memory.sampling(engine, one)
        assert warmer.temperature == pytest.approx(engine.default_sampling.temperature + 0.15)


async def test_another_person_is_told_nothing_of_the_first(home: Home, starter_path: Path) -> None:
    async with open_runtime(home, starter_path) as runtime:
        await told(runtime, "My dog is called Rex.")
        runtime.remembering.memory.use("Ana")
        assert known(runtime) == []
        two = await told(runtime, "hello")
        assert "Rex" not in runtime.conversations.system_prompt(two)
        await told(runtime, "My dog is called Fido.")
        runtime.remembering.memory.use("me")
        assert known(runtime) == [("dog", "Rex")]


async def test_a_profile_of_a_hundred_facts_leaves_room_to_talk(
    home: Home, starter_path: Path
) -> None:
    async with open_runtime(home, starter_path, context=256) as runtime:
        for number in range(100):
            claim = Claim("fact", f"thing {number}", f"a value of many words, number {number}")
            runtime.remembering.memory.profiles.learn(
                runtime.remembering.memory.person.id, claim, Evidence(0, 0, "", 1.0, "hand")
            )
        end = finished(await ask(runtime, "hello", None, GREEDY))
        assert end.text
        assert end.figures.prompt_tokens < 128


async def test_requests_for_another_style_move_a_trait_in_the_end(
    home: Home, starter_path: Path
) -> None:
    async with open_runtime(home, starter_path) as runtime:
        seen: list[Event] = []
        runtime.subscribe(seen.append)
        conversation = None
        for number in range(EVIDENCE_NEEDED):
            assert runtime.remembering.memory.personality.values(1.0)["verbosity"] == 0.5
            conversation = await told(runtime, f"shorter, please. {number}", conversation)
        moved = [e for e in seen if isinstance(e, events.PersonalityChanged)]
        assert [e.traits for e in moved] == ["verbosity"]
        state = runtime.remembering.memory.personality.state("verbosity", 0.0)
        assert state.value == pytest.approx(0.48)
        (change,) = [c for c in runtime.remembering.memory.personality.log() if c.after != c.before]
        assert change.evidence is not None
        assert change.evidence.quote == "shorter, please."


async def test_a_correction_of_an_answer_is_evidence_and_taking_it_back_undoes_it(
    home: Home, starter_path: Path
) -> None:
    async with open_runtime(home, starter_path) as runtime:
        for number in range(EVIDENCE_NEEDED):
            conversation = await told(runtime, "what can you do?")
            answer = runtime.conversations.messages(conversation)[-1]
            await runtime.rate(answer.id, -1, "Talk." if number else "Listen.")
        personality = runtime.remembering.memory.personality
        assert personality.state("verbosity", 0.0).evidence == EVIDENCE_NEEDED
        assert personality.state("verbosity", 0.0).value < 0.5
        await runtime.rate(answer.id, 0)
        assert personality.state("verbosity", 0.0).value == pytest.approx(0.5)
        assert personality.state("verbosity", 0.0).evidence == EVIDENCE_NEEDED - 1


async def test_forty_good_ratings_move_nothing(home: Home, starter_path: Path) -> None:
    async with open_runtime(home, starter_path) as runtime:
        conversation = await told(runtime, "tell me a joke")
        answer = runtime.conversations.messages(conversation)[-1]
        for _ in range(40):
            await runtime.rate(answer.id, 1)
        assert runtime.remembering.memory.personality.log() == []


def test_what_a_crash_kept_from_being_heard_is_heard_later(home: Home) -> None:
    with Database.open(home) as database:
        conversations = Conversations(database)
        conversation = conversations.create()
        for number in range(AT_ONCE + 5):
            conversations.add_user(conversation.id, f"My dog is called Rex{number}.")
    with Database.open(home) as database:
        memory = Memory(database)
        assert len(memory.listen()) == AT_ONCE
        assert len(memory.listen()) == 5
        assert memory.listen() == []
        assert [fact.value for fact in memory.facts()] == [f"Rex{AT_ONCE + 4}"]
    with Database.open(home) as database:
        assert Memory(database).listen() == []


def test_deleted_conversations_are_not_listened_to(home: Home) -> None:
    with Database.open(home) as database:
        conversations = Conversations(database)
        conversation = conversations.create()
        conversations.add_user(conversation.id, "My dog is called Rex.")
        conversations.delete(conversation.id)
        memory = Memory(database)
        assert memory.listen() == []
        assert memory.facts() == []


def test_what_others_wrote_is_not_listened_to(home: Home) -> None:
    with Database.open(home) as database:
        conversations = Conversations(database)
        message = conversations.add_user(conversations.create().id, "My dog is called Rex.")
        database.table("messages").update({"name": "Caroline"}, doc_ids=[message.id])
        memory = Memory(database)
        assert memory.listen() == []
        assert memory.facts() == []


@pytest.mark.parametrize(
    ("signed", "heard"),
    [("ana", True), ("Ana Beck", True), ("ANA", True), ("Ana Weber", False), ("Beck", False)],
)
def test_what_is_signed_by_the_active_person_is_listened_to(
    home: Home, signed: str, heard: bool
) -> None:
    with Database.open(home) as database:
        memory = Memory(database)
        memory.set_fact("name", "Ana Beck")
        conversations = Conversations(database)
        message = conversations.add_user(conversations.create().id, "My dog is called Rex.")
        database.table("messages").update({"name": signed}, doc_ids=[message.id])
        memory.listen()
        assert [f.value for f in memory.facts() if f.attribute == "dog"] == ["Rex"] * heard
        memory.use("Caroline")
        memory.listen()
        assert memory.facts() == []


async def test_a_pinned_fact_is_told_of_as_a_change(home: Home, starter_path: Path) -> None:
    async with open_runtime(home, starter_path) as runtime:
        (fact,) = await runtime.remembering.remember("My dog is called Rex.")
        message = await told(runtime, "hello")
        seen: list[Event] = []
        runtime.subscribe(seen.append)
        await runtime.pin(f"message:{runtime.conversations.messages(message)[0].id}")
        assert not any(isinstance(e, events.ProfileChanged) for e in seen)
        for change in (runtime.pin, runtime.unpin):
            seen.clear()
            await change(f"fact:{fact.id}")
            assert [e.person for e in seen if isinstance(e, events.ProfileChanged)] == ["me"]


async def test_soma_s_answers_teach_it_nothing(home: Home, starter_path: Path) -> None:
    async with open_runtime(home, starter_path) as runtime:
        conversation = await told(runtime, "hello")
        runtime.conversations.continue_after(conversation, None)
        stored = runtime.conversations
        stored.add_user(conversation, "who are you?")
        answer = stored.begin_answer(conversation, "m", "v")
        stored.append_piece(answer.id, "My name is Hal. I live in Oslo. Always be brief!", [1])
        stored.finish_answer(answer.id, state="done", finish="stop", figures=None)
        runtime.remembering.listener.begin()
        await runtime.remembering.listener.wait()
        assert known(runtime) == []
        assert runtime.remembering.memory.personality.log() == []


def test_the_prompt_stays_within_a_small_context(engine: Engine, home: Home) -> None:
    with Database.open(home) as database:
        conversations = Conversations(database)
        question = conversations.add_user(conversations.create().id, "hello")
        memory = Memory(database)
        assert memory.settle(engine, question)
        assert not memory.settle(engine, question)
        assert memory.prompts.get(question.conversation).stamp
