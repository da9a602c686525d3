"""An answer given again beside itself, on the real runtime and as the test says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from agents import events, why
from agents.engine.engine import EngineOptions
from agents.events import Event
from agents.runtime import Runtime
from agents.why import Change
from soma_tui.app import SomaApp
from soma_tui.screens.why import WhyScreen, changes
from soma_tui.state import Entry
from store.errors import SomaError
from store.paths import Home
from tests.soma_tui.driving import running, send, shown, until
from tests.soma_tui.fakes import FakeRuntime


class FakeWhy:
    """Stands in for what gives an answer again: it says what the test says."""

    def __init__(self) -> None:
        self.asked: list[Change] = []
        self.error: SomaError | None = None
        self.closed = 0
        self.events: asyncio.Queue[Event] = asyncio.Queue()

    async def again(
        self, runtime: Any, message: int, change: Change
    ) -> AsyncGenerator[Event, None]:
        self.asked.append(change)
        if self.error is not None:
            raise self.error
        ended = 0
        try:
            while ended < 2:
                event = await self.events.get()
                ended += isinstance(event, events.WhyEnded)
                yield event
        finally:
            self.closed += 1

    def say(self, side: int, text: str) -> None:
        self.events.put_nowait(events.WhyText(2, side, text))

    def end(self, side: int, text: str) -> None:
        self.events.put_nowait(events.WhyEnded(2, side, text, "stop", 3))


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeWhy:
    fake = FakeWhy()
    monkeypatch.setattr(why, "again", fake.again)
    return fake


async def opened(app: SomaApp, pilot: Any, runtime: FakeRuntime) -> None:
    """An answer, and the question why it is as it is."""
    runtime.reply = "On Thursday."
    await send(pilot, "when do we sail?")
    await until(pilot, lambda: not app.state.answers and "On Thursday." in shown(app))
    await pilot.press("alt+y")
    await until(pilot, lambda: isinstance(app.screen, WhyScreen) and "1 of 3" in shown(app))


def test_only_what_can_be_changed_is_offered() -> None:
    people = [("personal", ""), ("coder", "")]

    def offered(**fields: Any) -> list[str]:
        return [name for _, name in changes(Entry(1, "assistant", "", 0.0, **fields), people)]

    assert offered() == ["without memory", "by coder"]
    assert offered(version="soma-v3") == ["without memory", "without soma-v3", "by coder"]
    assert offered(specialists=("coder",)) == ["without memory", "by personal"]
    assert offered(specialists=("coder", "personal"), run=4) == ["by personal", "by coder"]


@pytest.mark.parametrize("size", [(100, 30), (80, 24), (40, 12)])
async def test_both_sides_stream_beside_each_other(size, runtime, fake) -> None:
    async with running(runtime, size=size) as (app, pilot):
        await opened(app, pilot, runtime)
        assert "without memory" in shown(app)
        await pilot.press("enter")
        await until(pilot, lambda: fake.asked == [Change("memory")])
        fake.say(0, "It is on")
        fake.say(1, "I do not")
        await until(pilot, lambda: "It is on" in shown(app) and "I do not" in shown(app))
        fake.end(0, "It is on Thursday.")
        fake.end(1, "I do not know.")
        await until(pilot, lambda: "They differ." in shown(app))
        assert len(runtime.conversations.messages(app.state.conversation)) == 2
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.chat)


async def test_esc_stops_both_and_another_change_can_be_tried(runtime, fake) -> None:
    async with running(runtime) as (app, pilot):
        await opened(app, pilot, runtime)
        await pilot.press("enter")
        await until(pilot, lambda: fake.asked)
        fake.say(0, "on and on")
        await until(pilot, lambda: "on and on" in shown(app))
        await pilot.press("k")
        await until(pilot, lambda: "no whole answer to keep" in shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: fake.closed == 1 and "Stopped." in shown(app))
        await pilot.press("down", "enter")
        await until(pilot, lambda: len(fake.asked) == 2)
        assert fake.asked[1] == Change(by="coder")
        for side in (0, 1):
            fake.end(side, "Thursday.")
        await until(pilot, lambda: "it made no difference" in shown(app))


async def test_what_cannot_be_done_is_said(runtime, fake) -> None:
    fake.error = SomaError("no memory stood behind this answer")
    async with running(runtime) as (app, pilot):
        await opened(app, pilot, runtime)
        await pilot.press("enter")
        await until(pilot, lambda: "no memory stood behind" in shown(app))
        await pilot.press("k", "escape")
        await until(pilot, lambda: app.screen is app.chat)


async def test_the_real_model_answers_again_and_the_answer_is_kept_as_a_branch(
    home: Home, starter_path: Path
) -> None:
    async def make_runtime() -> Any:
        return Runtime(home, starter=lambda cache: starter_path, options=EngineOptions(threads=1))

    app = SomaApp(home, make_runtime)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: app.state.model is not None)
        await send(pilot, "hello")
        await until(pilot, lambda: not app.state.answers)
        await pilot.press("alt+y")
        await until(pilot, lambda: isinstance(app.screen, WhyScreen) and "1 of 3" in shown(app))
        await pilot.press("down", "enter")
        await until(pilot, lambda: "They differ." in shown(app) or "no difference" in shown(app))
        await pilot.press("k")
        await until(pilot, lambda: app.screen is app.chat and "‹2/2›" in shown(app))
        kept = app.runtime.conversations.messages(app.state.conversation)[-1]
        assert kept.work.specialists == ("coder",)
