"""`soma train decide`, and how every run ends that is followed: its verdict."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import aclosing
from typing import Any

from agents.operations import Json
from agents.text import visible
from soma_tui import headless
from store.errors import SomaError
from store.paths import Home
from training import jobs

ACTION = "decide"


def run(home: Home, arguments: argparse.Namespace) -> int:
    """Decides on a run that is done and prints the verdict."""
    told = decided(home, jobs.find(home, arguments.name).name)
    print(json.dumps(told, ensure_ascii=False) if arguments.json else line(told))
    return 0


def decided(home: Home, name: str) -> Json:
    """Give the verdict on a run, with progress on standard error. Raises SomaError."""
    live = sys.stderr.isatty()

    async def follow() -> Any:
        request = {"operation": "train.decide", "run": name}
        async with aclosing(headless.replies(home, request)) as stream:
            async for reply in stream:
                if "result" in reply:
                    return reply["result"]
                if live:
                    told = f"\r\x1b[Kevaluating {reply['done']:,} of {reply['total']:,}"
                    print(told, end="", file=sys.stderr, flush=True)
        return None

    try:
        found: Json = headless.run(home, follow)
    finally:
        if live:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
    return found


def verdict_of(home: Home, name: str) -> tuple[Json | None, str]:
    """Give the verdict on a run that is done, None with the reason where there can be none."""
    try:
        return decided(home, name), ""
    except SomaError as error:
        return None, str(error)


def line(told: Json) -> str:
    """A verdict in one line."""
    version, sentence = told["version"], visible(told["decision"]["sentence"])
    serves = "serves from now on" if told["deployed"] else "does not serve"
    return f"{version}: {sentence} It {serves}."
