"""The place for memory on the real runtime and the real starter model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from agents.engine.engine import EngineOptions
from agents.runtime import Runtime
from soma_tui.app import SomaApp
from soma_tui.screens.memory import MemoryScreen
from store.paths import Home
from tests.soma_tui.driving import send, shown, until


async def test_what_was_said_is_known_shown_changed_recalled_and_forgotten(
    home: Home, starter_path: Path
) -> None:
    async def make_runtime() -> Any:
        return Runtime(home, starter=lambda cache: starter_path, options=EngineOptions(threads=1))

    app = SomaApp(home, make_runtime)
    async with app.run_test(size=(100, 40)) as pilot:
        await until(pilot, lambda: app.state.model is not None)
        await send(pilot, "My name is Ana and my sailing boat is called Windrose.")
        await until(pilot, lambda: app.state.endings.get(1))
        await pilot.press("alt+4")
        await until(
            pilot, lambda: isinstance(app.screen, MemoryScreen) and "Name: Ana" in shown(app)
        )
        place = app.screen
        await pilot.press("home", "p")
        await until(pilot, lambda: "● Name: Ana" in shown(app))
        await until(pilot, lambda: "you said so on" in shown(app))

        await pilot.press("alt+1", "ctrl+n")
        await send(pilot, "How is my sailing boat Windrose?")
        conversation = app.state.conversation
        await until(pilot, lambda: app.state.endings.get(conversation))
        await until(pilot, lambda: "SOMA recalled" in shown(app))
        await pilot.press("alt+m")
        await until(pilot, lambda: "Recalled for “How is my sailing boat" in shown(app))
        await until(pilot, lambda: "words:" in shown(app))
        await pilot.press("escape")

        await pilot.press("alt+4", "home")
        await until(pilot, lambda: app.screen is place and place.highlighted is not None)
        await pilot.press("delete")
        await until(pilot, lambda: "fact: Name: Ana" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: "looked through" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is place and "Name: Ana" not in shown(app))
        kept = [file for file in home.db.rglob("*") if file.is_file()]
        assert kept
        assert not any(b"My name is Ana" in file.read_bytes() for file in kept)
