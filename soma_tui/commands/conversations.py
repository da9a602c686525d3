"""`soma conversations …`: what is kept, listed, shown, searched, rated, deleted, exported."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from agents.operations import Json
from agents.text import visible
from soma_tui import headless
from store.errors import SomaError
from store.paths import Home

_ENDINGS = {
    "cancelled": "stopped by you",
    "interrupted": "interrupted when SOMA ended",
    "failed": "failed",
    "streaming": "being written",
}


_VALUES = {"up": 1, "none": 0, "down": -1}


def run(home: Home, arguments: argparse.Namespace) -> int:
    """Performs one action and prints what it gives."""
    request: Json = {"operation": f"conversations.{arguments.action}"}
    for name in ("conversation", "message", "text", "title", "deleted", "now", "end"):
        if hasattr(arguments, name):
            request[name] = getattr(arguments, name)
    if arguments.action == "rate":
        request["value"] = _VALUES[arguments.value]
        request["better"] = sys.stdin.read() if arguments.better == "-" else arguments.better
    result = headless.result(home, request)
    if arguments.action == "export":
        _export(result["markdown"], arguments.out)
    elif arguments.json:
        print(json.dumps(result, ensure_ascii=False))
    else:
        print(_tell(arguments, result))
    return 0


def _tell(arguments: argparse.Namespace, result: Any) -> str:
    match arguments.action:
        case "list":
            return _list_deleted(result) if arguments.deleted else _list(result)
        case "show":
            return _show(result, branches=arguments.branches)
        case "branch":
            return _show(result, branches=True)
        case "search":
            return _search(result)
        case "rate":
            rating = result["rating"]
            more = ", with a better answer" if rating and rating["better"] else ""
            return f"answer {result['id']} is {_rating(result) or 'not rated'}{more}"
        case "rename":
            return f"conversation {result['id']} is now called {visible(result['title'])}"
        case "restore":
            return f"conversation {result['id']} is back: {visible(result['title'])}"
    number = result["deleted"]
    if result["now"]:
        return f"conversation {number} is deleted for good"
    hint = f"`soma conversations restore {number}` brings it back within a day"
    return f"conversation {number} is deleted; {hint}"


def _export(markdown: str, out: str | None) -> None:
    if out is None:
        print(visible(markdown), end="")
        return
    try:
        Path(out).write_text(markdown, encoding="utf-8")
    except OSError as error:
        raise SomaError(f"cannot write {out}: {error.strerror}; choose another place") from error


def _list(rows: Any) -> str:
    if not rows:
        return 'no conversations yet; `soma ask "hello"` begins one'
    return "\n".join(
        f"{row['id']:>6}  {_when(row['updated'])}  {row['messages']:>5}  {visible(row['title'])}"
        for row in rows
    )


def _list_deleted(rows: Any) -> str:
    if not rows:
        return "no deleted conversation can be restored"
    return "\n".join(
        f"{row['id']:>6}  deleted {_when(row['deleted'])}  {row['messages']:>5}  "
        f"{visible(row['title'])}"
        for row in rows
    )


def _show(shown: Any, *, branches: bool) -> str:
    """A conversation to be read; with `branches`, each message with its number and its
    alternatives."""
    parts = [f"{shown['id']}  {visible(shown['title'])}"]
    for message in shown["messages"]:
        head = ["You" if message["role"] == "user" else "SOMA", _when(message["created"])]
        if branches:
            head.append(_place(message))
        head += [f"({note})" for note in (_ENDINGS.get(message["state"]), _rating(message)) if note]
        text = visible(message["text"])
        if message["rating"] and message["rating"]["better"]:
            text += f"\n\n(better: {visible(message['rating']['better'])})"
        parts.append("  ".join(head) + f"\n{text}")
    return "\n\n".join(parts)


def _place(message: Any) -> str:
    """A message's number, and those it can be exchanged for."""
    alternatives = message["alternatives"]
    if len(alternatives) < 2:
        return f"message {message['id']}"
    place = alternatives.index(message["id"]) + 1
    numbers = ", ".join(str(number) for number in alternatives)
    return f"message {message['id']}, {place} of {len(alternatives)}: {numbers}"


def _rating(message: Any) -> str:
    rating = message["rating"]
    if not rating:
        return ""
    return "rated up" if rating["value"] > 0 else "rated down"


def _search(hits: Any) -> str:
    if not hits:
        return "nothing found"
    return "\n".join(
        f"{hit['conversation']:>6}  {visible(hit['title'])}"
        + (f", message {hit['message']}" if hit["message"] else "")
        + f": {visible(hit['excerpt'])}"
        for hit in hits
    )


def _when(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))
