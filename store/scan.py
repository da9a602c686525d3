"""Reading a journal file: what checks, what is damaged, and what was being written at the end."""

from __future__ import annotations

import contextlib
import gc
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zlib import crc32

from store.disk import failure
from store.errors import DamagedError, StoreError
from store.frames import (
    FORMAT,
    NOTHING,
    PREFIX,
    Mentioned,
    begins_like_a_header,
    header,
    mentioned_in,
    whole_frames,
)

_BLOCK = 1 << 20  # bytes that are split into lines, and parsed, at once
_NAMES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Damage:
    """A place in the journal that does not hold what was written; `record` 0 is the header.

    `about` are the documents that the place spoke of, as far as that can still be read.
    """

    record: int
    offset: int
    length: int
    reason: str
    about: Mentioned = NOTHING

    def __str__(self) -> str:
        told = [f"record {self.record} (byte {self.offset}, {self.length} bytes): {self.reason}"]
        if self.about.written:
            told.append(f"it held {listed(self.about.written)}")
        if self.about.deleted:
            told.append(f"it deleted {listed(self.about.deleted)}")
        return "; ".join(told)


def listed(documents: Iterable[tuple[str, int]]) -> str:
    """Name documents by table and id, the first of them where there are many."""
    by_table: dict[str, list[int]] = {}
    for count, (table, doc_id) in enumerate(documents):
        if count == _NAMES_SHOWN:
            by_table.setdefault("and more", [])
            break
        by_table.setdefault(table, []).append(doc_id)
    return ", ".join(" ".join([table, *map(str, ids)]) for table, ids in by_table.items())


@dataclass(slots=True)
class Scan:
    """What a journal file holds.

    `records` are the payloads that check, with the number, the offset and the length of each in
    `places`; `good_length` is where the next record goes; `torn` is the unfinished record that
    begins there; `size` is the length of the file, whose rest is zeros.
    """

    format: int
    size: int
    good_length: int
    torn: bytes
    records: list[Any] = field(default_factory=list)
    places: list[tuple[int, int, int]] = field(default_factory=list)
    damage: list[Damage] = field(default_factory=list)


