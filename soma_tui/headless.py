"""Commands without a screen: through the SOMA that is open, else with a runtime of their own."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from typing import Any, TypeVar

from agents.engine.engine import EngineOptions
from agents.events import Event
from agents.operations import NEEDS_MODEL, Json, perform
from agents.runtime import Runtime
from agents.service import NotOpenError, call
from soma_tui.composition import make_runtime
from soma_tui.logs import start_log
from store.errors import LockedError
from store.paths import Home

Result = TypeVar("Result")
LOCK_PATIENCE_S = 30.0
_SECONDS_BETWEEN_TRIES = 0.1


async def replies(
    home: Home,
    request: Json,
    *,
    model: str | None = None,
    options: EngineOptions | None = None,
    listener: Callable[[Event], None] | None = None,
) -> AsyncGenerator[Json, None]:
    """What the operation of `request` replies, whoever performs it.

    An open SOMA performs it; otherwise the store is opened here, and the model too where one is
    needed, with `listener` told how it loads. While another command holds the store, this one
    waits up to 30 s.
    """
    home.create()
    runtime: Runtime | None = None
    deadline = time.monotonic() + LOCK_PATIENCE_S
    told = False
    while runtime is None:
        try:
            async with aclosing(call(home.socket, request)) as stream:
                async for reply in stream:
                    yield reply
            return
        except NotOpenError:
            runtime = make_runtime(home, model, options)
        try:
            await runtime.open_store()
        except LockedError as error:
            runtime = None
            if time.monotonic() > deadline:
                raise
            if not told and sys.stderr.isatty():
                print(f"soma: waiting for process {error.pid} to finish …", file=sys.stderr)
                told = True
            await asyncio.sleep(_SECONDS_BETWEEN_TRIES)
    try:
        if listener is not None:
            runtime.subscribe(listener)
        if request["operation"] in NEEDS_MODEL:
            await runtime.load_model()
        async with aclosing(perform(runtime, request)) as stream:
            async for reply in stream:
                yield reply
    finally:
        await asyncio.shield(runtime.close())


def result(home: Home, request: Json) -> Any:
    """The result of an operation that has nothing to say before it. Raises SomaError."""

    async def last() -> Json:
        async with aclosing(replies(home, request)) as stream:
            return [reply async for reply in stream][-1]

    return run(home, last)["result"]


def run(home: Home, main: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
    """Runs the coroutine function `main` to its result, with SOMA's log set up; Ctrl+C cancels it
    in order."""
    home.create()
    start_log(home)
    return asyncio.run(main())
