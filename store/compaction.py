"""Rewriting the journal without its dead records, while it goes on being written to."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from store.frames import dumps, frame
from store.journal import Journal, Rewrite
from store.state import FrozenTable

COMPACT_ABOVE = 8 << 20  # bytes of journal below which dead records are left alone

_CHUNK = 64 << 10  # bytes that are put together between two pauses
_SYNC_EVERY = 8 << 20  # so that no commit waits long behind what is not on disk yet
_PAUSE_S = 0.002  # for the other threads, which this one would keep from Python otherwise

Pause = Callable[[], object]


def write_snapshot(tables: list[FrozenTable], rewrite: Rewrite, pause: Pause) -> list[int]:
    """Write the records of all tables; gives the bytes that each takes. Raises OSError."""
    lengths = []
    lines: list[bytes] = []
    size, synced = 0, rewrite.length
    for table in tables:
        before = rewrite.length
        for record in table.records():
            line = frame(dumps(record))
            lines.append(line)
            size += len(line)
            if size >= _CHUNK:
                rewrite.add(lines)
                lines, size = [], 0
                if rewrite.length - synced >= _SYNC_EVERY:
                    rewrite.sync()
                    synced = rewrite.length
                pause()
        rewrite.add(lines)
        lines, size = [], 0
        lengths.append(rewrite.length - before)
    return lengths


def replace(journal: Journal, tables: list[FrozenTable]) -> None:
    """Put a journal of these tables in the place of the present one, in one step.

    Raises OSError as `Journal.change_over` does.
    """
    rewrite = journal.rewrite(sum(table.count for table in tables))
    try:
        write_snapshot(tables, rewrite, lambda: None)
        journal.change_over(rewrite)
    except BaseException:
        rewrite.abandon()
        raise


class Compactable(Protocol):
    """What a compactor works on."""

    @property
    def length(self) -> int:
        """The length of the journal in bytes."""

    @property
    def wants_compaction(self) -> bool:
        """Whether so much of it is dead that a compaction is worth it."""

    def compact(self, pause: Pause) -> None:
        """Do it; `pause` is called now and then. Raises OSError, with nothing lost."""


class Compactor:
    """Compacts a journal in a thread of its own, whenever that is worth it.

    Where it cannot be done the journal stays as it is, `tell` hears why, and it is tried again
    after the journal has grown by a quarter.
    """

    def __init__(self, storage: Compactable, tell: Callable[[str], None]) -> None:
        self._storage = storage
        self._tell = tell
        self._thread: threading.Thread | None = None
        self._hurry = threading.Event()
        self._not_below = 0

    def consider(self) -> None:
        """Start a compaction if one is due and none runs; called after every commit."""
        length = self._storage.length
        if length <= max(COMPACT_ABOVE, self._not_below) or self._hurry.is_set():
            return
        if self.is_running or not self._storage.wants_compaction:
            return
        self._not_below = length * 5 // 4
        self._thread = threading.Thread(target=self._run, name="compaction", daemon=True)
        self._thread.start()

    @property
    def is_running(self) -> bool:
        """Whether a compaction runs."""
        return self._thread is not None and self._thread.is_alive()

    def finish(self) -> None:
        """Wait for the compaction that runs, which no longer pauses; start none from here on."""
        self._hurry.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        try:
            self._storage.compact(lambda: self._hurry.wait(_PAUSE_S))
            self._not_below = self._storage.length * 9 // 8
        except OSError as error:
            self._tell(f"the journal could not be compacted: {error.strerror or error}")
