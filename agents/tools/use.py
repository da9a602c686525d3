"""How a task uses tools: it says under a grammar which one it wants, until it wants none."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

from agents.team_prompt import Given
from agents.tools.toolbox import Toolbox
from store.tool_call import ToolCall

MOST_CALLS = 3
"""How often one attempt at a task may use tools."""
CALL_TOKENS = 200
_log = logging.getLogger(__name__)

Ask = Callable[[Sequence[ToolCall]], Awaitable[str]]
"""Gives what the model says when it may call a tool, after the calls so far."""


async def calls(toolbox: Toolbox, names: Sequence[str], ask: Ask) -> AsyncGenerator[ToolCall, None]:
    """The calls that a model makes, one after the other: three at most, none of them twice."""
    made: list[ToolCall] = []
    while len(made) < MOST_CALLS:
        call = await asyncio.to_thread(toolbox.call, await ask(made), names)
        if call is None or call in made:
            return
        made.append(call)
        _log.info("the tool %s was used%s", call.tool, " in vain" if call.failed else "")
        yield call


def given(made: Sequence[ToolCall]) -> list[Given]:
    """What the calls gave, as data for the prompt."""
    return [Given(who := f"the tool {call.tool}", who, _result(call)) for call in made]


def _result(call: ToolCall) -> str:
    result = f"{'error:' if call.failed else '='} {call.result}"
    return f"{call.input}\n{result}" if call.input else result
