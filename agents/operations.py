"""What can be asked of SOMA from outside its screen: one table, used in process and over the
socket.

An operation takes the runtime and a JSON object and yields JSON objects: `{"event": …}` while it
works and `{"result": …}` at the end.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import asdict
from pathlib import Path

from agents.answer_operations import ANSWER_OPERATIONS
from agents.conversation_operations import CONVERSATION_OPERATIONS
from agents.recall_operations import RECALL_OPERATIONS
from agents.requests import Json, Operation, RequestError
from agents.runtime import Runtime
from store.errors import SomaError

__all__ = ["NEEDS_MODEL", "OPERATIONS", "Json", "RequestError", "UnknownOperationError", "perform"]


class UnknownOperationError(SomaError):
    """The request names nothing that SOMA can do."""


async def perform(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    """Runs the operation that `request["operation"]` names. Raises SomaError for what cannot be
    done."""
    operation = OPERATIONS.get(str(request.get("operation")))
    if operation is None:
        raise UnknownOperationError(f"there is no operation {request.get('operation')!r}")
    try:
        async with aclosing(operation(runtime, request)) as replies:
            async for reply in replies:
                yield reply
    except KeyError as error:
        raise RequestError(f"the request lacks {error}") from error


async def _list_models(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    loaded = runtime.model.path if runtime.model else None
    known = await asyncio.to_thread(runtime.models.known, loaded)
    yield {"result": [asdict(model) for model in known]}


async def _add_model(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    yield {"result": asdict(await runtime.models.add(Path(request["path"])))}


async def _remove_model(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    runtime.models.remove(request["name"])
    yield {"result": {"removed": request["name"]}}


async def _use_model(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    if request.get("load", True):
        yield {"result": asdict(await runtime.use_model(request["name"]))}
    else:
        await asyncio.to_thread(runtime.models.resolve, request["name"])
        runtime.models.choose(request["name"])
        yield {"result": {"name": request["name"]}}


OPERATIONS: dict[str, Operation] = {
    **ANSWER_OPERATIONS,
    **CONVERSATION_OPERATIONS,
    **RECALL_OPERATIONS,
    "models.list": _list_models,
    "models.add": _add_model,
    "models.remove": _remove_model,
    "models.use": _use_model,
}
NEEDS_MODEL = frozenset(ANSWER_OPERATIONS)
