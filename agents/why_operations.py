"""The operation that gives an answer again, as it was and with one thing other."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from agents import events, why
from agents.requests import Json, Operation, number, text
from agents.runtime import Runtime

_SIDES = ("as it was", "changed")


async def _why(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    message = number(request, "message")
    by = text(request, "by") if request.get("by") else ""
    without = text(request, "without") if request.get("without") else ""
    change = why.Change(without or ("" if by else "memory"), by)
    limit, seed = (
        None if request.get(name) is None else number(request, name)
        for name in ("max_tokens", "seed")
    )
    ended: dict[int, events.WhyEnded] = {}
    stream = why.again(runtime, message, change, max_tokens=limit, seed=seed)
    async with aclosing(stream) as following:
        async for event in following:
            yield events.to_json(event)
            if isinstance(event, events.WhyEnded):
                ended[event.side] = event
    kept = None
    if request.get("keep"):
        kept = await why.keep(runtime, message, ended[1].text, change)
    yield {
        "result": {
            "message": message,
            "without": change.without or None,
            "by": change.by or None,
            "stored": runtime.conversations.message(message).text,
            "sides": [
                {"side": name, "text": one.text, "finish": one.finish, "tokens": one.tokens}
                for name, one in zip(_SIDES, (ended[0], ended[1]), strict=True)
            ],
            "kept": kept,
        }
    }


WHY_OPERATIONS: dict[str, Operation] = {"why": _why}
