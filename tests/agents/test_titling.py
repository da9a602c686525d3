"""Titles from the model, on the real starter: what they cost, and that they are in no one's way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agents import events, titles
from agents.events import AnswerFinished, Event
from agents.prompt import build_prompt
from agents.runtime import Runtime
from agents.titles import INSTRUCTION, Titling, useful_title
from store.paths import Home
from tests.agents.runtime_helpers import GREEDY, LONG, ask, finished, never_ending, open_runtime


@asynccontextmanager
async def with_another_model(home: Home, starter_path: Path) -> AsyncIterator[Runtime]:
    """A runtime on a model that is not the starter, though it says the same."""
    other = home.root / "other.gguf"
    other.write_bytes(starter_path.read_bytes())
    async with open_runtime(home, starter_path, model=str(other)) as runtime:
        yield runtime


async def settled(runtime: Runtime, conversation: int) -> str:
    """The title once the model was asked for one."""
    async with asyncio.timeout(60):
        while runtime.conversations.wants_title(conversation):
            await asyncio.sleep(0.01)
    return runtime.conversations.get(conversation).title


async def next_turn_is_cheap(runtime: Runtime, before: AnswerFinished) -> None:
    """All that was evaluated for the answer before is there when the conversation goes on."""
    engine = await runtime.engine()
    evaluated = engine.evaluated_tokens
    end = finished(await ask(runtime, "go on", before.conversation))
    new = len(engine.template.next_turn("go on")) + (before.finish == "length")
    drawn = end.figures.completion_tokens - (end.finish == "length")
    assert drawn < engine.evaluated_tokens - evaluated <= new + drawn
    assert end.figures.cached_tokens >= before.figures.context_used


@pytest.mark.parametrize("text", ["what can you do?", "my boat is called Heron " * 20])
async def test_a_title_costs_its_instruction_and_itself(
    home: Home, starter_path: Path, text: str
) -> None:
    async with open_runtime(home, starter_path) as runtime:
        end = finished(await ask(runtime, text))
        stored = runtime.conversations.messages(end.conversation)
        engine = await runtime.engine()
        before = engine.evaluated_tokens
        seen: list[Event] = []
        titling = Titling(runtime.conversations, seen.append)
        await titling.entitle(engine, end.conversation)
        cost = engine.evaluated_tokens - before
        assert cost <= len(engine.template.next_turn(INSTRUCTION)) + titles.MOST_TOKENS + 1
        assert not runtime.conversations.wants_title(end.conversation)
        assert runtime.conversations.messages(end.conversation) == stored
        assert seen in ([], [events.ConversationChanged(end.conversation)])
        await next_turn_is_cheap(runtime, end)


async def test_a_model_that_is_not_the_starter_is_asked_after_the_first_answer(
    home: Home, starter_path: Path
) -> None:
    async with with_another_model(home, starter_path) as runtime:
        seen: list[Event] = []
        runtime.subscribe(seen.append)
        end = finished(await ask(runtime, "How do I rename a conversation?"))
        engine = await runtime.engine()
        prompt = build_prompt(engine, runtime.conversations, end.message, instruction=INSTRUCTION)
        title = await settled(runtime, end.conversation)
        said, finish = await Titling(runtime.conversations, seen.append)._generate(engine, prompt)
        assert (
            title == useful_title(said, whole=finish == "stop") != "How do I rename a conversation?"
        )
        assert seen[-1] == events.ConversationChanged(end.conversation)
        assert len(runtime.conversations.messages(end.conversation)) == 2
        await next_turn_is_cheap(runtime, end)
        assert runtime.conversations.get(end.conversation).title == title


async def test_the_starter_is_not_asked(home: Home, starter_path: Path) -> None:
    async with open_runtime(home, starter_path) as runtime:
        end = finished(await ask(runtime, "what can you do?"))
        engine = await runtime.engine()
        before = engine.evaluated_tokens
        await asyncio.sleep(0.05)
        assert engine.evaluated_tokens == before
        assert runtime.conversations.get(end.conversation).title == "what can you do?"


async def test_the_user_s_title_and_a_greeting_s_are_left_alone(
    home: Home, starter_path: Path
) -> None:
    async with with_another_model(home, starter_path) as runtime:
        greeted = finished(await ask(runtime, "hello")).conversation
        named = finished(await ask(runtime, "hello")).conversation
        await runtime.rename(named, "Mine")
        engine = await runtime.engine()
        before = engine.evaluated_tokens
        titling = Titling(runtime.conversations, lambda event: None)
        for conversation in (greeted, named):
            await titling.entitle(engine, conversation)
        assert engine.evaluated_tokens == before
        await ask(runtime, "what can you do?", named)
        assert runtime.conversations.get(named).title == "Mine"
        await ask(runtime, "How do I rename a conversation?", greeted)
        assert await settled(runtime, greeted) != "hello"


async def test_what_the_model_is_asked_for_meanwhile_comes_first(
    home: Home, starter_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(titles, "MOST_TOKENS", 700)
    async with with_another_model(home, starter_path) as runtime:
        first = finished(await ask(runtime, "what can you do?"))
        await settled(runtime, first.conversation)
        engine = await runtime.engine()
        async with never_ending(runtime):
            seen = await ask(runtime, "who are you?")
            one = finished(seen).conversation
            drawn = engine.evaluated_tokens
            async with asyncio.timeout(30):
                while engine.evaluated_tokens < drawn + 80:
                    await asyncio.sleep(0.01)
            stream = runtime.answer("and you?", first.conversation, GREEDY)
            await anext(stream)
            async with asyncio.timeout(30):
                await runtime._titling.stop()
            before = engine.evaluated_tokens
            end = finished([event async for event in stream])
        new = end.figures.prompt_tokens - end.figures.cached_tokens
        assert engine.evaluated_tokens - before <= new + end.figures.completion_tokens
        assert runtime.conversations.get(one).title == "who are you?"
        assert runtime.conversations.wants_title(one)


async def test_none_is_asked_for_while_another_answer_runs(home: Home, starter_path: Path) -> None:
    async with with_another_model(home, starter_path) as runtime:
        async with never_ending(runtime):
            waits = runtime.answer("tell me who you are", None, LONG)
            async for event in waits:
                if isinstance(event, events.AnswerPiece):
                    break
            end = finished(await ask(runtime, "what can you do?"))
            assert runtime.answering(event.conversation)
            await waits.aclose()
        await runtime._titling.stop()
        assert runtime.conversations.wants_title(end.conversation)


async def test_closing_and_changing_the_model_do_not_wait_for_a_title(
    home: Home, starter_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(titles, "MOST_TOKENS", 900)
    async with with_another_model(home, starter_path) as runtime:
        async with never_ending(runtime):
            end = finished(await ask(runtime, "what can you do?"))
            async with asyncio.timeout(30):
                await runtime.load_model("starter")
        assert runtime.conversations.get(end.conversation).title == "what can you do?"
        assert finished(await ask(runtime, "go on", end.conversation)).text
    async with with_another_model(home, starter_path) as runtime, never_ending(runtime):
        await ask(runtime, "go on", end.conversation)
        async with asyncio.timeout(30):
            await runtime.close()


async def test_a_conversation_that_overflows_keeps_its_title(
    home: Home, starter_path: Path
) -> None:
    async with open_runtime(home, starter_path, context=256) as runtime:
        end = finished(await ask(runtime, "tell me of the sea " * 26))
        engine = await runtime.engine()
        before = engine.evaluated_tokens
        await Titling(runtime.conversations, print).entitle(engine, end.conversation)
        assert engine.evaluated_tokens == before
        assert runtime.conversations.get(end.conversation).title.startswith("tell me of the sea")


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("Sailing to Norway", "Sailing to Norway"),
        ('"Sailing to Norway."\n', "Sailing to Norway"),
        ("**Title:** Sailing to *Norway*", "Sailing to Norway"),
        ("## Sailing\n\nThis is", "Sailing"),
        ("Here is a title:\n\n1. «Norway by boat»", "Norway by boat"),
        ("```\nTrip (short)\n```", "Trip (short)"),
        ("日本への旅。", "日本への旅"),
        ("\x1b[31mred\x07", "[31mred"),
        ("", ""),
        (" \n\n", ""),
        ("?!", ""),
        ("Conversation title", ""),
        (INSTRUCTION[:55], ""),
        ("<think>\nThe user", ""),
        ("The user would like to know on which days they sail to Norway.", ""),
    ],
)
def test_what_a_model_says_becomes_a_title_or_none(said: str, title: str) -> None:
    assert useful_title(said) == title


@pytest.mark.parametrize(
    ("said", "title"),
    [("Sailing to Nor", ""), ("Sailing\nand then so", "Sailing"), ("```\nSailing to Nor", "")],
)
def test_a_title_that_was_cut_off_is_none(said: str, title: str) -> None:
    assert useful_title(said, whole=False) == title
