from __future__ import annotations

import contextlib
import random
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from store import compaction
from store.database import Database
from store.disk import Disk
from store.errors import StoreError
from store.frames import dumps, header
from store.paths import Home
from store.storage import JournalStorage
from store.table import JournalDB
from tests.store.fake_disk import FakeDisk
from tests.store.random_steps import outcome, random_step
from tests.store.together import run_together


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
        storage = JournalStorage(path)
        assert storage.read_only
        assert "of the last compaction are missing" in storage.damage[-1]
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
    disk = FakeDisk({1}, kinds=("sync_directory",))
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


def test_it_happens_while_the_database_is_open(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compaction, "COMPACT_ABOVE", 10_000)
    path = home.db / "journal.jsonl"
    with Database.open(home) as database:
        table = database.table("t")
        table.insert_multiple({"text": "x" * 100} for _ in range(200))
        table.remove(doc_ids=range(1, 81))
        assert not database.storage.wants_compaction
        inode = path.stat().st_ino
        table.remove(doc_ids=range(81, 151))
        deadline = time.monotonic() + 60
        while database.storage.length > 10_000 and time.monotonic() < deadline:
            time.sleep(0.001)
        assert path.stat().st_ino != inode
        assert not database.storage.wants_compaction
        assert table.insert({"text": "after"}) == 201
        assert len(table) == 51
    with Database.open(home) as database:
        assert len(database.table("t")) == 51
        assert path.stat().st_size < 10_000


