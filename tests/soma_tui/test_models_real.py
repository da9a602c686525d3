"""The place for models on the real runtime and the real starter model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agents.engine.engine import EngineOptions
from agents.runtime import Runtime
from soma_tui.app import SomaApp
from soma_tui.screens.models import ModelsScreen
from store.paths import Home
from tests.soma_tui.driving import send, shown, until


async def test_a_copy_of_the_starter_is_added_used_set_and_answers(
    home: Home, tmp_path: Path, starter_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for variable in ("HF_HOME", "HF_HUB_CACHE", "OLLAMA_MODELS", "LLAMA_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(variable, raising=False)
    friend = tmp_path / "friend.gguf"
    friend.write_bytes(starter_path.read_bytes())
    studio = tmp_path / ".lmstudio" / "models" / "studio.gguf"
    studio.parent.mkdir(parents=True)
    studio.write_bytes(starter_path.read_bytes() + b"\0")

    async def make_runtime() -> Any:
        return Runtime(home, starter=lambda cache: starter_path, options=EngineOptions(threads=1))

    app = SomaApp(home, make_runtime)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: app.state.model is not None)
        await send(pilot, "hello")
        await until(pilot, lambda: app.state.endings.get(1) == "stop")
        await pilot.press("alt+5")
        await until(pilot, lambda: isinstance(app.screen, ModelsScreen) and "studio" in shown(app))
        await pilot.press("a")
        await until(pilot, lambda: "tab complete" in shown(app))
        await pilot.press(*str(tmp_path / "fr"), "tab")
        line = app.screen.query_one("Input")
        await until(pilot, lambda: line.value == str(friend))
        await pilot.press("enter")
        await until(pilot, lambda: "trying friend.gguf" in shown(app))
        await until(pilot, lambda: "friend is added; enter uses it." in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: app.state.model.name == "friend" and "● friend" in shown(app))
        await pilot.press("s")
        await until(pilot, lambda: "Settings of friend" in shown(app))
        for _ in range(6):
            await pilot.press("down")
        await pilot.press(*"512", "enter")
        await until(pilot, lambda: app.state.model.context_size == 512)
        await until(pilot, lambda: "context 512" in shown(app))
        await pilot.press("alt+1")
        await send(pilot, "who are you?")
        await until(pilot, lambda: "of 512" in shown(app))
        models = [m.model for m in app.runtime.conversations.messages(1) if m.role == "assistant"]
        assert models == ["starter", "friend"]
