"""Files of other assistants, read one conversation at a time: JSON lines, JSON arrays, archives.

However large a file is, only one conversation of it is in memory at a time.
"""

from __future__ import annotations

import contextlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from store.errors import SomaError

_BLOCK = 1 << 20
_NEAR_THE_END = 256
_DEEPEST = "it is nested too deeply"
OnRead = Callable[[int, int], None]


class ImportFileError(SomaError):
    """A file cannot be read, or is nothing that can be imported; the line says what to do."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a file: "line 3", or "conversation 3" of an array."""

    file: str
    kind: str
    number: int

    def __str__(self) -> str:
        return f"{self.file}, {self.kind} {self.number}"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A place that holds no JSON, and why."""

    place: Place
    reason: str


def read_file(
    path: Path, on_read: OnRead = lambda done, total: None
) -> Iterator[tuple[Place, Any] | Unreadable]:
    """Give every JSON value of a file in order, with its place.

    A file holds one value a line, or an array; an archive or folder such files (`*.jsonl` and
    `conversations*.json`). `on_read` is told how many bytes of how many were read.
    Raises ImportFileError where there is no such file, or it cannot be read.
    """
    try:
        if path.is_dir():
            yield from _read_folder(path, on_read)
        elif zipfile.is_zipfile(path):
            yield from _read_archive(path, on_read)
        else:
            with path.open("rb") as file:
                yield from _read_stream(path.name, file, _Progress(path.stat().st_size, on_read))
    except OSError as error:
        raise ImportFileError(
            f"{path} cannot be read: {error.strerror or error}; check the name and the rights"
        ) from error
    except (zipfile.BadZipFile, NotImplementedError, EOFError) as error:
        raise ImportFileError(f"{path} is a damaged archive ({error}); get it again") from error
    except RuntimeError as error:
        if isinstance(error, RecursionError) or "password" not in str(error):
            raise
        raise ImportFileError(f"{path} is encrypted; unpack it and import the folder") from error


class _Progress:
    def __init__(self, total: int, on_read: OnRead) -> None:
        self._done, self._total, self._on_read = 0, total, on_read

    def add(self, count: int) -> None:
        self._done += count
        self._on_read(min(self._done, self._total), self._total)


def _is_wanted(name: str) -> bool:
    last = name.replace("\\", "/").rpartition("/")[2]
    return last.endswith(".jsonl") or (last.startswith("conversations") and last.endswith(".json"))


def _nothing(path: Path) -> ImportFileError:
    return ImportFileError(
        f"{path} holds no conversations.json and no .jsonl file; "
        "name an export of ChatGPT or Claude, or a file of JSON lines"
    )


def _read_folder(path: Path, on_read: OnRead) -> Iterator[tuple[Place, Any] | Unreadable]:
    files = sorted(file for file in path.iterdir() if file.is_file() and _is_wanted(file.name))
    if not files:
        raise _nothing(path)
    progress = _Progress(sum(file.stat().st_size for file in files), on_read)
    for file in files:
        with file.open("rb") as opened:
            yield from _read_stream(file.name, opened, progress)


def _read_archive(path: Path, on_read: OnRead) -> Iterator[tuple[Place, Any] | Unreadable]:
    with zipfile.ZipFile(path) as archive:
        inside = [info for info in archive.infolist() if _is_wanted(info.filename)]
        if not inside:
            raise _nothing(path)
        progress = _Progress(sum(info.file_size for info in inside), on_read)
        for info in inside:
            with archive.open(info) as opened:
                yield from _read_stream(Path(info.filename).name, opened, progress)


def _read_stream(
    name: str, file: IO[bytes], progress: _Progress
) -> Iterator[tuple[Place, Any] | Unreadable]:
    stream = io.BufferedReader(file, _BLOCK) if not hasattr(file, "peek") else file  # type: ignore[type-var]
    start = stream.peek(_BLOCK)[:_BLOCK].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"["):
        yield from _read_array(name, stream, progress)
    else:
        yield from _read_lines(name, stream, progress)


def _read_lines(
    name: str, stream: IO[bytes], progress: _Progress
) -> Iterator[tuple[Place, Any] | Unreadable]:
    for number, line in enumerate(stream, 1):
        progress.add(len(line))
        text = line.decode("utf-8-sig" if number == 1 else "utf-8", "replace").strip()
        if not text:
            continue
        place = Place(name, "line", number)
        try:
            yield place, json.loads(text)
        except ValueError as error:
            yield Unreadable(place, f"is not JSON ({_said(error)})")
        except RecursionError:
            yield Unreadable(place, _DEEPEST)


def _read_array(
    name: str, stream: IO[bytes], progress: _Progress
) -> Iterator[tuple[Place, Any] | Unreadable]:
    """Read an array value by value: as much text is kept as the longest of them needs."""
    text = io.TextIOWrapper(stream, "utf-8-sig", errors="replace", newline="")
    decoder = json.JSONDecoder()
    buffer, number, ended = "", 0, False

    def more() -> bool:
        nonlocal buffer, ended
        block = text.read(max(_BLOCK, len(buffer)))
        progress.add(len(block))
        ended = not block
        buffer += block
        return not ended

    try:
        more()
        buffer = buffer.lstrip()[1:]
        while True:
            buffer = buffer.lstrip(" \t\r\n,")
            if not buffer and more():
                continue
            if buffer.startswith("]"):
                return
            number += 1
            place = Place(name, "conversation", number)
            if not buffer:
                yield Unreadable(place, "is missing, the file ends early; get it again")
                return
            try:
                value, length = _value(decoder, buffer, ended)
                while length < 0:
                    more()
                    value, length = _value(decoder, buffer, ended)
            except RecursionError:
                yield Unreadable(place, _DEEPEST)
                return
            except ValueError as error:
                said = _said(error)
                yield Unreadable(place, f"is damaged ({said}); what stands after it is not read")
                return
            buffer = buffer[length:]
            yield place, value
    finally:
        with contextlib.suppress(ValueError):
            text.detach()


def _value(decoder: json.JSONDecoder, buffer: str, ended: bool) -> tuple[Any, int]:
    """The value at the beginning of the buffer and its length; -1 where more text is needed.

    Raises ValueError for what is no JSON, however it goes on.
    """
    try:
        value, length = decoder.raw_decode(buffer)
    except json.JSONDecodeError as error:
        open_string = error.msg.startswith("Unterminated string")
        if ended or not (open_string or error.pos >= len(buffer) - _NEAR_THE_END):
            raise
        return None, -1
    if length == len(buffer) and not ended:
        return None, -1
    return value, length


def _said(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg.rstrip(' at')}, column {error.colno}"
    return str(error).splitlines()[0][:100]