def test_it_happens_after_a_crash_too(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    path = home.db / "journal.jsonl"
    with Database.open(home) as database:
        table = database.table("t")
        table.insert_multiple({"text": "x" * 100} for _ in range(200))
        table.remove(doc_ids=range(1, 151))
        size = database.storage.length
    monkeypatch.setattr(compaction, "COMPACT_ABOVE", 10_000)
    with Database.open(home) as database:
        assert len(database.table("t")) == 50
    assert path.stat().st_size < size / 2


def test_a_full_disk_only_puts_it_off(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with Database.open(home) as database:
        database.table("t").insert_multiple({"text": "x" * 100} for _ in range(200))
        database.table("t").remove(doc_ids=range(1, 151))
    monkeypatch.setattr(compaction, "COMPACT_ABOVE", 10_000)
    disk = FakeDisk({0}, kinds=("rename",))
    heard: list[str] = []
    database = Database.open(home, disk=disk)
    heard += database.listen(heard.append)
    assert len(database.table("t")) == 50
    database.table("t").insert({})
    database.close()
    (notice,) = heard
    assert notice == "the journal could not be compacted: No space left on device"
    with Database.open(home) as database:
        assert len(database.table("t")) == 51


def test_it_waits_for_no_transaction_and_does_nothing_inside_one(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    db = fill(path)
    with db.storage.transaction():
        db.insert({"n": 1})
        size = db.storage.length
        db.storage.compact()
        assert db.storage.length == size
    db.close()
    assert state_of(path)["_default"] == {"1": {"n": 1}}


def large(path: Path) -> JournalDB:
    """A journal of which a compaction takes many steps."""
    db = JournalDB(path)
    for name in "abc":
        db.table(name).insert_multiple({"n": n, "text": "y" * 2_000} for n in range(100))
        db.table(name).index("n")
    return db


def test_what_is_committed_during_it_is_in_the_result(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    db = large(path)
    steps = iter(
        [
            lambda: db.table("a").insert({"new": 1}),
            lambda: db.table("a").update({"n": -1}, doc_ids=[1, 100]),
            lambda: db.table("b").remove(doc_ids=[2, 99]),
            lambda: db.table("c").truncate(),
            lambda: db.drop_table("a"),
            lambda: db.table("a").insert({"new": 2}),
            lambda: db.table("d").insert({"text": "z" * 100_000}),
        ]
    )
    done = []

    def pause() -> None:
        for step in steps:
            done.append(step())
            return

    db.storage.compact(pause)
    assert len(done) == 7
    before = db.storage.read()
    assert state_of(path) == before
    assert db.table("b").find("n", 4) == [5]
    assert db.table("c").insert({}) == 101
    live = len(dumps(db.storage.read()))
    assert db.storage._state.live_bytes() == pytest.approx(live, rel=0.1)
    after = db.storage.read()
    db.close()
    assert state_of(path) == after


def test_others_write_and_read_while_it_runs(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    db = large(path)
    answered = 0

    def other() -> None:
        nonlocal answered
        with db.storage.transaction():
            doc_id = db.table("t").insert({"n": answered})
            assert db.table("t").get(doc_id=doc_id) == {"n": answered}
            answered += 1

    def pause() -> None:
        thread = threading.Thread(target=other)
        thread.start()
        thread.join(60)
        assert not thread.is_alive()

    db.storage.compact(pause)
    assert answered > 5
    db.close()
    assert len(state_of(path)["t"]) == answered


class FakeBusyDisk(Disk):
    """A disk that takes its time to sync: others commit meanwhile."""

    def __init__(self) -> None:
        self.meanwhile: Callable[[], object] = lambda: None

    def fsync(self, descriptor: int) -> None:
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        meanwhile()
        super().fsync(descriptor)
        self.meanwhile = meanwhile


def test_what_is_committed_while_it_syncs_is_in_the_result(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    large(path).close()
    disk = FakeBusyDisk()
    db = JournalDB(path, disk=disk)

    def insert_unless_locked() -> None:
        if not db.storage.lock._is_owned():  # type: ignore[attr-defined]
            db.table("t").insert({})

    disk.meanwhile = insert_unless_locked
    db.storage.compact()
    disk.meanwhile = lambda: None
    assert len(db.table("t")) == 1
    assert state_of(path) == db.storage.read()
    db.close()


@pytest.mark.parametrize("seed", range(5))
def test_random_commits_during_it(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    path = tmp_path / "journal.jsonl"
    db = large(path)

    def pause() -> None:
        for _ in range(chance.randrange(4)):
            outcome(random_step(chance, range(1, 130)), db.table(chance.choice("abc")))

    for _ in range(4):
        db.storage.compact(pause)
        assert state_of(path) == db.storage.read()
        next_ids = {name: db.storage._state.next_id(name) for name in db.tables()}
        before = db.storage.read()
        db.close()
        db = JournalDB(path)
        assert db.storage.read() == before
        assert {name: db.storage._state.next_id(name) for name in db.tables()} == next_ids
    db.close()


def test_two_at_once_come_one_after_the_other(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    db = large(path)
    before = db.storage.read()
    run_together(*[db.storage.compact] * 4)
    assert db.storage.read() == before == state_of(path)
    db.close()


def compact_with_a_failure(folder: Path, number: int) -> int:
    """Let the Nth call of a compaction fail, between commits; gives how many calls there were."""
    folder.mkdir()
    path = folder / "journal.jsonl"
    large(path).close()
    disk = FakeDisk()
    db = JournalDB(path, disk=disk)
    acknowledged: list[int] = []

    def pause() -> None:
        with contextlib.suppress(StoreError):
            acknowledged.append(db.table("t").insert({"text": "x" * 20_000}))

    begun = len(disk.calls)
    disk.failing = {begun + number}
    with contextlib.suppress(OSError):
        db.storage.compact(pause)
    calls = len(disk.calls) - begun
    assert sorted(map(int, state_of(path).get("t", {}))) == acknowledged
    assert state_of(path) == db.storage.read()
    db.close()
    assert [file.name for file in folder.iterdir()] == ["journal.jsonl"]
    assert not JournalStorage(path, read_only=True).damage
    return calls


def test_every_call_fails_while_it_runs(tmp_path: Path) -> None:
    calls = compact_with_a_failure(tmp_path / "none", -1)
    assert calls > 15
    for number in range(calls):
        compact_with_a_failure(tmp_path / str(number), number)


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
