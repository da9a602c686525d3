from __future__ import annotations

import pytest

from store.database import Database
from store.errors import StoreError
from store.paths import Home
from store.sealed import Seal, Sealed
from tests.store.fake_disk import FakeDisk

ONE = Seal("conversation:7", "ab" * 16, "cd" * 256)
OTHER = Seal("conversation:8", "ab" * 16, "cd" * 256)


def test_what_cannot_be_stored_is_not_sealed(home: Home) -> None:
    disk = FakeDisk(kinds=("write",))
    with Database.open(home, disk=disk) as database:
        disk.failing = range(10_000)
        with pytest.raises(StoreError, match="the disk is full"):
            Sealed(database).keep([ONE])
        assert Sealed(database).all() == []


def test_a_seal_is_kept_once_and_for_good(home: Home) -> None:
    with Database.open(home) as database:
        assert Sealed(database).keep([ONE, ONE]) == 1
        assert Sealed(database).keep([ONE, OTHER]) == 1
    with Database.open(home) as database:
        assert Sealed(database).all() == [ONE, OTHER]
        assert Sealed(database).keep([OTHER]) == 0
