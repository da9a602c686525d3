"""One training run at a time: a lock that is handed to the run's process and dies with it."""

from __future__ import annotations

import fcntl
import os
import time
from dataclasses import dataclass
from pathlib import Path

from store.disk import failure
from store.errors import SomaError

HANDED_OVER = "SOMA_TRAINING_LOCK"
"""The variable of the environment that names the descriptor of a lock that was handed over."""
_TRIES = 20  # 5 ms apart


class UnderWayError(SomaError):
    """Another run is under way; the message names it."""


@dataclass(frozen=True, slots=True)
class Holder:
    """The run that is under way: its name and its process, 0 where that is not written yet."""

    run: str
    pid: int


class RunLock:
    """The right to train under the folder `runs`, taken on construction.

    Raises UnderWayError where a run has it, StoreError where it cannot be opened.
    """

    def __init__(self, runs: Path) -> None:
        self._path = path = runs / "lock"
        try:
            self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise failure("cannot open the lock of training", error, path) from error
        # Whoever looks at the lock holds it for a moment.
        for _ in range(_TRIES):
            try:
                fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(0.005)
                continue
            self.name("")
            return
        self.close()
        held = holder(runs)
        name = held.run if held and held.run else "another run"
        raise UnderWayError(
            f"{name} is under way, and one run at a time trains; wait for it with `soma train "
            "follow` or stop it with `soma train cancel`"
        )

    def name(self, run: str, pid: int = 0) -> None:
        """Write which run the lock is for, and which process it is handed to."""
        try:
            os.ftruncate(self.descriptor, 0)
            os.pwrite(self.descriptor, f"{run}\n{pid}\n".encode(), 0)
        except OSError as error:
            raise failure("cannot write the lock of training", error, self._path) from error

    def close(self) -> None:
        """Close this process's copy; one that was handed over stays held."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


def holder(runs: Path) -> Holder | None:
    """Give the run that is under way under the folder `runs`, None where there is none."""
    path = runs / "lock"
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        name, _, rest = path.read_text(errors="replace").partition("\n")
        pid = rest.partition("\n")[0]
        return Holder(name, int(pid) if pid.isdecimal() else 0)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return None
