"""The journal file: a header and then one checksummed JSON line a commit, only ever appended to.

The first payload is the header `{"soma":"journal","format":1,"snapshot":n}`; the n records after
it were written by one compaction and are all there or the file is damaged. While the journal is
open, zeros follow the last record: room that is on disk already, so that a commit changes neither
the length of the file nor its place on the disk, which would take twice as long to sync.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

from store.copies import TORN
from store.disk import Disk, failure
from store.errors import StoreError
from store.frames import FORMAT, dumps, frame, header
from store.scan import Damage, Scan, read, scan

__all__ = [
    "FORMAT",
    "Damage",
    "Journal",
    "Rewrite",
    "Scan",
    "dumps",
    "frame",
    "header",
    "read",
    "scan",
]

RESERVE = 256 << 10  # bytes of zeros that are written ahead


class Rewrite:
    """A journal that is being written beside the one in use, to take its place in one step.

    Its methods raise OSError.
    """

    def __init__(self, path: Path, disk: Disk, snapshot: int) -> None:
        self.path = path
        self.length = 0
        self._disk = disk
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        self.descriptor = disk.open(path, flags)
        try:
            self.add([header(snapshot)])
        except OSError:
            self.abandon()
            raise

    def add(self, lines: Iterable[bytes]) -> None:
        """Put lines at the end."""
        data = b"".join(lines)
        if data:
            self._disk.write_all(self.descriptor, data, self.length)
            self.length += len(data)

    def sync(self) -> None:
        """Return when what was added is on the medium."""
        self._disk.fsync(self.descriptor)

    def abandon(self) -> None:
        """Take the file away again, unless it has taken the journal's place."""
        if self.descriptor >= 0:
            self._disk.close(self.descriptor)
            self.descriptor = -1
            with contextlib.suppress(OSError):
                self.path.unlink(missing_ok=True)

    def hand_over(self) -> int:
        """Give the descriptor to the journal whose place the file has taken."""
        descriptor, self.descriptor = self.descriptor, -1
        return descriptor


class Journal:
    """The journal file, opened for appending.

    After a failed write the file is cut back to its last good length; where that fails too,
    nothing more is written until it is opened again.
    """

    def __init__(self, path: Path, disk: Disk) -> None:
        self.path = path
        self.length = 0
        self._disk = disk
        self._descriptor = -1
        self._zeros_end = 0
        self._stopped = ""

    @property
    def is_open(self) -> bool:
        """Whether records can be appended, unless the disk forbids it."""
        return self._descriptor >= 0

    def start(self, found: Scan) -> None:
        """Be ready for `append` behind what was found in the file, which is on disk from here on.

        An unfinished record is set aside and cut off; where there is no journal one is made.
        Raises StoreError, with the records as they were.
        """
        try:
            self._new.unlink(missing_ok=True)
            if found.good_length == 0:
                self._create()
                return
            self._descriptor = self._disk.open(self.path, os.O_WRONLY)
            self.length, self._zeros_end = found.good_length, found.size
            if found.torn:
                self._keep_torn(found.torn)
                self._cut_back()
            # A process that died may have left records, or a rename, that are not on disk yet.
            self._disk.fsync(self._descriptor)
            self._disk.sync_directory(self.path.parent)
        except OSError as error:
            self.close()
            raise failure("cannot open the journal for writing", error, self.path) from error

    def append(self, line: bytes) -> None:
        """Put one line at the end; it is on the medium when this returns.

        Raises StoreError, with the journal as it was, where it cannot be written.
        """
        if self._stopped:
            raise StoreError(
                f"cannot save: writing stopped after an earlier error ({self._stopped}); "
                "close SOMA and open it again"
            )
        end = self.length + len(line)
        try:
            self._disk.write_all(self._descriptor, line, self.length)
            if end > self._zeros_end:
                self._reserve(end)
            self._disk.fsync(self._descriptor)
        except OSError as error:
            try:
                self._cut_back()
            except OSError:
                self._stopped = (error.strerror or str(error)).lower()
            raise failure("cannot save", error, self.path) from error
        self.length = end

    def rewrite(self, snapshot: int) -> Rewrite:
        """Begin a new journal whose first `snapshot` records are one state. Raises OSError."""
        return Rewrite(self._new, self._disk, snapshot)

    def change_over(self, rewrite: Rewrite) -> None:
        """Put a new journal in the place of the present one, in one step.

        Raises OSError; the old journal is then still the one in use, or, where only the sync of
        the folder failed, the new one, to which nothing more is written.
        """
        rewrite.sync()
        self._disk.rename(rewrite.path, self.path)
        old, self._descriptor = self._descriptor, rewrite.hand_over()
        self.length = self._zeros_end = rewrite.length
        if old >= 0:
            self._disk.close(old)
        try:
            self._disk.sync_directory(self.path.parent)
        except OSError as error:
            self._stopped = (error.strerror or str(error)).lower()
            raise

    def close(self) -> None:
        """Close the file; nothing is pending, so nothing but the zeros at its end is changed."""
        if self._descriptor >= 0:
            if not self._stopped and self._zeros_end > self.length:
                with contextlib.suppress(OSError):
                    self._disk.truncate(self._descriptor, self.length)
            self._disk.close(self._descriptor)
            self._descriptor = -1
        self._stopped = self._stopped or "it was closed"

    @property
    def _new(self) -> Path:
        return self.path.with_name(self.path.name + ".new")

    def _create(self) -> None:
        rewrite = self.rewrite(0)
        try:
            self.change_over(rewrite)
        except OSError:
            rewrite.abandon()
            raise

    def _reserve(self, end: int) -> None:
        """Write zeros behind a record. Without room for them the record is written all the same."""
        self._zeros_end = end
        with contextlib.suppress(OSError):
            self._disk.reserve(self._descriptor, end, RESERVE)
            self._zeros_end = end + RESERVE

    def _cut_back(self) -> None:
        self._disk.truncate(self._descriptor, self.length)
        self._zeros_end = self.length
        self._disk.fsync(self._descriptor)

    def _keep_torn(self, torn: bytes) -> None:
        number = 1
        while (side := self.path.with_name(f"{TORN}-{number}")).exists():
            number += 1
        descriptor = self._disk.open(side, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        try:
            self._disk.write_all(descriptor, torn)
            self._disk.fsync(descriptor)
        finally:
            self._disk.close(descriptor)
