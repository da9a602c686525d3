"""Journals in other formats: older ones are upgraded, a newer one is refused."""

from __future__ import annotations

import contextlib
import errno
from pathlib import Path
from typing import Any

import pytest

from store import upgrades
from store.database import Database
from store.errors import StoreError
from store.frames import FORMAT, dumps, frame, header
from store.paths import Home
from store.repair import repair
from store.scan import read
from tests.store.fake_disk import FakeDisk

OLD = [{"table": "t", "id": n, "fields": {"n": n}} for n in range(1, 4)]
NEW = {"t": {str(n): {"n": n} for n in range(1, 4)}}


def from_format_0(record: dict[str, Any]) -> list[Any]:
    """The record of a format that these tests invented."""
    return [record["table"], record["id"], record["fields"]]


@pytest.fixture
def old(home: Home, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """A journal in that format, in its place, and its bytes."""
    monkeypatch.setitem(upgrades.STEPS, 0, from_format_0)
    home.create()
    data = header(version=0) + b"".join(frame(dumps(record)) for record in OLD)
    (home.db / "journal.jsonl").write_bytes(data)
    return data


def test_an_older_format_is_upgraded_and_a_copy_is_kept(home: Home, old: bytes) -> None:
    with Database.open(home) as database:
        assert database.storage.read() == NEW
        (notice,) = database.notices
        assert f"from format 0 to {FORMAT}" in notice
        assert "journal.format-0.jsonl" in notice
        database.table("t").insert({"n": 4})
    assert (home.db / "journal.format-0.jsonl").read_bytes() == old
    found = read(home.db / "journal.jsonl")
    assert (found.format, found.damage) == (FORMAT, [])
    with Database.open(home) as database:
        assert database.notices == []
        assert len(database.table("t")) == 4


def test_a_copy_that_is_there_already_stays(home: Home, old: bytes) -> None:
    (home.db / "journal.format-0.jsonl").write_text("an older copy")
    Database.open(home).close()
    assert (home.db / "journal.format-0.jsonl").read_text() == "an older copy"
    assert (home.db / "journal.format-0-2.jsonl").read_bytes() == old


def test_a_reader_upgrades_in_memory_alone(home: Home, old: bytes) -> None:
    with Database.open(home, read_only=True) as database:
        assert database.storage.read() == NEW
    assert [file.read_bytes() for file in home.db.iterdir()] == [old]


def test_a_damaged_one_is_read_and_upgraded_by_repair(home: Home, old: bytes) -> None:
    path = home.db / "journal.jsonl"
    path.write_bytes(old.replace(b'"n":2', b'"n":7'))
    with Database.open(home) as database:
        assert database.read_only
        assert sorted(d["n"] for d in database.table("t")) == [1, 3]
    assert path.read_bytes() == old.replace(b'"n":2', b'"n":7')
    report = repair(home)
    assert (report.records, report.documents) == (2, {"t": 2})
    assert read(path).format == FORMAT
    with Database.open(home) as database:
        assert sorted(d["n"] for d in database.table("t")) == [1, 3]


@pytest.mark.parametrize("number", range(20))
def test_a_failure_on_the_way_leaves_the_old_or_the_new(
    home: Home, old: bytes, number: int
) -> None:
    disk = FakeDisk({number}, error=errno.ENOSPC)
    path = home.db / "journal.jsonl"
    with contextlib.suppress(StoreError):
        Database.open(home, disk=disk).close()
    assert path.read_bytes() == old or read(path).format == FORMAT
    with Database.open(home) as database:
        assert database.storage.read() == NEW
    copies = {file.read_bytes() for file in home.db.glob("journal.format-0*")}
    assert copies == {old}
    assert len(disk.calls) < 20


def test_a_format_that_is_too_old_is_refused_by_name(home: Home) -> None:
    home.create()
    (home.db / "journal.jsonl").write_bytes(header(version=0))
    with pytest.raises(StoreError, match=r"older SOMA \(journal format 0\).*in between"):
        Database.open(home)
    assert not Database.check(home).ok


@pytest.mark.parametrize("opens", [Database.open, repair])
def test_a_newer_format_is_refused_by_name(home: Home, opens: Any) -> None:
    home.create()
    path: Path = home.db / "journal.jsonl"
    path.write_bytes(header(version=FORMAT + 6) + frame(b'{"all":"different"}'))
    before = path.read_bytes()
    with pytest.raises(StoreError, match=rf"newer SOMA \(journal format {FORMAT + 6}.*update SOMA"):
        opens(home)
    assert path.read_bytes() == before
    assert "newer SOMA" in str(Database.check(home))
    Database.check(home)
