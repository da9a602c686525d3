"""`soma conversations …`: what is kept, listed, shown, searched, renamed, deleted, exported."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
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


def run(home: Home, arguments: argparse.Namespace) -> int:
    """Performs one action and prints what it gives."""
    request: Json = {"operation": f"conversations.{arguments.action}"}
    for name in ("conversation", "text", "title"):
        if hasattr(arguments, name):
            request[name] = getattr(arguments, name)
    result = headless.result(home, request)
    if arguments.action == "export":
        _export(result["markdown"], arguments.out)
    elif arguments.json:
        print(json.dumps(result, ensure_ascii=False))
    else:
        print(_FORMS[arguments.action](result))
    return 0


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


def _show(shown: Any) -> str:
    parts = [f"{shown['id']}  {visible(shown['title'])}"]
    for message in shown["messages"]:
        who = "You" if message["role"] == "user" else "SOMA"
        ending = _ENDINGS.get(message["state"])
        head = f"{who}  {_when(message['created'])}" + (f"  ({ending})" if ending else "")
        parts.append(f"{head}\n{visible(message['text'])}")
    return "\n\n".join(parts)


def _search(hits: Any) -> str:
    if not hits:
        return "nothing found"
    return "\n".join(
        f"{hit['conversation']:>6}  {visible(hit['title'])}: {visible(hit['excerpt'])}"
        for hit in hits
    )


def _when(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))


_FORMS: dict[str, Callable[[Any], str]] = {
    "list": _list,
    "show": _show,
    "search": _search,
    "rename": lambda row: f"conversation {row['id']} is now called {visible(row['title'])}",
    "delete": lambda row: f"conversation {row['deleted']} is deleted",
}
