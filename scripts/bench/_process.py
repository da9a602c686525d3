"""What a process and its children cost: time of a processor, memory. Reads /proc, so Linux only."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from store.errors import SomaError

_PROC = Path("/proc")
_AFTER_NAME_PARENT, _USER, _SYSTEM = 1, 11, 12


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident memory in MB (10^6 bytes).

    `rss` is all of it, `anonymous` the part that belongs to no file: neither libraries nor mapped
    weights.
    """

    rss: float
    anonymous: float


def check_platform() -> None:
    """Raises SomaError where processes cannot be measured."""
    if not (_PROC / "self" / "stat").exists():
        raise SomaError(f"processes are measured by /proc, which {sys.platform} lacks; use Linux")


def fields_of_stat(stat: str) -> list[str]:
    """What stands in /proc/PID/stat behind the name, which may hold blanks and brackets."""
    return stat.rpartition(")")[2].split()


def family(pid: int) -> list[int]:
    """The process and all that descend from it and still run."""
    children: dict[int, list[int]] = {}
    for folder in _PROC.iterdir():
        if folder.name.isdigit():
            fields = _stat(int(folder.name))
            if fields:
                children.setdefault(int(fields[_AFTER_NAME_PARENT]), []).append(int(folder.name))
    found = [pid]
    for member in found:
        found += children.get(member, [])
    return found


def processor_seconds(pid: int) -> float:
    """User and system time of the process and its children that run, to a hundredth of a second."""
    ticks = 0
    for member in family(pid):
        fields = _stat(member)
        ticks += int(fields[_USER]) + int(fields[_SYSTEM]) if fields else 0
    return ticks / os.sysconf("SC_CLK_TCK")


def memory(pid: int) -> Memory:
    """The memory of the process and its children, added up."""
    rss = anonymous = 0
    for member in family(pid):
        try:
            status = (_PROC / str(member) / "status").read_text()
        except OSError:
            continue
        rss += kilobytes(status, "VmRSS")
        anonymous += kilobytes(status, "RssAnon")
    return Memory(rss * 1024 / 1e6, anonymous * 1024 / 1e6)


def kilobytes(status: str, name: str) -> int:
    """A figure of /proc/PID/status; 0 where it is missing."""
    for line in status.splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    return 0


def _stat(pid: int) -> list[str]:
    try:
        return fields_of_stat((_PROC / str(pid) / "stat").read_text())
    except OSError:
        return []
