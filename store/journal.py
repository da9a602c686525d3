"""The journal file: a header and then one checksummed JSON line a commit, only ever appended to.

A line is `["<CRC32 of the payload, 8 hex digits>",<payload>]` and a newline, so that the file is
also plain JSON lines. The first payload is the header `{"soma":"journal","format":1,"snapshot":n}`;
the n records after it were written by one compaction and are all there or the file is damaged.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any
from zlib import crc32

from store.disk import Disk, failure
from store.errors import DamagedError, StoreError

FORMAT = 1
_PREFIX = 12  # the bytes of `["0123abcd",`
_BATCH = 4096

_encode: Callable[[Any], str] = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), check_circular=False
).encode
_encode_ascii: Callable[[Any], str] = json.JSONEncoder(separators=(",", ":")).encode


def dumps(value: Any) -> bytes:
    """Serialise to compact UTF-8; lone surrogates, which UTF-8 lacks, are escaped."""
    try:
        return _encode(value).encode()
    except UnicodeEncodeError:
        return _encode_ascii(value).encode()


def frame(payload: bytes) -> bytes:
    """Give the journal's line for a payload."""
    return b'["%08x",%b]\n' % (crc32(payload), payload)


def header(snapshot: int = 0) -> bytes:
    """Give the first line of a journal whose next `snapshot` records are one state."""
    return frame(dumps({"soma": "journal", "format": FORMAT, "snapshot": snapshot}))


@dataclass(frozen=True, slots=True)
class Damage:
    """A place in the journal that does not hold what was written; `record` 0 is the header."""

    record: int
    offset: int
    length: int
    reason: str

    def __str__(self) -> str:
        return f"record {self.record} (byte {self.offset}, {self.length} bytes): {self.reason}"


@dataclass(slots=True)
class Scan:
    """What a journal file holds.

    `records` are the payloads that check, with the lengths of their lines in `lengths`;
    `good_length` is where the next record goes; `torn` is the unfinished record after it.
    """

    format: int
    records: list[Any]
    lengths: list[int]
    good_length: int
    torn: bytes
    damage: list[Damage]


