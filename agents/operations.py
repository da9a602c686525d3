"""What can be asked of SOMA from outside its screen: one table, used in process and over the
socket.

An operation takes the runtime and a JSON object and yields JSON objects: `{"event": …}` while it
works and `{"result": …}` at the end.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from agents.answer_operations import ANSWER_OPERATIONS
from agents.conversation_operations import CONVERSATION_OPERATIONS
from agents.memory_operations import MEMORY_OPERATIONS
from agents.model_operations import MODEL_OPERATIONS
from agents.recall_operations import RECALL_OPERATIONS
from agents.requests import Json, Operation, RequestError
from agents.runtime import Runtime
from agents.team_operations import RUN_OPERATIONS, TEAM_OPERATIONS
from agents.version_operations import COMPARE_OPERATIONS, VERSION_OPERATIONS
from agents.why_operations import WHY_OPERATIONS
from store.errors import SomaError

__all__ = ["NEEDS_MODEL", "OPERATIONS", "Json", "RequestError", "UnknownOperationError", "perform"]


class UnknownOperationError(SomaError):
    """The request names nothing that SOMA can do."""


async def perform(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    """Runs the operation that `request["operation"]` names, of this table or handed to the runtime.

    Raises SomaError for what cannot be done.
    """
    name = str(request.get("operation"))
    operation = OPERATIONS.get(name) or runtime.operations.get(name)
    if operation is None:
        raise UnknownOperationError(f"there is no operation {request.get('operation')!r}")
    try:
        async with aclosing(operation(runtime, request)) as replies:
            async for reply in replies:
                yield reply
    except KeyError as error:
        raise RequestError(f"the request lacks {error}") from error


OPERATIONS: dict[str, Operation] = {
    **ANSWER_OPERATIONS,
    **CONVERSATION_OPERATIONS,
    **MODEL_OPERATIONS,
    **MEMORY_OPERATIONS,
    **RECALL_OPERATIONS,
    **RUN_OPERATIONS,
    **TEAM_OPERATIONS,
    **COMPARE_OPERATIONS,
    **VERSION_OPERATIONS,
    **WHY_OPERATIONS,
}
NEEDS_MODEL = frozenset((*ANSWER_OPERATIONS, *RUN_OPERATIONS, *COMPARE_OPERATIONS, *WHY_OPERATIONS))
"""The operations that end with an answer: ask, send an edited message, answer again, the team's,
that of two versions side by side, and why an answer is as it is."""
