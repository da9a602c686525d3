"""An answer given again with one thing other, on the real starter and the real store."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents import events, why
from agents.answering import AnswerOptions
from agents.engine.sampling import SamplingSettings
from agents.operations import perform
from agents.runtime import Runtime
from agents.why import Change
from store.errors import SomaError
from store.message import Work
from store.paths import Home
from tests.agents.runtime_helpers import ask, finished, never_ending, open_runtime


async def gather(runtime: Runtime, message: int, change: Change) -> dict[int, events.WhyEnded]:
    """How both sides end; their pieces have to be what they end with."""
    said: dict[int, str] = {0: "", 1: ""}
    ended: dict[int, events.WhyEnded] = {}
    async for event in why.again(runtime, message, change, max_tokens=12, seed=7):
        if isinstance(event, events.WhyText):
            said[event.side] += event.text
        elif isinstance(event, events.WhyEnded):
            ended[event.side] = event
    for side, one in ended.items():
        assert one.tokens is None or said[side] == one.text
    return ended


async def test_without_memory_the_recalled_and_the_profile_are_left_out(
    home: Home, starter_path: Path
) -> None:
    async with open_runtime(home, starter_path) as runtime:
        await runtime.remembering.remember("my dog is called Rex")
        answer = finished(await ask(runtime, "what is my dog called?"))
        engine = await runtime.engine()
        asked: list[str] = []
        generate = engine.generate

        def spying(tokens, *args, **kwargs):
            asked.append(b"".join(map(engine.vocabulary.piece, tokens)).decode())
            return generate(tokens, *args, **kwargs)

        engine.generate = spying  # type: ignore[method-assign]
        ended = await gather(runtime, answer.message, Change("memory"))
        assert set(ended) == {0, 1}
        assert [text.count("Rex") > 0 for text in asked] == [True, False]
        assert all("what is my dog called?" in text for text in asked)
        (conversation,) = runtime.conversations.list()
        assert len(runtime.conversations.ids(conversation.id)) == 2


async def test_nothing_to_leave_out_is_said(home: Home, starter_path: Path) -> None:
    async with open_runtime(home, starter_path) as runtime:
        answer = finished(await ask(runtime, "hello"))
        with pytest.raises(SomaError, match="no memory stood behind this answer"):
            await gather(runtime, answer.message, Change("memory"))
        with pytest.raises(SomaError, match="came through no adapter"):
            await gather(runtime, answer.message, Change("adapter"))
        with pytest.raises(SomaError, match="is yours; only an answer"):
            await gather(runtime, answer.message - 1, Change("memory"))
        with pytest.raises(SomaError, match="no specialist 'baker'"):
            await gather(runtime, answer.message, Change(by="baker"))


async def test_another_specialist_answers_and_is_kept_only_when_asked_for(
    home: Home, starter_path: Path
) -> None:
    async with open_runtime(home, starter_path) as runtime:
        answer = finished(await ask(runtime, "hello"))
        request = {"operation": "why", "message": answer.message, "by": "coder", "max_tokens": 8}
        replies = [one async for one in perform(runtime, {**request, "seed": 3})]
        result = replies[-1]["result"]
        assert result["stored"] == answer.text
        assert [side["side"] for side in result["sides"]] == ["as it was", "changed"]
        assert result["kept"] is None
        assert len(runtime.conversations.siblings(answer.message)) == 1
        replies = [one async for one in perform(runtime, {**request, "seed": 3, "keep": True})]
        kept = runtime.conversations.message(replies[-1]["result"]["kept"])
        assert kept.text == result["sides"][1]["text"]
        assert kept.work == Work(("coder",))
        assert runtime.conversations.siblings(answer.message) == (answer.message, kept.id)
        assert finished(await ask(runtime, "go on", answer.conversation)).text


async def test_an_answer_of_a_team_stands_beside_that_of_one(
    home: Home, starter_path: Path
) -> None:
    async with open_runtime(home, starter_path) as runtime:
        options = AnswerOptions(
            SamplingSettings(temperature=0), 12, specialists=("coder", "personal")
        )
        answer = finished(await ask(runtime, "hello", options=options))
        with pytest.raises(SomaError, match="a team worked on this answer"):
            await gather(runtime, answer.message, Change("memory"))
        ended = await gather(runtime, answer.message, Change(by="coder"))
        assert (ended[0].text, ended[0].tokens) == (answer.text, None)
        assert ended[1].tokens


async def test_stopping_frees_both_sequences(home: Home, starter_path: Path) -> None:
    async with open_runtime(home, starter_path) as runtime:
        answer = finished(await ask(runtime, "hello"))
        engine = await runtime.engine()
        async with never_ending(runtime):
            sides = set()
            stream = why.again(runtime, answer.message, Change(by="coder"), max_tokens=900)
            async for event in stream:
                sides.add(event.side)
                if len(sides) == 2:
                    break
            await stream.aclose()
        assert engine.idle
        assert len(runtime.conversations.ids(answer.conversation)) == 2
