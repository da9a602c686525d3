from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

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
