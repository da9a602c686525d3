"""`soma models …`: the GGUF models on this machine."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

from agents.model_settings import FIELDS, UNSET
from agents.operations import Json
from agents.text import visible
from soma_tui import headless
from soma_tui.figures import byte_count, short_count
from store.paths import Home

_HEAD = (
    f"{'name':<32} {'from':<12} {'parameters':>10} {'quant':<8} {'context':>8} {'size':>8} "
    f"{'memory':>8}  fits"
)


def run(home: Home, arguments: argparse.Namespace) -> int:
    """Performs one action and prints what it gives."""
    if arguments.action == "pull":
        from soma_tui.commands.pull import pull

        return pull(home, arguments)
    result = headless.result(home, _request(arguments))
    print(json.dumps(result, ensure_ascii=False) if arguments.json else _tell(arguments, result))
    return 0


def _request(arguments: argparse.Namespace) -> Json:
    request: Json = {"operation": f"models.{arguments.action}"}
    match arguments.action:
        case "list":
            request["found"] = arguments.found
        case "add" | "use":
            request["name"] = arguments.model
            path = Path(arguments.model).expanduser()
            if path.is_file() or arguments.model.startswith((".", "~", os.sep)):
                request["path"] = str(path.absolute())
            request["load"] = False
        case "remove":
            request["name"] = arguments.name
        case "settings":
            request["name"] = arguments.name
            request["reset"] = arguments.reset
            given = {name: getattr(arguments, name) for name in FIELDS}
            request["changes"] = {n: v for n, v in given.items() if v is not None}
    return request


def _tell(arguments: argparse.Namespace, result: Any) -> str:
    match arguments.action:
        case "add":
            name = result["name"]
            hint = f"`soma --model {name}` opens it, `soma models use {name}` keeps it"
            return f"{_line(result)}\nadded; {hint}"
        case "use":
            return f"SOMA opens with {visible(result['name'])} from its next start on"
        case "remove":
            return f"{visible(result['removed'])} is forgotten; its file stays"
        case "settings":
            return _settings(result)
        case "offers":
            return _offers(result)
    lines = [_HEAD, *(_line(model) for model in result)]
    if not arguments.found:
        lines.append("\n`soma models list --found` looks in the folders of other programs, too")
    return "\n".join(lines)


def _offers(offers: Any) -> str:
    lines = [
        f"{offer['name']:<14} {offer['gigabytes']:>5.2f} GB  {offer['licence']:<11} {offer['what']}"
        for offer in offers
    ]
    return "\n".join([*lines, "\n`soma models pull NAME` downloads one, and any other on the hub"])


def _line(model: Any) -> str:
    start = f"{visible(model['name']):<32} {model['source']:<12}"
    if model["problem"]:
        return f"{start} {visible(model['problem'])}"
    memory = byte_count(model["memory_bytes"]) if model["memory_bytes"] else "unknown"
    return (
        f"{start} {short_count(model['parameters']):>10} {model['quantisation']:<8} "
        f"{model['context']:>8} {byte_count(model['size_bytes']):>8} {memory:>8}  {model['fits']}"
        f"{'  in use' if model['in_use'] else ''}"
    )


def _settings(result: Any) -> str:
    lines = [visible(result["name"])]
    for name, field in FIELDS.items():
        value, own = result["settings"][name], result["defaults"][name]
        shown = UNSET + (f" ({_number(own)})" if own is not None else "")
        if value is not None:
            shown = _number(value)
        lines.append(f"  {name:<15} {shown:<16} {field.meaning}; {field.range}")
    return "\n".join(lines)


def _number(value: int | float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"
