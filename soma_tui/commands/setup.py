"""`soma setup training`: gets the training tools, once they are wanted."""

from __future__ import annotations

import argparse
import sys

from soma_tui import headless
from store.errors import SomaError
from store.paths import Home
from training import tools


def run(home: Home, arguments: argparse.Namespace) -> int:
    """Says what would be downloaded, asks, installs with progress."""
    missing = tools.missing()
    if not missing:
        print("the training tools are installed")
        return 0
    if not arguments.yes and not sys.stdin.isatty():
        raise SomaError("nobody can be asked here; add --yes to install the training tools")
    print(tools.download_note())
    if not arguments.yes and not _confirmed():
        return 1

    async def install() -> None:
        await tools.install(_show, log=home.logs / "training-tools.log")

    headless.run(home, install)
    print("the training tools are installed")
    return 0


def _confirmed() -> bool:
    return input("install them? [y/N] ").strip().lower() in {"y", "yes"}


def _show(doing: str, fraction: float | None) -> None:
    share = "" if fraction is None else f" {fraction:.0%}"
    if sys.stdout.isatty():
        print(f"\r\x1b[K{doing}{share}", end="" if fraction != 1 else "\n", flush=True)
    else:
        print(f"{doing}{share}", flush=True)
