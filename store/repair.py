"""Saving what still checks in a damaged journal, after a copy of everything was made."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from store import compaction
from store.copies import BEFORE_REPAIR, PARTIAL, copy_folder, free_name
from store.disk import Disk, failure
from store.errors import LockedError, StoreError
from store.journal import Journal
from store.lock import WriterLock
from store.paths import Home
from store.replay import replay
from store.scan import Damage, Scan, collector_paused, listed, read
from store.state import State


@dataclass(frozen=True, slots=True)
class RepairReport:
    """What `repair` did. `copy` is the folder with everything as it was, None: all was whole.

    `records` is how many records of the journal were kept, `documents` how many documents of
    each table they made; `lost` has a line for each place that could not be read.
    """

    path: str
    copy: str | None
    records: int
    documents: dict[str, int]
    lost: tuple[str, ...]

    def __str__(self) -> str:
        if self.copy is None:
            return f"journal {self.path}: all of its {self.records} records are whole"
        kept = ", ".join(f"{count} {table}" for table, count in self.documents.items())
        return f"journal {self.path}: {self.records} records were kept ({kept or 'no documents'})"


def repair(home: Home, *, disk: Disk | None = None) -> RepairReport:
    """Write a new journal of every record that checks, if the journal of `home` is damaged.

    Before, the whole folder is copied beside itself, under a name with the time. At whatever
    moment this ends early, the journal is the old one or the new one.
    Raises LockedError where a SOMA has the store, DamagedError where another file is in the
    journal's place, StoreError where it is of another SOMA or something cannot be written.
    """
    disk, path = disk or Disk(), home.db / "journal.jsonl"
    if not path.exists():
        raise StoreError(f"there is no journal in {home.db}; there is nothing to repair")
    try:
        lock = WriterLock(home.db / "lock")
    except LockedError as error:
        process = f"process {error.pid}" if error.pid else "another process"
        what = f"SOMA is open ({process}); close it, then run `soma doctor --repair` again"
        raise LockedError(what, error.pid) from error
    try:
        with collector_paused():
            found = read(path)
            state, damage = replay(found, path)
        copy = _rewrite(home, path, state, disk) if damage else None
    finally:
        lock.release()
    return _report(path, copy, found, state, damage)


def _rewrite(home: Home, path: Path, state: State, disk: Disk) -> Path:
    for unfinished in home.root.glob(f"{BEFORE_REPAIR}-*{PARTIAL}"):
        shutil.rmtree(unfinished, ignore_errors=True)
    copy = free_name(home.root / f"{BEFORE_REPAIR}-{time.strftime('%Y-%m-%d-%H%M%S')}")
    try:
        copy_folder(disk, home.db, copy)
    except OSError as error:
        raise failure("cannot keep a copy, so nothing was repaired", error, copy) from error
    journal = Journal(path, disk)
    try:
        compaction.replace(journal, state.freeze())
    except OSError as error:
        raise failure("cannot write the repaired journal", error, path) from error
    finally:
        journal.close()
    return copy


def _report(
    path: Path, copy: Path | None, found: Scan, state: State, damage: list[Damage]
) -> RepairReport:
    meaningless = len(damage) - len(found.damage)
    return RepairReport(
        str(path),
        str(copy) if copy else None,
        len(found.records) - meaningless,
        {name: len(table.documents) for name, table in state.tables.items() if table.documents},
        tuple(f"{one}{_fate(one, state)}" for one in damage),
    )


def _fate(damage: Damage, state: State) -> str:
    """Say what became of the documents that a damaged record was about."""
    written, deleted = damage.about
    gone = [one for one in written if one[1] not in state.documents(one[0])]
    kept = [one for one in written if one not in gone]
    back = [one for one in deleted if one[1] in state.documents(one[0])]
    return (
        (f"; lost: {listed(gone)}" if gone else "")
        + (f"; there in another version: {listed(kept)}" if kept else "")
        + (f"; there again: {listed(back)}" if back else "")
    )
