"""`soma train decide`, how every run ends that is followed, and what was decided: verdicts."""

from __future__ import annotations

import argparse
import json

from agents.operations import Json
from agents.text import visible
from soma_tui.commands.evaluate import evaluated
from soma_tui.verdict_rows import word
from store.errors import SomaError
from store.paths import Home
from store.versions import Versions
from training import jobs
from training.versions import versions_by_run

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


def known(home: Home) -> dict[str, Json]:
    """Give the verdicts that were given, by the names of their runs; nothing is measured."""
    versions = Versions(home.versions)
    return {
        name: {
            "run": name,
            "version": version.name,
            "deployed": versions.pointer(version.specialist).serving == version.name,
            "decision": dict(version.decision),
        }
        for name, version in versions_by_run(home).items()
        if version.decision is not None
    }


def line(told: Json) -> str:
    """A verdict in one line."""
    version, sentence = visible(told["version"]), visible(str(told["decision"].get("sentence")))
    serves = "serves from now on" if told["deployed"] else "does not serve"
    return f"{version}: {sentence} It {serves}."


def short(told: Json | None, state: str) -> str:
    """A verdict in a few words, for a run that stands so; "" where none is to come."""
    if told is None:
        return "no verdict yet" if state == "done" else ""
    return f"{visible(told['version'])} {word(str(told['decision'].get('verdict')))}"
