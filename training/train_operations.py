"""What can be asked about training from outside the screen: plan, start, resume."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from agents.requests import Json, Operation, RequestError, number
from agents.runtime import Runtime
from store.errors import SomaError

if TYPE_CHECKING:
    from training.checkpoint import Checkpoint
    from training.examples import ExampleSet
    from training.run_settings import RunSettings

_NUMBERS = ("max_steps", "batch", "longest", "seed", "epochs")


async def _plan(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    """What a run would take; a few steps are made to measure the rate, and nothing is kept."""
    yield {"result": await asyncio.to_thread(_planned, runtime, request)}


async def _start(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    """Begins a run, which goes on whatever happens to this process; gives where it stands."""
    yield {"result": await asyncio.to_thread(_started, runtime, request)}


async def _resume(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    """Goes on with the run `run`, else the newest; gives where it stands."""
    yield {"result": await asyncio.to_thread(_resumed, runtime, request.get("run"))}


def _planned(runtime: Runtime, request: Json) -> Json:
    from training.manifest import counts, manifest
    from training.plan import make_plan, measured

    settings = _settings(request)
    found = _collected(runtime, settings)
    plan = make_plan(settings, found.examples)
    listed = manifest(found, settings.longest)
    plan = measured(runtime.home, plan, settings, found.examples, listed)
    return {**plan.as_json(), "rejected": counts(found)["rejected"]}


def _started(runtime: Runtime, request: Json) -> Json:
    from training import jobs
    from training.auto_training import note_begin
    from training.example import PERSONAL
    from training.examples import seal
    from training.manifest import manifest
    from training.plan import make_plan, require_memory

    settings = _settings(request)
    found = _collected(runtime, settings)
    require_memory(make_plan(settings, found.examples))
    found = _with_replay(runtime, settings, found)
    plan = make_plan(settings, found.examples)
    seal(runtime.remembering.forgetter.database, found)
    listed = manifest(found, settings.longest)
    folder = jobs.start(runtime.home, settings, listed, found.examples, plan.disk)
    if settings.specialist == PERSONAL:
        note_begin(runtime)
    return asdict(jobs.view(runtime.home, folder))


def _resumed(runtime: Runtime, name: str | None) -> Json:
    from training import jobs

    folder = jobs.find(runtime.home, name)
    found = _collected(runtime, folder.settings())
    jobs.resume(runtime.home, folder, found.examples)
    return asdict(jobs.view(runtime.home, folder))


def _settings(request: Json) -> RunSettings:
    """The settings that a request asks for. Raises SomaError where the base cannot be trained."""
    from training import run_settings
    from training.bases import find_base, open_base
    from training.tools import missing

    if lacking := missing():
        raise SomaError(f"training needs {lacking[0]}; `soma setup training` gets the tools")
    base = find_base(request.get("base"))
    checkpoint = open_base(base)
    asked: Json = {"base": str(base), "base_fingerprint": checkpoint.fingerprint()}
    if request.get("specialist") is not None:
        asked["specialist"] = str(request["specialist"])
    for name in _NUMBERS:
        if request.get(name) is not None:
            asked[name] = number(request, name)
    if "epochs" in asked:
        asked["least_steps"] = 1
    for name in ("rate", "replay"):
        if request.get(name) is not None:
            if type(request[name]) not in (int, float):
                raise RequestError(f"{name} is a number, not {request[name]!r}")
            asked[name] = request[name]
    if request.get("quantise") is not None:
        asked["quantise"] = request["quantise"]
    return _fitting(run_settings.read(asked, "the request"), frozenset(asked), checkpoint)


def _fitting(settings: RunSettings, asked: frozenset[str], base: Checkpoint) -> RunSettings:
    """The settings with those chosen that nobody asked for, so that the run fits this machine."""
    from training.hardware import find_hardware
    from training.presets import TINY, TINY_RATE, choose
    from training.run_memory import memory, shape_of

    shape = shape_of(base)
    if "rate" not in asked and shape.linear + shape.table + shape.rest < TINY:
        settings = replace(settings, rate=TINY_RATE)
    return choose(settings, asked, find_hardware(), lambda one: sum(memory(shape, one).values()))


def _collected(runtime: Runtime, settings: RunSettings) -> ExampleSet:
    """The examples of a run. Raises SomaError where there is nothing to train on."""
    from training.bare import with_bare
    from training.encoding import Encoder
    from training.examples import collect
    from training.operations import why_none

    measure = Encoder(Path(settings.base)).measure
    database = runtime.remembering.forgetter.database
    found = collect(database, measure, settings.longest, settings.specialist)
    if not found.of("train"):
        raise SomaError(why_none(found, "train", settings.specialist))
    return with_bare(found)


def _with_replay(runtime: Runtime, settings: RunSettings, found: ExampleSet) -> ExampleSet:
    """The examples and beside them what the base says to general prompts, sampled now."""
    from training.encoding import Encoder
    from training.pristine import pristine
    from training.replay import wanted_replay, with_replay

    if not wanted_replay(len(found.of("train")), settings.replay):
        return found
    base, home = Path(settings.base), runtime.home
    measure = Encoder(base).measure
    with pristine(base, home.cache, home.logs / "llama.log") as sample:
        return with_replay(
            found, sample, measure, settings.longest, settings.replay, settings.specialist
        )


TRAIN_OPERATIONS: dict[str, Operation] = {
    "train.plan": _plan,
    "train.start": _start,
    "train.resume": _resume,
}
