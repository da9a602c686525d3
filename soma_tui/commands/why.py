"""`soma ask --why MESSAGE`: an answer given again, as it was and with one thing other."""

from __future__ import annotations

import argparse
import json
from contextlib import aclosing

from agents.engine.engine import EngineOptions
from agents.operations import Json
from agents.text import visible
from soma_tui import headless
from soma_tui.commands.ask import Progress
from store.errors import SomaError
from store.paths import Home


def run(home: Home, arguments: argparse.Namespace) -> int:
    """Prints both answers, one below the other; with --json one object."""
    if arguments.text is not None:
        raise SomaError("--why takes the number of an answer and no message")
    if arguments.without and arguments.by:
        raise SomaError("change one thing at a time: --without or --by")
    request: Json = {"operation": "why", "message": arguments.why}
    for name in ("without", "by", "keep", "max_tokens", "seed"):
        value = getattr(arguments, name)
        if value is not None and value is not False:
            request[name] = value
    result: Json = {}

    async def ask() -> None:
        stream = headless.replies(
            home,
            request,
            model=arguments.model,
            options=EngineOptions(context=arguments.context, threads=arguments.threads),
            listener=Progress().show,
        )
        async with aclosing(stream) as replies:
            async for reply in replies:
                result.update(reply.get("result", {}))

    headless.run(home, ask)
    print(json.dumps(result, ensure_ascii=False) if arguments.json else _told(result))
    return 0


def _told(result: Json) -> str:
    other = f"by {result['by']}" if result["by"] else f"without {result['without']}"
    names = ("as it was", other)
    parts = [
        f"{visible(name)}:\n{visible(side['text'].strip()) or '(nothing)'}"
        for name, side in zip(names, result["sides"], strict=True)
    ]
    if result["kept"]:
        parts.append(f"kept as message {result['kept']}")
    return "\n\n".join(parts)
