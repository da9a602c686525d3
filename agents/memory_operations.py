"""What can be asked of SOMA about profile, personality and documents, part of the table of
`agents.operations`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import asdict
from pathlib import Path
from typing import Any

from agents import events
from agents.forgetting import KINDS, Target
from agents.memory import Memory
from agents.requests import Json, Operation, RequestError, number, text
from agents.runtime import Runtime
from store.claims import Fact
from store.personality import Change
from store.traits import GROUPS, bounds

_GROUP_OF = {trait: group for group, traits in GROUPS.items() for trait in traits}


# --- profile


async def _remember(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    facts = await runtime.remembering.remember(text(request, "text"))
    yield {"result": [fact_as_json(fact) for fact in facts]}


async def _show_profile(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    """The active person's facts; with `history`, also what held before."""

    def look(memory: Memory) -> Json:
        person = memory.person
        history = bool(request.get("history"))
        facts = memory.profiles.facts(person.id, history=history)
        return {"person": asdict(person), "facts": [fact_as_json(fact) for fact in facts]}

    yield {"result": await _looked(runtime, look)}


async def _set_fact(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    """Keeps a value by hand: of an attribute, or in the place of a `fact`'s."""
    remembering, value = runtime.remembering, text(request, "value")
    if request.get("fact") is not None:
        fact = await remembering.change(
            remembering.memory.edit_fact, number(request, "fact"), value
        )
    else:
        attribute = text(request, "attribute")
        fact = await remembering.change(remembering.memory.set_fact, attribute, value)
    yield {"result": fact_as_json(fact)}


async def _pin_fact(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    remembering, pinned = runtime.remembering, bool(request.get("pinned", True))
    fact = number(request, "fact")
    done = await remembering.change(remembering.memory.pin_fact, fact, pinned)
    yield {"result": fact_as_json(done)}


async def _use_person(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    """Makes somebody the active person; `new` says whether they were not known before."""
    remembering = runtime.remembering
    known = {person.id for person in remembering.memory.profiles.list()}
    person = await remembering.change(remembering.memory.use, text(request, "name"))
    yield {"result": {**asdict(person), "new": person.id not in known}}


async def _list_persons(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    def look(memory: Memory) -> list[Json]:
        active = memory.person
        return [
            {
                **asdict(person),
                "active": person.id == active.id,
                "facts": len(memory.profiles.facts(person.id)),
            }
            for person in memory.profiles.list()
        ]

    yield {"result": await _looked(runtime, look)}


# --- forgetting


async def _preview(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    yield {"result": asdict(await runtime.remembering.preview(_target(request)))}


async def _forget(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    yield {"result": asdict(await runtime.forget(_target(request)))}


def _target(request: Json) -> Target:
    kind = text(request, "kind")
    if kind not in KINDS:
        raise RequestError(f"nothing is forgotten by its {kind}; choose one of {', '.join(KINDS)}")
    if kind == "text":
        return Target("text", text=text(request, "text"))
    return Target(kind, number(request, "id"))


# --- personality


async def _show_personality(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    def look(memory: Memory) -> list[Json]:
        return [
            {**asdict(state), "group": _GROUP_OF[state.name], "bounds": bounds(state.baseline)}
            for state in memory.personality.states(memory.now())
        ]

    yield {"result": await _looked(runtime, look)}


def _by_hand(what: str) -> Operation:
    async def operation(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
        remembering = runtime.remembering
        value = _share(request) if what == "set" else 0.0
        trait = text(request, "trait").strip().casefold().replace(" ", "_").replace("-", "_")
        change = await remembering.change(remembering.memory.by_hand, what, trait, value)
        yield {"result": change_as_json(change)}

    return operation


async def _log(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    """The changes of one `trait` or of all, newest first, `limit` at most."""
    trait, limit = request.get("trait"), int(request.get("limit") or 0)

    def look(memory: Memory) -> list[Json]:
        log = memory.personality.log(trait)
        return [change_as_json(change) for change in (log[:limit] if limit else log)]

    yield {"result": await _looked(runtime, look)}


async def _undo(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    remembering = runtime.remembering
    change = await remembering.change(remembering.memory.undo, number(request, "change"))
    yield {"result": change_as_json(change)}


def _share(request: Json) -> float:
    value = request["value"]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise RequestError(f"a value is a number from 0 to 1, not {value!r}")
    return float(value)


# --- documents


async def _ingest(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    """Takes in the files at `paths`; the result has a row for each."""
    paths = [Path(str(path)).expanduser() for path in request["paths"]]
    rows = []
    async with aclosing(runtime.remembering.ingest(paths)) as stream:
        async for event in stream:
            row = events.to_json(event)
            yield row
            rows.append({name: value for name, value in row.items() if name != "event"})
    yield {"result": rows}


async def _list_documents(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    listed = await asyncio.to_thread(runtime.remembering.library.list)
    yield {"result": [asdict(document) for document in listed]}


async def _remove_document(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    removed = await runtime.remembering.remove_document(number(request, "document"))
    yield {"result": asdict(removed)}


# --- in JSON


def fact_as_json(fact: Fact) -> Json:
    """A fact with its evidence as a JSON object."""
    return asdict(fact)


def change_as_json(change: Change) -> Json:
    """A change of the personality as a JSON object."""
    return asdict(change)


async def _looked(runtime: Runtime, look: Callable[[Memory], Any]) -> Any:
    return await asyncio.to_thread(look, runtime.remembering.memory)


MEMORY_OPERATIONS: dict[str, Operation] = {
    "remember": _remember,
    "forget": _forget,
    "forget.preview": _preview,
    "profile.show": _show_profile,
    "profile.set": _set_fact,
    "profile.pin": _pin_fact,
    "profile.use": _use_person,
    "profile.list": _list_persons,
    "personality.show": _show_personality,
    "personality.set": _by_hand("set"),
    "personality.pin": _by_hand("pin"),
    "personality.unpin": _by_hand("unpin"),
    "personality.reset": _by_hand("reset"),
    "personality.log": _log,
    "personality.undo": _undo,
    "ingest": _ingest,
    "documents.list": _list_documents,
    "documents.remove": _remove_document,
}
