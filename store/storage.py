"""The TinyDB storage on the journal: documents in memory, every commit on disk first."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import RLock
from typing import Any

from tinydb.storages import Storage

from store.changes import Fields, Overlay
from store.disk import Disk
from store.errors import DamagedError, StoreError
from store.journal import Journal, Scan, collector_paused, dumps, frame, read
from store.state import State

COMPACT_ABOVE = 8 << 20  # bytes of journal below which dead records are left alone


class JournalStorage(Storage):
    """Documents of all tables, keyed by table and id, on the journal at `path`.

    Every public method takes `lock`. With `read_only` the file is only read, whatever checks in
    it is kept, and `damage` lists what does not.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, disk: Disk | None = None, read_only: bool = False
    ) -> None:
        super().__init__()
        self.lock = RLock()
        self.path = Path(path)
        self.read_only = read_only
        self._journal = Journal(self.path, disk or Disk())
        self._pending: dict[str, Overlay] | None = None
        self._reserved: dict[str, int] = {}
        with collector_paused():
            found = read(self.path) if read_only else self._journal.open()
            self.torn = len(found.torn)
            self.damage = [str(damage) for damage in found.damage]
            self._state = self._replay(found)

    def _replay(self, found: Scan) -> State:
        state = State()
        for record, length in zip(found.records, found.lengths, strict=True):
            try:
                state.apply(record, length)
            except (AttributeError, LookupError, TypeError, ValueError) as error:
                what = f"the journal {self.path} holds a record that is not one of SOMA's"
                if not self.read_only:
                    self._journal.close()
                    raise DamagedError(f"{what}; `soma doctor` shows more") from error
                self.damage.append(what)
        return state

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

    def find(self, table: str, field: str, value: str | int) -> list[int]:
        """Give the ids, ascending, of the documents with that value in an indexed field."""
        with self.lock:
            ids = self._state.find(table, field, value)
            overlay = (self._pending or {}).get(table)
            if overlay is None:
                return sorted(ids)
            kept = {i for i in ids if not overlay.cleared and i not in overlay.deletes}
            kept -= overlay.puts.keys()
            kept |= {i for i, fields in overlay.puts.items() if fields.get(field) == value}
            return sorted(kept)

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
                self._pending[table] = Overlay(self._state.documents(table))
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
            raise StoreError(
                f"cannot save: {self.path} was opened for reading only; "
                "see `soma doctor` for what is wrong with it"
            )
        payload = dumps(operations if len(operations) > 1 else operations[0])
        line = frame(payload)
        # Parsing what was written makes the documents in memory those that a restart would give.
        record = json.loads(payload)
        self._journal.append(line)
        self._state.apply(record, len(line))

    # --- compaction

    @property
    def wants_compaction(self) -> bool:
        """Whether the journal is large and more than half of it is dead."""
        with self.lock:
            length = self._journal.length
            return length > COMPACT_ABOVE and self._state.live_bytes() < length // 2

    def compact(self) -> None:
        """Rewrite the journal without its dead records. Raises OSError, with nothing lost."""
        with self.lock:
            if self.read_only or self._pending is not None:
                return
            lines = [frame(dumps(record)) for record in self._state.snapshot()]
            self._journal.replace(lines)
            self._state.recount(len(line) for line in lines)

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
        """Close the journal."""
        with self.lock:
            self._journal.close()
