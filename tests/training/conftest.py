from __future__ import annotations

from collections.abc import Iterator

import pytest

from store.database import Database
from store.paths import Home
from tests.training.talking import Talk


@pytest.fixture
def talk(home: Home) -> Iterator[Talk]:
    with Database.open(home) as database:
        yield Talk(database)
