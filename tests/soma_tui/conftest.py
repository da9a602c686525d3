from __future__ import annotations

from pathlib import Path

import pytest

from store.paths import Home
from tests.soma_tui.fakes import FakeRuntime


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
