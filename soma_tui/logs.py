"""Where SOMA's own log goes."""

from __future__ import annotations

import contextlib
import logging
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from store.paths import Home

_LARGEST_LOG = 1_000_000


def start_log(home: Home) -> Path:
    """Sends this process's log to `logs/soma.log` and gives its path.

    A log that has grown past a megabyte is set aside as `soma.log.1` first.
    """
    file = home.logs / "soma.log"
    with contextlib.suppress(FileNotFoundError):
        if file.stat().st_size > _LARGEST_LOG:
            file.replace(file.with_suffix(".log.1"))
    handler = logging.FileHandler(file, encoding="utf-8", errors="backslashreplace", delay=True)
    handler.setFormatter(
        logging.Formatter("%(asctime)s %(levelname)s %(process)d %(name)s: %(message)s")
    )
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    return file
