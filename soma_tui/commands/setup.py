"""`soma setup training` and `soma setup recall`: get what is fetched only when it is wanted."""

from __future__ import annotations

import argparse
import sys
from contextlib import suppress

from soma_tui import headless
from store.errors import SomaError
from store.paths import Home
from training import embedder, tools


def run(home: Home, arguments: argparse.Namespace) -> int:
    """Says what would be downloaded, asks, fetches with progress."""
    return _recall(home, arguments) if arguments.what == "recall" else _training(home, arguments)


def _recall(home: Home, arguments: argparse.Namespace) -> int:
    from agents.embedder import find_embedder

    with suppress(SomaError):
        if find_embedder(home.cache) is not None:
            print("the embedding model of recall is there")
            return 0
    if not arguments.yes and not sys.stdin.isatty():
        raise SomaError("nobody can be asked here; add --yes to fetch the embedding model")
    print(f"{embedder.NAME}, by which recall finds what means the same. {embedder.NOTE}")
    if not arguments.yes and not _confirmed("fetch it"):
        return 1

    async def fetch() -> None:
        await embedder.fetch_embedder(home.cache, _show, log=home.logs / "embedder.log")

    headless.run(home, fetch)
    headless.result(home, {"operation": "recall.renew"})
    print("the embedding model of recall is there")
    return 0


def _training(home: Home, arguments: argparse.Namespace) -> int:
    missing = tools.missing()
    if not missing:
        print("the training tools are installed")
        return 0
    if not arguments.yes and not sys.stdin.isatty():
        raise SomaError("nobody can be asked here; add --yes to install the training tools")
    print(tools.download_note())
    if not arguments.yes and not _confirmed("install them"):
        return 1

    async def install() -> None:
        await tools.install(_show, log=home.logs / "training-tools.log")

    headless.run(home, install)
    print("the training tools are installed")
    return 0


def _confirmed(what: str) -> bool:
    return input(f"{what}? [y/N] ").strip().lower() in {"y", "yes"}


def _show(doing: str, fraction: float | None) -> None:
    share = "" if fraction is None else f" {fraction:.0%}"
    if sys.stdout.isatty():
        print(f"\r\x1b[K{doing}{share}", end="" if fraction != 1 else "\n", flush=True)
    else:
        print(f"{doing}{share}", flush=True)