def scan(data: bytes, path: Path) -> Scan:
    """Check and parse the bytes of the journal at `path`, which is only named in errors.

    Raises DamagedError for a foreign file, StoreError for a newer format. Damage behind a good
    header is listed, not raised. Only one line at the very end can be torn, because a record is
    on disk before the next one is written.
    """
    if header().startswith(data) or (len(data) <= len(header()) and not data.strip(b"\0")):
        return Scan(FORMAT, [], [], 0, data, [])
    lines = data.split(b"\n")
    rest = lines.pop()
    bad: dict[int, str] = {}
    payloads = []
    for number, line in enumerate(lines):
        payload = line[_PREFIX:-1]
        if line[:_PREFIX] != b'["%08x",' % crc32(payload) or line[-1:] != b"]":
            bad[number] = "the checksum is wrong"
        else:
            payloads.append(payload)
    if not lines or (0 in bad and len(bad) > len(lines) // 2):
        raise _foreign(path)
    torn = rest
    if not rest and len(lines) - 1 in bad and len(lines) > 1:
        torn = lines.pop() + b"\n"
        del bad[len(lines)]
    if _begins_whole(torn):
        lines.append(torn[:-1])
        bad[len(lines) - 1] = "the end of the line is wrong"
        torn = b""
    try:
        records = _parse(payloads)
    except (ValueError, RecursionError) as error:
        raise DamagedError(f"{path} holds a record that is not JSON ({error})") from error
    version, snapshot = (FORMAT, 0) if 0 in bad else _read_header(records.pop(0), path)
    lengths = [len(line) + 1 for line in lines]
    starts = list(accumulate(lengths, initial=0)) if bad else []
    damage = [Damage(n, starts[n], lengths[n], why) for n, why in sorted(bad.items())]
    good_length = len(data) - len(torn)
    if len(lines) <= snapshot:
        missing = f"{snapshot + 1 - len(lines)} records of the last compaction are missing"
        damage.append(Damage(len(lines), good_length, len(torn), missing))
    bad.setdefault(0, "")
    lengths = [length for number, length in enumerate(lengths) if number not in bad]
    return Scan(version, records, lengths, good_length, torn, damage)


def _begins_whole(torn: bytes) -> bool:
    """Say whether a whole record begins this line and more follows, so that it is not torn."""
    checksum, start = 0, _PREFIX
    while (end := torn.find(b"]", start)) >= 0:
        checksum = crc32(torn[start:end], checksum)
        if torn[:_PREFIX] == b'["%08x",' % checksum:
            return len(torn) > end + 1
        checksum, start = crc32(b"]", checksum), end + 1
    return False


def _parse(payloads: list[bytes]) -> list[Any]:
    """Parse many payloads at once, which takes half the time of one by one."""
    values: list[Any] = []
    for start in range(0, len(payloads), _BATCH):
        batch = b",".join(payloads[start : start + _BATCH])
        values += json.loads((b"[%b]" % batch).decode())
    return values


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


def _read_header(value: Any, path: Path) -> tuple[int, int]:
    if not isinstance(value, dict) or value.get("soma") != "journal":
        raise _foreign(path)
    version, snapshot = value.get("format"), value.get("snapshot", 0)
    if not isinstance(version, int) or not isinstance(snapshot, int):
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


def read(path: Path) -> Scan:
    """Read and scan a journal file; a missing one is empty."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        data = b""
    except OSError as error:
        raise failure("cannot read the journal", error, path) from error
    return scan(data, path)


class Journal:
    """The journal file, opened for appending.

    After a failed write the file is cut back to its last good length; where that fails too,
    nothing more is written until it is opened again.
    """

    def __init__(self, path: Path, disk: Disk) -> None:
        self.path = path
        self.length = 0
        self._disk = disk
        self._descriptor = -1
        self._stopped = ""

    @property
    def is_open(self) -> bool:
        """Whether records can be appended, unless the disk forbids it."""
        return self._descriptor >= 0

    @property
    def _new(self) -> Path:
        return self.path.with_name(self.path.name + ".new")

    def open(self) -> Scan:
        """Read what is there, cut off a torn record, be ready for `append`.

        Raises DamagedError where records before the last are damaged; nothing is written then.
        """
        found = read(self.path)
        if found.damage:
            raise DamagedError(
                f"the journal {self.path} is damaged at {found.damage[0]}; "
                "nothing was changed; `soma doctor` shows more"
            )
        try:
            self._new.unlink(missing_ok=True)
            if found.good_length == 0:
                self.replace([])
            else:
                self._descriptor = self._disk.open(self.path, os.O_WRONLY | os.O_APPEND)
                self.length = found.good_length
                if found.torn:
                    self._keep_torn(found.torn)
                    self._cut_back()
        except OSError as error:
            self.close()
            raise failure("cannot open the journal for writing", error, self.path) from error
        return found

    def append(self, line: bytes) -> None:
        """Put one line at the end; it is on the medium when this returns.

        Raises StoreError, with the journal as it was, where it cannot be written.
        """
        if self._stopped:
            raise StoreError(
                f"cannot save: writing stopped after an earlier error ({self._stopped}); "
                "close SOMA and open it again"
            )
        try:
            self._disk.write_all(self._descriptor, line)
            self._disk.fsync(self._descriptor)
        except OSError as error:
            try:
                self._cut_back()
            except OSError:
                self._stopped = (error.strerror or str(error)).lower()
            raise failure("cannot save", error, self.path) from error
        self.length += len(line)

    def replace(self, lines: Iterable[bytes]) -> None:
        """Put a journal of these records in the place of the present one, in one step.

        Raises OSError; the old journal is then still the one in use, or, where only the sync of
        the folder failed, the new one, to which nothing more is written.
        """
        body = list(lines)
        new = self._disk.open(self._new, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_TRUNC)
        try:
            data = b"".join([header(len(body)), *body])
            self._disk.write_all(new, data)
            self._disk.fsync(new)
            self._disk.rename(self._new, self.path)
        except OSError:
            os.close(new)
            with contextlib.suppress(OSError):
                self._new.unlink(missing_ok=True)
            raise
        old, self._descriptor, self.length = self._descriptor, new, len(data)
        if old >= 0:
            os.close(old)
        try:
            self._disk.sync_directory(self.path.parent)
        except OSError as error:
            self._stopped = (error.strerror or str(error)).lower()
            raise

    def close(self) -> None:
        """Close the file; nothing is pending, so nothing is written."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        self._stopped = self._stopped or "it was closed"

    def _cut_back(self) -> None:
        self._disk.truncate(self._descriptor, self.length)
        self._disk.fsync(self._descriptor)

    def _keep_torn(self, torn: bytes) -> None:
        if not torn.strip(b"\0"):
            return
        number = 1
        while (side := self.path.with_name(f"journal.torn-{number}")).exists():
            number += 1
        descriptor = self._disk.open(side, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        try:
            self._disk.write_all(descriptor, torn)
            self._disk.fsync(descriptor)
        finally:
            os.close(descriptor)
