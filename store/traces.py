"""Traces of words in the files of the data directory, outside of the live journal."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from store.disk import Disk
from store.paths import Home
from store.pointer import write_json
from store.redaction import Needles
from store.version import EVALUATION

_PIECE = 1 << 22  # bytes that are looked at in one go
_OVERLAP = 1 << 12  # bytes of the piece before that are looked at again
_NOT_WORDS = frozenset((".gguf", ".safetensors", ".bin", ".npy"))


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """What was done to files: lines taken out of logs, copies removed, and what still holds
    them. Paths are relative to the data directory."""

    cleaned: tuple[str, ...]
    removed: tuple[str, ...]
    remaining: tuple[str, ...]
    searched: int


def scrub(home: Home, needles: Needles) -> Scrubbed:
    """Take words out of everything in the data directory but the live journal and the models.

    Logs lose the lines that hold them, and what was measured of a model the sentences. Copies of
    the journal and what lies in the cache are removed whole. What is left is named. Model files
    are not searched: their weights are no words, and what they were trained on is told elsewhere.
    """
    cleaned, removed, remaining = [], [], []
    searched = 0
    for path in _files(home):
        searched += 1
        if path == home.db / "journal.jsonl" or not holds(path, needles):
            continue
        name = str(path.relative_to(home.root))
        if path.suffix == ".log" or ".log." in path.name:
            _clean(path, needles)
            cleaned.append(name)
        elif path.name == EVALUATION and _redact(path, needles):
            cleaned.append(name)
        elif _is_copy(path, home):
            path.unlink(missing_ok=True)
            removed.append(name)
        else:
            remaining.append(name)
    return Scrubbed(tuple(cleaned), tuple(removed), tuple(remaining), searched)


def _files(home: Home) -> Iterator[Path]:
    """The files that are searched; the lock names the process that runs and is emptied by it."""
    for folder, folders, names in os.walk(home.root):
        if Path(folder) == home.root:
            folders[:] = [name for name in folders if name != "models"]
        for name in sorted(names):
            path = Path(folder, name)
            if path == home.db / "lock":
                continue
            if path.is_file() and not path.is_symlink() and path.suffix not in _NOT_WORDS:
                yield path


def _is_copy(path: Path, home: Home) -> bool:
    """Whether a file is a copy or can be made again: beside the journal, in the cache, or in a
    folder that a repair left."""
    known = (home.db, home.cache)
    aside = path.parent.parent == home.root and "journal" in path.name
    return aside or any(path.is_relative_to(folder) for folder in known)


def holds(path: Path, needles: Needles) -> bool:
    """Whether a file holds one of the words, plainly or as JSON writes it; a missing one none."""
    try:
        with path.open("rb") as file:
            before = b""
            while piece := file.read(_PIECE):
                if needles.are_in(_read(before + piece)):
                    return True
                before = piece[-_OVERLAP:]
    except FileNotFoundError:
        return False
    return False


def _read(data: bytes) -> str:
    text = data.decode("utf-8", "replace")
    if "\\" not in text:
        return text
    parts = [text]
    for line in text.split("\n"):
        with contextlib.suppress(ValueError, RecursionError):
            parts.append(json.dumps(json.loads(line), ensure_ascii=False))
    parts.append(text.replace("\\n", "\n").replace('\\"', '"').replace("\\t", "\t"))
    return "\n".join(parts)


def _redact(path: Path, needles: Needles) -> bool:
    """Take words out of all texts of a JSON file; False where that is not enough."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        return False

    def redacted(value: Any) -> Any:
        if isinstance(value, str):
            return needles.redact(value) if needles.are_in(value) else value
        if isinstance(value, list):
            return [redacted(one) for one in value]
        if isinstance(value, dict):
            return {name: redacted(one) for name, one in value.items()}
        return value

    write_json(Disk(), path, redacted(content))
    return not holds(path, needles)


def _clean(path: Path, needles: Needles) -> None:
    """Write a log anew in its place, so that who has it open goes on writing to it."""
    with path.open("r+b") as file:
        lines = file.read().split(b"\n")
        kept = [line for line in lines if not needles.are_in(line.decode("utf-8", "replace"))]
        file.seek(0)
        file.write(b"\n".join(kept))
        file.truncate()
        file.flush()
        os.fsync(file.fileno())
