"""What can be asked about versions from outside the screen: deploy, roll back, prune, compare."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from agents import events
from agents.engine.engine import Engine, Generation
from agents.engine.requests import Finished, Piece
from agents.requests import Json, Operation, RequestError, number, text
from agents.runtime import Runtime
from agents.text import visible
from store.errors import SomaError
from store.version import PERSONAL, Version, VersionError
from store.versions import Moved

BASE = "base"
"""What stands for the model without a version."""
LONGEST_ANSWER = 512
_SHIP = "ship"


async def _deploy(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    """Lets `version` answer from the next answer on; one that was not decided to be better only
    with `anyway`."""
    name, anyway = text(request, "version"), request.get("anyway") is True
    moved = await asyncio.to_thread(_deployed, runtime, name, anyway)
    yield {"result": _told(runtime, moved)}


async def _roll_back(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    """Lets that answer which answered before the present version of `specialist`."""
    versions = runtime.serving.versions
    moved = await asyncio.to_thread(versions.roll_back, _specialist(request))
    yield {"result": _told(runtime, moved)}


async def _prune(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    """Removes all versions of `specialist` but the newest `keep` and those that are needed."""
    keep = number(request, "keep")
    if keep < 0:
        raise RequestError(f"keep is how many versions stay, not {keep}")
    versions = runtime.serving.versions
    removed = await asyncio.to_thread(versions.prune, keep, _specialist(request))
    yield {"result": {"removed": list(removed)}}


async def _compare(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    """Lets two `versions` answer `text`, by the same prompt and seed; nothing is stored."""
    asked, names = text(request, "text"), request["versions"]
    if not isinstance(names, list) or len(names) != 2:
        raise RequestError("versions are the names of two")
    if not asked.strip():
        raise SomaError("an empty question is not compared; write one")
    engine = await runtime.engine()
    adapters = [await asyncio.to_thread(_adapter, runtime, engine, str(name)) for name in names]
    system, settled = await asyncio.to_thread(runtime.remembering.settle_text, engine, asked)
    seed = number(request, "seed") if request.get("seed") is not None else None
    sampling = replace(settled, seed=secrets.randbelow(2**31) if seed is None else seed)
    ids = engine.template.opening(system, asked)
    asked_for = number(request, "max_tokens") if request.get("max_tokens") is not None else None
    most = engine.context_size - len(ids)
    if most < 1:
        raise SomaError("the question does not fit the model's context; shorten it")
    limit = min(most, asked_for or LONGEST_ANSWER)
    generations = [engine.generate(ids, sampling, max_tokens=limit, adapter=a) for a in adapters]
    try:
        told = await asyncio.gather(*map(_answer, generations))
    finally:
        for generation in generations:
            generation.cancel()
    answers = [{"version": name, **answer} for name, answer in zip(names, told, strict=True)]
    yield {"result": {"question": asked, "answers": answers, "seed": sampling.seed}}


async def _answer(generation: Generation) -> Json:
    said: list[str] = []
    async for update in generation:
        if isinstance(update, Piece):
            said.append(update.text)
        elif isinstance(update, Finished):
            if update.finish == "error":
                raise SomaError(update.reason)
            return {
                "text": visible("".join(said)),
                "finish": update.finish,
                "tokens": update.figures.completion_tokens,
                "tokens_per_s": update.figures.tokens_per_s,
            }
    raise AssertionError("a generation ends with Finished")


def _adapter(runtime: Runtime, engine: Engine, name: str) -> Path | None:
    """The adapter of a version. Raises SomaError where the model that is open is not its base."""
    if name == BASE:
        return None
    versions = runtime.serving.versions
    version = versions.get(name)
    if problem := versions.fault(name):
        raise SomaError(f"{name} cannot answer: {problem}")
    if runtime.serving.base_digest(engine.header) != version.base:
        raise SomaError(
            f"{name} was trained on {version.base_name} as it was then, and {engine.name} is "
            "open; open its base to hear it"
        )
    return versions.adapter(name)


def open_model(runtime: Runtime) -> tuple[str, str | None]:
    """Give name and digest of the model that is open or would be; "" and None where there is
    none."""
    opened = runtime.model
    try:
        name, header = runtime.models.resolve(opened.path if opened else None)
        return opened.name if opened else name, runtime.serving.base_digest(header)
    except SomaError:
        return "", None


def _deployed(runtime: Runtime, name: str, anyway: bool) -> Moved:
    versions = runtime.serving.versions
    version = versions.get(name)
    served: set[str] = set()
    with suppress(VersionError):
        served = {move.version for move in versions.pointer(version.specialist).moves}
    if name not in served and not anyway and (why := _not_better(version)):
        raise SomaError(
            f"{name} {why}; `soma versions deploy {name} --anyway` takes it all the same"
        )
    model, base = open_model(runtime)
    if base not in (None, version.base) and not anyway:
        raise SomaError(
            f"{name} belongs to {version.base_name} as it was then, and {model} is open, so it "
            f"could not answer; `soma versions deploy {name} --anyway` takes it all the same"
        )
    return versions.deploy(name)


def _not_better(version: Version) -> str:
    """Why a version is not known to be better, "" where it is."""
    decision: Any = version.decision
    if decision is None:
        return "was not evaluated, so whether it is better is unknown"
    if decision.get("verdict") == _SHIP:
        return ""
    sentence = visible(str(decision.get("sentence") or decision.get("verdict")))
    return f"was not found to be better ({sentence.rstrip('.')})"


def _told(runtime: Runtime, moved: Moved) -> Json:
    if moved.old != moved.new:
        runtime.announce(events.ServingChanged(moved.specialist, moved.new))
    return {
        "specialist": moved.specialist,
        "old": moved.old,
        "new": moved.new,
        "skipped": list(moved.skipped),
    }


def _specialist(request: Json) -> str:
    return PERSONAL if request.get("specialist") is None else text(request, "specialist")


VERSION_OPERATIONS: dict[str, Operation] = {
    "versions.deploy": _deploy,
    "versions.rollback": _roll_back,
    "versions.prune": _prune,
}
COMPARE_OPERATIONS: dict[str, Operation] = {"versions.compare": _compare}
