"""`soma train auto`: whether runs begin by themselves, and when."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence

from agents.operations import Json
from agents.text import visible
from soma_tui import headless
from soma_tui.commands.train_arguments import AUTO_OPTIONS
from soma_tui.training_rows import begins
from store.errors import SomaError
from store.paths import Home

ACTION = "auto"
_SWITCH = {"on": True, "off": False, "status": None, None: None}


def run(home: Home, arguments: argparse.Namespace, given: Sequence[str]) -> int:
    """Sets what is asked for and says how it stands; `given` are the options of a run that are
    set."""
    if given or arguments.plan:
        raise SomaError(f"--{(given or ['plan'])[0].replace('_', '-')} is for a new run")
    if arguments.name not in _SWITCH:
        raise SomaError(f"auto is on, off or status, not {visible(arguments.name)}")
    request: Json = {"operation": "train.auto", "on": _SWITCH[arguments.name]}
    for name in AUTO_OPTIONS:
        request[name] = getattr(arguments, name)
    told = headless.result(home, request)
    print(json.dumps(told, ensure_ascii=False) if arguments.json else "\n".join(_lines(told)))
    return 0


def _lines(told: Json) -> list[str]:
    state = "on" if told["on"] else "off"
    lines = [
        f"automatic runs {visible(told['standing'])}",
        f"by itself   {state}: {begins(told)}",
        f"new         {told['new_messages']:,} messages",
    ]
    if told["accepted"] is not None:
        lines.append(f"examples    {told['accepted']:,} accepted")
    now = f"due: {told['reason']}; it begins when SOMA is open and nobody needs the machine"
    return [*lines, f"now         {now if told['due'] else told['reason']}"]
