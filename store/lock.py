"""One writer a data directory: a lock that dies with its process and names its holder."""

from __future__ import annotations

import contextlib
import os
import sys
import time
import weakref
from pathlib import Path

try:
    import fcntl
except ImportError as error:
    raise ImportError(
        "SOMA needs Linux, macOS or WSL: this Python has no `fcntl` to lock its data with"
    ) from error

from store.disk import failure
from store.errors import LockedError

_PATIENCE = 20  # tries, 5 ms apart

_held: weakref.WeakSet[WriterLock] = weakref.WeakSet()


class WriterLock:
    """The right to write to a data directory, taken on construction.

    Raises LockedError with the pid of the process that has it. The lock file stays behind on
    purpose: deleting it would let two processes lock two files of the same name.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise failure("cannot open the lock", error, path) from error
        try:
            self._take(path)
        except OSError as error:
            self.forget()
            raise failure("cannot lock the data directory", error, path) from error
        except LockedError:
            self.forget()
            raise
        self._write_holder()
        _held.add(self)

    def release(self) -> None:
        """Give the right back; a second call does nothing."""
        if self._descriptor >= 0:
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, 0)
            self.forget()

    def forget(self) -> None:
        """Close this process's copy of the lock; one that its parent holds stays held."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _take(self, path: Path) -> None:
        """Lock the file; a holder without a living pid has just come or is about to go."""
        for _ in range(_PATIENCE):
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if pid := _living_pid(path):
                    raise _locked(pid) from None
                time.sleep(0.005)
            else:
                return
        raise _locked(0)

    def _write_holder(self) -> None:
        """Name this process in the file; without room for it only the name in an error is lost."""
        command = " ".join(sys.argv)[:200]
        with contextlib.suppress(OSError):
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, f"{os.getpid()}\n{command}\n".encode(errors="replace"), 0)


def holder(path: Path) -> int | None:
    """Give the pid of the process that holds the lock, 0 if it left no number, None if free."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _living_pid(path)
    except OSError:
        return None
    else:
        return None
    finally:
        os.close(descriptor)


def _living_pid(path: Path) -> int:
    """Read the holder's pid; 0 where the file names no living process."""
    try:
        pid = int(path.read_text(errors="replace").split("\n")[0])
        os.kill(pid, 0)
    except PermissionError:
        return pid
    except (OSError, ValueError, OverflowError):
        return 0
    return pid if pid > 0 else 0


def _locked(pid: int) -> LockedError:
    process = f"process {pid}" if pid else "another process"
    return LockedError(
        f"SOMA is already open ({process}); use that window, or a headless command such as "
        '`soma ask "…"`, which works through it',
        pid,
    )


def _forget_all() -> None:
    for lock in list(_held):
        lock.forget()


os.register_at_fork(after_in_child=_forget_all)
