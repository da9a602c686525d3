"""`soma export`: what a model can learn from you, as a file for training tools or in numbers."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from agents.operations import Json
from agents.text import visible
from soma_tui import headless
from store.errors import SomaError
from store.paths import Home


def run(home: Home, arguments: argparse.Namespace) -> int:
    """Writes the examples to a file, or with --stats says how many there are and why not more."""
    if arguments.stats == (arguments.out is not None):
        raise SomaError("give either --out FILE or --stats; --out takes --format and --split")
    request: Json = {"longest": arguments.longest, "specialist": arguments.specialist}
    if arguments.stats:
        request["operation"] = "examples.stats"
    else:
        request |= {
            "operation": "examples.export",
            "format": arguments.format,
            "split": arguments.split,
            "out": str(Path(arguments.out).expanduser().absolute()),
        }
    result = headless.result(home, request)
    if arguments.json:
        print(json.dumps(result, ensure_ascii=False))
    elif arguments.stats:
        print("\n".join(_lines(result)))
    else:
        print(
            f"{result['examples']:,} examples to {visible(result['path'])}; "
            f"the manifest is {visible(result['manifest'])}"
        )
    return 0


def _lines(told: Json) -> list[str]:
    """The numbers, with what is nought left out."""
    from training.filters import REASONS

    rejected = sum(told["rejected"].values())
    lines = [f"{told['accepted']:,} examples, {rejected:,} rejected"]
    for title, counted in (("what", told["kinds"]), ("split", told["splits"])):
        lines += [f"  {title:<10} {name:<16} {n:>7,}" for name, n in counted.items() if n]
    if set(told["specialists"]) - {"personal"}:
        lines += [
            f"  {'specialist':<10} {visible(name):<16} {n:>7,}"
            for name, n in told["specialists"].items()
        ]
    lines += [
        f"  {'rejected':<10} {reason:<16} {told['rejected'][reason]:>7,}  {meaning}"
        for reason, meaning in REASONS.items()
        if told["rejected"][reason]
    ]
    if not told["accepted"]:
        lines.append(
            "nothing to learn from: rate answers with Ctrl+↑, write better ones with Alt+W, "
            'or `soma remember "…"`'
        )
        return lines
    return [*lines, f"hash {told['hash']}"]
