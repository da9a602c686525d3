"""`soma convert …`: a checkpoint in Hugging Face's form becomes a GGUF file."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from pathlib import Path
from typing import Any

from agents.text import visible
from soma_tui.figures import byte_count
from store.paths import Home
from training.convert import convert_checkpoint, out_type

DEFAULT_TYPE = "f16"


def run(home: Home, arguments: argparse.Namespace) -> int:
    """Converts with progress on standard error, and says what was made."""
    # What ends the command must not leave files of several gigabytes behind.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: sys.exit(128 + number))
    progress = _Progress()
    started = time.monotonic()
    out = Path(arguments.out).expanduser()
    try:
        _convert(arguments, out, progress)
    finally:
        progress.end()
    made = {"file": str(out), "bytes": out.stat().st_size, "seconds": time.monotonic() - started}
    if arguments.json:
        print(json.dumps(made, ensure_ascii=False))
    else:
        print(f"{visible(str(out))} · {byte_count(out.stat().st_size)} · {made['seconds']:.0f} s")
    return 0


def _convert(arguments: argparse.Namespace, out: Path, progress: _Progress) -> None:
    convert_checkpoint(
        Path(arguments.folder).expanduser(),
        out,
        out_type(arguments.outtype or DEFAULT_TYPE),
        arguments.name,
        overwrite=arguments.overwrite,
        on_progress=progress.show,
    )


class _Progress:
    """One line that is drawn again on a terminal, one line a stage elsewhere."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._told: Any = None

    def show(self, doing: str, share: float | None) -> None:
        """Says what is done and how much of it."""
        percent = int(100 * (share or 0))
        told = (doing, percent) if self._live else doing
        if told == self._told:
            return
        self._told = told
        if self._live:
            print(f"\r\x1b[K{doing} {percent} %", end="", file=sys.stderr, flush=True)
        else:
            print(doing, file=sys.stderr, flush=True)

    def end(self) -> None:
        """Takes the line away."""
        if self._live and self._told:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
