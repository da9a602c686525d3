"""Saving what still checks in a damaged journal."""

from __future__ import annotations

import contextlib
import random
import re
import shutil
import stat
from pathlib import Path

import pytest

from store.conversations import Conversations
from store.copies import kept_beside
from store.database import Database
from store.errors import DamagedError, LockedError, StoreError
from store.frames import dumps, frame, header
from store.paths import Home
from store.repair import repair
from store.scan import read, scan
from store.storage import JournalStorage
from tests.store import child
from tests.store.fake_disk import FakeDisk, FakeShortDisk
from tests.store.talk import ask
from tests.store.test_lock import HOLD

RECORDS = [
    ["t", 1, {"n": 1}],
    ["t", 2, {"n": 2}],
    [["t", 3, {"n": 3}], ["u", 1, {"of": "3"}]],
    ["t", 2, {"n": 22}],
    ["t", [1]],
    ["t", 4, {"n": 4}],
]
LINES = [header(), *(frame(dumps(record)) for record in RECORDS)]


@pytest.fixture
def path(home: Home) -> Path:
    home.create()
    path = home.db / "journal.jsonl"
    path.write_bytes(b"".join(LINES))
    return path


def spoil(path: Path, number: int, old: bytes = b'"n":', new: bytes = b'"m":') -> bytes:
    """Alter one record, so that its checksum is wrong."""
    lines = [*LINES[:number], LINES[number].replace(old, new, 1), *LINES[number + 1 :]]
    assert lines != LINES
    path.write_bytes(b"".join(lines))
    return path.read_bytes()


def copies(home: Home) -> list[Path]:
    return sorted(home.root.glob("db-before-repair-*"))


def test_it_keeps_a_copy_and_every_record_that_checks(home: Home, path: Path) -> None:
    (home.db / "journal.torn-1").write_bytes(b"half")
    before = spoil(path, 2)
    report = repair(home)
    with Database.open(home) as database:
        assert database.notices == []
        assert database.storage.read() == {
            "t": {"2": {"n": 22}, "3": {"n": 3}, "4": {"n": 4}},
            "u": {"1": {"of": "3"}},
        }
        assert database.table("t").insert({}) == 5
    (copy,) = copies(home)
    assert report.copy == str(copy)
    assert re.fullmatch(r"db-before-repair-\d{4}-\d\d-\d\d-\d{6}", copy.name)
    assert (copy / "journal.jsonl").read_bytes() == before
    assert (copy / "journal.torn-1").read_bytes() == b"half"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o700
    assert report.records == 5
    assert report.documents == {"t": 3, "u": 1}
    assert str(report) == f"journal {path}: 5 records were kept (3 t, 1 u)"


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (1, "record 1 (byte 56, 29 bytes): the checksum is wrong; it held t 1; lost: t 1"),
        (2, "it held t 2; there in another version: t 2"),
        (3, "it held t 3, u 1; lost: t 3, u 1"),
        (4, "it held t 2; there in another version: t 2"),
        (5, "it deleted t 1; there again: t 1"),
    ],
)
def test_it_says_what_was_lost(home: Home, path: Path, number: int, told: str) -> None:
    if number == 5:
        spoil(path, 5, b"[1]]", b"[1] ]")
    else:
        spoil(path, number)
    (lost,) = repair(home).lost
    assert lost.endswith(told)


def test_a_record_that_makes_no_sense_is_lost_too(home: Home, path: Path) -> None:
    path.write_bytes(b"".join([*LINES[:3], frame(b'["t","fly"]'), *LINES[3:]]))
    report = repair(home)
    assert report.records == 6
    assert report.lost[0].endswith("it is no record of SOMA's")
    assert not Database.check(home).damage


def test_a_whole_journal_is_left_as_it_is(home: Home, path: Path) -> None:
    before = path.read_bytes()
    report = repair(home)
    assert report.copy is None
    assert str(report) == f"journal {path}: all of its 6 records are whole"
    assert path.read_bytes() == before
    assert copies(home) == []


def test_a_torn_record_is_no_damage(home: Home, path: Path) -> None:
    path.write_bytes(path.read_bytes() + b'["half')
    assert repair(home).copy is None


