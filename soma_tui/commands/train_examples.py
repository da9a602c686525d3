"""`soma train examples`, `veto` and `unveto`: what would be learned, one by one."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence

from agents.operations import Json
from agents.text import visible
from soma_tui import headless
from store.errors import SomaError
from store.paths import Home

ACTIONS = ("examples", "veto", "unveto")
_LONGEST = 60


def run(home: Home, arguments: argparse.Namespace, given: Sequence[str]) -> int:
    """Lists the examples, or refuses or allows one; `given` are the options of a run that are
    set."""
    action = arguments.action
    wrong = [name for name in given if action != "examples" or name != "specialist"]
    if wrong or arguments.plan:
        option = (wrong or ["plan"])[0].replace("_", "-")
        raise SomaError(f"--{option} is for a new run")
    if action == "examples":
        if arguments.name is not None:
            raise SomaError("examples takes no name; --specialist takes that of a specialist")
        request: Json = {"operation": "examples.list", "specialist": arguments.specialist}
        found = headless.result(home, request)
        lines = _lines(found["examples"] + found["left_out"])
    else:
        if arguments.name is None:
            raise SomaError(f"name a source, as in `soma train {action} message:12`")
        request = {"operation": f"examples.{action}", "source": arguments.name}
        found = headless.result(home, request)
        named = visible(", ".join(found["sources"]))
        may = "is not learned from" if action == "veto" else "may be learned from again"
        lines = [f"what comes from {named} {may}"]
    print(json.dumps(found, ensure_ascii=False) if arguments.json else "\n".join(lines))
    return 0


def _lines(rows: Iterable[Json]) -> list[str]:
    """Each example in a line: its source, its split or why it is in none, its kind, its words."""
    lines = []
    for row in rows:
        said = " ".join(visible(f"{row['question']} → {row['answer']}").split())
        said = said if len(said) <= _LONGEST else f"{said[:_LONGEST]}…"
        where = row["split"] or row["reason"]
        kind = f"{row['kind']:<11}"
        lines.append(f"{visible(row['source']):<14} {where:<16} {kind} {said}".rstrip(" →"))
    return lines or ["no examples yet; rate answers with Ctrl+↑, or write better ones with Alt+W"]
