"""`soma remember`, `forget`, `ingest`, `profile …`, `personality …` and `documents …`."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Any

from agents.operations import Json
from agents.profile_lines import person_in_words
from agents.text import visible
from soma_tui import headless
from soma_tui.commands import memory_lines as lines
from soma_tui.figures import counted
from store.errors import SomaError
from store.paths import Home

_WHAT_GOES = ("facts", "conversations", "messages", "documents", "sentences", "runs")
_REFERENCES = ("fact", "message", "conversation", "document")


def run(home: Home, arguments: argparse.Namespace) -> int:
    """Performs one of the commands and prints what it gives."""
    name = f"{arguments.group}.{arguments.action}" if arguments.group else arguments.command
    if name in ("forget", "profile.forget"):
        return _forget(home, arguments, name)
    if name == "ingest":
        return _ingest(home, arguments)
    result = headless.result(home, _request(name, arguments))
    print(json.dumps(result, ensure_ascii=False) if arguments.json else _TELL[name](result))
    return 0


def use_person(home: Home, name: str) -> None:
    """Makes somebody the active person, from now on."""
    headless.result(home, {"operation": "profile.use", "name": name})


def _request(name: str, arguments: argparse.Namespace) -> Json:
    given = {
        field: value
        for field, value in vars(arguments).items()
        if field in _FIELDS and value is not None
    }
    if name == "remember" and given["text"] == "-":
        given["text"] = sys.stdin.read()
    match name:
        case "profile.edit":
            name = "profile.set"
        case "profile.pin" | "profile.unpin":
            given["pinned"] = name == "profile.pin"
            name = "profile.pin"
    return {"operation": name, **given}


_FIELDS = frozenset("text|attribute|value|fact|name|history|trait|limit|change|document".split("|"))


# --- forgetting


def _forget(home: Home, arguments: argparse.Namespace, name: str) -> int:
    """Shows what would go and forgets it once that is wanted."""
    by_fact = name == "profile.forget"
    target = {"kind": "fact", "id": arguments.fact} if by_fact else _target(arguments)
    if not arguments.yes:
        preview = headless.result(home, {"operation": "forget.preview", **target})
        if not any(preview[part] for part in _WHAT_GOES):
            raise SomaError("there is nothing to forget; nothing was changed")
        print(lines.preview(preview), file=sys.stderr)
        if not sys.stdin.isatty():
            raise SomaError("nothing was forgotten yet; add --yes to do it")
        print("forget this for good? [y/N] ", end="", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip().casefold() not in ("y", "yes"):
            raise SomaError("nothing was forgotten")
    receipt = headless.result(home, {"operation": "forget", **target})
    told = json.dumps(receipt, ensure_ascii=False) if arguments.json else lines.receipt(receipt)
    print(told)
    return 0


def _target(arguments: argparse.Namespace) -> Json:
    kind, _, number = arguments.what.partition(":")
    if not arguments.text and kind in _REFERENCES and number.isascii() and number.isdigit():
        return {"kind": kind, "id": int(number)}
    return {"kind": "text", "text": arguments.what}


# --- documents


def _ingest(home: Home, arguments: argparse.Namespace) -> int:
    """Takes files in and says what became of each; 1 where one was refused."""
    paths = [str(Path(path).expanduser().absolute()) for path in arguments.paths]
    rows: list[Json] = []

    async def take_in() -> None:
        request = {"operation": "ingest", "paths": paths}
        async with aclosing(headless.replies(home, request)) as replies:
            async for reply in replies:
                if "result" in reply:
                    rows.extend(reply["result"])
                elif not arguments.json:
                    refused = reply["outcome"] == "refused"
                    print(
                        lines.taken(reply), file=sys.stderr if refused else sys.stdout, flush=True
                    )

    headless.run(home, take_in)
    if arguments.json:
        print(json.dumps(rows, ensure_ascii=False))
    elif not rows:
        raise SomaError("there is no text, Markdown, HTML or PDF there; name a file")
    return int(any(row["outcome"] == "refused" for row in rows))


# --- in words


def _remembered(facts: Any) -> str:
    return "\n".join(f"{lines.fact(fact)}" for fact in facts)


def _persons(rows: Any) -> str:
    return "\n".join(
        f"{'*' if row['active'] else ' '} {visible(row['handle']):<40} "
        f"{counted(row['facts'], 'fact'):>12}"
        for row in rows
    )


def _used(person: Mapping[str, Any]) -> str:
    new = "; nothing is known of them yet" if person["new"] else ""
    who = person_in_words(person["handle"])
    return f"SOMA is talking to {visible(who)} from now on{new}"


def _documents(rows: Any) -> str:
    if not rows:
        return "no documents yet; `soma ingest PATH` takes one in"
    return "\n".join(
        f"{row['id']:>6}  {time.strftime('%Y-%m-%d', time.localtime(row['taken']))}  "
        f"{counted(row['passages'], 'passage'):>16}  {visible(row['name'])}"
        for row in rows
    )


_TELL: dict[str, Callable[[Any], str]] = {
    "remember": _remembered,
    "profile.show": lines.profile,
    "profile.set": lines.fact,
    "profile.edit": lines.fact,
    "profile.pin": lines.fact,
    "profile.unpin": lines.fact,
    "profile.use": _used,
    "profile.list": _persons,
    "personality.show": lines.personality,
    "personality.set": lines.change,
    "personality.pin": lines.change,
    "personality.unpin": lines.change,
    "personality.reset": lines.change,
    "personality.log": lines.log,
    "personality.undo": lines.change,
    "documents.list": _documents,
    "documents.remove": lambda row: f"{visible(row['name'])} is taken out; its file stays",
}
