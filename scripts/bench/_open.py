"""Opens stored messages in a process of its own; prints the seconds and the memory that it took.

Usage: python scripts/bench/_open.py store FOLDER | json FILE
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path


def memory(name: str) -> int:
    """Bytes of RAM: `VmRSS` now, `VmHWM` at most so far; 0 where the system does not say."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


def main() -> None:
    """Opens the one or the other and prints one JSON object."""
    kind, name = sys.argv[1:]
    from store.conversations import Conversations
    from store.database import Database
    from store.paths import Home

    before = memory("VmRSS")
    started = time.perf_counter()
    if kind == "store":
        database = Database.open(Home(Path(name)))
        seconds = time.perf_counter() - started
        conversations = Conversations(database)
        count = len(conversations.list())
    else:
        with Path(name).open(encoding="utf-8") as file:
            loaded = json.load(file)
        seconds = time.perf_counter() - started
        count = len(loaded["conversations"])
    figures = {
        "seconds": seconds,
        "resident_bytes": memory("VmRSS") - before,
        "peak_bytes": memory("VmHWM") - before,
        "conversations": count,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
