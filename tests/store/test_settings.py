from __future__ import annotations

import pytest

from store.database import Database
from store.paths import Home
from store.settings import Settings

VALUES = [None, False, 0, 1.5, "text", ["a", {"b": [1]}], {"nested": {"deep": None}}]


@pytest.mark.parametrize("value", VALUES)
def test_a_value_outlives_a_restart(home: Home, value: object) -> None:
    with Database.open(home) as database:
        settings = Settings(database)
        settings.set("other", "x")
        settings.set("key", "before")
        settings.set("key", value)
        assert settings.get("key", "default") == value
    with Database.open(home) as database:
        assert Settings(database).get("key", "default") == value
        assert len(database.table("settings")) == 2


def test_the_default_stands_for_what_was_never_set(database: Database) -> None:
    assert Settings(database).get("nothing") is None
    assert Settings(database).get("nothing", 7) == 7


def test_a_value_handed_out_is_a_copy(database: Database) -> None:
    settings = Settings(database)
    settings.set("list", [1])
    settings.get("list").append(2)
    assert settings.get("list") == [1]


def test_what_json_cannot_hold_is_refused(database: Database) -> None:
    settings = Settings(database)
    settings.set("key", 1)
    with pytest.raises(TypeError):
        settings.set("key", object())
    assert settings.get("key") == 1
