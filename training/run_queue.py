"""Runs that wait for their turn: each is a process of its own, with a lock in its folder."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from training.run_folder import PREFIX, RunFolder
from training.run_lock import HANDED_OVER, RunLock, UnderWayError, holder

QUEUED = "SOMA_TRAINING_QUEUED"
"""The variable of the environment that says that the lock handed over is that of a waiting run."""
ASKING = (signal.SIGTERM, signal.SIGUSR1)
"""The signals by which a run is asked to be cancelled and to pause."""
_SECONDS_BETWEEN_TRIES = 0.3


def waiting(runs: Path) -> list[str]:
    """Give the names of the runs in the folder `runs` that wait, the one that is next first."""
    folders = [RunFolder(path) for path in runs.glob(f"{PREFIX}*")]
    numbered = sorted((one for one in folders if one.number), key=lambda one: one.number)
    return [one.name for one in numbered if holder(one.path) is not None]


def wait_for_turn(folder: RunFolder, stopped: Callable[[], object]) -> RunLock | None:
    """Wait in a process that was handed the lock of its folder, until it is alone and first; give
    the lock of training. None where it was stopped before."""
    runs = folder.path.parent
    while not stopped():
        if next(iter(waiting(runs)), folder.name) == folder.name:
            try:
                lock = RunLock(runs)
            except UnderWayError:
                pass
            else:
                lock.name(folder.name, os.getpid())
                os.close(int(os.environ.pop(HANDED_OVER)))
                return lock
        time.sleep(_SECONDS_BETWEEN_TRIES)
    return None
