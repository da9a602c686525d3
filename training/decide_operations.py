"""What can be asked about verdicts from outside the screen: to decide on a run, with progress."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from agents.requests import Json, Operation
from agents.runtime import Runtime
from training import jobs

if TYPE_CHECKING:
    from training.deciding import Deciding

_DECIDING: WeakKeyDictionary[Runtime, Deciding] = WeakKeyDictionary()


def deciding_of(runtime: Runtime) -> Deciding:
    """Give the one that decides on a runtime's runs, so that no two decisions are made at once."""
    from training.deciding import Deciding

    if runtime not in _DECIDING:
        _DECIDING[runtime] = Deciding(runtime)
    return _DECIDING[runtime]


async def _decide(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    """Gives the verdict on the run `run`, else the newest, after how far its measuring is."""
    told: asyncio.Queue[tuple[int, int] | None] = asyncio.Queue()
    run = await asyncio.to_thread(jobs.find, runtime.home, request.get("run"))
    deciding = asyncio.create_task(
        deciding_of(runtime).decide(run, lambda done, of: told.put_nowait((done, of)))
    )
    deciding.add_done_callback(lambda _: told.put_nowait(None))
    try:
        while (progress := await told.get()) is not None:
            yield {"event": "evaluation_progress", "done": progress[0], "total": progress[1]}
        yield {"result": (await deciding).as_json()}
    finally:
        deciding.cancel()


DECIDE_OPERATIONS: dict[str, Operation] = {"train.decide": _decide}
