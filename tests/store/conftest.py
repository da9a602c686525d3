from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from store import conversations as module
from store.conversations import Conversations
from store.database import Database
from store.paths import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "soma")


@pytest.fixture
def database(home: Home) -> Iterator[Database]:
    with Database.open(home) as database:
        yield database


@pytest.fixture
def conversations(database: Database) -> Conversations:
    return Conversations(database)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that goes on by a second whenever it is read; the first item is its time."""
    time = [1_700_000_000.0]

    def tick() -> float:
        time[0] += 1
        return time[0]

    monkeypatch.setattr(module, "_now", tick)
    return time
