"""A disk that fails on purpose."""

from __future__ import annotations

import errno
import os
import signal
from pathlib import Path

from store.disk import Disk

KINDS = ("open", "write", "fsync", "truncate", "rename", "sync_directory")


class FakeDisk(Disk):
    """Real files, but the calls whose numbers are in `failing` fail.

    `kinds` restricts the counting to some operations; "reserve" is one more, whose failure is no
    error. A failing write puts half of its bytes into the file first. `calls` lists the operations
    that were counted.
    """

    def __init__(
        self,
        failing: range | set[int] = frozenset(),
        kinds: tuple[str, ...] = KINDS,
        error: int = errno.ENOSPC,
    ) -> None:
        self.failing = failing
        self.kinds = kinds
        self.error = error
        self.calls: list[str] = []
        self.bytes_written = 0

    def _count(self, kind: str) -> bool:
        if kind not in self.kinds:
            return False
        self.calls.append(kind)
        return len(self.calls) - 1 in self.failing

    def _fail(self) -> OSError:
        return OSError(self.error, os.strerror(self.error))

    def open(self, path: Path, flags: int) -> int:
        if self._count("open"):
            raise self._fail()
        return super().open(path, flags)

    def write(self, descriptor: int, data: bytes, offset: int) -> int:
        if self._count("write"):
            super().write(descriptor, data[: len(data) // 2], offset)
            raise self._fail()
        self.bytes_written += len(data)
        return super().write(descriptor, data, offset)

    def reserve(self, descriptor: int, offset: int, length: int) -> None:
        if self._count("reserve"):
            super().reserve(descriptor, offset, length // 2)
            raise self._fail()
        super().reserve(descriptor, offset, length)

    def fsync(self, descriptor: int) -> None:
        if self._count("fsync"):
            raise self._fail()
        super().fsync(descriptor)

    def truncate(self, descriptor: int, length: int) -> None:
        if self._count("truncate"):
            raise self._fail()
        super().truncate(descriptor, length)

    def rename(self, source: Path, target: Path) -> None:
        if self._count("rename"):
            raise self._fail()
        super().rename(source, target)

    def sync_directory(self, folder: Path) -> None:
        if self._count("sync_directory"):
            raise self._fail()
        super().sync_directory(folder)


class FakeDeadlyDisk(FakeDisk):
    """A disk at whose Nth call the process is killed: before it, in the midst of it or after."""

    def __init__(self, number: int, when: str) -> None:
        super().__init__({number}, kinds=(*KINDS, "reserve"))
        self.when = when

    def _count(self, kind: str) -> bool:
        is_due = super()._count(kind)
        if is_due and self.when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        if len(self.calls) - 2 in self.failing and self.when == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return is_due and self.when == "amidst" and kind in ("write", "reserve")

    def _fail(self) -> OSError:
        os.kill(os.getpid(), signal.SIGKILL)
        return super()._fail()


class FakeShortDisk(Disk):
    """A disk that takes at most `most` bytes at a time, always or in the calls named in `short`."""

    def __init__(self, most: int, short: set[int] | None = None) -> None:
        self.most = most
        self.short = short
        self.calls = 0

    def write(self, descriptor: int, data: bytes, offset: int) -> int:
        self.calls += 1
        if self.short is None or self.calls - 1 in self.short:
            data = data[: self.most]
        return super().write(descriptor, data, offset)


class FakeHastyDisk(Disk):
    """A disk that says it has synced and has not, for tests that do not cut its power."""

    def fsync(self, descriptor: int) -> None:
        pass

    def sync_directory(self, folder: Path) -> None:
        pass
