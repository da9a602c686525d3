"""SHA-256 digests of large files, worked out once: a file of another size or time is another."""

from __future__ import annotations

import contextlib
import json
import os
import threading
from hashlib import sha256
from pathlib import Path
from typing import Any

from store.disk import failure

_PIECE = 1 << 22  # bytes that are read in one go
_MOST = 200


def file_digest(path: Path) -> str:
    """Give the SHA-256 of a file's bytes in hexadecimal. Takes as long as the disk does.

    Raises StoreError where it cannot be read.
    """
    digest = sha256()
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
    except OSError as error:
        raise failure("the file cannot be read", error, path) from error
    return digest.hexdigest()


class Digests:
    """Digests by path, size, time of change and number on the disk; methods for any thread.

    With a `file`, such as one in the cache, they are kept there for the next time; what is lost of
    it is worked out again.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._known: dict[str, list[Any]] | None = None if file else {}

    def of(self, path: Path) -> str:
        """Give the SHA-256 of a file. Raises StoreError where it cannot be read."""
        try:
            found = path.stat()
        except OSError as error:
            raise failure("the file cannot be read", error, path) from error
        stamp = [found.st_size, found.st_mtime_ns, found.st_ino]
        with self._lock:
            if self._known is None:
                self._known = self._read()
            known = self._known.get(str(path))
            if known is not None and known[:3] == stamp:
                return str(known[3])
            digest = file_digest(path)
            self._known.pop(str(path), None)
            self._known[str(path)] = [*stamp, digest]
            self._write(self._known)
            return digest

    def _read(self) -> dict[str, list[Any]]:
        assert self._file is not None
        try:
            content = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        rows = content.items() if isinstance(content, dict) else ()
        return {path: row for path, row in rows if isinstance(row, list) and len(row) == 4}

    def _write(self, known: dict[str, list[Any]]) -> None:
        if self._file is None:
            return
        newest = dict(list(known.items())[-_MOST:])
        scratch = self._file.with_name(f".{self._file.name}.{os.getpid()}.part")
        with contextlib.suppress(OSError):
            scratch.write_text(json.dumps(newest), encoding="utf-8")
            scratch.replace(self._file)
