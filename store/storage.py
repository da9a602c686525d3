"""The TinyDB storage on the journal: documents in memory, every commit on disk first."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from threading import Lock, RLock
from typing import Any

from tinydb.storages import Storage

from store import compaction
from store.changes import Fields, Overlay
from store.compaction import Compactor, write_snapshot
from store.copies import OLDER_FORMAT, copy_file, free_name
from store.disk import Disk, failure
from store.errors import StoreError
from store.frames import FORMAT, dumps, frame
from store.journal import Journal, Rewrite
from store.replay import replay
from store.scan import Scan, collector_paused, read

_decode = json.JSONDecoder().raw_decode


class JournalStorage(Storage):
    """Documents of all tables, keyed by table and id, on the journal at `path`.

    A damaged journal is opened for reading only, as with `read_only`: whatever checks in it is
    there, `damage` lists what does not, and the file is not touched. Every public method takes
    `lock`. `tell` is handed a line about whatever a person should know: what was found damaged or
    unfinished, and what failed in the background, on the thread where it failed.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        disk: Disk | None = None,
        read_only: bool = False,
        tell: Callable[[str], None] = lambda line: None,
    ) -> None:
        super().__init__()
        self.lock = RLock()
        self.path = Path(path)
        self._disk = disk or Disk()
        self._tell = tell
        self._journal = Journal(self.path, self._disk)
        self._compactor = Compactor(self, tell)
        self._compacting = Lock()
        self._since_snapshot: list[bytes] | None = None
        self._pending: dict[str, Overlay] | None = None
        self._reserved: dict[str, int] = {}
        with collector_paused():
            found = read(self.path)
            self._state, damage = replay(found, self.path)
        self.damage = [str(one) for one in damage]
        self.read_only = read_only or bool(damage)
        if damage:
            more = f" and {len(damage) - 1} other places" if len(damage) > 1 else ""
            tell(
                f"{self.path} is damaged at {damage[0]}{more}; what can be read is here, nothing "
                "can be saved: close SOMA and run `soma doctor --repair`"
            )
        if not self.read_only:
            self._start(found)

    def _start(self, found: Scan) -> None:
        self._journal.start(found)
        if found.torn and found.good_length:
            self._tell(
                f"the last record of {self.path} was unfinished ({len(found.torn)} bytes); "
                "it was set aside beside it"
            )
        if found.format != FORMAT:
            try:
                self._upgrade(found.format)
            except OSError as error:
                self._journal.close()
                what = f"cannot bring the journal from format {found.format} to {FORMAT}"
                raise failure(what, error, self.path) from error
        self._compactor.consider()

    def _upgrade(self, version: int) -> None:
        """Write a journal of an older format anew, and keep the old one beside it."""
        kept = free_name(self.path.with_name(f"{OLDER_FORMAT}-{version}"), ".jsonl")
        copy_file(self._disk, self.path, kept)
        self._disk.sync_directory(kept.parent)
        compaction.replace(self._journal, self._state.freeze())
        self._tell(
            f"{self.path} was brought from format {version} to {FORMAT}; "
            f"{kept.name} beside it is a copy of the old one"
        )

    @property
    def is_open(self) -> bool:
        """Whether the journal takes records."""
        return self._journal.is_open

    # --- looking up

    def documents(self, table: str) -> Mapping[int, Fields]:
        """Give a table's documents by id, to be read only; a running transaction shows through."""
        with self.lock:
            if self._pending is not None and table in self._pending:
                return self._pending[table]
            return self._state.documents(table)

    def names(self) -> set[str]:
        """Give the names of the tables."""
        with self.lock:
            names = set(self._state.tables)
            for name, overlay in (self._pending or {}).items():
                if overlay.dropped and not overlay.puts:
                    names.discard(name)
                else:
                    names.add(name)
            return names

    def index(self, table: str, field: str) -> None:
        """Keep an index on a field that holds strings or numbers, from here on."""
        with self.lock:
            self._state.index(table, field)
            if self._pending is not None and table in self._pending:
                self._pending[table].index(field)

    def find(self, table: str, field: str, value: str | int) -> list[int]:
        """Give the ids, ascending, of the documents with that value in an indexed field."""
        with self.lock:
            ids = self._state.find(table, field, value)
            overlay = (self._pending or {}).get(table)
            return sorted(ids) if overlay is None else overlay.find(field, value, ids)

    def last(self, table: str, field: str, value: str | int) -> int | None:
        """Give the highest id of those that `find` gives, without looking at them all."""
        with self.lock:
            below = self._state.last(table, field, value)
            overlay = (self._pending or {}).get(table)
            if overlay is None:
                return below
            if below is None or overlay.keeps(below):
                return max((i for i in (below, overlay.last(field, value)) if i), default=None)
            return next(reversed(self.find(table, field, value)), None)

    def next_id(self, table: str, at_least: int = 1) -> int:
        """Reserve an id that no document of the table had since the table was made."""
        with self.lock:
            reserved = self._reserved.get(table, 1)
            doc_id = max(self._state.next_id(table), reserved, at_least)
            self._reserved[table] = doc_id + 1
            return doc_id

    @property
    def in_transaction(self) -> bool:
        """Whether commits are being grouped."""
        return self._pending is not None

    # --- committing

    def commit(self, table: str, overlay: Overlay) -> None:
        """Write the changes of one table, or add them to the transaction that is open.

        Raises StoreError, with everything as it was, where they cannot be written.
        """
        with self.lock:
            if overlay.dropped:
                self._reserved.pop(table, None)
            if self._pending is None:
                self._write({table: overlay})
                return
            if table not in self._pending:
                indexed = self._state.indexed(table)
                self._pending[table] = Overlay(self._state.documents(table), indexed)
            self._pending[table].absorb(overlay)
            above = max(overlay.puts, default=0) + 1
            self._reserved[table] = max(self._reserved.get(table, 1), above)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Group commits into one record: all of them are on disk at the end, or none.

        Other threads wait. A transaction inside another one joins it. An exception inside takes
        everything back.
        """
        with self.lock:
            if self._pending is not None:
                yield
                return
            self._pending = {}
            try:
                yield
                gathered = self._pending
            finally:
                self._pending = None
            self._write(gathered)

    def _write(self, gathered: Mapping[str, Overlay]) -> None:
        operations: list[list[Any]] = []
        for name, overlay in gathered.items():
            operations += overlay.operations(name)
            if overlay.is_empty and name not in self._state.tables:
                operations.append([name, "next", 1])
        if not operations:
            return
        if self.read_only:
            raise StoreError(self._refusal())
        payload = dumps(operations if len(operations) > 1 else operations[0])
        line = frame(payload)
        # Parsing what was written makes the documents in memory those that a restart would give.
        record = _decode(payload.decode())[0]
        self._journal.append(line)
        self._state.apply(record, len(line))
        if self._since_snapshot is not None:
            self._since_snapshot.append(line)
        self._compactor.consider()

    def _refusal(self) -> str:
        if not self.damage:
            return f"cannot save: {self.path} was opened for reading only"
        return (
            f"cannot save: the journal {self.path} is damaged; "
            "close SOMA and run `soma doctor --repair`"
        )

    # --- compaction

    @property
    def length(self) -> int:
        """The length of the journal in bytes."""
        return self._journal.length

    @property
    def wants_compaction(self) -> bool:
        """Whether the journal is large and more than half of it is dead."""
        with self.lock:
            length = self._journal.length
            return length > compaction.COMPACT_ABOVE and self._state.live_bytes() < length // 2

    def compact(self, pause: Callable[[], object] = lambda: None) -> None:
        """Rewrite the journal without its dead records.

        Other threads go on reading and writing meanwhile; `pause` is called now and then, without
        the lock, which the caller must not hold either. Inside a transaction nothing is done.
        Raises OSError, with nothing lost.
        """
        if self._is_in_own_transaction():
            return
        with self._compacting:
            try:
                self._compact(pause)
            finally:
                with self.lock:
                    self._since_snapshot = None

    def _compact(self, pause: Callable[[], object]) -> None:
        with self.lock:
            if not self._journal.is_open:
                return
            tables = self._state.freeze()
            self._since_snapshot = []
        rewrite = self._journal.rewrite(sum(table.count for table in tables))
        try:
            lengths = write_snapshot(tables, rewrite, pause)
            self._catch_up(rewrite)
            with self.lock:
                self._catch_up(rewrite)
                self._journal.change_over(rewrite)
                for table, length in zip(tables, lengths, strict=True):
                    table.recount(length)
        except BaseException:
            rewrite.abandon()
            raise

    def _catch_up(self, rewrite: Rewrite) -> None:
        """Add what was committed since the snapshot or since the last time."""
        with self.lock:
            lines, self._since_snapshot = self._since_snapshot or [], []
        rewrite.add(lines)
        rewrite.sync()

    def _is_in_own_transaction(self) -> bool:
        if not self.lock.acquire(blocking=False):
            return False
        try:
            return self._pending is not None
        finally:
            self.lock.release()

    # --- the interface of TinyDB

    def read(self) -> dict[str, dict[str, Any]] | None:
        """Give a copy of everything as TinyDB keys it: table, then the id as a string."""
        with self.lock:
            return {
                name: {str(doc_id): dict(doc) for doc_id, doc in self.documents(name).items()}
                for name in self.names()
            } or None

    def write(self, data: Mapping[str, Mapping[Any, Mapping[str, Any]]]) -> None:
        """Make the whole state equal to `data`, writing only what differs."""
        with self.transaction():
            for name in self.names() - data.keys():
                self.drop(name)
            for name, table in data.items():
                present = self.documents(name)
                overlay = Overlay(present)
                wanted = {int(doc_id): dict(fields) for doc_id, fields in table.items()}
                for doc_id in present.keys() - wanted.keys():
                    overlay.delete(doc_id)
                for doc_id, fields in wanted.items():
                    if doc_id not in present or dumps(fields) != dumps(present[doc_id]):
                        overlay.put(doc_id, fields)
                self.commit(name, overlay)

    def drop(self, table: str) -> None:
        """Take a table away, with its documents and its count of ids."""
        with self.lock:
            overlay = Overlay(self.documents(table))
            overlay.clear(drop=True)
            self.commit(table, overlay)

    def close(self) -> None:
        """Compact where that is worth it, close the journal."""
        if self.is_open:
            self._compactor.consider()
        self._compactor.finish()
        with self._compacting, self.lock:
            self._journal.close()
