"""`soma import` and `soma recall`: conversations of other programs, and what was said in all."""

from __future__ import annotations

import argparse
import json
import sys
import time
from contextlib import aclosing
from pathlib import Path
from typing import Any

from agents.operations import Json
from agents.text import visible
from soma_tui import headless
from store.errors import SomaError
from store.paths import Home

_SHOWN_FAULTS = 20
_COLUMNS = 300


def take_in(home: Home, arguments: argparse.Namespace) -> int:
    """Imports a file with progress, then says what came in and what could not be read."""
    request = {
        "operation": "import",
        "path": str(Path(arguments.path).expanduser().absolute()),
        "embed": not arguments.words_only,
    }
    result = _last(home, request)
    if arguments.json:
        print(json.dumps(result, ensure_ascii=False))
        return 0
    print(
        f"{result['messages']:,} messages in {result['new']:,} new conversations"
        f"{_more(result)}; {result['repeated']:,} messages were there already"
        f"{_left_out(result)}"
    )
    for fault in result["faults"][:_SHOWN_FAULTS]:
        print(f"soma: {visible(fault)}", file=sys.stderr)
    if (hidden := result["fault_count"] - _SHOWN_FAULTS) > 0:
        print(f"soma: and {hidden:,} faults more", file=sys.stderr)
    _say_state(result["recall"])
    return 0


def _more(result: Json) -> str:
    parts = ""
    if result["grown"]:
        parts += f" and {result['grown']:,} that have grown"
    if result["deleted"]:
        parts += f"; {result['deleted']:,} were deleted here and are left alone"
    return parts


def _left_out(result: Json) -> str:
    count = result["forgotten"]
    return f"; {count:,} left out: you had {'it' if count == 1 else 'them'} forgotten" * bool(count)


def run(home: Home, arguments: argparse.Namespace) -> int:
    """Prints the hits for a text, or for each line of a file of queries."""
    if (arguments.text is None) == (arguments.queries is None):
        raise SomaError("give either a text to look for, or --queries FILE")
    request: Json = {"limit": arguments.limit, "conversation": arguments.conversation}
    if arguments.queries is not None:
        request["path"] = str(Path(arguments.queries).expanduser().absolute())
        result = _last(home, request | {"operation": "recall.many"})
        if result["faults"]:
            text = f"{result['faults']:,} of {result['queries']:,} queries could not be answered"
            print(f"soma: {text}; their lines say why", file=sys.stderr)
        _say_state(result["recall"])
        return 0
    request["text"] = sys.stdin.read() if arguments.text == "-" else arguments.text
    result = _last(home, request | {"operation": "recall"})
    state = result.pop("recall")
    if arguments.json:
        print(json.dumps(result, ensure_ascii=False))
    else:
        print("\n\n".join(map(_shown, result["hits"])) or "nothing found")
    _say_state(state)
    return 0


def _last(home: Home, request: Json) -> Any:
    """The result of an operation; progress goes to standard error, answered queries out."""
    progress = _Progress()

    async def follow() -> Any:
        async with aclosing(headless.replies(home, request)) as stream:
            async for reply in stream:
                if "result" in reply:
                    return reply["result"]
                if reply.get("event") == "recalled_for":
                    progress.clear()
                    print(json.dumps(reply["line"], ensure_ascii=False), flush=True)
                else:
                    progress.show(reply)
        return None

    try:
        return headless.run(home, follow)
    finally:
        progress.clear()


def _shown(hit: Json) -> str:
    when = "" if hit["time"] is None else time.strftime("%Y-%m-%d", time.localtime(hit["time"]))
    who = hit.get("speaker") or {"user": "You", "assistant": "SOMA"}.get(hit.get("role", ""), "")
    head = "  ".join(part for part in (when, who, hit["source"], f"[{hit['ref']}]") if part)
    text = " ".join(hit["text"].split())
    text = text if len(text) <= _COLUMNS else text[: _COLUMNS - 1] + "…"
    return (
        f"{hit['score']:.2f}  {visible(head)}\n      {visible(text)}\n      {visible(hit['why'])}"
    )


def _say_state(state: Json) -> None:
    if state["problem"]:
        print(
            f"soma: recall works by words alone: {visible(state['problem'])}; "
            "`soma setup recall` gets the embedding model",
            file=sys.stderr,
        )
    elif state["by_words_only"]:
        print(
            f"soma: {state['by_words_only']:,} of {state['items']:,} are found by words alone so "
            "far; SOMA goes on with them while it is open",
            file=sys.stderr,
        )


class _Progress:
    """One line on standard error that is drawn again, on a terminal alone."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._drawn = False

    def show(self, reply: Json) -> None:
        """Show how far it is."""
        if not self._live:
            return
        if reply["event"] == "import_progress":
            share = reply["done"] / (reply["total"] or 1)
            text = f"importing {share:4.0%} · {reply['messages']:,} messages"
        elif reply["event"] == "recall_progress":
            text = f"reading for meaning {reply['embedded']:,} of {reply['items']:,}"
        else:
            self.clear()
            print(f"soma: {visible(str(reply.get('text', '')))}", file=sys.stderr)
            return
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
        self._drawn = True

    def clear(self) -> None:
        """Take the line away."""
        if self._drawn:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self._drawn = False
