"""The lines of a journal: a JSON payload, framed with its checksum.

A line is `["<CRC32 of the payload, 8 hex digits>",<payload>]` and a newline. JSON escapes control
characters, so a line holds neither another newline nor a zero byte.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple
from zlib import crc32

FORMAT = 1
PREFIX = 12  # the bytes of `["0123abcd",`

_HEAD = re.compile(rb'\["[0-9a-f]{8}",')
_PUT = re.compile(rb'\["((?:[^"\\]|\\.){1,100})",(\d{1,15}),\{')

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


def header(snapshot: int = 0, version: int = FORMAT) -> bytes:
    """Give the first line of a journal whose next `snapshot` records are one state."""
    return frame(dumps({"soma": "journal", "format": version, "snapshot": snapshot}))


def begins_like_a_header(data: bytes) -> bool:
    """Say whether this may be what is left of a header's beginning, whatever its checksum."""
    pattern = header()[: PREFIX + len(b'{"soma":"journal"')]
    return all(
        ours == theirs or (2 <= place < 10 and theirs in b"0123456789abcdef")
        for place, (ours, theirs) in enumerate(zip(pattern, data, strict=False))
    )


def whole_frames(line: bytes) -> list[tuple[int, int]]:
    """Find the frames that check within a line that does not, as pairs of start and end."""
    found: list[tuple[int, int]] = []
    place = 0
    while (head := _HEAD.search(line, place)) is not None:
        end = _end_of_frame(line, head.start())
        if end:
            found.append((head.start(), end))
        place = end or head.start() + 1
    return found


def _end_of_frame(line: bytes, start: int) -> int:
    """Find where a frame that begins at `start` ends; 0 if none does."""
    checksum, place = 0, start + PREFIX
    wanted = line[start:place]
    while (end := line.find(b"]", place)) >= 0:
        checksum = crc32(line[place:end], checksum)
        if wanted == b'["%08x",' % checksum:
            return end + 1
        checksum, place = crc32(b"]", checksum), end + 1
    return 0


class Mentioned(NamedTuple):
    """The documents that a record writes and those that it deletes, by table and id."""

    written: tuple[tuple[str, int], ...] = ()
    deleted: tuple[tuple[str, int], ...] = ()


NOTHING = Mentioned()


def mentioned_in(remains: bytes) -> Mentioned:
    """Give the documents that a damaged line was about, as far as it can still be read."""
    try:
        record = json.loads(remains[PREFIX:-1].decode(errors="replace"))
    except (ValueError, RecursionError):
        record = None
    written: list[tuple[str, int]] = []
    deleted: list[tuple[str, int]] = []
    if isinstance(record, list) and record:
        for operation in [record] if isinstance(record[0], str) else record:
            match operation:
                case [str(table), int(doc_id), _]:
                    written.append((table, doc_id))
                case [str(table), [*doc_ids]]:
                    deleted += [(table, doc_id) for doc_id in doc_ids if isinstance(doc_id, int)]
    if not written and not deleted:
        written = [(table.decode(errors="replace"), int(n)) for table, n in _PUT.findall(remains)]
    return Mentioned(tuple(dict.fromkeys(written)), tuple(dict.fromkeys(deleted)))
