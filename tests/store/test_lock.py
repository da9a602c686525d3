from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from store.database import Database
from store.errors import LockedError
from store.lock import WriterLock, holder
from store.paths import Home
from tests.store import child

HOLD = """
import sys
from pathlib import Path
from store.database import Database
from store.paths import Home
database = Database.open(Home(Path(sys.argv[1])))
print("open", flush=True)
sys.stdin.readline()
"""


def test_a_second_process_is_refused_and_told_who_has_it(home: Home) -> None:
    process = child.start(HOLD, home.root)
    assert process.stdout.readline() == "open\n"
    with pytest.raises(LockedError, match=rf"process {process.pid}\).*soma ask") as caught:
        Database.open(home)
    assert caught.value.pid == process.pid
    report = Database.check(home)
    assert report.held_by == process.pid
    assert f"open in process {process.pid}" in str(report)
    process.communicate("\n", timeout=30)
    Database.open(home).close()


def test_a_killed_holder_is_no_obstacle(home: Home) -> None:
    process = child.start(HOLD, home.root)
    assert process.stdout.readline() == "open\n"
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)
    assert (home.db / "lock").read_text().startswith(f"{process.pid}\n")
    assert holder(home.db / "lock") is None
    Database.open(home).close()


def test_the_same_process_is_refused_too(home: Home) -> None:
    with Database.open(home), pytest.raises(LockedError) as caught:
        Database.open(home)
    assert caught.value.pid == os.getpid()
    Database.open(home).close()


def test_a_reader_needs_no_lock(home: Home) -> None:
    with Database.open(home) as database:
        database.table("t").insert({"n": 1})
        with Database.open(home, read_only=True) as reader:
            assert reader.table("t").all() == [{"n": 1}]


def test_a_failed_open_gives_the_lock_back(home: Home) -> None:
    home.create()
    (home.db / "journal.jsonl").write_text("something else\n")
    with pytest.raises(Exception, match="is not a journal"):
        Database.open(home)
    assert holder(home.db / "lock") is None


@pytest.mark.parametrize("content", ["", "no number\n", "0\n", "-1\n", "9" * 30])
def test_a_holder_without_a_living_pid_is_another_process(tmp_path: Path, content: str) -> None:
    path = tmp_path / "lock"
    lock = WriterLock(path)
    path.write_text(content)
    with pytest.raises(LockedError, match="another process") as caught:
        WriterLock(path)
    assert caught.value.pid == 0
    lock.release()
    WriterLock(path).release()


def test_a_forked_child_does_not_keep_the_lock(home: Home) -> None:
    script = (
        HOLD.replace("sys.stdin.readline()\n", "")
        + """
import os, time
if os.fork() == 0:
    sys.stdout.close()
    sys.stderr.close()
    os.close(1)
    os.close(2)
    time.sleep(20)
os._exit(0)
"""
    )
    process = child.start(script, home.root)
    process.communicate(timeout=30)
    Database.open(home).close()


def test_check_tells_how_the_journal_is(home: Home) -> None:
    assert Database.check(home).ok
    assert "not there yet" in str(Database.check(home))
    with Database.open(home) as database:
        database.table("t").insert_multiple([{"n": 1}])
        database.table("t").insert({"n": 2})
    report = Database.check(home)
    assert (report.ok, report.records, report.torn, report.format) == (True, 2, 0, 1)
    path = home.db / "journal.jsonl"
    data = path.read_bytes()
    path.write_bytes(data + b"[")
    assert Database.check(home).torn == 1
    assert "unfinished last record of 1 bytes" in str(Database.check(home))
    path.write_bytes(data.replace(b'"n":1', b'"n":7'))
    report = Database.check(home)
    assert not report.ok
    assert "record 1 (byte" in str(report)
    path.write_bytes(b"other\n")
    assert "is not a journal of SOMA" in str(Database.check(home))
