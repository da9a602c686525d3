"""The starter model that ships with SOMA: its checkpoint lies in this folder.

llama.cpp reads GGUF, so the checkpoint is converted once and kept in a cache. Which file belongs
to which checkpoint is told by the sha256 of the checkpoint's files; so as not to hash them at
each start, the cache also keeps their sizes and times, and hashes again only when those differ.
"""

from __future__ import annotations

import json
import os
import time
from hashlib import sha256
from pathlib import Path
from typing import Literal

from store.errors import SomaError

CHECKPOINT = Path(__file__).parent
OUTTYPE: Literal["f16", "q8_0"] = "f16"
NAME = "SOMA starter"
FORMAT = 2
SUFFIXES = (".json", ".jinja", ".safetensors")
ABANDONED_S = 3600.0


def starter_gguf(cache: Path) -> Path:
    """The starter as a GGUF file in the folder `cache`, made there if it is missing (a second).

    A second call reads one small file. Two processes may do this at once: each writes a file of
    its own and renames it. GGUF files of other starter checkpoints are removed from the cache.
    Raises SomaError when the checkpoint is not there or the cache cannot be written.
    """
    note = cache / "starter.json"
    stamp, (known_stamp, known) = _stamp(), _read_note(note)
    if known is not None and known_stamp == stamp:
        return known
    gguf = cache / f"starter-{_key()}.gguf"
    if gguf != known:
        from training.convert import convert_checkpoint

        convert_checkpoint(CHECKPOINT, gguf, OUTTYPE, NAME)
    _write_note(note, {"stamp": stamp, "file": gguf.name, "size": gguf.stat().st_size})
    _remove_others(cache, gguf)
    return gguf


def _files() -> list[Path]:
    files = sorted(path for path in CHECKPOINT.iterdir() if path.suffix in SUFFIXES)
    if not any(path.suffix == ".safetensors" for path in files):
        raise SomaError(f"the starter model is missing from {CHECKPOINT}; install SOMA again")
    return files


def _stamp() -> str:
    parts = [f"{FORMAT} {OUTTYPE}"]
    for path in _files():
        status = path.stat()
        parts.append(f"{path.name} {status.st_size} {status.st_mtime_ns}")
    return "; ".join(parts)


def _key() -> str:
    """Sixteen hexadecimal digits that stand for the checkpoint and the way it is converted."""
    digest = sha256(f"{FORMAT} {OUTTYPE} {NAME}".encode())
    for path in _files():
        digest.update(f"\0{path.name}\0".encode())
        digest.update(sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _read_note(note: Path) -> tuple[str, Path | None]:
    """The stamp that was noted, and the file made then if it is there and whole."""
    try:
        content = json.loads(note.read_text(encoding="utf-8"))
        gguf = note.with_name(Path(content["file"]).name)
        return str(content["stamp"]), gguf if gguf.stat().st_size == content["size"] else None
    except (OSError, ValueError, KeyError, TypeError):
        return "", None


def _write_note(note: Path, content: dict[str, object]) -> None:
    scratch = note.with_name(f".{note.name}.{os.getpid()}.part")
    try:
        scratch.write_text(json.dumps(content), encoding="utf-8")
        scratch.replace(note)
    except OSError as error:
        raise SomaError(
            f"{note} cannot be written: {error.strerror}; check the folder and the disk"
        ) from error


def _remove_others(cache: Path, current: Path) -> None:
    abandoned = time.time() - ABANDONED_S
    for path in (*cache.glob("starter-*.gguf"), *cache.glob(".starter*.part")):
        try:
            if path != current and (path.suffix == ".gguf" or path.stat().st_mtime < abandoned):
                path.unlink()
        except FileNotFoundError:
            continue
        except OSError as error:
            raise SomaError(f"{path} cannot be removed: {error.strerror}; remove it") from error
