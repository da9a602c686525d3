from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from store.conversations import Conversations
from store.database import Database
from store.disk import Disk
from store.errors import StoreError
from store.paths import Home
from store.storage import JournalStorage
from tests.store import child
from tests.store.fake_disk import FakeDisk, FakeShortDisk

CALLS = 40


class Script:
    """Twelve commits: single inserts, and pairs that must be there together or not at all."""

    def __init__(self) -> None:
        self.acknowledged: set[int] = set()
        self.failed: set[int] = set()
        self.messages: list[str] = []
        self.opened = False

    def run(self, home: Home, disk: Disk) -> None:
        try:
            database = Database.open(home, disk=disk)
        except StoreError as error:
            self.messages.append(str(error))
            return
        self.opened = True
        for n in range(12):
            try:
                if n % 3 == 2:
                    with database.transaction():
                        database.table("left").insert({"n": n})
                        database.table("right").insert({"n": n})
                else:
                    database.table("left").insert({"n": n})
                self.acknowledged.add(n)
            except StoreError as error:
                self.failed.add(n)
                self.messages.append(str(error))
            assert {d["n"] for d in database.table("left")} == self.acknowledged
        database.close()


def check(home: Home, script: Script) -> None:
    with Database.open(home) as database:
        left = {d["n"] for d in database.table("left")}
        right = {d["n"] for d in database.table("right")}
        assert left >= script.acknowledged
        assert left - script.acknowledged <= script.failed
        assert right == {n for n in left if n % 3 == 2}
        assert database.table("left").insert({"n": 99}) > len(script.acknowledged)
    for message in script.messages:
        assert "\n" not in message
        assert message.startswith("cannot ")


def test_the_script_makes_fewer_calls_than_are_tried(home: Home) -> None:
    disk = FakeDisk()
    Script().run(home, disk)
    assert 20 < len(disk.calls) < CALLS
    assert {"open", "write", "fsync", "rename", "sync_directory"} <= set(disk.calls)


@pytest.mark.parametrize("number", range(CALLS))
def test_one_call_fails(home: Home, number: int) -> None:
    disk = FakeDisk({number})
    script = Script()
    script.run(home, disk)
    assert len(script.failed) <= 1
    # The last call gives the room back that was taken ahead, which nobody needs to know.
    assert bool(script.messages) == (number < len(disk.calls) - script.opened)
    check(home, script)


@pytest.mark.parametrize("number", range(CALLS))
def test_one_write_is_short(home: Home, number: int) -> None:
    disk = FakeShortDisk(5, {number})
    script = Script()
    script.run(home, disk)
    assert script.messages == []
    assert len(script.acknowledged) == 12
    check(home, script)


@pytest.mark.parametrize("number", range(CALLS))
def test_one_write_is_short_and_the_next_finds_no_room(home: Home, number: int) -> None:
    class FakeFullDisk(FakeShortDisk):
        def write(self, descriptor: int, data: bytes, offset: int) -> int:
            if self.calls - 1 in self.short:
                self.calls += 1
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return super().write(descriptor, data, offset)

    disk = FakeFullDisk(5, {number})
    script = Script()
    script.run(home, disk)
    assert len(script.messages) == (number < disk.calls - 1)
    check(home, script)


@pytest.mark.parametrize("number", range(CALLS))
def test_every_call_fails_from_one_on(home: Home, number: int) -> None:
    disk = FakeDisk(range(number, 10_000), error=errno.EIO)
    script = Script()
    script.run(home, disk)
    check(home, script)


@pytest.mark.parametrize("number", range(0, CALLS, 2))
def test_two_calls_in_a_row_fail(home: Home, number: int) -> None:
    script = Script()
    script.run(home, FakeDisk({number, number + 1}))
    check(home, script)


@pytest.mark.parametrize("number", range(12))
def test_a_torn_record_and_a_failure_while_it_is_cut_off(home: Home, number: int) -> None:
    with Database.open(home) as database:
        database.table("left").insert({"n": 0})
    path = home.db / "journal.jsonl"
    data = path.read_bytes()
    path.write_bytes(data + b'["half')
    disk = FakeDisk({number})
    said = ""
    try:
        Database.open(home, disk=disk).close()
    except StoreError as error:
        said = str(error)
    assert len(disk.calls) < 12
    assert bool(said) == (number < len(disk.calls))
    assert said == "" or (said.startswith("cannot ") and ": the disk is full (" in said)
    with Database.open(home) as database:
        assert database.table("left").all() == [{"n": 0}]
    assert path.read_bytes() == data


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (errno.ENOSPC, "the disk is full .*; free some space and try again"),
        (errno.EDQUOT, "your disk quota is used up .*; free some space and try again"),
        (errno.EACCES, "permission denied .*; give yourself write permission and try again"),
        (errno.EROFS, "the file system is read-only .*; make it writable"),
        (errno.EFBIG, "the file may not grow any further"),
        (errno.EIO, "the disk reports an error"),
        (errno.ESTALE, "stale file handle"),
    ],
)
def test_every_reason_is_told_in_plain_words(home: Home, error: int, words: str) -> None:
    disk = FakeDisk(error=error)
    with Database.open(home, disk=disk) as database:
        conversations = Conversations(database)
        conversation = conversations.create()
        disk.failing = {len(disk.calls)}
        with pytest.raises(StoreError, match=f"^cannot save: {words}") as caught:
            conversations.add_user(conversation.id, "hello")
        assert str(home.db) in str(caught.value)
        assert conversations.messages(conversation.id) == []
        assert conversations.get(conversation.id).title == ""
        assert conversations.add_user(conversation.id, "hello").text == "hello"


