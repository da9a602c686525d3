"""The way of a message, on the real starter model and the real store."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agents import events
from agents.answering import AnswerOptions
from agents.engine.engine import EngineOptions
from agents.engine.sampling import SamplingSettings
from agents.events import Event
from agents.persona import SYSTEM_PROMPT
from agents.runtime import Runtime
from store.errors import LockedError, SomaError
from store.paths import Home
from tests.agents.runtime_helpers import GREEDY, LONG, ask, finished, never_ending, open_runtime


def kinds(seen: list[Event]) -> list[str]:
    """The kinds of events in order, repeats left out."""
    return [e.kind for i, e in enumerate(seen) if i == 0 or seen[i - 1].kind != e.kind]


async def test_a_message_is_saved_then_answered_then_saved(home: Home, starter_path: Path) -> None:
    async with open_runtime(home, starter_path) as runtime:
        seen = await ask(runtime, "hello")
        assert kinds(seen) == [
            "user_saved", "answer_started", "answer_piece", "answer_finished"
        ]  # fmt: skip
        end = finished(seen)
        said = "".join(e.text for e in seen if isinstance(e, events.AnswerPiece))
        user, answer = runtime.conversations.messages(end.conversation)
        assert said == end.text == answer.text != ""
        assert (user.text, answer.state, answer.model) == ("hello", "done", "starter")
        assert answer.figures == end.figures.as_dict()


async def test_a_user_message_is_on_disk_when_it_is_called_saved(
    home: Home, starter_path: Path
) -> None:
    async with open_runtime(home, starter_path) as runtime:
        stream = runtime.answer("remember the harbour", None, GREEDY)
        first = await anext(stream)
        assert isinstance(first, events.UserSaved)
        assert "remember the harbour" in (home.db / "journal.jsonl").read_text()
        await stream.aclose()


async def test_after_a_restart_the_conversation_goes_on_with_the_very_tokens(
    home: Home, starter_path: Path
) -> None:
    async with open_runtime(home, starter_path) as runtime:
        one = finished(await ask(runtime, "hello, who are you?"))
        two = finished(await ask(runtime, "what can you do?", one.conversation))
        sent = [m.token_ids for m in runtime.conversations.messages(one.conversation)]
        assert two.figures.cached_tokens >= one.figures.context_used
    async with open_runtime(home, starter_path) as runtime:
        three = finished(await ask(runtime, "thanks", one.conversation))
        kept = runtime.conversations.messages(one.conversation)
        assert [m.token_ids for m in kept[:4]] == sent
        assert three.figures.prompt_tokens == sum(len(m.token_ids) for m in kept[:5])
        assert three.figures.cached_tokens == 0  # a new process has evaluated nothing yet


async def test_a_second_turn_evaluates_only_the_new_turn(home: Home, starter_path: Path) -> None:
    async with open_runtime(home, starter_path) as runtime:
        one = finished(await ask(runtime, "hello"))
        engine = await runtime.engine()
        before = engine.evaluated_tokens
        two = finished(await ask(runtime, "and again", one.conversation))
        turn = len(engine.template.next_turn("and again"))
        unsaid = 1 if one.finish == "length" else 0  # a last token is drawn, never evaluated
        assert two.figures.prompt_tokens - two.figures.cached_tokens == turn + unsaid
        drawn = two.figures.completion_tokens - (two.finish == "length")
        assert engine.evaluated_tokens - before == turn + unsaid + drawn


async def test_the_system_prompt_of_a_conversation_stays(home: Home, starter_path: Path) -> None:
    async with open_runtime(home, starter_path) as runtime:
        one = finished(await ask(runtime, "hello"))
        assert runtime.conversations.system_prompt(one.conversation) == SYSTEM_PROMPT


async def test_a_message_before_the_model_is_ready_is_saved_and_answered_later(
    home: Home, starter_path: Path
) -> None:
    async with open_runtime(home, starter_path, load=False) as runtime:
        stream = runtime.answer("hello", None, GREEDY)
        assert isinstance(await anext(stream), events.UserSaved)
        loading = asyncio.create_task(runtime.load_model())
        seen = [event async for event in stream]
        await loading
        assert finished(seen).text


async def test_a_cancelled_answer_keeps_what_was_said(home: Home, starter_path: Path) -> None:
    async with open_runtime(home, starter_path) as runtime:
        seen: list[Event] = []
        async with never_ending(runtime):
            async for event in runtime.answer("tell me what you can do for me", None, LONG):
                seen.append(event)
                if isinstance(event, events.AnswerPiece):
                    runtime.cancel(event.conversation)
        end = finished(seen)
        assert end.finish == "cancelled"
        assert end.figures.completion_tokens < 900
        answer = runtime.conversations.messages(end.conversation)[-1]
        assert (answer.state, answer.text) == ("cancelled", end.text)
        assert end.text
        assert not runtime.cancel(end.conversation)
        goes_on = finished(await ask(runtime, "go on", end.conversation))
        assert goes_on.figures.cached_tokens >= end.figures.context_used - 1


async def test_a_reader_that_leaves_stops_the_answer(home: Home, starter_path: Path) -> None:
    async with open_runtime(home, starter_path) as runtime:
        async with never_ending(runtime):
            stream = runtime.answer("hello", None, LONG)
            async for event in stream:
                if isinstance(event, events.AnswerPiece):
                    break
            await stream.aclose()
        conversation = event.conversation
        assert not runtime.answering(conversation)
        assert runtime.conversations.messages(conversation)[-1].state == "cancelled"


async def test_two_conversations_are_answered_at_once(home: Home, starter_path: Path) -> None:
    async with open_runtime(home, starter_path) as runtime:
        alone = finished(await ask(runtime, "who are you?"))
        one, two = await asyncio.gather(ask(runtime, "who are you?"), ask(runtime, "hello"))
        assert finished(one).text == alone.text
        assert finished(two).conversation != finished(one).conversation


async def test_a_second_message_during_an_answer_is_refused_and_stores_nothing(
    home: Home, starter_path: Path
) -> None:
    async with open_runtime(home, starter_path) as runtime:
        stream = runtime.answer("hello", None, GREEDY)
        saved = await anext(stream)
        assert isinstance(saved, events.UserSaved)
        with pytest.raises(SomaError, match="an answer is running"):
            await ask(runtime, "me too", saved.conversation)
        async for _ in stream:
            pass
        texts = [m.text for m in runtime.conversations.messages(saved.conversation)]
        assert "me too" not in texts


@pytest.mark.parametrize("text", ["", "  \n\t "])
async def test_an_empty_message_is_refused_and_stores_nothing(
    home: Home, starter_path: Path, text: str
) -> None:
    async with open_runtime(home, starter_path, load=False) as runtime:
        with pytest.raises(SomaError, match="empty message"):
            await ask(runtime, text)
        assert runtime.conversations.list() == []


async def test_overflow_drops_the_oldest_turns_and_says_so(home: Home, starter_path: Path) -> None:
    async with open_runtime(home, starter_path, context=256) as runtime:
        conversation = finished(await ask(runtime, "hello " * 20)).conversation
        dropped: list[events.TurnsDropped] = []
        for number in range(6):
            seen = await ask(runtime, f"number {number}: " + "the sea is calm " * 8, conversation)
            dropped += [e for e in seen if isinstance(e, events.TurnsDropped)]
            end = finished(seen)
            assert end.figures.context_used <= 256
        assert dropped
        assert all(event.messages > 0 for event in dropped)
        assert len(runtime.conversations.messages(conversation)) == 14
        start = runtime.conversations.window_start(conversation)
        first = next(m for m in runtime.conversations.messages(conversation) if m.id == start)
        engine = await runtime.engine()
        assert first.token_ids[0] == engine.vocabulary.bos


async def test_after_an_overflow_turns_are_reused_again(home: Home, starter_path: Path) -> None:
    async with open_runtime(home, starter_path, context=256) as runtime:
        conversation = finished(await ask(runtime, "hello " * 20)).conversation
        fully_reused = 0
        brief = AnswerOptions(SamplingSettings(temperature=0), max_tokens=8)
        for number in range(8):
            end = finished(await ask(runtime, f"{number} the sea is calm", conversation, brief))
            new = end.figures.prompt_tokens - end.figures.cached_tokens
            engine = await runtime.engine()
            turn = len(engine.template.next_turn(f"{number} the sea is calm"))
            fully_reused += new in (turn, turn + 1)
        assert fully_reused >= 5


async def test_an_answer_that_fills_the_context_goes_on_after_dropping_turns(
    home: Home, starter_path: Path
) -> None:
    async with open_runtime(home, starter_path, context=256) as runtime:
        conversation = finished(await ask(runtime, "hello " * 50)).conversation
        long = AnswerOptions(SamplingSettings(temperature=0), max_tokens=180)
        async with never_ending(runtime):
            seen = await ask(runtime, "go on", conversation, long)
        end = finished(seen)
        assert any(isinstance(e, events.TurnsDropped) for e in seen)
        assert end.figures.completion_tokens == 180
        answer = runtime.conversations.messages(conversation)[-1]
        assert len(answer.token_ids) == 180


async def test_a_message_longer_than_the_context_fails_with_the_numbers_and_is_kept(
    home: Home, starter_path: Path
) -> None:
    async with open_runtime(home, starter_path, context=256) as runtime:
        text = "a very long message " * 200
        seen = await ask(runtime, text)
        failed = seen[-1]
        assert isinstance(failed, events.AnswerFailed)
        assert "the model's context holds 256" in failed.reason
        assert "--context" in failed.reason
        assert runtime.conversations.messages(failed.conversation)[0].text == text
        assert finished(await ask(runtime, "short", failed.conversation)).text


async def test_deleting_a_conversation_stops_its_answer(home: Home, starter_path: Path) -> None:
    async with open_runtime(home, starter_path) as runtime:
        stream = runtime.answer("tell me a story", None, GREEDY)
        async for event in stream:
            if isinstance(event, events.AnswerPiece) and runtime.conversations.list():
                await runtime.delete(event.conversation)
        assert runtime.conversations.list() == []


async def test_a_second_runtime_is_told_who_holds_the_store(home: Home, starter_path: Path) -> None:
    async with open_runtime(home, starter_path, load=False):
        with pytest.raises(LockedError):
            async with open_runtime(home, starter_path, load=False):
                pass


async def test_a_model_that_cannot_be_loaded_is_said_and_the_next_one_works(
    home: Home, starter_path: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF" + b"\0" * 40)
    seen: list[Event] = []
    async with open_runtime(home, starter_path, load=False) as runtime:
        runtime.subscribe(seen.append)
        with pytest.raises(SomaError, match=r"broken\.gguf"):
            await runtime.load_model(str(broken))
        assert isinstance(seen[-1], events.ModelFailed)
        failed = (await ask(runtime, "hello"))[-1]
        assert isinstance(failed, events.AnswerFailed)
        assert "broken.gguf" in failed.reason
        await runtime.load_model("starter")
        assert finished(await ask(runtime, "hello", failed.conversation)).text


async def test_switching_the_model_in_mid_conversation_keeps_the_conversation(
    home: Home, starter_path: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.gguf"
    other.write_bytes(
        starter_path.read_bytes().replace(b"<start_of_turn>user", b"<start_of_turn>USER")
    )
    async with open_runtime(home, starter_path) as runtime:
        one = finished(await ask(runtime, "hello"))
        await runtime.models.add(other)
        summary = await runtime.use_model("other")
        assert (summary.name, summary.starter) == ("other", False)
        two = finished(await ask(runtime, "who are you?", one.conversation))
        assert two.text
        names = [m.model for m in runtime.conversations.messages(one.conversation)]
        assert names == [None, "starter", None, "other"]
    async with open_runtime(home, starter_path) as runtime:
        assert runtime.model is not None
        assert runtime.model.name == "other"  # the choice outlives a restart


async def test_every_event_reaches_those_who_subscribed(home: Home, starter_path: Path) -> None:
    async with open_runtime(home, starter_path) as runtime:
        seen: list[Event] = []
        stop = runtime.subscribe(seen.append)
        own = await ask(runtime, "hello")
        assert [e for e in seen if not isinstance(e, events.ConversationChanged)] == own
        stop()
        await ask(runtime, "hello")
        assert len(seen) < 2 * len(own) + 4


async def test_the_store_failing_before_the_message_is_saved_raises(
    home: Home, starter_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_runtime(home, starter_path, load=False) as runtime:

        def refuse(*_: object, **__: object) -> None:
            raise SomaError("cannot save: the disk is full")

        monkeypatch.setattr(runtime.conversations, "add_user", refuse)
        with pytest.raises(SomaError, match="disk is full"):
            await ask(runtime, "hello")
        assert runtime.conversations.list() == []


async def test_the_store_failing_in_mid_answer_ends_it_with_the_reason(
    home: Home, starter_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_runtime(home, starter_path) as runtime:

        def refuse(*_: object, **__: object) -> None:
            raise SomaError("cannot save: the disk is full")

        monkeypatch.setattr(runtime.conversations, "finish_answer", refuse)
        failed = (await ask(runtime, "hello"))[-1]
        assert isinstance(failed, events.AnswerFailed)
        assert failed.reason == "cannot save: the disk is full"
        assert not runtime.answering(failed.conversation)


def test_a_runtime_is_cheap_to_make(home: Home) -> None:
    def starter(cache: Path) -> Path:
        raise AssertionError("nothing may be made before it is needed")

    Runtime(home, starter=starter)
    assert list(home.db.iterdir()) == []


async def test_a_model_without_a_template_says_which_format_is_used_instead(
    home: Home, starter_path: Path, tmp_path: Path
) -> None:
    bare = tmp_path / "bare.gguf"
    data = starter_path.read_bytes()
    bare.write_bytes(data.replace(b"tokenizer.chat_template", b"tokenizer.chat_tenplate"))
    seen: list[Event] = []
    async with open_runtime(home, starter_path, load=False) as runtime:
        runtime.subscribe(seen.append)
        summary = await runtime.load_model(str(bare))
        assert not summary.template
        notices = [event for event in seen if isinstance(event, events.Notice)]
        assert "no chat template" in notices[0].text
        assert "User:" in notices[0].text
        end = finished(await ask(runtime, "hello"))
        assert "\nUser:" not in end.text


async def test_control_sequences_of_a_model_are_shown_not_passed_on(
    home: Home, starter_path: Path
) -> None:
    async with open_runtime(home, starter_path) as runtime:
        engine = await runtime.engine()
        engine.vocabulary.piece = lambda token: b"\x1b[2J\x07ok"  # type: ignore[method-assign]
        brief = AnswerOptions(SamplingSettings(temperature=0), max_tokens=2)
        seen = await ask(runtime, "hello", None, brief)
        end = finished(seen)
        assert end.text == "␛[2J␇ok" * 2
        pieces = [event.text for event in seen if isinstance(event, events.AnswerPiece)]
        assert pieces == ["␛[2J␇ok"] * 2
        kept = runtime.conversations.messages(end.conversation)[-1]
        assert kept.text == "\x1b[2J\x07ok" * 2  # as the model said it


async def test_an_answer_ends_before_a_stop_text(home: Home, starter_path: Path) -> None:
    async with open_runtime(home, starter_path) as runtime:
        whole = finished(await ask(runtime, "who are you?")).text
        middle = whole.split()[len(whole.split()) // 2]
        options = AnswerOptions(SamplingSettings(temperature=0), max_tokens=48, stop=(middle,))
        cut = finished(await ask(runtime, "who are you?", None, options))
        assert cut.text == whole[: whole.index(middle)]
        assert cut.finish == "stop"


async def test_the_model_takes_fewer_threads_while_a_run_trains(
    home: Home, starter_path: Path
) -> None:
    trains = True
    runtime = Runtime(
        home,
        starter=lambda cache: starter_path,
        options=EngineOptions(context=512, threads=2),
        trains=lambda: trains,
    )
    await runtime.open_store()
    try:
        await runtime.load_model()
        assert finished(await ask(runtime, "hello")).text
        assert (await runtime.engine()).threads == 1
        trains = False
        assert (await runtime.engine()).threads == 2
        assert finished(await ask(runtime, "hello")).text
    finally:
        await runtime.close()
