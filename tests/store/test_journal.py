from __future__ import annotations

import json
from pathlib import Path

import pytest

from store.disk import Disk
from store.errors import DamagedError, StoreError
from store.journal import Journal, dumps, frame, header, read, scan
from store.storage import JournalStorage
from store.table import JournalDB
from tests.store.fake_disk import FakeDisk, FakeShortDisk

RECORDS = [["t", n, {"n": n, "text": "né\n" * n}] for n in range(1, 5)]


def write_journal(path: Path, records: list[object], snapshot: int = 0) -> bytes:
    data = header(snapshot) + b"".join(frame(dumps(record)) for record in records)
    path.write_bytes(data)
    return data


def open_journal(path: Path) -> Journal:
    journal = Journal(path, Disk())
    journal.start(read(path))
    return journal


def test_every_line_is_json(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    write_journal(path, RECORDS)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [payload for _, payload in lines[1:]] == RECORDS


def test_a_new_journal_has_a_header(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    journal = open_journal(path)
    assert path.read_bytes() == header()
    journal.close()
    assert path.read_bytes() == header()
    assert path.stat().st_mode & 0o777 == 0o600


def test_appended_records_are_read_back(tmp_path: Path) -> None:
    journal = open_journal(tmp_path / "journal.jsonl")
    for record in RECORDS:
        journal.append(frame(dumps(record)))
    journal.close()
    found = read(tmp_path / "journal.jsonl")
    assert found.records == RECORDS
    assert found.torn == b""
    assert found.damage == []


@pytest.mark.parametrize(
    "text", ["\ud800", "a\udc80b", "\x00\x01\x1b[31m\x7f", "\u2028\u2029\x85", "😀", "\ud83d\ude00"]
)
def test_any_text_survives(tmp_path: Path, text: str) -> None:
    path = tmp_path / "journal.jsonl"
    db = JournalDB(path)
    db.insert({"text": text, text: 1})
    before = db.all()
    db.close()
    path.read_bytes().decode("utf-8")
    db = JournalDB(path)
    assert db.all() == before
    assert db.all()[0]["text"].encode("utf-16", "surrogatepass") == text.encode(
        "utf-16", "surrogatepass"
    )
    db.close()


def test_cut_at_every_byte_it_opens_to_a_state_that_was_true(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    data = write_journal(path, RECORDS)
    ends = [len(header())]
    for record in RECORDS:
        ends.append(ends[-1] + len(frame(dumps(record))))
    for cut in range(len(data) + 1):
        folder = tmp_path / str(cut)
        folder.mkdir()
        short = folder / "journal.jsonl"
        short.write_bytes(data[:cut])
        whole = sum(end <= cut for end in ends[1:])
        assert read(short).records == RECORDS[:whole]
        journal = open_journal(short)
        journal.append(frame(dumps(["t", 9, {}])))
        journal.close()
        again = read(short)
        assert again.records == [*RECORDS[:whole], ["t", 9, {}]]
        assert again.torn == b""
        kept = b"".join(side.read_bytes() for side in folder.glob("journal.torn-*"))
        expected = data[ends[whole] : cut] if cut > ends[0] else b""
        assert kept == expected


def test_a_second_torn_record_gets_a_file_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    for text in (b'["first', b'["second'):
        write_journal(path, RECORDS)
        with path.open("ab") as file:
            file.write(text)
        open_journal(path).close()
    assert (tmp_path / "journal.torn-1").read_bytes() == b'["first'
    assert (tmp_path / "journal.torn-2").read_bytes() == b'["second'


def test_a_last_record_of_which_a_part_is_zeros_is_torn(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    data = bytearray(write_journal(path, RECORDS))
    data[-10:-5] = bytes(5)
    path.write_bytes(data)
    open_journal(path).close()
    assert read(path).records == RECORDS[:-1]
    assert data.endswith((tmp_path / "journal.torn-1").read_bytes())


def test_zeros_at_the_end_are_no_record(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    data = write_journal(path, RECORDS)
    path.write_bytes(data + b"\0" * 300)
    assert read(path).records == RECORDS
    journal = open_journal(path)
    journal.append(frame(b"[]"))
    assert path.read_bytes() == data + frame(b"[]") + b"\0" * (300 - len(frame(b"[]")))
    journal.close()
    assert path.read_bytes() == data + frame(b"[]")
    assert list(tmp_path.glob("journal.torn-*")) == []


def test_room_is_taken_ahead_and_given_back(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    disk = FakeDisk(kinds=("reserve", "fsync"))
    journal = Journal(path, disk)
    journal.start(read(path))
    for _ in range(40):
        journal.append(frame(dumps("x" * 20_000)))
        assert path.read_bytes()[journal.length :].strip(b"\0") == b""
    assert 3 <= disk.calls.count("reserve") <= 5
    assert disk.calls.count("fsync") == 41
    journal.close()
    assert path.stat().st_size == journal.length


def test_without_room_to_take_ahead_records_are_written_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    journal = Journal(path, FakeDisk(range(1000), kinds=("reserve",)))
    journal.start(read(path))
    for record in RECORDS:
        journal.append(frame(dumps(record)))
        assert read(path).records[-1] == record
    journal.close()
    assert read(path).records == RECORDS


def test_a_newer_format_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(frame(dumps({"soma": "journal", "format": 7})) + frame(b"[]"))
    with pytest.raises(StoreError, match=r"newer SOMA \(journal format 7.*update SOMA"):
        JournalStorage(path)


@pytest.mark.parametrize(
    "content",
    [
        b"hello\n",
        b"\x7fELF" + bytes(range(256)) * 4,
        b'{"_default": {"1": {"a": 1}}}',
        frame(b'{"a":1}') * 3,
        frame(b"[]"),
        frame(b'{"soma":"journal"}'),
        frame(b'{"soma":"journal","format":"one"}'),
        b"\n\n\n",
        b"x" * 10_000,
    ],
)
def test_a_foreign_file_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(content)
    with pytest.raises(DamagedError, match="is not a journal of SOMA; move it away"):
        JournalStorage(path)
    assert path.read_bytes() == content


def test_a_folder_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "journal.jsonl").mkdir()
    with pytest.raises(StoreError, match="a folder is in the place of the file"):
        JournalStorage(tmp_path / "journal.jsonl")


@pytest.mark.parametrize("most", [1, 7, 100])
def test_short_writes_are_continued(tmp_path: Path, most: int) -> None:
    path = tmp_path / "journal.jsonl"
    storage = JournalStorage(path, disk=FakeShortDisk(most))
    storage.write({"t": {"1": {"text": "x" * 250}}})
    storage.close()
    assert scan(path.read_bytes(), path).records == [["t", 1, {"text": "x" * 250}]]


def test_an_insert_writes_as_much_into_a_large_table_as_into_a_small_one(tmp_path: Path) -> None:
    disk = FakeDisk()
    db = JournalDB(tmp_path / "journal.jsonl", disk=disk)
    table = db.table("t")

    def cost() -> tuple[int, int]:
        before, calls = disk.bytes_written, len(disk.calls)
        table.insert({"text": "y" * 300})
        return disk.bytes_written - before, len(disk.calls) - calls

    table.insert_multiple({"text": "z"} for _ in range(99))
    small = cost()
    table.insert_multiple({"text": "z"} for _ in range(899))
    assert small[1] == 2
    assert cost()[1] == 2
    assert abs(cost()[0] - small[0]) <= 2
    db.close()
