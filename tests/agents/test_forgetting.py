"""Forgetting for good: nothing of it is left anywhere in the data directory."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from agents import events
from agents.answering import AnswerOptions
from agents.engine.sampling import SamplingSettings
from agents.events import Event
from agents.forgetting import Target
from agents.runtime import Runtime
from store.conversations import HEAD
from store.drafts import Draft
from store.errors import SomaError, UnknownIdError
from store.forgetting import Forgetting
from store.making import Making
from store.paths import Home
from store.redaction import FORGOTTEN
from store.versions import Versions
from tests.agents.runtime_helpers import GREEDY, ask, finished, open_runtime

SHORT = AnswerOptions(SamplingSettings(temperature=0), max_tokens=24)


async def told(runtime: Runtime, text: str, conversation: int | None = None) -> int:
    end = finished(await ask(runtime, text, conversation, SHORT))
    await runtime.remembering.listener.wait()
    return end.conversation


def anywhere(home: Home, word: str) -> list[str]:
    """The files of the data directory whose bytes hold a word, whatever its case."""
    needle = word.casefold().encode()
    return [
        str(path.relative_to(home.root))
        for path in home.root.rglob("*")
        if path.is_file() and needle in path.read_bytes().lower()
    ]


def fact_of(runtime: Runtime, value: str) -> int:
    return next(fact.id for fact in runtime.remembering.memory.facts() if fact.value == value)


async def test_a_forgotten_fact_is_nowhere(home: Home, starter_path: Path) -> None:
    async with open_runtime(home, starter_path) as runtime:
        one = await told(runtime, "Hello there. My dog is called Zorbax.")
        two = await told(runtime, "what is my dog called?")
        await told(runtime, "say it again", two)
        await runtime.save_draft(one, Draft("Zorbax is hungry", ("and Zorbax", "hello")))
        await runtime.rename(two, "About Zorbax")
        answer = runtime.conversations.messages(two)[1]
        await runtime.rate(answer.id, -1, "His name is Zorbax, of course!")
        (home.db / "journal.torn-1").write_text('["x",{"text":"Zorb\\u0061x and ZORBAX"}]')
        (home.db / "journal.format-0.jsonl").write_text("zorbax")
        (home.logs / "soma.log").write_text("fine\nerror with Zorbax\nfine again\n")
        assert anywhere(home, "zorbax")
        receipt = await runtime.forget(Target("fact", fact_of(runtime, "Zorbax")))
        assert anywhere(home, "zorbax") == []
        assert receipt.facts == 1
        assert receipt.remaining == ()
        assert set(receipt.files) >= {"logs/soma.log", "db/journal.torn-1"}
        assert receipt.searched > 3
        assert (home.logs / "soma.log").read_text() == "fine\nfine again\n"
        said = runtime.conversations.messages(one)[0].text
        assert said == f"Hello there. {FORGOTTEN}"
        assert runtime.drafts()[one] == Draft("", ("hello",))
        assert runtime.remembering.memory.facts() == []
        await told(runtime, "what is my dog called?", two)
        await told(runtime, "what is my dog called?")
        engine = await runtime.engine()
        for conversation in runtime.conversations.list():
            for message in runtime.conversations.messages(conversation.id):
                sent = b"".join(map(engine.vocabulary.piece, message.token_ids))
                assert b"zorbax" not in sent.lower()
    assert anywhere(home, "zorbax") == []


async def test_its_history_goes_with_it(home: Home, starter_path: Path) -> None:
    async with open_runtime(home, starter_path) as runtime:
        one = await told(runtime, "My dog is called Zorbax.")
        await told(runtime, "No, my dog is called Quillow.", one)
        receipt = await runtime.forget(Target("fact", fact_of(runtime, "Quillow")))
        assert receipt.facts == 2
    assert anywhere(home, "zorbax") == anywhere(home, "quillow") == []


async def test_other_facts_of_the_same_sentence_stay(home: Home, starter_path: Path) -> None:
    async with open_runtime(home, starter_path) as runtime:
        await told(runtime, "My name is Farida and my dog is called Zorbax.")
        await runtime.forget(Target("fact", fact_of(runtime, "Zorbax")))
        (name,) = runtime.remembering.memory.facts()
        assert name.value == "Farida"
        assert name.evidence[0].quote == FORGOTTEN
    assert anywhere(home, "zorbax") == []


async def test_a_common_word_goes_where_it_was_said_and_the_rest_is_named(
    home: Home, starter_path: Path
) -> None:
    async with open_runtime(home, starter_path) as runtime:
        one = await told(runtime, "I love marmalade. Good day.")
        two = await told(runtime, "is marmalade sweet?")
        assert "marmalade" in runtime.conversations.system_prompt(two)
        preview = await runtime.remembering.preview(Target("fact", fact_of(runtime, "marmalade")))
        assert preview.elsewhere > 0
        receipt = await runtime.forget(Target("fact", fact_of(runtime, "marmalade")))
        assert runtime.conversations.messages(one)[0].text == f"{FORGOTTEN} Good day."
        assert runtime.conversations.messages(two)[0].text == "is marmalade sweet?"
        assert "marmalade" not in runtime.conversations.system_prompt(two)
        assert "common words" in receipt.remaining[0]
        await runtime.forget(Target("text", text="Marmalade"))
    assert anywhere(home, "marmalade") == []


async def test_a_preview_changes_nothing(home: Home, starter_path: Path) -> None:
    async with open_runtime(home, starter_path) as runtime:
        await told(runtime, "My dog is called Zorbax.")
        before = (home.db / "journal.jsonl").read_bytes()
        preview = await runtime.remembering.preview(Target("text", text="zorbax"))
        assert preview.facts == ("Dog: Zorbax",)
        assert "My dog is called Zorbax." in preview.sentences
        assert (home.db / "journal.jsonl").read_bytes() == before


async def test_a_forgotten_message_takes_its_answer_its_facts_and_its_evidence(
    home: Home, starter_path: Path
) -> None:
    async with open_runtime(home, starter_path) as runtime:
        one = await told(runtime, "My dog is called Zorbax. Shorter, please!")
        await told(runtime, "thanks", one)
        question = runtime.conversations.messages(one)[0]
        assert runtime.remembering.memory.personality.log()
        receipt = await runtime.forget(Target("message", question.id))
        assert receipt.messages >= 2
        texts = [message.text for message in runtime.conversations.messages(one)]
        assert texts[:2] == [FORGOTTEN, FORGOTTEN]
        assert texts[2] == "thanks"
        assert runtime.remembering.memory.facts() == []
        assert all(
            change.evidence is None or change.evidence.message != question.id
            for change in runtime.remembering.memory.personality.log()
        )
        assert finished(await ask(runtime, "go on", one, GREEDY)).text
        await runtime.remembering.listener.wait()
        assert runtime.remembering.memory.facts() == []
    assert anywhere(home, "zorbax") == []


async def test_a_forgotten_conversation_is_gone_with_its_facts(
    home: Home, starter_path: Path
) -> None:
    async with open_runtime(home, starter_path) as runtime:
        seen: list[Event] = []
        runtime.subscribe(seen.append)
        one = await told(runtime, "My dog is called Zorbax.")
        other = await told(runtime, "hello")
        receipt = await runtime.forget(Target("conversation", one))
        assert receipt.conversations == 1
        assert [c.id for c in runtime.conversations.list()] == [other]
        assert runtime.conversations.deleted() == []
        assert runtime.remembering.memory.facts() == []
        assert events.ConversationDeleted(one) in seen
    assert anywhere(home, "zorbax") == []


async def test_a_long_conversation_is_taken_out_of_copies_of_the_journal(
    home: Home, starter_path: Path
) -> None:
    async with open_runtime(home, starter_path, load=False) as runtime:
        conversation = runtime.conversations.create()
        for number in range(400):
            text = f"This is the sentence of mine with the number {number}."
            runtime.conversations.add_user(conversation.id, text)
        copy = home.db / "journal.format-0.jsonl"
        copy.write_bytes((home.db / "journal.jsonl").read_bytes() * 20)
        receipt = await runtime.forget(Target("conversation", conversation.id))
        assert receipt.messages == 400
        assert not copy.exists()
    assert anywhere(home, "sentence of mine") == []


async def test_a_hidden_conversation_can_be_forgotten(home: Home, starter_path: Path) -> None:
    async with open_runtime(home, starter_path) as runtime:
        one = await told(runtime, "My dog is called Zorbax.")
        await runtime.delete(one)
        await runtime.forget(Target("conversation", one))
    assert anywhere(home, "zorbax") == []


async def test_everything_that_holds_a_text_goes(home: Home, starter_path: Path) -> None:
    async with open_runtime(home, starter_path) as runtime:
        one = await told(runtime, "My cat is called Quillow. I live in Zorbax Bay.")
        await told(runtime, "what is the way to zorbax bay?", one)
        await runtime.forget(Target("text", text="zorbax"))
        assert [fact.value for fact in runtime.remembering.memory.facts()] == ["Quillow"]
    assert anywhere(home, "zorbax") == []
    assert anywhere(home, "quillow")


async def test_an_answer_that_runs_is_stopped_first(home: Home, starter_path: Path) -> None:
    async with open_runtime(home, starter_path, load=False) as runtime:
        stream = runtime.answer("My dog is called Zorbax.", None, GREEDY)
        saved = await anext(stream)
        assert isinstance(saved, events.UserSaved)
        receipt = await runtime.forget(Target("message", saved.message))
        assert receipt.messages == 1
        assert not runtime.answering(saved.conversation)
        await stream.aclose()
    assert anywhere(home, "zorbax") == []


async def test_alternatives_are_found_on_all_branches(home: Home, starter_path: Path) -> None:
    async with open_runtime(home, starter_path) as runtime:
        one = await told(runtime, "hello, Zorbax here")
        question = runtime.conversations.messages(one)[0]
        runtime.conversations.add_user(one, "hello, it is Zorbax", after=question.parent)
        runtime.conversations.add_user(one, "hello", after=HEAD)
        await runtime.forget(Target("text", text="Zorbax"))
    assert anywhere(home, "zorbax") == []


async def test_hooks_hear_what_went_and_versions_that_learned_it_are_marked(
    home: Home, starter_path: Path, tmp_path: Path
) -> None:
    (tmp_path / "adapter.gguf").write_bytes(b"weights")
    versions = Versions(home.versions)
    async with open_runtime(home, starter_path) as runtime:
        heard: list[str] = []
        runtime.remembering.forgetter.hooks.append(heard.append)
        one = await told(runtime, "My dog is called Zorbax.")
        question = runtime.conversations.messages(one)[0]
        fact = fact_of(runtime, "Zorbax")
        for source in (f"message:{question.id}", f"fact:{fact}", "fact:999"):
            rows = [{"split": "train", "source": source, "messages": []}]
            outcome = {"item": source, "question": "Who is Zorbax? And who am I?", "old": 0.5}
            making = Making(
                tmp_path / "adapter.gguf",
                "0" * 64,
                "x",
                manifest={"examples": rows},
                evaluation={"outcomes": [outcome]},
            )
            versions.add(making)
        receipt = await runtime.forget(Target("fact", fact))
        assert f"fact:{fact}" in heard
        assert f"message:{question.id}" in heard
        assert sorted(receipt.retrain) == ["soma-v1", "soma-v2"]
        assert [versions.get(f"soma-v{n}").retrain for n in (1, 2, 3)] == [True, True, False]
        assert "versions/soma-v1/evaluation.json" in receipt.files
        assert versions.evaluation("soma-v3") == {
            "outcomes": [{"item": "fact:999", "question": "[forgotten] And who am I?", "old": 0.5}]
        }
        assert anywhere(home, "zorbax") == []


async def test_what_was_forgotten_is_known_by_its_hash_alone(
    home: Home, starter_path: Path
) -> None:
    async with open_runtime(home, starter_path) as runtime:
        await told(runtime, "Good day. My dog is called Zorbax.")
        await runtime.forget(Target("fact", fact_of(runtime, "Zorbax")))
        database = runtime.remembering.forgetter.database
        forgetting = Forgetting(
            database, runtime.remembering.memory.profiles, runtime.remembering.library
        )
        assert forgetting.is_forgotten("my dog  is called ZORBAX.")
        assert forgetting.is_forgotten("He said it. My dog is called Zorbax.")
        assert not forgetting.is_forgotten("Good day.")
        assert all(set(row) == {"hash"} for row in database.table("forgotten").all())


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (Target("fact", 99), "no fact 99"),
        (Target("message", 99), "no message 99"),
        (Target("conversation", 99), "no conversation 99"),
    ],
)
async def test_what_is_not_there_is_named(
    home: Home, starter_path: Path, target: Target, said: str
) -> None:
    async with open_runtime(home, starter_path, load=False) as runtime:
        with pytest.raises(UnknownIdError, match=said):
            await runtime.forget(target)


@pytest.mark.parametrize("text", ["", "  ", "…"])
async def test_an_empty_text_forgets_nothing(home: Home, starter_path: Path, text: str) -> None:
    async with open_runtime(home, starter_path, load=False) as runtime:
        with pytest.raises(SomaError, match="empty text"):
            await runtime.forget(Target("text", text=text))


async def test_a_text_that_stands_nowhere_is_said_to(home: Home, starter_path: Path) -> None:
    async with open_runtime(home, starter_path, load=False) as runtime:
        with pytest.raises(SomaError, match="nothing to forget"):
            await runtime.forget(Target("text", text="zorbax"))


async def test_a_log_that_is_open_goes_on_being_written(home: Home, starter_path: Path) -> None:
    path = home.logs / "soma.log"
    handler = logging.FileHandler(path)
    logger = logging.Logger("test")
    logger.addHandler(handler)
    async with open_runtime(home, starter_path) as runtime:
        await told(runtime, "My dog is called Zorbax.")
        logger.warning("about Zorbax")
        await runtime.forget(Target("fact", fact_of(runtime, "Zorbax")))
        logger.warning("later")
    handler.close()
    assert path.read_text() == "later\n"
