"""The few file operations that durability rests on, and their failures in plain words."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from store.errors import StoreError

_REASONS = {
    errno.ENOSPC: "the disk is full ({path}); free some space and try again",
    errno.EDQUOT: "your disk quota is used up ({path}); free some space and try again",
    errno.EFBIG: "the file may not grow any further ({path}); raise the limit on file sizes",
    errno.EACCES: "permission denied ({path}); give yourself write permission and try again",
    errno.EPERM: "permission denied ({path}); give yourself write permission and try again",
    errno.EROFS: "the file system is read-only ({path}); make it writable or move SOMA_HOME",
    errno.EIO: "the disk reports an error ({path}); check it, and copy the folder elsewhere",
    errno.ENOLCK: "the file system of {path} has no locks; move SOMA_HOME to a local disk",
    errno.EISDIR: "a folder is in the place of the file {path}; move it away",
}

# Times of the last change need not be synced; macOS has no call that leaves them out.
_sync = getattr(os, "fdatasync", os.fsync)


def failure(what: str, error: OSError, path: Path) -> StoreError:
    """Turn an operating system's error into one line: `what` failed, why, and what to do."""
    reason = _REASONS.get(error.errno or 0)
    if reason is None:
        return StoreError(f"{what}: {(error.strerror or str(error)).lower()} ({path})")
    return StoreError(f"{what}: {reason.format(path=path)}")


class Disk:
    """File operations of the operating system; a test hands in one that fails on purpose.

    They raise OSError.
    """

    def open(self, path: Path, flags: int) -> int:
        """Open a file, created with mode 0600 where `flags` say so; gives a descriptor."""
        return os.open(path, flags | os.O_CLOEXEC, 0o600)

    def close(self, descriptor: int) -> None:
        """Give a descriptor back; nothing is synced."""
        os.close(descriptor)

    def write(self, descriptor: int, data: bytes, offset: int) -> int:
        """Write once at `offset`; gives the number of bytes that were taken, maybe too few."""
        return os.pwrite(descriptor, data, offset)

    def reserve(self, descriptor: int, offset: int, length: int) -> None:
        """Write `length` zeros at `offset`, so that later writes there need no new room."""
        os.pwrite(descriptor, bytes(length), offset)

    def fsync(self, descriptor: int) -> None:
        """Return when the system says that the file's bytes and length are on the medium."""
        _sync(descriptor)

    def truncate(self, descriptor: int, length: int) -> None:
        """Cut the file to `length` bytes."""
        os.ftruncate(descriptor, length)

    def rename(self, source: Path, target: Path) -> None:
        """Put `source` in the place of `target` in one step."""
        os.replace(source, target)

    def sync_directory(self, folder: Path) -> None:
        """Return when the names in `folder` are on the medium."""
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def write_all(self, descriptor: int, data: bytes, offset: int = 0) -> None:
        """Write every byte; a short write is continued until an error says why it was short."""
        written = self.write(descriptor, data, offset)
        while written < len(data):
            taken = self.write(descriptor, data[written:], offset + written)
            if taken <= 0:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            written += taken
