"""What is done on a disk at whose Nth call the process is killed; each runs in a fork."""

from __future__ import annotations

from pathlib import Path

from store import repair as repair_module
from store import upgrades
from store.database import Database
from store.paths import Home
from store.storage import JournalStorage
from store.table import JournalDB
from tests.store.fake_disk import FakeDeadlyDisk


def compact(folder: str, number: int, when: str) -> None:
    """Compact, with commits in between that are noted in a file once they are acknowledged."""
    disk = FakeDeadlyDisk(-9, when)
    db = JournalDB(Path(folder) / "db" / "journal.jsonl", disk=disk)
    disk.failing = {len(disk.calls) + number}

    with (Path(folder) / "acknowledged").open("a") as log:

        def pause() -> None:
            log.write(f"{db.table('t').insert({'text': 'x' * 20_000})}\n")
            log.flush()

        db.storage.compact(pause)
    db.close()


def repair(folder: str, number: int, when: str) -> None:
    """Repair a damaged journal."""
    repair_module.repair(Home(Path(folder)), disk=FakeDeadlyDisk(number, when))


def recover(folder: str, number: int, when: str) -> None:
    """Open after a crash: put the last record aside, end answers, take old things away."""
    Database.open(Home(Path(folder)), disk=FakeDeadlyDisk(number, when)).close()


def upgrade(folder: str, number: int, when: str) -> None:
    """Open a journal of the format 0 that `test_killed` invented."""
    upgrades.STEPS[0] = lambda record: [record["table"], record["id"], record["fields"]]
    path = Path(folder) / "db" / "journal.jsonl"
    JournalStorage(path, disk=FakeDeadlyDisk(number, when)).close()
