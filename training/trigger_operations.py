"""What can be asked about training by itself from outside the screen: allow it, set it, how far."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from dataclasses import replace

from agents.requests import Json, Operation
from agents.runtime import Runtime
from training import auto_training, triggers
from training.machine import Machine

_FIELDS = ("on", "messages", "days", "examples", "quiet", "busy")


async def _auto(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    """Changes what `on`, `messages`, `days`, `examples`, `quiet` and `busy` are, as far as they are
    given, and says what is allowed and how far it has come, in a line (`standing`) too."""
    yield {"result": await asyncio.to_thread(_changed, runtime, request)}


def _changed(runtime: Runtime, request: Json) -> Json:
    settings, state = auto_training.read(runtime)
    now = time.time()
    changes = {name: request[name] for name in _FIELDS if request.get(name) is not None}
    after = triggers.changed(settings, changes)
    if after != settings:
        runtime.settings.set(auto_training.SETTINGS, after.as_json())
    if after.on and not settings.on:
        state = triggers.allowed(state, now)
        auto_training.keep(runtime, state)
    state = triggers.in_step(state, now)
    _, found = auto_training.situation(runtime, state, now)
    found = replace(found, mains=Machine().on_mains())
    due = triggers.decide(after, state, found)
    if due.lacks == "examples":
        found = replace(found, accepted=auto_training.accepted(runtime))
        due = triggers.decide(after, state, found)
    version = runtime.serving.versions.next_name()
    return {
        **after.as_json(),
        "new_messages": found.messages,
        "accepted": found.accepted,
        "last": state.at or None,
        "refusals": state.refusals,
        "version": version,
        "standing": triggers.standing(after, state, found, version),
        "due": due.due,
        "reason": due.reason,
    }


TRIGGER_OPERATIONS: dict[str, Operation] = {"train.auto": _auto}