def test_it_is_refused_while_soma_has_the_store(home: Home, path: Path) -> None:
    before = spoil(path, 2)
    process = child.start(HOLD, home.root)
    assert process.stdout.readline() == "open\n"
    with pytest.raises(
        LockedError, match=rf"process {process.pid}\); close it, then run `soma doc"
    ):
        repair(home)
    process.communicate("\n", timeout=30)
    assert path.read_bytes() == before
    assert copies(home) == []
    assert repair(home).copy


def test_what_it_cannot_repair_is_refused_in_one_line(home: Home) -> None:
    with pytest.raises(StoreError, match=r"there is no journal in .*; there is nothing to repair"):
        repair(home)
    home.create()
    (home.db / "journal.jsonl").write_text("shopping list\n")
    with pytest.raises(DamagedError, match="is not a journal of SOMA; move it away"):
        repair(home)
    assert copies(home) == []
    assert (home.db / "journal.jsonl").read_text() == "shopping list\n"


def test_a_copy_of_the_same_second_is_not_overwritten(
    home: Home, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.strftime", lambda form: "2026-01-02-030405")
    first = spoil(path, 1)
    repair(home)
    second = spoil(path, 2)
    repair(home)
    one, other = copies(home)
    assert (one.name, other.name) == (
        "db-before-repair-2026-01-02-030405",
        "db-before-repair-2026-01-02-030405-2",
    )
    assert (one / "journal.jsonl").read_bytes() == first
    assert (other / "journal.jsonl").read_bytes() == second


@pytest.mark.parametrize("seed", range(30))
def test_with_any_bits_flipped_it_keeps_what_checks(home: Home, path: Path, seed: int) -> None:
    chance = random.Random(seed)
    with Database.open(home) as database:
        conversations = Conversations(database)
        for n in range(5):
            conversation = conversations.create(f"talk {n}").id
            ask(conversations, conversation, f"question {n}", "é" * 300)
    data = bytearray(path.read_bytes())
    for _ in range(chance.choice([1, 3, 20])):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    if chance.random() < 0.3:
        start = chance.randrange(len(data))
        data[start : start + 512] = bytes(len(data[start : start + 512]))
    path.write_bytes(data)
    found = scan(bytes(data), path)
    before = JournalStorage(path, read_only=True).read()
    with Database.open(home) as database:
        if not database.read_only:
            return
    report = repair(home)
    assert len(report.lost) >= 1
    assert report.records == len(found.records)
    assert JournalStorage(path, read_only=True).read() == before
    with Database.open(home) as database:
        database.table("t").insert({})
    assert repair(home).copy is None


def test_every_call_fails(home: Home, path: Path) -> None:
    before = spoil(path, 2)
    disk = FakeDisk()
    repair(home, disk=disk)
    assert len(disk.calls) > 10
    for number in range(len(disk.calls)):
        path.write_bytes(before)
        for copy in copies(home):
            shutil.rmtree(copy)
        with contextlib.suppress(StoreError):
            repair(home, disk=FakeDisk({number}))
        kept = [(copy / "journal.jsonl").read_bytes() for copy in copies(home)]
        if path.read_bytes() == before:
            assert set(kept) <= {before}
            repair(home)
        else:
            assert kept == [before]
        assert JournalStorage(path, read_only=True).damage == []
        assert len(read(path).records) == 6


def test_a_full_disk_is_told_in_one_line(home: Home, path: Path) -> None:
    before = spoil(path, 2)
    said = "cannot keep a copy, so nothing was repaired: the disk is full"
    with pytest.raises(StoreError, match=said):
        repair(home, disk=FakeDisk({0}, kinds=("write",)))
    assert path.read_bytes() == before
    assert copies(home) == []


def test_short_writes_are_continued(home: Home, path: Path) -> None:
    before = spoil(path, 2)
    report = repair(home, disk=FakeShortDisk(7))
    assert (Path(report.copy or "") / "journal.jsonl").read_bytes() == before
    assert len(read(path).records) == 6


def test_what_lies_beside_the_journal_is_named(home: Home, path: Path) -> None:
    assert kept_beside(path) == []
    spoil(path, 2)
    copy = Path(repair(home).copy or "")
    (home.db / "journal.torn-1").write_bytes(b"half")
    (home.db / "journal.format-0.jsonl").write_bytes(b"old")
    assert sorted(kept_beside(path)) == sorted(
        [copy, home.db / "journal.torn-1", home.db / "journal.format-0.jsonl"]
    )
