"""A journal that is not as it was written: what is noticed, what is still read, what is refused."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from store.conversations import Conversations
from store.database import Database
from store.drafts import Draft
from store.errors import DamagedError, SomaError, StoreError
from store.frames import dumps, frame, header
from store.paths import Home
from store.scan import read, scan
from store.storage import JournalStorage
from store.table import JournalDB
from tests.store.fake_disk import FakeHastyDisk
from tests.store.talk import ask

RECORDS = [["t", n, {"n": n, "text": "Jé\n" * n}] for n in range(1, 6)]
LINES = [header(), *(frame(dumps(record)) for record in RECORDS)]
ENDS = [sum(map(len, LINES[: n + 1])) for n in range(len(LINES))]


def ids(path: Path) -> list[int]:
    return sorted(JournalStorage(path, read_only=True).documents("t"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b"".join(LINES))
    return path


@pytest.mark.parametrize("zeros", [0, 100])
def test_any_flipped_bit_is_noticed_and_only_its_record_is_lost(path: Path, zeros: int) -> None:
    data = path.read_bytes() + bytes(zeros)
    torn = 0
    for place in range(ENDS[-1]):
        hit = sum(place >= end for end in ENDS)
        for bit in range(8):
            wrong = bytearray(data)
            wrong[place] ^= 1 << bit
            found = scan(bytes(wrong), path)
            if hit == len(RECORDS) and not found.damage:
                # A part that reads as zero, or an end that is missing, is how a torn record looks.
                assert wrong[place] == 0 or place == ENDS[-1] - 1
                torn += 1
            else:
                assert found.damage
                assert found.damage[0].record == hit
                assert found.damage[0].offset == ([0, *ENDS])[hit]
            kept = [record for number, record in enumerate(RECORDS, 1) if number != hit]
            assert [r for r in found.records if r in RECORDS] in (kept, RECORDS)
            assert len(found.records) <= len(RECORDS)
    assert torn < 10


def test_it_opens_for_reading_and_refuses_every_write_in_one_line(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[ENDS[1] + 30] ^= 1
    path.write_bytes(data)
    said: list[str] = []
    db = JournalDB(path, tell=said.append)
    assert sorted(d.doc_id for d in db.table("t")) == [1, 3, 4, 5]
    (notice,) = said
    assert f"damaged at record 2 (byte {ENDS[1]}" in notice
    assert "`soma doctor --repair`" in notice
    writes: list[Callable[[], object]] = [
        lambda: db.table("t").insert({}),
        lambda: db.table("t").update({"n": 0}),
        lambda: db.table("t").remove(doc_ids=[1]),
        lambda: db.table("t").truncate(),
        lambda: db.drop_tables(),
        lambda: db.storage.write({}),
    ]
    for write in writes:
        with pytest.raises(StoreError, match=r"^cannot save: .*`soma doctor --repair`$"):
            write()
    db.storage.compact()
    db.close()
    assert path.read_bytes() == bytes(data)
    assert sorted(file.name for file in path.parent.iterdir()) == ["journal.jsonl"]


def test_what_the_damaged_place_was_about_is_told(path: Path) -> None:
    several = [["a", 7, {"text": "some"}], ["a", 8, {"text": "more"}], ["b", [3, 4]]]
    data = bytearray(b"".join([LINES[0], frame(dumps(several)), *LINES[1:]]))
    place = data.index(b"some")
    data[place] ^= 1
    (damage,) = scan(bytes(data), path).damage
    assert "it held a 7 8; it deleted b 3 4" in str(damage)
    data[place - 1] ^= 1
    (damage,) = scan(bytes(data), path).damage
    assert "it held a 7 8" in str(damage)
    many = frame(dumps([["t", n, {}] for n in range(50)])).replace(b"[[", b"[(")
    (damage,) = scan(b"".join([LINES[0], many, *LINES[1:]]), path).damage
    assert " t 1 2 3" in str(damage)
    assert str(damage).endswith("and more")


@pytest.mark.parametrize("number", range(len(LINES) - 1))
@pytest.mark.parametrize("wrong", [b"\x0b", b"\0", b" ", b""])
def test_records_whose_line_ends_wrong_are_read(path: Path, number: int, wrong: bytes) -> None:
    data = b"".join(LINES)
    path.write_bytes(data[: ENDS[number] - 1] + wrong + data[ENDS[number] :])
    found = read(path)
    assert found.records == RECORDS
    assert [damage.reason for damage in found.damage] == ["the end of the line is wrong"]
    assert ids(path) == [1, 2, 3, 4, 5]


def test_a_whole_record_behind_lost_blocks_is_read(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[ENDS[1] + 5 : ENDS[3]] = bytes(ENDS[3] - ENDS[1] - 5)
    path.write_bytes(data)
    assert ids(path) == [1, 4, 5]
    (damage,) = read(path).damage
    assert (damage.record, damage.offset) == (2, ENDS[1])


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"garbage " + data,
        lambda data: b"\0" * 10 + data[10:],
        lambda data: data.replace(b"soma", b"some", 1),
        lambda data: data[20:],
    ],
)
def test_records_behind_a_damaged_header_are_read(
    path: Path, damage: Callable[[bytes], bytes]
) -> None:
    path.write_bytes(damage(path.read_bytes()))
    assert ids(path) == [1, 2, 3, 4, 5]
    assert JournalStorage(path).read_only


def test_records_that_check_are_read_however_many_do_not(path: Path) -> None:
    data = b"".join(LINES)
    for end in [0, *ENDS[:-2]]:
        data = data[: end + 3] + b"?" + data[end + 4 :]
    path.write_bytes(data)
    assert ids(path) == [5]
    assert len(read(path).damage) == 5


def test_a_cut_snapshot_is_damage(path: Path) -> None:
    path.write_bytes(b"".join([header(7), *LINES[1:]]))
    storage = JournalStorage(path)
    assert storage.read_only
    assert "2 records of the last compaction are missing" in storage.damage[0]
    assert sorted(storage.documents("t")) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    "record",
    [
        b"[]", b"7", b"{}", b'["t"]', b'["t",1]', b'["t",1,7]', b'["t","fly"]', b'[["t",1,{}],7]',
        b"{half", b"", b"\xff", b"[" * 100_000, b"1],[2", b"1,2", b'"a',
    ],
)  # fmt: skip
def test_a_record_that_checks_but_makes_no_sense_is_damage(path: Path, record: bytes) -> None:
    path.write_bytes(b"".join([LINES[0], frame(record), *LINES[1:]]))
    storage = JournalStorage(path)
    assert storage.read_only
    assert len(storage.damage) == 1
    assert storage.damage[0].startswith(f"record 1 (byte {ENDS[0]}, {len(frame(record))} bytes): ")
    assert sorted(storage.documents("t")) == [1, 2, 3, 4, 5]


def test_a_foreign_file_is_refused_and_left_alone(home: Home) -> None:
    home.create()
    for content in (b"hello\n", b"x" * 10_000, frame(b'{"a":1}') * 3, b'{"_default": {}}'):
        (home.db / "journal.jsonl").write_bytes(content)
        with pytest.raises(DamagedError, match="is not a journal of SOMA; move it away"):
            Database.open(home)
        assert (home.db / "journal.jsonl").read_bytes() == content


class History:
    """A short life of conversations, and the whole state after each of its commits."""

    def __init__(self, home: Home) -> None:
        self.path = home.db / "journal.jsonl"
        self.states: dict[int, object] = {}
        with Database.open(home) as database:
            write = database.storage._journal.append

            def noted(line: bytes) -> None:
                self._note(database)
                write(line)

            database.storage._journal.append = noted  # type: ignore[method-assign]
            conversations = Conversations(database)
            first = conversations.create("one", system_prompt="be kind").id
            answer = ask(conversations, first, "how are you?", "well")
            ask(conversations, first, "and now?", "well again")
            ask(conversations, first, "or so?", "another", after=answer.id)
            conversations.rate(answer.id, 1, better="very well")
            conversations.drafts.save(first, Draft("half a", ("queued",)))
            second = conversations.create("two").id
            conversations.add_user(second, "to be deleted")
            conversations.delete(second)
            conversations.restore(second)
            conversations.delete(second, now=True)
            running = conversations.begin_answer(first, "m", "v").id
            conversations.append_piece(running, "so far", [1])
            self._note(database)
        self.data = self.path.read_bytes()

    def _note(self, database: Database) -> None:
        self.states[database.storage.length] = database.storage.read()


def test_cut_at_every_byte_it_opens_to_what_was_once_true(tmp_path: Path) -> None:
    history = History(Home(tmp_path / "whole"))
    assert max(history.states) == len(history.data)
    path = tmp_path / "journal.jsonl"
    for cut in range(len(history.data) + 1):
        path.unlink(missing_ok=True)
        path.write_bytes(history.data[:cut])
        storage = JournalStorage(path, disk=FakeHastyDisk())
        whole = max([length for length in history.states if length <= cut], default=len(header()))
        assert storage.read() == history.states[whole]
        assert not storage.read_only
        storage.close()
        assert path.read_bytes() == (history.data[:whole] or header())
        for torn in tmp_path.glob("journal.torn-*"):
            assert torn.read_bytes() == history.data[whole:cut]
            torn.unlink()
    assert len(history.states) > 20


@pytest.mark.parametrize("seed", [1, 2])
def test_conversations_can_be_read_whatever_record_is_lost(home: Home, seed: int) -> None:
    history = History(home)
    chance = random.Random(seed)
    lines = history.data.split(b"\n")[:-1]
    for number in range(1, len(lines)):
        wrong = bytearray(lines[number])
        wrong[chance.randrange(len(wrong))] ^= 1 << chance.randrange(5)
        history.path.write_bytes(b"\n".join([*lines[:number], wrong, *lines[number + 1 :], b""]))
        with Database.open(home) as database:
            conversations = Conversations(database)
            assert database.read_only or number == len(lines) - 1
            for conversation in conversations.list():
                for message in conversations.messages(conversation.id):
                    conversations.siblings(message.id)
                conversations.export_markdown(conversation.id)
            conversations.search("well")
            conversations.drafts.all()
            conversations.deleted()
            if database.read_only:
                with pytest.raises(SomaError, match="`soma doctor --repair`"):
                    conversations.create("more")
