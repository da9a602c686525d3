"""Further answers, messages sent again, other branches: on the real starter and store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from agents import events
from agents.events import AnswerFinished, Event
from agents.runtime import Runtime
from store.conversations import Message
from store.errors import SomaError, UnknownIdError
from store.paths import Home
from tests.agents.runtime_helpers import (
    GREEDY,
    LONG,
    ask,
    finished,
    never_ending,
    open_runtime,
)


async def gather(stream: AsyncGenerator[Event, None]) -> list[Event]:
    return [event async for event in stream]


async def again(runtime: Runtime, conversation: int, message: int | None = None) -> AnswerFinished:
    return finished(await gather(runtime.regenerate(conversation, message, GREEDY)))


def shown(runtime: Runtime, conversation: int) -> list[Message]:
    return runtime.conversations.messages(conversation)


async def test_a_further_answer_stands_beside_the_first(home: Home, starter_path: Path) -> None:
    async with open_runtime(home, starter_path) as runtime:
        first = finished(await ask(runtime, "who are you?"))
        question, answer = shown(runtime, first.conversation)
        seen = await gather(runtime.regenerate(first.conversation, None, GREEDY))
        started = seen[0]
        assert isinstance(started, events.AnswerStarted)
        assert started.after == question.id
        second = finished(seen)
        assert second.text == first.text
        assert [m.id for m in shown(runtime, first.conversation)] == [question.id, second.message]
        assert runtime.conversations.siblings(answer.id) == (answer.id, second.message)


async def test_a_further_answer_evaluates_only_itself(home: Home, starter_path: Path) -> None:
    async with open_runtime(home, starter_path) as runtime:
        one = finished(await ask(runtime, "hello, who are you?"))
        two = finished(await ask(runtime, "what can you do?", one.conversation))
        engine = await runtime.engine()
        for _ in range(2):
            before = engine.evaluated_tokens
            more = await again(runtime, one.conversation)
            figures = more.figures
            assert figures.prompt_tokens == two.figures.prompt_tokens
            assert figures.cached_tokens == figures.prompt_tokens - 1
            drawn = figures.completion_tokens - (more.finish == "length")
            assert engine.evaluated_tokens - before == 1 + drawn  # the last one, for its logits


async def test_a_message_sent_again_evaluates_only_what_is_new(
    home: Home, starter_path: Path
) -> None:
    async with open_runtime(home, starter_path) as runtime:
        one = finished(await ask(runtime, "hello, who are you?"))
        await ask(runtime, "what can you do for me today?", one.conversation)
        sent = shown(runtime, one.conversation)
        engine = await runtime.engine()
        before = engine.evaluated_tokens
        stream = runtime.answer("thanks", one.conversation, GREEDY, instead_of=sent[2].id)
        seen = await gather(stream)
        saved, end = seen[0], finished(seen)
        assert isinstance(saved, events.UserSaved)
        assert (saved.text, saved.after) == ("thanks", sent[1].id)
        turn = len(engine.template.next_turn("thanks"))
        new = end.figures.prompt_tokens - end.figures.cached_tokens
        assert 1 <= new <= turn
        drawn = end.figures.completion_tokens - (end.finish == "length")
        assert engine.evaluated_tokens - before == new + drawn
        now = shown(runtime, one.conversation)
        assert [m.text for m in now[:3]] == [sent[0].text, sent[1].text, "thanks"]
        assert runtime.conversations.siblings(sent[2].id) == (sent[2].id, now[2].id)


async def test_the_first_message_can_be_sent_again(home: Home, starter_path: Path) -> None:
    async with open_runtime(home, starter_path) as runtime:
        one = finished(await ask(runtime, "hello"))
        first = shown(runtime, one.conversation)[0]
        end = finished(await gather(runtime.answer("who are you?", instead_of=first.id)))
        assert end.conversation == one.conversation
        assert [m.text for m in shown(runtime, one.conversation)] == ["who are you?", end.text]
        engine = await runtime.engine()
        assert shown(runtime, one.conversation)[0].token_ids[0] == engine.vocabulary.bos


async def test_each_branch_goes_on_with_the_very_tokens_it_was_sent_as(
    home: Home, starter_path: Path
) -> None:
    async with open_runtime(home, starter_path) as runtime:
        one = finished(await ask(runtime, "my boat is called Heron"))
        old = finished(await ask(runtime, "what is it called?", one.conversation))
        branches = {old.message: shown(runtime, one.conversation)}
        new = await again(runtime, one.conversation)
        branches[new.message] = shown(runtime, one.conversation)
        question = branches[old.message][2].id
        stream = runtime.answer("what can you do?", None, GREEDY, instead_of=question)
        edited = finished(await gather(stream))
        branches[edited.message] = shown(runtime, one.conversation)
        engine = await runtime.engine()
        for leaf, branch in branches.items():
            await runtime.show_branch(one.conversation, leaf)
            assert shown(runtime, one.conversation) == branch
            further = finished(await ask(runtime, "thanks", one.conversation))
            now = shown(runtime, one.conversation)
            assert now[: len(branch)] == branch
            turn = len(engine.template.next_turn("thanks"))
            sent = sum(len(m.token_ids) for m in now[:-1])
            assert (
                further.figures.prompt_tokens
                == sent
                == sum(len(m.token_ids) for m in branch) + turn
            )


async def test_going_back_to_a_branch_evaluates_only_the_next_turn(
    home: Home, starter_path: Path
) -> None:
    async with open_runtime(home, starter_path) as runtime:
        one = finished(await ask(runtime, "hello, who are you?"))
        old = finished(await ask(runtime, "what can you do?", one.conversation))
        await again(runtime, one.conversation)
        await runtime.show_branch(one.conversation, old.message)
        engine = await runtime.engine()
        before = engine.evaluated_tokens
        end = finished(await ask(runtime, "thanks", one.conversation))
        drawn = end.figures.completion_tokens - (end.finish == "length")
        # Both answers are the same here, so whichever the engine still holds will do.
        new = len(engine.template.next_turn("thanks")) + (old.finish == "length")
        assert engine.evaluated_tokens - before == new + drawn


async def test_the_window_of_a_branch_is_its_own(home: Home, starter_path: Path) -> None:
    async with open_runtime(home, starter_path, context=256) as runtime:
        conversation = finished(await ask(runtime, "hello " * 20)).conversation
        for number in range(5):
            await ask(runtime, f"number {number}: " + "the sea is calm " * 8, conversation)
        stored = runtime.conversations
        start = stored.window_start(conversation)
        long = shown(runtime, conversation)
        assert start > long[2].id
        stream = runtime.answer("short", conversation, GREEDY, instead_of=long[2].id)
        end = finished(await gather(stream))
        assert stored.window_start(conversation) == 0
        assert end.figures.prompt_tokens == sum(
            len(m.token_ids) for m in shown(runtime, conversation)[:-1]
        )
        await runtime.show_branch(conversation, long[-1].id)
        assert stored.window_start(conversation) == start
        further = finished(await ask(runtime, "short", conversation))
        assert further.figures.context_used <= 256


async def test_a_message_without_an_answer_gets_one(home: Home, starter_path: Path) -> None:
    async with open_runtime(home, starter_path, load=False) as runtime:
        stream = runtime.answer("hello", None, GREEDY)
        saved = await anext(stream)
        assert isinstance(saved, events.UserSaved)
        await stream.aclose()
        await runtime.load_model()
        end = await again(runtime, saved.conversation)
        assert [m.id for m in shown(runtime, saved.conversation)] == [saved.message, end.message]


async def test_an_answer_that_is_not_the_last_is_given_again(
    home: Home, starter_path: Path
) -> None:
    async with open_runtime(home, starter_path) as runtime:
        one = finished(await ask(runtime, "hello"))
        await ask(runtime, "who are you?", one.conversation)
        end = await again(runtime, one.conversation, one.message)
        assert [m.text for m in shown(runtime, one.conversation)] == ["hello", end.text]
        await runtime.show_branch(one.conversation, one.message)
        assert len(shown(runtime, one.conversation)) == 4


async def test_a_further_answer_that_fails_leaves_the_branch_as_it_is(
    home: Home, starter_path: Path
) -> None:
    async with open_runtime(home, starter_path) as runtime:
        one = finished(await ask(runtime, "hello"))
        before = shown(runtime, one.conversation)
    async with open_runtime(home, starter_path, load=False) as runtime:
        waiting = asyncio.create_task(gather(runtime.regenerate(one.conversation)))
        await asyncio.sleep(0)
        assert runtime.cancel(one.conversation)
        (failed,) = await waiting
        assert isinstance(failed, events.AnswerFailed)
        assert failed.reason == "stopped before the answer began"
        assert shown(runtime, one.conversation) == before


async def test_branches_are_changed_and_told(home: Home, starter_path: Path) -> None:
    async with open_runtime(home, starter_path) as runtime:
        one = finished(await ask(runtime, "hello"))
        two = await again(runtime, one.conversation)
        seen: list[Event] = []
        runtime.subscribe(seen.append)
        await runtime.show_branch(one.conversation, one.message)
        assert shown(runtime, one.conversation)[-1].id == one.message
        await runtime.continue_after(one.conversation, None)
        assert shown(runtime, one.conversation) == []
        await runtime.show_branch(one.conversation, two.message)
        assert seen == [events.BranchChanged(one.conversation)] * 3


async def test_a_running_answer_is_not_disturbed(home: Home, starter_path: Path) -> None:
    async with open_runtime(home, starter_path) as runtime:
        one = finished(await ask(runtime, "hello"))
        question = shown(runtime, one.conversation)[0].id
        line = "^an answer is running in this conversation; stop it first$"
        async with never_ending(runtime):
            stream = runtime.regenerate(one.conversation, None, LONG)
            async for event in stream:
                if not isinstance(event, events.AnswerPiece):
                    continue
                calls = (
                    runtime.show_branch(one.conversation, one.message),
                    runtime.continue_after(one.conversation, question),
                    again(runtime, one.conversation),
                    ask(runtime, "more", one.conversation),
                    gather(runtime.answer("edited", one.conversation, instead_of=question)),
                )
                for call in calls:
                    with pytest.raises(SomaError, match=line):
                        await call
                break
            await stream.aclose()
        texts = [m.text for m in shown(runtime, one.conversation)]
        assert "more" not in texts
        assert "edited" not in texts


async def test_two_at_once_in_one_conversation_are_one(home: Home, starter_path: Path) -> None:
    async with open_runtime(home, starter_path) as runtime:
        one = finished(await ask(runtime, "hello"))
        both = await asyncio.gather(
            again(runtime, one.conversation),
            ask(runtime, "more", one.conversation),
            return_exceptions=True,
        )
        assert [isinstance(outcome, SomaError) for outcome in both] == [False, True]
        assert not runtime.answering(one.conversation)
        assert finished(await ask(runtime, "more", one.conversation)).text


async def test_bad_input_is_named_and_changes_nothing(home: Home, starter_path: Path) -> None:
    async with open_runtime(home, starter_path, load=False) as runtime:
        stored = runtime.conversations
        here, empty, there = (stored.create().id for _ in range(3))
        user = stored.add_user(here, "hello").id
        answer = stored.begin_answer(here, "m", "v").id
        stored.finish_answer(answer, state="done", finish="stop", figures=None)
        other = stored.add_user(there, "other").id
        length = (home.db / "journal.jsonl").stat().st_size
        for call, error, line in (
            (again(runtime, 99), UnknownIdError, "there is no conversation 99"),
            (again(runtime, empty), SomaError, f"nothing to answer in conversation {empty}; write"),
            (again(runtime, here, other), UnknownIdError, f"no message {other} in conversation"),
            (again(runtime, here, 99), UnknownIdError, f"no message 99 in conversation {here}"),
            (
                gather(runtime.answer("x", here, instead_of=answer)),
                SomaError,
                f"message {answer} is an answer; only what you wrote can be edited",
            ),
            (
                gather(runtime.answer("x", here, instead_of=other)),
                UnknownIdError,
                f"no message {other} in conversation {here}",
            ),
            (gather(runtime.answer(" ", here, instead_of=user)), SomaError, "an empty message"),
            (runtime.show_branch(here, other), UnknownIdError, f"no message {other} in"),
            (runtime.continue_after(here, 99), UnknownIdError, "no message 99 in"),
            (runtime.continue_after(99, None), UnknownIdError, "no conversation 99"),
            (runtime.rate(user, 1), SomaError, f"message {user} is yours"),
            (runtime.rate(99, 1), UnknownIdError, "there is no message 99"),
            (runtime.restore(here), UnknownIdError, "there is no deleted conversation"),
            (runtime.delete(99), UnknownIdError, "there is no conversation 99"),
        ):
            with pytest.raises(error, match=line):
                await call
        with pytest.raises(UnknownIdError, match="there is no message 99"):
            runtime.answer("x", instead_of=99)
        assert (home.db / "journal.jsonl").stat().st_size == length
        assert not any(runtime.answering(c) for c in (here, empty, there, 99))
