"""What was typed and is not sent: kept for each conversation, and over any end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from agents import events
from store.drafts import Draft
from store.errors import StoreError
from tests.soma_tui.driving import fill, running, send, shown, until, write
from tests.soma_tui.fakes import FakeRuntime


async def test_a_draft_is_on_disk_soon_after_it_was_typed(runtime: FakeRuntime) -> None:
    async with running(runtime) as (_, pilot):
        await pilot.press(*"half a thought")
        await until(pilot, lambda: runtime.drafts() == {None: Draft("half a thought")})
        await pilot.press("!")
        await until(pilot, lambda: runtime.drafts() == {None: Draft("half a thought!")})


async def test_a_draft_is_there_after_a_restart(runtime: FakeRuntime) -> None:
    await runtime.open_store()
    conversation = fill(runtime, 2)
    async with running(runtime) as (app, pilot):
        await write(pilot, "for later")
        app.chat.open(conversation)
        await write(pilot, "about the line")
    again = FakeRuntime(runtime.home)
    async with running(again) as (app, pilot):
        await until(pilot, lambda: app.chat.composer.text == "for later")
        assert "✎ long" in shown(app)
        app.chat.open(conversation)
        assert app.chat.composer.text == "about the line"


async def test_what_is_typed_before_the_store_is_open_joins_the_draft(runtime: FakeRuntime) -> None:
    async with running(runtime) as (_, pilot):
        await write(pilot, "from before")
    again = FakeRuntime(runtime.home)
    again.may_open.clear()
    async with running(again, ready=False) as (app, pilot):
        await pilot.press(*"now")
        again.may_open.set()
        await until(pilot, lambda: app.chat.composer.text == "from before\n\nnow")


async def test_a_sent_message_leaves_no_draft(runtime: FakeRuntime) -> None:
    runtime.reply = "yes"
    async with running(runtime) as (app, pilot):
        await send(pilot, "hello")
        await until(pilot, lambda: not app.state.answers)
        await until(pilot, lambda: runtime.drafts() == {})
        await pilot.press(*"more")
        await until(pilot, lambda: runtime.drafts() == {1: Draft("more")})


async def test_a_message_takes_its_unfinished_draft_along(runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        await pilot.press("h")
        await until(pilot, lambda: runtime.drafts() == {None: Draft("h")})
        answer, found = runtime.answer, []

        def note(*given: Any, **named: Any) -> AsyncIterator[events.Event]:
            found.append(runtime.drafts())
            return answer(*given, **named)

        runtime.answer = note  # type: ignore[assignment, method-assign]
        await pilot.press(*"ello", "enter")
        await until(pilot, lambda: 1 in app.state.answers)
    assert found == [{None: Draft("hello")}]


async def test_a_message_that_waits_is_sent_when_the_answer_ends(runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        await send(pilot, "one")
        await until(pilot, lambda: app.state.answers[1].message)
        for text in ("two", "three"):
            await write(pilot, text)
            await pilot.press("enter")
        await until(pilot, lambda: "waits: two · 1 more" in shown(app))
        await until(pilot, lambda: runtime.drafts() == {1: Draft("", ("two", "three"))})
        for answered in (1, 2, 3):
            await until(pilot, lambda: runtime.answering(1))
            runtime.say("yes")
            runtime.end()
            await until(pilot, lambda count=answered: _answered(runtime) == count)
        texts = [m.text for m in runtime.conversations.messages(1) if m.role == "user"]
        assert texts == ["one", "two", "three"]
        assert "waits:" not in shown(app)
        await until(pilot, lambda: runtime.drafts() == {})


def _answered(runtime: FakeRuntime) -> int:
    messages = runtime.conversations.messages(1)
    return sum(m.role == "assistant" and m.state == "done" for m in messages)


async def test_stopping_the_answer_gives_back_what_waits(runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        await send(pilot, "one")
        await until(pilot, lambda: app.state.answers[1].message)
        await write(pilot, "two")
        await pilot.press("enter", *"three")
        await pilot.press("escape")
        await until(pilot, lambda: app.chat.composer.text == "two\n\nthree")
        assert [m.role for m in runtime.conversations.messages(1)] == ["user", "assistant"]


async def test_what_waited_when_soma_ended_stands_in_the_composer(runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        await send(pilot, "one")
        await until(pilot, lambda: app.state.answers[1].message)
        await write(pilot, "two")
        await pilot.press("enter", *"three")
    again = FakeRuntime(runtime.home)
    async with running(again) as (app, pilot):
        app.chat.open(1)
        assert app.chat.composer.text == "two\n\nthree"


async def test_an_edited_message_that_was_not_sent_is_not_lost(runtime: FakeRuntime) -> None:
    await runtime.open_store()
    conversation = fill(runtime, 2)
    async with running(runtime) as (app, pilot):
        app.chat.open(conversation)
        await until(pilot, lambda: "answer 0" in shown(app))
        await write(pilot, "my draft")
        await pilot.press("alt+e", *" reworded")
        both = "my draft\n\nquestion 0 reworded"
        await until(pilot, lambda: runtime.drafts() == {conversation: Draft(both)})
        await pilot.press("escape")
        await until(pilot, lambda: runtime.drafts() == {conversation: Draft("my draft")})


async def test_a_disk_that_takes_no_draft_is_said_and_typing_goes_on(runtime: FakeRuntime) -> None:
    runtime.draft_error = StoreError("the disk is full; free some space")
    async with running(runtime) as (app, pilot):
        await pilot.press(*"still")
        await until(pilot, lambda: "What you write is not on disk" in shown(app))
        await pilot.press(*" here")
        assert app.chat.composer.text == "still here"
