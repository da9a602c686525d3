"""Headers of model files, each read once while its file stays as it is."""

from __future__ import annotations

import re
from pathlib import Path

from agents.engine.gguf_file import GgufHeader, ModelFileError, read_header

_PART = re.compile(r"(.+)-(\d{5})-of-(\d{5})\.gguf")
_MOST_PARTS = 100
_Stamp = tuple[tuple[int, int], ...]
_seen: dict[Path, tuple[_Stamp, GgufHeader | str]] = {}


def header_of(path: Path) -> GgufHeader:
    """The header as `read_header` gives it, or gave it for the same path, size and time.

    The parts of a split model count as one file. Raises ModelFileError, also the second time.
    """
    stamp = _stamp(path)
    known = _seen.get(path)
    if known is None or known[0] != stamp:
        found: GgufHeader | str
        try:
            found = read_header(path)
        except ModelFileError as error:
            found = str(error)
        known = _seen[path] = (stamp, found)
    if isinstance(known[1], str):
        raise ModelFileError(known[1])
    return known[1]


def is_later_part(name: str) -> bool:
    """Whether a file of that name is the second or a later part of a split model."""
    part = _PART.fullmatch(name)
    return part is not None and int(part[2]) > 1


def without_part(name: str) -> str:
    """A file's name without `.gguf` and without the number of its part."""
    part = _PART.fullmatch(name)
    return part[1] if part else name.removesuffix(".gguf")


def _stamp(path: Path) -> _Stamp:
    part = _PART.fullmatch(path.name)
    names = [path.name]
    if part is not None:
        count = min(int(part[3]), _MOST_PARTS)
        names = [f"{part[1]}-{number:05}-of-{part[3]}.gguf" for number in range(1, count + 1)]
    return tuple(_size_and_time(path.with_name(name)) for name in names)


def _size_and_time(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except (OSError, ValueError):
        return (-1, -1)
    return (status.st_size, status.st_mtime_ns)