def test_writing_stops_where_the_journal_cannot_be_cut_back(home: Home) -> None:
    disk = FakeDisk(kinds=("write", "truncate"))
    database = Database.open(home, disk=disk)
    table = database.table("t")
    table.insert({"n": 1})
    disk.failing = {len(disk.calls), len(disk.calls) + 1}
    with pytest.raises(StoreError, match="the disk is full"):
        table.insert({"n": 2})
    with pytest.raises(StoreError, match=r"writing stopped after an earlier error \(no space left"):
        table.insert({"n": 3})
    assert table.all() == [{"n": 1}]
    database.close()
    with Database.open(home) as database:
        assert database.table("t").all() == [{"n": 1}]
        assert any("was unfinished" in notice for notice in database.notices)


def test_after_close_nothing_is_written(home: Home) -> None:
    database = Database.open(home)
    table = database.table("t")
    table.insert({"n": 1})
    database.close()
    database.close()
    with pytest.raises(StoreError, match="it was closed"):
        table.insert({"n": 2})


def test_unfinished_answers_can_be_read_on_a_full_disk(home: Home) -> None:
    with Database.open(home) as database:
        conversations = Conversations(database)
        conversation = conversations.create().id
        answer = conversations.begin_answer(conversation, "m", "v").id
        conversations.append_piece(answer, "so far", [1, 2])
    disk = FakeDisk(range(10_000), kinds=("write", "rename"))
    with Database.open(home, disk=disk) as database:
        assert any("the disk is full" in notice for notice in database.notices)
        (message,) = Conversations(database).messages(conversation)
        assert (message.state, message.text) == ("interrupted", "so far")
    with Database.open(home, read_only=True) as database:
        (message,) = Conversations(database).messages(conversation)
        assert (message.state, message.text) == ("interrupted", "so far")


def test_a_real_file_that_may_not_grow(home: Home) -> None:
    script = """
import resource, signal, sys
from pathlib import Path
from store.conversations import Conversations
from store.database import Database
from store.errors import StoreError
from store.paths import Home
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
with Database.open(Home(Path(sys.argv[1]))) as database:
    conversations = Conversations(database)
    conversation = conversations.create()
    saved = 0
    try:
        while saved < 1000:
            conversations.add_user(conversation.id, "x" * 500)
            saved += 1
    except StoreError as error:
        print(error)
    assert len(conversations.messages(conversation.id)) == saved
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    conversations.add_user(conversation.id, "room again")
    print(saved + 1)
"""
    error, saved = child.run(script, home.root).splitlines()
    assert error.startswith("cannot save: the file may not grow any further")
    assert 10 < int(saved) < 1000
    with Database.open(home) as database:
        assert len(Conversations(database).messages(1)) == int(saved)
        assert database.notices == []


def test_a_device_that_is_always_full(tmp_path: Path) -> None:
    class FakeFullDisk(Disk):
        def write(self, descriptor: int, data: bytes, offset: int) -> int:
            full = os.open("/dev/full", os.O_WRONLY)
            try:
                return os.write(full, data)
            finally:
                os.close(full)

    with pytest.raises(StoreError, match="the disk is full"):
        JournalStorage(tmp_path / "journal.jsonl", disk=FakeFullDisk())
    assert list(tmp_path.iterdir()) == []


def test_a_data_directory_that_may_only_be_read(tmp_path: Path) -> None:
    home = Home(tmp_path / "soma")
    Database.open(home).close()
    script = """
import os, stat, sys
from pathlib import Path
from store.database import Database
from store.errors import SomaError
from store.paths import Home
home = Home(Path(sys.argv[1]))
for folder in (home.root, home.db, home.models, home.cache, home.logs):
    folder.chmod(0o555)
(home.db / "journal.jsonl").chmod(0o444)
if os.geteuid() == 0:
    for folder in home.root.parents:
        if not folder.stat().st_mode & stat.S_IXOTH:
            folder.chmod(0o755)
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
try:
    Database.open(home)
except SomaError as error:
    print(error)
with Database.open(home, read_only=True) as database:
    print(database.notices)
"""
    said = child.run(script, home.root).splitlines()
    assert said[0].startswith(f"cannot write to the folder {home.root}; give yourself write perm")
    assert said[1:] == ["[]"]
    for folder in (home.root, home.db):
        folder.chmod(0o700)
