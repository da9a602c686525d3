"""A disk whose power can be cut: what was not synced is kept in part, in any part.

The files are real, and hold what a process would see. What has happened is kept in a log besides,
from which `after_power_loss` makes what a disk could hold had the power gone at some point of it:
of the pages written since a file's last sync any are there, the others are as they were or zero,
and the length is that before or after any of those writes; of the names made and changed since
their folder's last sync any are there.
"""

from __future__ import annotations

import errno
import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from store.disk import Disk

Change = Callable[[bytearray], object]


class FakeKill(BaseException):
    """Stands for the end of the process: what has not reached the disk's calls never will."""


@dataclass
class FakeFile:
    """What is on the medium of a file, and what was done to it since."""

    synced: bytes = b""
    changes: list[Change] = field(default_factory=list)

    def versions(self) -> list[bytes]:
        """The whole contents, as synced and after each change since."""
        made = [self.synced]
        for change in self.changes:
            content = bytearray(made[-1])
            change(content)
            made.append(bytes(content))
        return made

    def sync(self) -> None:
        self.synced = self.versions()[-1]
        self.changes.clear()

    def any_remains(self, chance: random.Random) -> bytes:
        """What is there after a power loss, one of all possibilities."""
        versions = self.versions()
        if len(versions) == 1 or chance.random() < 0.2:
            return chance.choice(versions)
        page = chance.choice([512, 4096])
        size = len(chance.choice(versions))
        parts = []
        for start in range(0, size, page):
            part = chance.choice(versions)[start : start + page]
            parts.append(part.ljust(page, b"\0"))
        return b"".join(parts)[:size]


class FakePower(Disk):
    """Real files in one folder, and the log of what was done to them.

    With `kill_at` the call of that number ends the process by FakeKill, with `fail_at` it fails.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kill_at = self.fail_at = -1
        self.calls = 0
        self.log: list[tuple[Any, ...]] = []
        self._names = {path.name: number for number, path in enumerate(sorted(folder.iterdir()))}
        self._begun = {n: (folder / name).read_bytes() for name, n in self._names.items()}
        self._begun_names = dict(self._names)
        self._open: dict[int, int] = {}
        self._next = len(self._names)

    def note(self, what: Any) -> None:
        """Put a mark into the log."""
        self.log.append(("note", what))

    def end_process(self) -> None:
        """Close what is open, as the end of a process does."""
        for descriptor in list(self._open):
            self.close(descriptor)

    def after_power_loss(self, point: int, chance: random.Random) -> tuple[dict[str, bytes], Any]:
        """What may be in the folder had the power gone after so many entries, and the last note."""
        files = {number: FakeFile(content) for number, content in self._begun.items()}
        names = dict(self._begun_names)
        renames: list[tuple[str, str, int]] = []
        noted = None
        for what, *rest in self.log[:point]:
            if what == "note":
                noted = rest[0]
            elif what == "create":
                files[rest[1]] = FakeFile()
                renames.append(("", *rest))
            elif what == "change":
                files[rest[0]].changes.append(rest[1])
            elif what == "fsync":
                files[rest[0]].sync()
            elif what == "rename":
                renames.append(tuple(rest))
            else:
                _apply(names, renames)
                renames.clear()
        _apply(names, [one for one in renames if chance.random() < 0.5])
        return {name: files[number].any_remains(chance) for name, number in names.items()}, noted

    def _call(self) -> None:
        self.calls += 1
        if self.calls - 1 == self.kill_at:
            raise FakeKill
        if self.calls - 1 == self.fail_at:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    def open(self, path: Path, flags: int) -> int:
        self._call()
        descriptor = super().open(path, flags)
        if flags & os.O_CREAT:
            self._names[path.name] = self._next
            self.log.append(("create", path.name, self._next))
            self._next += 1
        self._open[descriptor] = self._names[path.name]
        return descriptor

    def close(self, descriptor: int) -> None:
        del self._open[descriptor]
        super().close(descriptor)

    def write(self, descriptor: int, data: bytes, offset: int) -> int:
        try:
            self._call()
        except FakeKill:
            self._write(descriptor, data[: len(data) // 2], offset)
            raise
        return self._write(descriptor, data, offset)

    def reserve(self, descriptor: int, offset: int, length: int) -> None:
        self._call()
        self._note_change(descriptor, lambda content: _put(content, bytes(length), offset))
        super().reserve(descriptor, offset, length)

    def truncate(self, descriptor: int, length: int) -> None:
        self._call()
        self._note_change(descriptor, lambda content: content.__delitem__(slice(length, None)))
        super().truncate(descriptor, length)

    def fsync(self, descriptor: int) -> None:
        self._call()
        self.log.append(("fsync", self._number(descriptor)))

    def rename(self, source: Path, target: Path) -> None:
        self._call()
        super().rename(source, target)
        number = self._names.pop(source.name)
        self._names[target.name] = number
        self.log.append(("rename", source.name, target.name, number))

    def sync_directory(self, folder: Path) -> None:
        self._call()
        assert folder == self.folder
        self.log.append(("sync_directory",))

    def _write(self, descriptor: int, data: bytes, offset: int) -> int:
        self._note_change(descriptor, lambda content: _put(content, data, offset))
        return super().write(descriptor, data, offset)

    def _note_change(self, descriptor: int, change: Change) -> None:
        self.log.append(("change", self._number(descriptor), change))

    def _number(self, descriptor: int) -> int:
        return self._open[descriptor]


def _apply(names: dict[str, int], renames: list[tuple[str, str, int]]) -> None:
    for source, target, number in renames:
        names.pop(source, None)
        names[target] = number


def _put(content: bytearray, data: bytes, offset: int) -> None:
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(data)] = data
