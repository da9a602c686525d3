"""How much main memory a model may take: what is free, and what this process would give back."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

_KIB = 1024
_SECONDS_FOR_VM_STAT = 5.0
_RECLAIMABLE_ON_MACOS = ("free", "inactive", "speculative", "purgeable")


def free_memory(root: Path = Path("/")) -> int | None:
    """Bytes that can be had without swapping, within the limits of this process's control groups.

    Caches of files count as free. None where the system does not tell. `root` is where the folders
    `proc` and `sys` lie.
    """
    if sys.platform == "darwin":
        return _free_on_macos()
    free = _meminfo(root / "proc" / "meminfo", "MemAvailable")
    if free is None:
        return None
    return max(0, min([free, *_rooms_in_groups(root)]))


def own_memory(root: Path = Path("/")) -> int:
    """Bytes of this process's own memory, mapped files left out; 0 where that is not known."""
    return _meminfo(root / "proc" / "self" / "status", "RssAnon") or 0


def from_vm_stat(text: str) -> int | None:
    """Bytes that the output of macOS's `vm_stat` calls free, or that can be taken back at once."""
    size = re.search(r"page size of (\d+) bytes", text)
    pages = dict(re.findall(r"^Pages (\w+): +(\d+)\.", text, re.MULTILINE))
    if size is None or "free" not in pages:
        return None
    return int(size[1]) * sum(int(pages.get(kind, 0)) for kind in _RECLAIMABLE_ON_MACOS)


def _free_on_macos() -> int | None:
    try:
        done = subprocess.run(
            ["vm_stat"], capture_output=True, text=True, timeout=_SECONDS_FOR_VM_STAT, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return from_vm_stat(done.stdout)


def _meminfo(file: Path, name: str) -> int | None:
    found = re.search(rf"^{name}:\s+(\d+) kB", _read(file), re.MULTILINE)
    return int(found[1]) * _KIB if found else None


def _rooms_in_groups(root: Path) -> Iterator[int]:
    """What is left under each limit above this process, in control groups of both versions."""
    for line in _read(root / "proc" / "self" / "cgroup").splitlines():
        controllers, _, path = line.partition(":")[2].partition(":")
        if not controllers:
            top = root / "sys" / "fs" / "cgroup"
            names = ("memory.max", "memory.current", "inactive_file")
        elif "memory" in controllers.split(","):
            top = root / "sys" / "fs" / "cgroup" / "memory"
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
        else:
            continue
        group = top / path.strip("/")
        while group.is_relative_to(top):
            room = _room(group, *names)
            if room is not None:
                yield room
            group = group.parent


def _room(group: Path, limit_name: str, used_name: str, reclaimable_name: str) -> int | None:
    limit, used = _read(group / limit_name).strip(), _read(group / used_name).strip()
    if not (limit.isdigit() and used.isdigit()):
        return None
    statistics = _read(group / "memory.stat")
    reclaimable = re.search(rf"^{reclaimable_name} (\d+)$", statistics, re.MULTILINE)
    return int(limit) - int(used) + (int(reclaimable[1]) if reclaimable else 0)


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
