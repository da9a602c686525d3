"""The database of one data directory: its lock, its journal, its tables, its state of health."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import cast

from store.answers import RunningAnswers
from store.deletion import Deletion
from store.disk import Disk
from store.errors import SomaError, StoreError
from store.journal import read
from store.lock import WriterLock, holder
from store.paths import Home
from store.storage import JournalStorage
from store.table import JournalDB, JournalTable


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What `Database.check` found, without having written anything.

    `damage` has a line for each damaged place, or for what keeps the journal from being read.
    `torn` is the length in bytes of an unfinished last record, which the next start sets aside.
    """

    path: str
    exists: bool
    format: int
    length: int
    records: int
    torn: int
    damage: tuple[str, ...]
    held_by: int | None

    @property
    def ok(self) -> bool:
        """Whether the journal can be opened for writing."""
        return not self.damage

    def __str__(self) -> str:
        if self.damage:
            return f"journal {self.path}: " + "; ".join(self.damage)
        if not self.exists:
            return f"journal {self.path}: not there yet, the first start makes it"
        size = f"{self.records} records, {self.length} bytes, format {self.format}"
        torn = f"; an unfinished last record of {self.torn} bytes" if self.torn else ""
        held = f"; open in process {self.held_by}" if self.held_by else ""
        return f"journal {self.path}: {size}{torn}{held}"


class Database:
    """TinyDB tables on the journal of a data directory. Made by `Database.open`; thread-safe."""

    def __init__(self, storage: JournalStorage, lock: WriterLock | None) -> None:
        self.storage = storage
        self._lock = lock
        self._tables = JournalDB(storage=lambda: storage)
        self.notices = [f"{storage.path}: {damage}" for damage in storage.damage]
        if storage.torn and not storage.read_only:
            self.notices.append(
                f"the last record of {storage.path} was unfinished ({storage.torn} bytes); "
                "it was set aside beside it"
            )
        self.interrupted: frozenset[int] = frozenset()
        """Messages that are stored as streaming although nobody streams them any more."""

    @classmethod
    def open(cls, home: Home, *, read_only: bool = False, disk: Disk | None = None) -> Database:
        """Open the database of `home` and put right what a crash left behind.

        What was put right is told in `notices`, a line each. With `read_only` no lock is taken,
        nothing is written, and of a damaged journal all that checks is there.
        Raises LockedError where another process has it, DamagedError where the journal is
        damaged, StoreError where it is of a newer SOMA or cannot be read or written.
        """
        if not read_only:
            home.create()
        path = home.db / "journal.jsonl"
        lock = None if read_only else WriterLock(home.db / "lock")
        try:
            database = cls(JournalStorage(path, disk=disk, read_only=read_only), lock)
            database._recover()
            database.compact_if_wanted()
        except BaseException:
            if lock:
                lock.release()
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
            self.notices.append(str(error))

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

    def compact_if_wanted(self) -> bool:
        """Drop the dead records of a large journal where more than half of it is dead.

        Gives whether it was done; where it cannot be, the journal stays as it is, with a notice.
        """
        if self.storage.read_only or not self.storage.wants_compaction:
            return False
        try:
            self.storage.compact()
        except OSError as error:
            self.notices.append(f"the journal could not be compacted: {error.strerror or error}")
            return False
        return True

    def close(self) -> None:
        """Compact where it is worth it, close the journal, give the lock back."""
        if self.storage.is_open:
            self.compact_if_wanted()
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
        except SomaError as error:
            return CheckReport(str(path), True, 0, 0, 0, 0, (str(error),), held_by)
        return CheckReport(
            str(path),
            path.exists(),
            found.format,
            found.good_length,
            len(found.records),
            len(found.torn),
            tuple(map(str, found.damage)),
            held_by,
        )
