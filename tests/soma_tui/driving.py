"""How the tests of the screen open it, wait for it and read it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from textual.pilot import Pilot

from soma_tui.app import SomaApp
from tests.soma_tui.fakes import FakeInstaller, FakeRuntime

_STEP = 0.01
_STEPS = 2000


async def until(pilot: Pilot[Any], condition: Callable[[], object], steps: int = _STEPS) -> None:
    """Wait for a condition; it is an error if it never comes true, in so many steps."""
    for _ in range(steps):
        if condition():
            return
        await pilot.pause(_STEP)
    raise AssertionError(f"it never came true; the screen shows\n{shown(pilot.app)}")


def shown(app: Any) -> str:
    """What stands on the screen, without colours and trailing blanks."""
    return "\n".join(strip.text.rstrip() for strip in app.screen._compositor.render_strips())


@asynccontextmanager
async def running(
    runtime: FakeRuntime,
    *,
    size: tuple[int, int] = (100, 30),
    installer: FakeInstaller | None = None,
    ready: bool = True,
) -> AsyncIterator[tuple[SomaApp, Pilot[int]]]:
    """The application on a fake runtime, with its model loaded if `ready`."""

    async def make_runtime() -> Any:
        return runtime

    app = SomaApp(runtime.home, make_runtime, installer=installer)
    async with app.run_test(size=size) as pilot:
        if ready:
            await until(pilot, lambda: app.state.model is not None)
        yield app, pilot


async def write(pilot: Pilot[Any], text: str) -> None:
    """Put a text into the composer as if it had been typed there."""
    pilot.app.chat.composer.insert(text)
    await pilot.pause()


async def send(pilot: Pilot[Any], text: str) -> None:
    """Send a message and wait until it is on disk and out of the composer."""
    app = pilot.app
    await write(pilot, text)
    await pilot.press("enter")
    await until(pilot, lambda: not app.state.saving and not app.chat.composer.text)


def fill(runtime: FakeRuntime, count: int, text: str = "line") -> int:
    """Store a conversation of `count` messages before the store is opened by the screen."""
    stored = runtime.conversations
    conversation = stored.create("long").id
    for number in range(count // 2):
        stored.add_user(conversation, f"question {number}")
        answer = stored.begin_answer(conversation, "starter", "vocabulary")
        stored.append_piece(answer.id, f"answer {number}: {text}", [1])
        stored.finish_answer(answer.id, state="done", finish="stop", figures={})
    return conversation


def at_answer(place) -> bool:
    """Whether the cursor of the list, which has none while it is drawn anew, is on the answer."""
    option = place.list.highlighted_option
    return option is not None and option.id == "answer"
