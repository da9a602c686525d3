from __future__ import annotations

from pathlib import Path

import pytest

from store import storage as storage_module
from store.database import Database
from store.journal import header
from store.paths import Home
from store.storage import JournalStorage
from store.table import JournalDB
from tests.store.fake_disk import FakeDisk


def state_of(path: Path) -> object:
    storage = JournalStorage(path, read_only=True)
    return storage.read()


def fill(path: Path) -> JournalDB:
    db = JournalDB(path)
    db.table("a").insert_multiple({"n": n, "text": "é" * 50} for n in range(50))
    db.table("a").update({"seen": True})
    db.table("a").remove(doc_ids=range(1, 41))
    db.table("b").insert({"x": "\ud800"})
    db.table("b").truncate()
    db.table("c").insert({})
    db.drop_table("c")
    return db


def test_it_keeps_the_state_and_drops_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    db = fill(path)
    before, size = db.storage.read(), path.stat().st_size
    db.storage.compact()
    assert path.stat().st_size < size / 3
    assert db.storage.read() == before == state_of(path)
    assert db.table("a").insert({}) == 51
    db.close()
    assert len(state_of(path)["a"]) == 11


def test_ids_are_not_reused_after_it(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    db = fill(path)
    db.table("a").truncate()
    db.storage.compact()
    db.close()
    db = JournalDB(path)
    assert db.table("a").insert({}) == 51
    assert db.table("b").insert({}) == 2
    db.close()


def test_a_compacted_journal_cut_at_every_byte_is_never_taken_for_whole(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    db = JournalDB(path)
    db.insert_multiple({"n": n} for n in range(4))
    db.storage.compact()
    db.insert({"n": 4})
    db.close()
    data = path.read_bytes()
    first_line = data.index(b"\n") + 1
    snapshot_end = data.rindex(b"\n", 0, -1) + 1
    for cut in range(first_line, snapshot_end):
        path.write_bytes(data[:cut])
        with pytest.raises(Exception, match="of the last compaction are missing"):
            JournalStorage(path)
    path.write_bytes(data[:snapshot_end])
    assert len(state_of(path)["_default"]) == 4


@pytest.mark.parametrize("kind", ["open", "write", "fsync", "rename"])
def test_a_failure_before_the_rename_loses_nothing(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "journal.jsonl"
    fill(path).close()
    before = path.read_bytes()
    disk = FakeDisk(kinds=(kind,))
    db = JournalDB(path, disk=disk)
    disk.failing = {len(disk.calls)}
    with pytest.raises(OSError, match="No space left"):
        db.storage.compact()
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
    db.insert({"after": 1})
    after = db.storage.read()
    db.close()
    assert state_of(path) == after


def test_after_a_rename_that_may_not_be_on_disk_nothing_is_written(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    fill(path).close()
    disk = FakeDisk({0}, kinds=("sync_directory",))
    db = JournalDB(path, disk=disk)
    before = db.storage.read()
    with pytest.raises(OSError, match="No space left"):
        db.storage.compact()
    with pytest.raises(Exception, match="writing stopped after an earlier error"):
        db.insert({})
    assert db.storage.read() == before == state_of(path)
    db.close()


def test_a_crash_before_the_rename_leaves_a_file_that_the_next_start_removes(home: Home) -> None:
    with Database.open(home) as database:
        database.table("t").insert({"n": 1})
    left = home.db / "journal.jsonl.new"
    left.write_bytes(header(99) + b'["half')
    with Database.open(home) as database:
        assert database.table("t").all() == [{"n": 1}]
    assert not left.exists()


def test_it_happens_at_close_where_more_than_half_is_dead(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage_module, "COMPACT_ABOVE", 10_000)
    path = home.db / "journal.jsonl"
    with Database.open(home) as database:
        table = database.table("t")
        table.insert_multiple({"text": "x" * 100} for _ in range(200))
        table.remove(doc_ids=range(1, 81))
        assert not database.storage.wants_compaction
        assert not database.compact_if_wanted()
        table.remove(doc_ids=range(81, 151))
        assert database.storage.wants_compaction
        size = path.stat().st_size
    assert path.stat().st_size < size / 2
    with Database.open(home) as database:
        assert len(database.table("t")) == 50
        assert not database.storage.wants_compaction


def test_it_happens_at_open_after_a_crash(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    path = home.db / "journal.jsonl"
    with Database.open(home) as database:
        table = database.table("t")
        table.insert_multiple({"text": "x" * 100} for _ in range(200))
        table.remove(doc_ids=range(1, 151))
        size = path.stat().st_size
    monkeypatch.setattr(storage_module, "COMPACT_ABOVE", 10_000)
    with Database.open(home) as database:
        assert path.stat().st_size < size / 2
        assert len(database.table("t")) == 50


def test_a_full_disk_only_puts_it_off(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with Database.open(home) as database:
        database.table("t").insert_multiple({"text": "x" * 100} for _ in range(200))
        database.table("t").remove(doc_ids=range(1, 151))
    monkeypatch.setattr(storage_module, "COMPACT_ABOVE", 10_000)
    disk = FakeDisk({0}, kinds=("rename",))
    with Database.open(home, disk=disk) as database:
        assert len(database.table("t")) == 50
        assert any("could not be compacted" in notice for notice in database.notices)


def test_the_estimate_of_what_is_live_is_near(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    db = JournalDB(path)
    for n in range(50):
        db.table("messages").insert({"text": "m" * 300})
        db.table("pieces").insert_multiple({"text": "p" * 20} for _ in range(10))
        with db.storage.transaction():
            db.table("messages").update({"state": "done"}, doc_ids=[n + 1])
            db.table("pieces").truncate()
    estimate = db.storage._state.live_bytes()
    db.storage.compact()
    assert estimate == pytest.approx(path.stat().st_size, rel=0.25)
    assert db.storage._state.live_bytes() == pytest.approx(path.stat().st_size, rel=0.05)
    db.close()
