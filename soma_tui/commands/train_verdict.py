"""`soma train decide`, and how every run ends that is followed: its verdict."""

from __future__ import annotations

import argparse
import json

from agents.operations import Json
from agents.text import visible
from soma_tui.commands.evaluate import evaluated
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
    found: Json = evaluated(home, {"operation": "train.decide", "run": name})
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
