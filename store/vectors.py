"""Vectors of texts in a file: derived data, float16, found by a hash of the text.

A record is the hash (64 bits) and the vector. The header names the model; a file of another one is
begun anew. A record that was cut off, or whose vector has not the length 1, counts as missing.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Collection, Sequence
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from store.errors import StoreError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

HEADER = 256
FORMAT = 1
_TOLERANCE = 0.02


def text_hash(text: str) -> int:
    """The hash under which the vector of a text is found."""
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=8).digest())


def pair_hash(before: int, text: int) -> int:
    """The hash of a text behind another, of the hashes of both."""
    both = before.to_bytes(8) + text.to_bytes(8)
    return int.from_bytes(blake2b(both, digest_size=8).digest())


def products(rows: Floats, vector: Floats) -> Floats:
    """The product of each row with a vector, on one thread.

    A BLAS that shares its cores with a model that decodes waits for them, five times as long.
    """
    import numpy as np

    found: Floats = np.einsum("ij,j->i", rows, vector)
    return found


class VectorFile:
    """Vectors of `size` numbers by the model `model`, in the file at `path`. Not thread-safe.

    Raises StoreError where the file cannot be written.
    """

    def __init__(self, path: Path, model: str, size: int) -> None:
        import numpy as np

        self.path = path
        self._size = size
        self._type = np.dtype([("hash", "<u8"), ("vector", "<f2", (size,))])
        about = {"format": FORMAT, "model": model, "size": size}
        self._header = json.dumps(about).encode().ljust(HEADER)
        self._places: dict[int, int] = {}
        self._count = 0
        self._view: Any = None
        self._begin()
        self._read()

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, text: int) -> bool:
        return text in self._places

    def place(self, text: int) -> int | None:
        """The number of a text's record; it holds until `keep_only`."""
        return self._places.get(text)

    def at(self, places: Sequence[int] | NDArray[np.intp]) -> Floats:
        """The vectors of the records with those numbers, in that order."""
        import numpy as np

        if not len(places):
            return np.empty((0, self._size), np.float32)
        halves = np.asarray(self._mapped())["vector"][np.asarray(places)]
        return _as_floats(halves)

    def add(self, texts: Sequence[int], vectors: Floats) -> None:
        """Keep the vectors of texts that are not there yet."""
        import numpy as np

        records = np.zeros(len(texts), self._type)
        records["hash"], records["vector"] = texts, vectors
        try:
            with open(self.path, "r+b", opener=_private) as file:
                file.seek(HEADER + self._count * self._type.itemsize)
                file.write(records.tobytes())
        except OSError as error:
            raise _not_written(self.path, error) from error
        for text in texts:
            self._places[text] = self._count
            self._count += 1

    def keep_only(self, texts: Collection[int]) -> int:
        """Take every other vector out of the file; gives how many were, and renumbers the rest."""
        import numpy as np

        wanted = [text for text in self._places if text in texts]
        removed = self._count - len(wanted)
        if not removed:
            return 0
        records = np.zeros(len(wanted), self._type)
        records["hash"] = wanted
        records["vector"] = self.at([self._places[text] for text in wanted])
        scratch = self.path.with_name(f".{self.path.name}.part")
        try:
            with open(scratch, "wb", opener=_private) as file:
                file.write(self._header)
                file.write(records.tobytes())
            scratch.replace(self.path)
        except OSError as error:
            raise _not_written(self.path, error) from error
        self._read()
        return removed

    def _begin(self) -> None:
        """See to it that the file is there and has our header."""
        try:
            with open(self.path, "a+b", opener=_private) as file:
                file.seek(0)
                if file.read(HEADER) != self._header:
                    file.truncate(0)
                    file.write(self._header)
        except OSError as error:
            raise _not_written(self.path, error) from error

    def _read(self) -> None:
        """Find the whole records of the file; a later one of the same text counts."""
        import numpy as np

        self._places.clear()
        self._view = None
        length = self.path.stat().st_size - HEADER
        self._count = max(0, length // self._type.itemsize)
        if not self._count:
            return
        records = self._mapped()
        for first in range(0, self._count, 8192):
            part = records[first : first + 8192]
            with np.errstate(over="ignore", invalid="ignore"):
                norms = np.linalg.norm(part["vector"].astype(np.float32), axis=1)
            for place in np.flatnonzero(np.abs(norms - 1) < _TOLERANCE):
                self._places[int(part["hash"][place])] = first + int(place)

    def _mapped(self) -> Any:
        import numpy as np

        if self._view is None or len(self._view) < self._count:
            self._view = np.memmap(self.path, self._type, "r", HEADER, (self._count,))
        return self._view


def _as_floats(halves: NDArray[np.float16]) -> Floats:
    """The same numbers in single precision, looked up: numpy converts them slower one by one."""
    import numpy as np

    floats: Floats = np.take(_table(), halves.view(np.uint16))
    return floats


@cache
def _table() -> Floats:
    import numpy as np

    with np.errstate(invalid="ignore"):
        floats: Floats = np.arange(1 << 16, dtype=np.uint16).view(np.float16).astype(np.float32)
    return floats


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CREAT, 0o600)


def _not_written(path: Path, error: OSError) -> StoreError:
    with contextlib.suppress(OSError):
        path.with_name(f".{path.name}.part").unlink()
    return StoreError(
        f"{path} cannot be written: {error.strerror or error}; check the folder and the disk"
    )
