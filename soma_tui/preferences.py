"""How the screen was left: the theme, in a small file that is read before the first frame."""

from __future__ import annotations

import contextlib
import json
import logging
import os
from pathlib import Path

_log = logging.getLogger(__name__)


class Preferences:
    """Values by name in a JSON file. One that is missing or cannot be read holds nothing."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._values: dict[str, str] = {}
        with contextlib.suppress(OSError, ValueError):
            read = json.loads(file.read_text(encoding="utf-8"))
            if isinstance(read, dict):
                self._values = {str(key): str(value) for key, value in read.items()}

    def get(self, name: str, default: str) -> str:
        """The value that was kept under a name, else the default."""
        return self._values.get(name, default)

    def keep(self, name: str, value: str) -> None:
        """Keep a value; where the disk refuses, only this session has it."""
        if self._values.get(name) == value:
            return
        self._values[name] = value
        new = self._file.with_suffix(".new")
        try:
            new.write_text(json.dumps(self._values, indent=1) + "\n", encoding="utf-8")
            os.replace(new, self._file)
        except OSError:
            _log.warning("%s could not be written", self._file, exc_info=True)
