"""How the records of journals in older formats are read."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from pathlib import Path
from typing import Any

from store.errors import StoreError
from store.frames import FORMAT

Step = Callable[[Any], Any]

STEPS: dict[int, Step] = {}
"""By a format's number, what makes a record of it one of the next format."""


def upgrade_from(version: int, path: Path) -> Step:
    """Give what makes a record of that format, in the journal at `path`, one of today's.

    Raises StoreError where the way is not known.
    """
    missing = [number for number in range(version, FORMAT) if number not in STEPS]
    if missing or version < 0:
        raise StoreError(
            f"{path} was written by an older SOMA (journal format {version}) that this one cannot "
            "read; open it with a SOMA that came in between, then with this one"
        )
    steps = [STEPS[number] for number in range(version, FORMAT)]
    return lambda record: reduce(lambda value, step: step(value), steps, record)
