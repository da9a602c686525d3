"""`soma models …`: the GGUF models that SOMA knows."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from agents.operations import Json
from agents.text import visible
from soma_tui import headless
from store.paths import Home


def run(home: Home, arguments: argparse.Namespace) -> int:
    """Performs one action and prints what it gives."""
    request: Json = {"operation": f"models.{arguments.action}"}
    if arguments.action == "add":
        request["path"] = str(Path(arguments.path).expanduser().absolute())
    elif arguments.action != "list":
        request["name"] = arguments.name
    if arguments.action == "use":
        request["load"] = False
    result = headless.result(home, request)
    print(json.dumps(result, ensure_ascii=False) if arguments.json else _tell(arguments, result))
    return 0


def _tell(arguments: argparse.Namespace, result: Any) -> str:
    match arguments.action:
        case "add":
            name = result["name"]
            hint = f"`soma --model {name}` opens it, `soma models use {name}` keeps it"
            return f"{_line(result)}\nadded; {hint}"
        case "use":
            return f"SOMA opens with {result['name']} from its next start on"
        case "remove":
            return f"{result['removed']} is forgotten; its file stays"
    names = f"{'name':<32} {'architecture':<12} {'parameters':>10}"
    head = f"{names} {'quant':<8} {'context':>8} {'size':>8}"
    return "\n".join([head, *(_line(model) for model in result)])


def _line(model: Any) -> str:
    if model["problem"]:
        return f"{visible(model['name']):<32} {visible(model['problem'])}"
    return (
        f"{visible(model['name']):<32} {model['architecture']:<12} "
        f"{_short(model['parameters']):>10} {model['quantisation']:<8} {model['context']:>8} "
        f"{_short(model['size_bytes'])}B{'  in use' if model['in_use'] else ''}".rstrip()
    )


def _short(number: int) -> str:
    """A number in three digits and a decimal unit: 5.8 M, 1.0 G."""
    value, units = float(number), iter(("", "k", "M", "G", "T"))
    unit = next(units)
    while value >= 999.5 and unit != "T":
        value, unit = value / 1000, next(units)
    return f"{value:.3g} {unit}".rstrip() if unit else f"{number}"
