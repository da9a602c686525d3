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
from store.errors import SomaError
from store.paths import Home
from training.adapter import convert_adapter
from training.convert import convert_checkpoint, out_type
from training.merge import merge_to_checkpoint, merge_to_gguf
from training.modelfile import check_modelfile, write_modelfile
from training.tools import OnProgress

DEFAULT_TYPE = "f16"
DEFAULT_ADAPTER_TYPE = "f32"
USAGE = "soma convert DIR OUT.gguf, or soma convert --adapter DIR --base DIR OUT.gguf"


def run(home: Home, arguments: argparse.Namespace) -> int:
    """Converts with progress on standard error, and says what was made."""
    paths = _paths(arguments)
    out = paths[-1]
    # What ends the command must not leave files of several gigabytes behind.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: sys.exit(128 + number))
    progress = _Progress()
    started = time.monotonic()
    checkpoint = Path(arguments.base).expanduser() if arguments.base else paths[0]
    if arguments.modelfile:
        check_modelfile(out, overwrite=arguments.overwrite)
    try:
        _convert(arguments, paths, progress.show)
        if arguments.modelfile:
            write_modelfile(checkpoint, out, overwrite=arguments.overwrite)
    finally:
        progress.end()
    files = out.iterdir() if out.is_dir() else [out]
    size, seconds = sum(file.stat().st_size for file in files), time.monotonic() - started
    if arguments.json:
        made = {"file": str(out), "bytes": size, "seconds": seconds}
        print(json.dumps(made, ensure_ascii=False))
    else:
        print(f"{visible(str(out))} · {byte_count(size)} · {seconds:.0f} s")
    return 0


def _convert(arguments: argparse.Namespace, paths: list[Path], show: OnProgress) -> None:
    out, overwrite = paths[-1], arguments.overwrite
    name = arguments.name
    if arguments.adapter is None:
        kind = out_type(arguments.outtype or DEFAULT_TYPE)
        convert_checkpoint(paths[0], out, kind, name, overwrite=overwrite, on_progress=show)
        return
    adapter, base = Path(arguments.adapter).expanduser(), Path(arguments.base).expanduser()
    if arguments.merge:
        kind = out_type(arguments.outtype or DEFAULT_TYPE)
        if out.suffix == ".gguf":
            merge_to_gguf(base, adapter, out, kind, name, overwrite=overwrite, on_progress=show)
        else:
            merge_to_checkpoint(base, adapter, out, kind, on_progress=show)
        return
    kind = out_type(arguments.outtype or DEFAULT_ADAPTER_TYPE)
    convert_adapter(adapter, base, out, kind, name, overwrite=overwrite, on_progress=show)


def _paths(arguments: argparse.Namespace) -> list[Path]:
    """The folder, unless an adapter's is named, and the file to write."""
    if (arguments.adapter is None) != (arguments.base is None):
        raise SomaError("--adapter and --base belong together: name the folders of both")
    if len(arguments.path) != (2 if arguments.adapter is None else 1):
        raise SomaError(f"which is the file to write? {USAGE}")
    paths = [Path(path).expanduser() for path in arguments.path]
    if arguments.merge and arguments.adapter is None:
        raise SomaError("--merge needs an adapter and its base: name --adapter and --base")
    whole = arguments.adapter is None or arguments.merge
    if arguments.modelfile and not (whole and paths[-1].suffix == ".gguf"):
        raise SomaError("--modelfile goes with a whole model in a file that ends with .gguf")
    return paths


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
