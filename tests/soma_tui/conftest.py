from __future__ import annotations

from pathlib import Path

import pytest

from store.paths import Home
from tests.soma_tui.fakes import FakeRuntime


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.create()
    return home


@pytest.fixture
async def runtime(home: Home) -> FakeRuntime:
    return FakeRuntime(home)
