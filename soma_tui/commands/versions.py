"""`soma versions …`: what training made, which one answers, and two of them side by side."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import aclosing
from itertools import zip_longest
from pathlib import Path

from agents.operations import Json
from agents.text import visible
from soma_tui import headless
from soma_tui.commands.ask import Progress
from soma_tui.figures import byte_count
from store.paths import Home
from store.version import PERSONAL

_NARROWEST = 60  # columns in which two texts stand side by side
_GAP = " │ "


def run(home: Home, arguments: argparse.Namespace) -> int:
    """Does what `action` asks for and prints it."""
    request: Json = {"operation": f"versions.{arguments.action}"}
    if getattr(arguments, "name", None) is not None:
        request["version"] = arguments.name
    for name in ("specialist", "anyway", "keep", "outtype", "overwrite", "seed", "max_tokens"):
        if getattr(arguments, name, None) is not None:
            request[name] = getattr(arguments, name)
    for name in ("out", "base"):
        if getattr(arguments, name, None) is not None:
            request[name] = str(Path(getattr(arguments, name)).expanduser().absolute())
    if arguments.action == "compare":
        told = _compared(home, request, arguments)
    else:
        told = headless.result(home, request)
    if arguments.json:
        print(json.dumps(told, ensure_ascii=False))
    else:
        print("\n".join(_LINES[arguments.action](told)))
    return 0


def _compared(home: Home, request: Json, arguments: argparse.Namespace) -> Json:
    request |= {"text": arguments.text, "versions": arguments.versions}

    async def last() -> Json:
        stream = headless.replies(home, request, listener=Progress().show)
        async with aclosing(stream) as replies:
            found: Json = [reply async for reply in replies][-1]["result"]
            return found

    return headless.run(home, last)


# --- lines


def _list(told: Json) -> Iterator[str]:
    for row in told["versions"]:
        yield from _rows(row)
    if not told["versions"]:
        yield "no versions yet; the base answers, and `soma train` makes one"
    for offer in told["offers"]:
        yield f"  {visible(offer['reason'])}: `soma train`{_for(offer['specialist'])}"
    for specialist, serving in told["serving"].items():
        if serving["notice"]:
            print(f"soma: {visible(serving['notice'])}", file=sys.stderr)
        elif not serving["version"]:
            yield f"  the base answers for {visible(specialist)}"


def _for(specialist: str) -> str:
    return "" if specialist == PERSONAL else f" --specialist {visible(specialist)}"


def _rows(row: Json) -> Iterator[str]:
    """A version in two lines: what it is, and what was found."""
    if row["problem"]:
        yield f"✗ {visible(row['name']):<18} {visible(row['problem'])}"
        return
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(row["created"]))
    parts = [
        f"{'●' if row['serving'] else ' '} {visible(row['name']):<18} {when}",
        f"on {visible(row['base_name'])}",
        f"after {visible(row['parent'])}" if row["parent"] else "",
        "trained on what is forgotten, retrain due" if row["retrain"] else "",
        "belongs to another base, retrain due" if row["other_base"] else "",
    ]
    yield "  ".join(filter(None, parts))
    yield f"    {_measured(row['measured'])}  {_verdict(row['decision'])}"


def _measured(point: Json | None) -> str:
    """The sealed measure: nats a token, and what it has gained over the one before."""
    if point is None or point["new"] is None:
        return "not measured"
    gained = point["new"] - point["old"]
    return f"{point['new']:.3f} nats/token ({gained:+.3f}, {point['items']} sealed)"


def _verdict(decision: Json | None) -> str:
    if decision is None:
        return "not decided"
    sentence = visible(str(decision.get("sentence", "")))
    return f"{visible(str(decision.get('verdict')))}: {sentence}".rstrip(": ")


def _show(told: Json) -> Iterator[str]:
    yield from _rows(told)
    yield f"  run        {visible(told['run'] or 'none')}"
    yield f"  base       {visible(told['base_name'])} {told['base'][:16]}"
    yield f"  adapter    {byte_count(told['size'])}, {told['adapter'][:16]}"
    yield f"  state      {visible(told['fault']) or 'whole'}"
    yield f"  folder     {visible(told['path'])}"
    for outcome in (told["evaluation"] or {}).get("outcomes", ()):
        if outcome["measure"] == "check" and outcome["old"] != outcome["new"]:
            yield f"  {visible(outcome['group'])}: {visible(outcome['question'])}"
            yield f"    old  {visible(outcome['old_text'])}"
            yield f"    new  {visible(outcome['new_text'])}"


def _moved(told: Json) -> Iterator[str]:
    for line in told["skipped"]:
        print(f"soma: passed over {visible(line)}", file=sys.stderr)
    new, old = told["new"] or "the base", told["old"] or "the base"
    if new == old:
        yield f"{new} answers already"
    else:
        yield f"{new} answers from the next answer on; before it was {old}"


def _compare(told: Json) -> Iterator[str]:
    first, second = told["answers"]
    width = shutil.get_terminal_size((100, 24)).columns
    if width < _NARROWEST:
        for answer in (first, second):
            yield from (f"{answer['version']}:", *_wrapped(answer["text"], width), "")
        return
    column = (width - len(_GAP)) // 2
    left = [first["version"], "─" * column, *_wrapped(first["text"], column)]
    right = [second["version"], "─" * column, *_wrapped(second["text"], column)]
    for one, other in zip_longest(left, right, fillvalue=""):
        yield f"{one:<{column}}{_GAP}{other}".rstrip()


def _wrapped(text: str, width: int) -> list[str]:
    return [line for row in text.splitlines() for line in textwrap.wrap(row, width) or [""]]


def _export(told: Json) -> Iterator[str]:
    yield f"{visible(told['path'])} · {byte_count(told['bytes'])}"


def _prune(told: Json) -> Iterator[str]:
    yield f"removed {', '.join(told['removed'])}" if told["removed"] else "nothing is to be removed"


_LINES = {
    "list": _list, "show": _show, "deploy": _moved, "rollback": _moved, "compare": _compare,
    "export": _export, "prune": _prune,
}  # fmt: skip
