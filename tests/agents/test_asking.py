"""Messages that are given to specialists by name, on the real starter and the real store."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agents import events
from agents.answering import AnswerOptions
from agents.engine.sampling import SamplingSettings
from agents.operations import perform
from agents.prompt import content_of
from agents.runtime import Runtime
from store.errors import SomaError
from store.message import Work
from store.paths import Home
from tests.agents.runtime_helpers import ask, finished, never_ending, open_runtime

GREEDY = SamplingSettings(temperature=0)


def given_to(*names: str) -> AnswerOptions:
    return AnswerOptions(GREEDY, max_tokens=12, specialists=names)


async def result(runtime: Runtime, **request: object) -> dict:
    return [reply async for reply in perform(runtime, request)][-1]["result"]


async def test_one_specialist_answers_in_the_conversation_and_is_told_its_prompt(
    home: Home, starter_path: Path
) -> None:
    async with open_runtime(home, starter_path) as runtime:
        runtime.team.team.edit("coder", {"prompt": "Give code alone."})
        seen = await ask(runtime, "hello there", options=given_to("coder"))
        conversation = finished(seen).conversation
        question, answer = runtime.conversations.messages(conversation)
        assert question.text == "hello there"
        assert question.work == Work(("coder",), "Give code alone.")
        assert answer.work == Work(("coder",))
        assert content_of(question) == "hello there\n\nGive code alone."
        engine = await runtime.engine()
        system = runtime.conversations.system_prompt(conversation)
        assert list(question.token_ids) == engine.template.opening(system, content_of(question))
        started = next(one for one in seen if isinstance(one, events.AnswerStarted))
        assert (started.specialists, started.run) == (("coder",), None)
    async with open_runtime(home, starter_path, load=False) as runtime:
        shown = await result(runtime, operation="conversations.show", conversation=conversation)
        assert [one["specialists"] for one in shown["messages"]] == [["coder"], ["coder"]]
        assert runtime.conversations.written(None, 5) == ["@coder hello there"]


async def test_what_it_samples_with_holds_where_nothing_else_is_asked_for(
    home: Home, starter_path: Path
) -> None:
    async with open_runtime(home, starter_path) as runtime:
        runtime.team.team.edit("coder", {"sampling": {"temperature": 0.0}})
        options = AnswerOptions(max_tokens=12, specialists=("coder",))
        texts = {finished(await ask(runtime, "hello", options=options)).text for _ in range(3)}
        assert len(texts) == 1


async def test_several_work_on_a_message_as_a_run_whose_answer_is_kept(
    home: Home, starter_path: Path
) -> None:
    async with open_runtime(home, starter_path) as runtime:
        told = await result(
            runtime, operation="ask", text="what can you do?", specialists=["coder", "personal"],
            max_tokens=12,
        )  # fmt: skip
        run = runtime.team.runs.get(told["run"])
        assert told["answer"] == run.answer != ""
        assert told["specialists"] == ["coder", "personal"] == list(run.specialists)
        assert set(told["tokens"].values()) == {None}
        _, answer = runtime.conversations.messages(told["conversation"])
        assert (answer.text, answer.state) == (run.answer, "done")
        assert answer.work == Work(("coder", "personal"), run=run.id)
        after = finished(await ask(runtime, "and more?", told["conversation"]))
        assert after.text
        regenerated = [
            one async for one in runtime.regenerate(told["conversation"], answer.id, given_to())
        ]
        assert finished(regenerated).figures is None
        assert len(runtime.conversations.siblings(answer.id)) == 2


async def test_a_team_that_answers_is_stopped_with_its_run(home: Home, starter_path: Path) -> None:
    async with open_runtime(home, starter_path) as runtime, never_ending(runtime):
        options = AnswerOptions(GREEDY, max_tokens=900, specialists=("coder", "personal"))
        seen = []
        async for event in runtime.answer("hello", None, options):
            seen.append(event)
            if isinstance(event, events.AnswerStarted):
                assert runtime.cancel(event.conversation)
        end = finished(seen)
        assert (end.finish, end.text) == ("cancelled", "")
        answer = runtime.conversations.message(end.message)
        assert answer.state == "cancelled"
        assert answer.work is not None
        assert runtime.team.runs.get(answer.work.run).state == "cancelled"


async def test_a_team_that_answers_as_soma_closes_can_be_resumed(
    home: Home, starter_path: Path
) -> None:
    async with open_runtime(home, starter_path) as runtime, never_ending(runtime):
        options = AnswerOptions(GREEDY, max_tokens=900, specialists=("coder", "personal"))
        begun = asyncio.Event()

        async def follow() -> None:
            async for event in runtime.answer("hello", None, options):
                if isinstance(event, events.AnswerStarted):
                    begun.set()

        task = asyncio.create_task(follow())
        await begun.wait()
        await runtime.close()
        await task
    async with open_runtime(home, starter_path, load=False) as runtime:
        (conversation,) = runtime.conversations.list()
        answer = runtime.conversations.messages(conversation.id)[-1]
        assert answer.state == "interrupted"
        assert runtime.team.runs.get(answer.work.run).state == "running"


async def test_who_is_not_on_the_team_is_refused_before_anything_is_stored(
    home: Home, starter_path: Path
) -> None:
    async with open_runtime(home, starter_path, load=False) as runtime:
        with pytest.raises(SomaError, match="no specialist 'baker'; the team is personal"):
            await ask(runtime, "hello", options=given_to("baker"))
        assert runtime.conversations.list() == []


async def test_who_works_with_another_model_says_so(home: Home, starter_path: Path) -> None:
    async with open_runtime(home, starter_path) as runtime:
        runtime.team.team.edit("coder", {"model": "gemma"})
        seen = await ask(runtime, "hello", options=given_to("coder"))
        assert isinstance(seen[-1], events.AnswerFailed)
        assert "coder works with the model 'gemma'" in seen[-1].reason
