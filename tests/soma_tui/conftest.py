from __future__ import annotations

from pathlib import Path

import pytest

from soma_tui import clipboard
from store.paths import Home
from tests.soma_tui.fakes import FakeRuntime


@pytest.fixture(autouse=True)
def no_clipboard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the clipboard of whoever runs the tests alone."""
    monkeypatch.setattr(clipboard, "_PLATFORM", "linux")
    for name in ("TMUX", "WAYLAND_DISPLAY", "DISPLAY", "WSL_DISTRO_NAME"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """The screen is drawn as on a terminal of many colours, whatever runs the tests."""
    monkeypatch.setenv("COLORTERM", "truecolor")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.create()
    return home


@pytest.fixture
async def runtime(home: Home) -> FakeRuntime:
    return FakeRuntime(home)
