"""Completes the path of a file while it is typed, as a shell does."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

MOST_ENTRIES = 10_000


@dataclass(frozen=True, slots=True)
class Completion:
    """`text` with what is certain added, and the names that it may go on to."""

    text: str
    names: tuple[str, ...] = ()


def complete(text: str, suffix: str | tuple[str, ...]) -> Completion:
    """What `text` can become: folders, and files whose names end in `suffix`, or one of them.

    Hidden entries are offered once a dot has been typed. Reads one folder.
    """
    folder, slash, start = text.rpartition(os.sep)
    if not slash and text.startswith("~"):
        return Completion(f"~{os.sep}" if text == "~" else text)
    try:
        with os.scandir(Path(f"{folder}{slash}" or ".").expanduser()) as entries:
            names = sorted(
                name
                for _, entry in zip(range(MOST_ENTRIES), entries, strict=False)
                if (name := _offered(entry, start, suffix))
            )
    except (OSError, RuntimeError, ValueError):
        return Completion(text)
    if not names:
        return Completion(text)
    common = _beginning(names)
    return Completion(f"{folder}{slash}{common}", tuple(names) if len(names) > 1 else ())


def _beginning(names: list[str]) -> str:
    """What all of the sorted names begin with: what the first and the last share."""
    first, last = names[0], names[-1]
    length = 0
    while length < min(len(first), len(last)) and first[length] == last[length]:
        length += 1
    return first[:length]


def problem_of(text: str) -> str:
    """Why the path is no file that can be looked at, in a few words; empty if it is one."""
    if not text.strip():
        return ""
    try:
        path = Path(text.strip()).expanduser()
        if path.is_dir():
            return "is a folder; Tab lists what is in it"
        return "" if path.is_file() else "does not exist"
    except (OSError, RuntimeError, ValueError):
        return "cannot be looked at"


def _offered(entry: os.DirEntry[str], start: str, suffix: str | tuple[str, ...]) -> str:
    if not entry.name.startswith(start) or (entry.name.startswith(".") and not start):
        return ""
    try:
        if entry.is_dir():
            return entry.name + os.sep
    except OSError:
        return ""
    return entry.name if entry.name.lower().endswith(suffix) else ""
