"""The operations on the team: let it work, look at its runs, change its specialists."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import asdict
from typing import Any

from agents import events
from agents.events import Event, TaskView
from agents.requests import Json, Operation, RequestError, names, number, text
from agents.runtime import Runtime
from agents.specialists import BUILT_IN
from agents.team import RunOptions, views_of
from store.errors import SomaError
from store.runs import StoredRun
from store.specialists import Specialist

DEFAULT_LIMIT = 50


async def _team(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    options = _options(request)
    async for reply in _following(runtime, runtime.team.run(text(request, "text"), options)):
        yield reply


async def _resume(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    async for reply in _following(runtime, runtime.team.resume(number(request, "run"))):
        yield reply


async def _retry(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    run, task = number(request, "run"), text(request, "task")
    other = None if request.get("specialist") is None else text(request, "specialist")
    async for reply in _following(runtime, runtime.team.retry(run, task, other)):
        yield reply


async def _following(
    runtime: Runtime, run: AsyncGenerator[Event, None]
) -> AsyncGenerator[Json, None]:
    async with aclosing(run) as stream:
        async for event in stream:
            yield events.to_json(event)
            if isinstance(event, events.RunEnded):
                if event.state != "done":
                    raise SomaError(f"run {event.run} gave no answer: {event.reason}")
                yield {"result": _run(runtime, runtime.team.runs.get(event.run))}


def _options(request: Json) -> RunOptions:
    graph = None if request.get("graph") is None else text(request, "graph")
    limit, seed = (
        None if request.get(name) is None else number(request, name)
        for name in ("max_tokens", "seed")
    )
    if limit is not None and limit < 1:
        raise RequestError(f"a task writes one token at least, not {limit:,}")
    tools = request.get("tools")
    if not isinstance(tools, bool | None):
        raise RequestError(f"tools are on, true, or off, false, and not {tools!r}")
    return RunOptions(graph, names(request, "specialists"), limit, seed, tools=tools)


async def _cancel(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    run = number(request, "run")
    task = None if request.get("task") is None else text(request, "task")
    yield {"result": {"run": run, "cancelled": runtime.team.cancel(run, task)}}


async def _list(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    limit = DEFAULT_LIMIT if request.get("limit") is None else number(request, "limit")
    stored = await asyncio.to_thread(runtime.team.runs.list, max(1, limit))
    yield {
        "result": [
            {
                "id": run.id,
                "text": run.text,
                "graph": run.graph,
                "state": run_state(runtime, run),
                "specialists": list(run.specialists),
                "created": run.created,
            }
            for run in stored
        ]
    }


async def _show(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    yield {"result": _run(runtime, runtime.team.runs.get(number(request, "run")))}


async def _remove(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    run = number(request, "run")
    if runtime.team.is_running(run):
        raise SomaError(f"run {run} is being worked on; stop it first")
    await asyncio.to_thread(runtime.team.runs.remove, run)
    yield {"result": {"removed": run}}


def _run(runtime: Runtime, run: StoredRun) -> Json:
    return {
        "run": run.id,
        "text": run.text,
        "graph": run.graph,
        "model": run.model,
        "state": run_state(runtime, run),
        "reason": run.reason,
        "created": run.created,
        "answer": run.answer,
        "route": dict(run.route),
        "recalled": [asdict(one) for one in run.recalled],
        "tasks": [_task(view) for view in views_of(run)],
        "consensus": dict(run.consensus),
    }


def _task(view: TaskView) -> Json:
    return {**asdict(view), "depends_on": list(view.depends_on)}


def run_state(runtime: Runtime, run: StoredRun) -> str:
    """A run that nobody works on any more was interrupted."""
    interrupted = run.state == "running" and not runtime.team.is_running(run.id)
    return "interrupted" if interrupted else run.state


# --- specialists


async def _specialists(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    yield {"result": [_specialist(one) for one in runtime.team.team.all()]}


async def _specialist_shown(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    yield {"result": _with_notes(runtime, text(request, "name"))}


async def _specialist_added(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    name, changes = text(request, "name"), _changes(request)
    yield {"result": _specialist(await asyncio.to_thread(runtime.team.team.add, name, changes))}


async def _specialist_edited(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    name, changes = text(request, "name"), _changes(request)
    yield {"result": _specialist(await asyncio.to_thread(runtime.team.team.edit, name, changes))}


async def _specialist_removed(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    name = text(request, "name")
    gone = await asyncio.to_thread(runtime.team.team.remove, name)
    yield {"result": {"name": name, "removed": gone}}


async def _note_added(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    name, note = text(request, "name"), text(request, "text")
    await asyncio.to_thread(runtime.team.team.remember, name, note)
    yield {"result": _with_notes(runtime, name)}


async def _note_removed(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    name, note = text(request, "name"), number(request, "note")
    await asyncio.to_thread(runtime.team.team.forget, name, note)
    yield {"result": _with_notes(runtime, name)}


def _with_notes(runtime: Runtime, name: str) -> Json:
    team = runtime.team.team
    notes = [{"id": note.id, "text": note.text} for note in team.notes.of(name)]
    return {**_specialist(team.get(name)), "notes": notes}


def _changes(request: Json) -> dict[str, Any]:
    changes = request.get("changes", {})
    if not isinstance(changes, dict):
        raise RequestError(f"changes are an object of fields, not {changes!r}")
    return changes


def _specialist(one: Specialist) -> Json:
    came = {built_in.name: built_in for built_in in BUILT_IN}
    return {
        **asdict(one),
        "examples": list(one.examples),
        "tools": list(one.tools),
        "traits": dict(one.traits),
        "sampling": dict(one.sampling),
        "built_in": one.name in came,
        "changed": came.get(one.name, one) != one,
    }


RUN_OPERATIONS: dict[str, Operation] = {
    "team": _team,
    "team.resume": _resume,
    "team.retry": _retry,
}
"""Those that need a model."""
TEAM_OPERATIONS: dict[str, Operation] = {
    "team.cancel": _cancel,
    "runs.list": _list,
    "runs.show": _show,
    "runs.remove": _remove,
    "specialists.list": _specialists,
    "specialists.show": _specialist_shown,
    "specialists.add": _specialist_added,
    "specialists.edit": _specialist_edited,
    "specialists.remove": _specialist_removed,
    "specialists.remember": _note_added,
    "specialists.forget": _note_removed,
}
