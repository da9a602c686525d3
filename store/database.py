"""The database of one data directory: its lock, its journal, its tables, its state of health."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import cast

from store.answers import RunningAnswers
from store.deletion import Deletion
from store.disk import Disk, failure
from store.errors import SomaError, StoreError
from store.lock import WriterLock, holder
from store.paths import Home
from store.replay import replay
from store.scan import read
from store.storage import JournalStorage
from store.table import JournalDB, JournalTable

_PLACES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What `Database.check` found, without having written anything.

    `damage` has a line for each damaged place, or for what keeps the journal from being read.
    `torn` is the length in bytes of an unfinished last record, which the next start sets aside.
    `repairable` is whether this is a journal of which `store.repair.repair` can save the rest.
    """

    path: str
    exists: bool
    format: int
    length: int
    records: int
    torn: int
    damage: tuple[str, ...]
    repairable: bool
    held_by: int | None

    @property
    def ok(self) -> bool:
        """Whether the journal can be opened for writing."""
        return not self.damage

    def __str__(self) -> str:
        if self.damage:
            more = len(self.damage) - _PLACES_SHOWN
            shown = [*self.damage[:_PLACES_SHOWN], *([f"{more} more places"] if more > 0 else [])]
            return f"journal {self.path}: " + "; ".join(shown)
        if not self.exists:
            return f"journal {self.path}: not there yet, the first start makes it"
        size = f"{self.records} records, {self.length} bytes, format {self.format}"
        torn = f"; an unfinished last record of {self.torn} bytes" if self.torn else ""
        held = f"; open in process {self.held_by}" if self.held_by else ""
        return f"journal {self.path}: {size}{torn}{held}"


class Database:
    """TinyDB tables on the journal of a data directory. Made by `Database.open`; thread-safe.

    While it is open the journal is compacted in the background whenever that is worth it.
    """

    def __init__(
        self, path: Path, lock: WriterLock | None, *, disk: Disk, read_only: bool = False
    ) -> None:
        self.notices: list[str] = []
        self._listeners: list[Callable[[str], None]] = []
        self._telling = Lock()
        self.storage = JournalStorage(path, disk=disk, read_only=read_only, tell=self._tell)
        self._lock = lock
        self._tables = JournalDB(storage=lambda: self.storage)
        self.interrupted: frozenset[int] = frozenset()
        """Messages that are stored as streaming although nobody streams them any more."""

    @classmethod
    def open(cls, home: Home, *, read_only: bool = False, disk: Disk | None = None) -> Database:
        """Open the database of `home` and put right what a crash left behind.

        What was put right is told in `notices`, a line each. A damaged journal is opened for
        reading only; a notice says what is damaged, and whatever would write raises StoreError.
        With `read_only` no lock is taken and nothing is written.
        Raises LockedError where another process has it, DamagedError where another file is in
        the journal's place, StoreError where it is of a newer SOMA or cannot be read or written.
        """
        if not read_only:
            home.create()
        path, disk = home.db / "journal.jsonl", disk or Disk()
        lock = None if read_only else WriterLock(home.db / "lock")
        try:
            if not read_only:
                _sync_folders(home, disk)
            database = cls(path, lock, disk=disk, read_only=read_only)
        except BaseException:
            if lock:
                lock.release()
            raise
        try:
            database._recover()
        except BaseException:
            database.close()
            raise
        return database

    def _recover(self) -> None:
        """Close the answers whose process died; take away what was deleted more than a day ago.

        Where that cannot be written, on a full disk for one, those answers only count as
        interrupted, so that everything can still be read.
        """
        messages = self.table("messages")
        answers = RunningAnswers(messages, self.table("pieces"))
        unfinished = answers.unfinished()
        if self.storage.read_only:
            self.interrupted = frozenset(unfinished)
            return
        try:
            with self.transaction():
                for message_id in unfinished:
                    answers.finish(message_id, {"state": "interrupted"})
                deletion = Deletion(
                    self.table("conversations"), messages, answers, self.table("drafts")
                )
                deletion.erase_old(time.time())
        except StoreError as error:
            self.interrupted = frozenset(unfinished)
            self._tell(str(error))

    def table(self, name: str) -> JournalTable:
        """Give a TinyDB table; every write to it is on disk when the call returns."""
        return cast(JournalTable, self._tables.table(name))

    @property
    def tinydb(self) -> JournalDB:
        """The whole as a TinyDB database."""
        return self._tables

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Group operations on any tables into one atomic commit with one fsync.

        Other threads wait meanwhile. An exception inside takes everything back.
        """
        with self.storage.transaction():
            yield

    def compact(self) -> None:
        """Rewrite the journal, so that what was deleted is on the disk no more.

        Raises StoreError, with the journal as it was.
        """
        try:
            self.storage.compact()
        except OSError as error:
            raise failure("cannot compact the journal", error, self.storage.path) from error

    @property
    def read_only(self) -> bool:
        """Whether nothing can be saved: as wished, or because the journal is damaged."""
        return self.storage.read_only

    def listen(self, listener: Callable[[str], None]) -> list[str]:
        """Hand a function every notice to come, on whatever thread; gives those so far."""
        with self._telling:
            self._listeners.append(listener)
            return list(self.notices)

    def _tell(self, notice: str) -> None:
        with self._telling:
            self.notices.append(notice)
            listeners = list(self._listeners)
        for listener in listeners:
            listener(notice)

    def close(self) -> None:
        """Compact where it is worth it, close the journal, give the lock back."""
        self.storage.close()
        if self._lock:
            self._lock.release()

    def __enter__(self) -> Database:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @staticmethod
    def check(home: Home) -> CheckReport:
        """Read the journal from beginning to end and say how it is; writes nothing, never raises.

        While SOMA is open the last record may be one that is just being written.
        """
        path = home.db / "journal.jsonl"
        held_by = holder(home.db / "lock")
        try:
            found = read(path)
            _, damage = replay(found, path)
        except SomaError as error:
            return CheckReport(str(path), True, 0, 0, 0, 0, (str(error),), False, held_by)
        return CheckReport(
            str(path),
            path.exists(),
            found.format,
            found.good_length,
            len(found.records),
            len(found.torn),
            tuple(map(str, damage)),
            bool(damage),
            held_by,
        )


def _sync_folders(home: Home, disk: Disk) -> None:
    """Put the names of folders that may be new on the medium."""
    try:
        disk.sync_directory(home.root)
        with contextlib.suppress(PermissionError):
            disk.sync_directory(home.root.parent)
    except OSError as error:
        raise failure("cannot keep the data directory", error, home.root) from error
