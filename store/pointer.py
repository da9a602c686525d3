"""Which version of a specialist serves: one small file, replaced in one step."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from store.disk import Disk
from store.version import FORMAT, VersionError, read_json, require_format

MOST_MOVES = 500


@dataclass(frozen=True, slots=True)
class Move:
    """A change of what serves, to a version or, "", to the base; `at` is in Unix seconds, `how` is
    "deploy" or "roll back"."""

    version: str
    at: float
    how: str


@dataclass(frozen=True, slots=True)
class Pointer:
    """`serving` is a version or "" for the base; `before` are those that it can be rolled back to,
    the last one first; `moves` is all that has happened, the newest last."""

    serving: str = ""
    before: tuple[str, ...] = ()
    moves: tuple[Move, ...] = ()

    def moved(self, move: Move, before: tuple[str, ...]) -> Pointer:
        """Give the pointer after a move."""
        return Pointer(move.version, before, (*self.moves, move)[-MOST_MOVES:])


def pointer_file(folder: Path, specialist: str) -> Path:
    """Give the file that says which version of a specialist serves."""
    return folder / f"serving-{specialist}.json"


def read_pointer(file: Path) -> Pointer:
    """Give what a pointer's file says; one that is not there says: the base.

    Raises VersionError where it cannot be read, or is from a newer SOMA.
    """
    if not file.exists():
        return Pointer()
    content = read_json(file)
    require_format(content, file.name)
    try:
        serving, before = content["serving"], tuple(content["before"])
        moves = tuple(Move(**one) for one in content["moves"])
    except (KeyError, TypeError) as error:
        raise VersionError(f"{file} is not what was written") from error
    if not all(isinstance(name, str) for name in (serving, *before)):
        raise VersionError(f"{file} is not what was written")
    return Pointer(serving, before, moves)


def pointer_json(pointer: Pointer) -> dict[str, Any]:
    """Give what `read_pointer` reads."""
    moves = [{"version": one.version, "at": one.at, "how": one.how} for one in pointer.moves]
    return {
        "format": FORMAT,
        "serving": pointer.serving,
        "before": list(pointer.before),
        "moves": moves,
    }


def write_json(disk: Disk, file: Path, content: Mapping[str, Any]) -> None:
    """Put a JSON object in the place of a file in one step, and on the medium. Raises OSError."""
    scratch = file.with_name(f".{file.name}.part")
    try:
        write_file(disk, scratch, (json.dumps(content, indent=1) + "\n").encode())
        disk.rename(scratch, file)
    except OSError:
        scratch.unlink(missing_ok=True)
        raise
    disk.sync_directory(file.parent)


def write_file(disk: Disk, file: Path, data: bytes) -> None:
    """Write a file whole and have it on the medium. Raises OSError."""
    descriptor = disk.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    try:
        disk.write_all(descriptor, data)
        disk.fsync(descriptor)
    finally:
        disk.close(descriptor)
