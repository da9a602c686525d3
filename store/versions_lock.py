"""One change of the versions at a time, by whatever process: a lock that dies with its holder."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from store.errors import StoreError

_SECONDS_BETWEEN_TRIES = 0.02


@contextmanager
def versions_lock(folder: Path, patience_s: float) -> Iterator[None]:
    """The right to change what lies in a folder; waited for so many seconds.

    Raises StoreError where another process keeps it for longer, OSError where there is no lock.
    """
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _take(descriptor, patience_s)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, patience_s: float) -> None:
    deadline = time.monotonic() + patience_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise StoreError(
                    "another process is changing the versions; try again in a moment"
                ) from None
            time.sleep(_SECONDS_BETWEEN_TRIES)
