"""`soma models pull`: a download with its progress."""

from __future__ import annotations

import argparse
import json
import os
import sys
from contextlib import aclosing
from typing import Any

from agents.operations import Json
from agents.text import visible
from soma_tui import headless
from store.paths import Home


def pull(home: Home, arguments: argparse.Namespace) -> int:
    """Downloads a model, with progress on standard error, and says what can be done with it."""
    request: Json = {
        "operation": "models.pull",
        "reference": arguments.reference,
        "checkpoint": arguments.checkpoint,
        "token": os.environ.get("HF_TOKEN"),
    }

    async def follow() -> Any:
        async with aclosing(headless.replies(home, request)) as stream:
            async for reply in stream:
                if "result" in reply:
                    return reply["result"]
                _show(reply)
        return None

    result = headless.run(home, follow)
    if arguments.json:
        print(json.dumps(result, ensure_ascii=False))
    elif arguments.checkpoint:
        print(f"the checkpoint is in {visible(result['folder'])}")
    else:
        name = visible(result["name"])
        print(f"{name} is added; `soma --model {name}` opens it, `soma models use {name}` keeps it")
    return 0


def _show(reply: Json) -> None:
    live = sys.stderr.isatty()
    match reply["event"]:
        case "download":
            names = [file["name"] for file in reply["files"]]
            more = f" and {len(names) - 1} files more" if len(names) > 1 else ""
            line = (
                f"{reply['repository']} · {names[0]}{more} · {reply['size_bytes'] / 1e9:.2f} GB · "
                f"licence {reply['licence']}"
            )
            print(visible(line), file=sys.stderr)
        case "download_progress" if live:
            done, total = reply["done"], reply["total"] or 1
            text = f"{done / total:4.0%}  {done / 1e9:.2f} of {total / 1e9:.2f} GB"
            print(f"\r\x1b[K{text}", end="\n" if done >= total else "", file=sys.stderr, flush=True)
        case "download_trial" if live:
            print("trying it in a process of its own", file=sys.stderr)