def read(path: Path) -> Scan:
    """Read and scan a journal file; a missing one is empty."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        data = b""
    except OSError as error:
        raise failure("cannot read the journal", error, path) from error
    return scan(data, path)


def scan(data: bytes, path: Path) -> Scan:
    """Check and parse the bytes of the journal at `path`, which is only named in errors.

    Raises DamagedError for a foreign file, StoreError for a newer format. Damage in a journal is
    listed, not raised, and every record that checks is given, be it behind damage.

    Only the last record can be torn, because it is on disk before the next one is written; what
    is not on disk of a torn record is missing at its end, or reads as zeros.
    """
    end = data.rfind(b"\n") + 1
    rest = data[end:].rstrip(b"\0")
    if end == 0 and (header().startswith(rest) or begins_like_a_header(rest)):
        found = Scan(FORMAT, len(data), 0, rest)
        if not header().startswith(rest):
            found.damage.append(Damage(0, 0, len(rest), "the header was cut off"))
        return found
    reading = _Reading(data, path)
    last = data.rfind(b"\n", 0, max(end - 1, 0)) + 1
    if last and b"\0" in data[last:end] and not whole_frames(data[last:end]):
        end, rest = last, data[last:].rstrip(b"\0")
    reading.lines(end)
    frames = whole_frames(rest)
    if frames and frames[-1][1] < len(rest):
        reading.bad_line(end, rest)
        end, rest = end + len(rest), b""
    return reading.finish(end, rest)


class _Reading:
    """Lines of a journal that are being checked and, a block of them at a time, parsed."""

    def __init__(self, data: bytes, path: Path) -> None:
        self._data = data
        self._path = path
        self._found = Scan(FORMAT, len(data), 0, b"")
        self._payloads: list[bytes] = []
        self._places: list[tuple[int, int, int]] = []
        self._number = 0
        self._count = 0  # records that are there, whole or not
        self._whole = 0
        self._snapshot = 0

    def lines(self, end: int) -> None:
        """Check the lines up to `end`, just behind a newline."""
        offset = 0
        while offset < end:
            stop = self._data.rfind(b"\n", offset, min(offset + _BLOCK, end)) + 1
            stop = stop or self._data.index(b"\n", offset) + 1
            for line in self._data[offset : stop - 1].split(b"\n"):
                payload = line[PREFIX:-1]
                if line[:PREFIX] == b'["%08x",' % crc32(payload) and line[-1:] == b"]":
                    self._payloads.append(payload)
                    self._places.append((self._number, offset, len(line) + 1))
                    self._number += 1
                    self._count += 1
                else:
                    self.bad_line(offset, line)
                offset += len(line) + 1
            self._parse()

    def bad_line(self, offset: int, line: bytes) -> None:
        """Take from a line that does not check the records in it that do."""
        place, remains = 0, []
        frames = whole_frames(line)
        for start, end in frames:
            remains.append(line[place:start])
            self._payloads.append(line[start + PREFIX : end - 1])
            self._places.append((self._number, offset + start, end - start + 1))
            place = end
        remains.append(line[place:])
        only_ends = bool(frames) and max(map(len, remains)) <= 1
        reason = "the end of the line is wrong" if only_ends else "the checksum is wrong"
        about = NOTHING if only_ends else mentioned_in(b"".join(remains))
        length = min(len(line) + 1, len(self._data) - offset)
        self._found.damage.append(Damage(self._number, offset, length, reason, about))
        self._number += 1
        self._count += max(1, len(frames))

    def finish(self, end: int, torn: bytes) -> Scan:
        """Give what was found. Raises DamagedError for a file of which nothing checks."""
        self._parse()
        if not self._whole:
            raise _foreign(self._path)
        found = self._found
        found.good_length, found.torn = end, torn
        if (missing := self._snapshot + 1 - self._count) > 0:
            reason = f"{missing} records of the last compaction are missing"
            found.damage.append(Damage(self._number, end, len(torn), reason))
        found.damage.sort(key=lambda damage: damage.offset)
        return found

    def _parse(self) -> None:
        """Parse payloads at once, which takes half the time of one by one."""
        payloads, places, found = self._payloads, self._places, self._found
        self._payloads, self._places = [], []
        self._whole += len(payloads)
        if places and places[0][:2] == (0, 0):
            found.format, self._snapshot = _read_header(payloads.pop(0), self._path)
            del places[0]
        try:
            records = json.loads((b"[%b]" % b",".join(payloads)).decode())
        except (ValueError, RecursionError):
            records = []
        if len(records) == len(payloads):
            found.records += records
            found.places += places
            return
        for payload, place in zip(payloads, places, strict=True):
            try:
                found.records.append(json.loads(payload.decode()))
                found.places.append(place)
            except (ValueError, RecursionError):
                found.damage.append(Damage(*place, "it is not JSON"))


@contextlib.contextmanager
def collector_paused() -> Iterator[None]:
    """Pause the cycle collector, which would walk all documents again and again."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def _read_header(payload: bytes, path: Path) -> tuple[int, int]:
    try:
        value = json.loads(payload)
    except (ValueError, RecursionError):
        raise _foreign(path) from None
    if not isinstance(value, dict) or value.get("soma") != "journal":
        raise _foreign(path)
    version, snapshot = value.get("format"), value.get("snapshot", 0)
    if type(version) is not int or type(snapshot) is not int:
        raise _foreign(path)
    if version > FORMAT:
        raise StoreError(
            f"{path} was written by a newer SOMA (journal format {version}, this one reads up to "
            f"{FORMAT}); update SOMA, or set SOMA_HOME to another folder"
        )
    return version, snapshot


def _foreign(path: Path) -> DamagedError:
    return DamagedError(
        f"{path} is not a journal of SOMA; move it away, or set SOMA_HOME to another folder"
    )
