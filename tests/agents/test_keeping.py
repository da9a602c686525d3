"""What the runtime keeps besides messages: drafts, ratings, and what was deleted."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agents import events
from agents.attachments import expand
from agents.events import Event
from store.drafts import Draft
from store.errors import SomaError, UnknownIdError
from store.paths import Home
from tests.agents.runtime_helpers import GREEDY, LONG, ask, finished, never_ending, open_runtime


async def test_drafts_are_there_when_the_store_is_opened(home: Home, starter_path: Path) -> None:
    async with open_runtime(home, starter_path, load=False) as runtime:
        assert runtime.drafts() == {}
        conversation = runtime.conversations.create("x").id
        await runtime.save_draft(conversation, Draft("half a", ("first", "second")))
        await runtime.save_draft(None, Draft("new"))
    async with open_runtime(home, starter_path, load=False) as runtime:
        assert runtime.drafts() == {
            conversation: Draft("half a", ("first", "second")),
            None: Draft("new"),
        }


async def test_a_message_leaves_the_draft_in_the_commit_that_stores_it(
    home: Home, starter_path: Path
) -> None:
    async with open_runtime(home, starter_path, load=False) as runtime:
        await runtime.save_draft(None, Draft("hello", ("next",)))
        before = (home.db / "journal.jsonl").read_bytes().count(b"\n")
        stream = runtime.answer("hello", None, GREEDY)
        saved = await anext(stream)
        assert isinstance(saved, events.UserSaved)
        assert (home.db / "journal.jsonl").read_bytes().count(b"\n") == before + 1
        assert runtime.drafts() == {None: Draft("", ("next",))}
        await stream.aclose()


async def test_a_draft_that_is_being_saved_does_not_outlive_its_message(
    home: Home, starter_path: Path
) -> None:
    async with open_runtime(home, starter_path, load=False) as runtime:
        conversation = runtime.conversations.create("x").id
        saves = [
            asyncio.create_task(runtime.save_draft(conversation, Draft("hello"[:length])))
            for length in range(1, 6)
        ]
        await asyncio.sleep(0)
        stream = runtime.answer("hello", conversation, GREEDY)
        await anext(stream)
        await asyncio.gather(*saves)
        assert runtime.drafts() == {}
        await stream.aclose()


async def test_a_message_with_a_file_leaves_the_draft_in_the_words_that_were_typed(
    home: Home, starter_path: Path, tmp_path: Path
) -> None:
    (tmp_path / "notes.md").write_text("a\nb\n")
    expanded = expand("read @notes.md\nand tell me", tmp_path)
    assert expanded.attachments
    async with open_runtime(home, starter_path, load=False) as runtime:
        await runtime.save_draft(None, Draft("read @notes.md\nand tell me", ("next",)))
        stream = runtime.answer(expanded.text, None, GREEDY)
        await anext(stream)
        assert runtime.drafts() == {None: Draft("", ("next",))}
        await stream.aclose()


async def test_an_edited_message_leaves_the_draft_too(home: Home, starter_path: Path) -> None:
    async with open_runtime(home, starter_path) as runtime:
        end = finished(await ask(runtime, "hello"))
        first = runtime.conversations.messages(end.conversation)[0]
        await runtime.save_draft(end.conversation, Draft("who are you?"))
        stream = runtime.answer("who are you?", None, GREEDY, instead_of=first.id)
        assert [event async for event in stream]
        assert runtime.drafts() == {}


async def test_a_message_that_is_not_stored_keeps_its_draft(
    home: Home, starter_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_runtime(home, starter_path, load=False) as runtime:
        await runtime.save_draft(None, Draft("hello"))

        def refuse(*_: object, **__: object) -> None:
            raise SomaError("cannot save: the disk is full")

        monkeypatch.setattr(runtime.conversations.drafts, "sent", refuse)
        with pytest.raises(SomaError, match="disk is full"):
            await ask(runtime, "hello")
        assert runtime.drafts() == {None: Draft("hello")}
        assert runtime.conversations.list() == []


async def test_a_draft_after_the_end_is_refused(home: Home, starter_path: Path) -> None:
    async with open_runtime(home, starter_path, load=False) as runtime:
        pass
    with pytest.raises(SomaError, match="SOMA is closing"):
        await runtime.save_draft(None, Draft("late"))


async def test_a_rating_is_kept_and_told(home: Home, starter_path: Path) -> None:
    seen: list[Event] = []
    async with open_runtime(home, starter_path) as runtime:
        end = finished(await ask(runtime, "hello"))
        runtime.subscribe(seen.append)
        await runtime.rate(end.message, -1, "Good morning!")
        rated = runtime.conversations.message(end.message)
        assert (rated.rating.value, rated.rating.better) == (-1, "Good morning!")
        await runtime.rate(end.message, 1, end.text + "\n")
        await runtime.rate(end.message, 0, "ignored")
    conversation, message = end.conversation, end.message
    assert seen == [
        events.Rated(conversation, message, -1, "Good morning!"),
        events.Rated(conversation, message, 1, ""),
        events.Rated(conversation, message, 0, ""),
    ]
    async with open_runtime(home, starter_path, load=False) as runtime:
        assert runtime.conversations.message(message).rating is None


async def test_a_deleted_conversation_comes_back(home: Home, starter_path: Path) -> None:
    seen: list[Event] = []
    async with open_runtime(home, starter_path) as runtime:
        end = finished(await ask(runtime, "hello"))
        before = runtime.conversations.messages(end.conversation)
        runtime.subscribe(seen.append)
        await runtime.delete(end.conversation)
        assert runtime.conversations.list() == []
        with pytest.raises(UnknownIdError):
            await ask(runtime, "are you there?", end.conversation)
    async with open_runtime(home, starter_path) as runtime:
        runtime.subscribe(seen.append)
        assert [c.id for c in runtime.conversations.deleted()] == [end.conversation]
        await runtime.restore(end.conversation)
        assert runtime.conversations.messages(end.conversation) == before
        assert finished(await ask(runtime, "are you there?", end.conversation)).text
    changed = events.ConversationChanged(end.conversation)
    assert seen[:2] == [events.ConversationDeleted(end.conversation), changed]


async def test_deleted_now_does_not_come_back(home: Home, starter_path: Path) -> None:
    async with open_runtime(home, starter_path) as runtime:
        end = finished(await ask(runtime, "hello, harbour"))
        await runtime.delete(end.conversation)
        await runtime.delete(end.conversation, now=True)
        assert runtime.conversations.deleted() == []
        with pytest.raises(UnknownIdError):
            await runtime.restore(end.conversation)


@pytest.mark.parametrize("now", [True, False])
async def test_an_answer_that_runs_there_is_stopped_first(
    home: Home, starter_path: Path, now: bool
) -> None:
    async with open_runtime(home, starter_path) as runtime:
        async with never_ending(runtime):
            async for event in runtime.answer("hello", None, LONG):
                if isinstance(event, events.AnswerPiece) and runtime.conversations.list():
                    await runtime.delete(event.conversation, now=now)
        assert runtime.conversations.list() == []
        if not now:
            restored = await runtime.restore(event.conversation)
            answer = runtime.conversations.messages(restored.id)[-1]
            assert answer.state == "cancelled"
            assert answer.text
