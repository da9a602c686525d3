"""The data directory of a demo: a new one that goes when it ends, or one that is kept."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from store.errors import SomaError
from store.paths import Home
from training.run_lock import holder

_SECONDS_TO_END = 10.0
_STEP = 0.02


@contextmanager
def demo_home(keep: Path | None) -> Iterator[Home]:
    """Give a fresh data directory: `keep`, which stays, else one that is removed at the end with
    whatever still trains in it.

    Raises SomaError where `keep` is there already and is no empty folder.
    """
    if keep is not None:
        if keep.exists() and (not keep.is_dir() or any(keep.iterdir())):
            raise SomaError(f"{keep} is there already; name a new folder to keep the demo in")
        home = Home(keep.absolute())
        home.create()
        yield home
        return
    with tempfile.TemporaryDirectory(prefix="soma-demo-", ignore_cleanup_errors=True) as folder:
        home = Home(Path(folder))
        home.create()
        try:
            yield home
        finally:
            _end_run(home)


def _end_run(home: Home) -> None:
    """Kill the run that is under way, if there is one, and wait for its end."""
    deadline = time.monotonic() + _SECONDS_TO_END
    while (held := holder(home.runs)) is not None and time.monotonic() < deadline:
        if held.pid:
            with suppress(ProcessLookupError):
                os.kill(held.pid, signal.SIGKILL)
        time.sleep(_STEP)
