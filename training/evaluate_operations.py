"""What can be asked about evaluation from outside the screen: old against new."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from agents.requests import Json, Operation, text
from agents.runtime import Runtime
from store.errors import SomaError

if TYPE_CHECKING:
    from agents.engine.engine import Engine
    from agents.engine.gguf_file import GgufHeader
    from training.candidates import Candidate
    from training.sealed_items import Item


async def _evaluate(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    """Evaluates `old` against `new` on the sealed examples of a specialist; gives the evaluation,
    after events that say how far it is."""
    from training.candidates import resolve
    from training.evaluate import evaluate
    from training.example import PERSONAL

    names = text(request, "old"), text(request, "new")
    old, new = [await asyncio.to_thread(resolve, runtime.home, name) for name in names]
    specialist = request.get("specialist") or new.specialist or old.specialist or PERSONAL
    items = await asyncio.to_thread(sealed_items, runtime, specialist)
    traits = await asyncio.to_thread(traits_of, runtime)
    told: asyncio.Queue[Json | None] = asyncio.Queue()

    def on_progress(done: int, total: int) -> None:
        told.put_nowait({"event": "evaluation_progress", "done": done, "total": total})

    async with serving_engine(runtime, (old, new)) as engine:
        work = asyncio.create_task(
            evaluate(engine, old, new, items, traits=traits, on_progress=on_progress)
        )
        work.add_done_callback(lambda _: told.put_nowait(None))
        try:
            while (event := await told.get()) is not None:
                yield event
            found = await work
        finally:
            work.cancel()
            with suppress(asyncio.CancelledError, SomaError):
                await work
    yield {"result": found.as_json()}


@asynccontextmanager
async def serving_engine(
    runtime: Runtime, candidates: tuple[Candidate, ...]
) -> AsyncIterator[Engine]:
    """The engine of the model that candidates go over: the one in use where it is loaded, else one
    that is closed at the end.

    Raises SomaError where they were trained on a model that is not there, or on two.
    """
    from agents.engine.engine import Engine, EngineOptions
    from agents.persona import TINY_MODEL

    name, header = await asyncio.to_thread(_base_of, runtime, candidates)
    if runtime.model is not None:
        engine = await runtime.engine()
        if engine.header.path == header.path:
            yield engine
            return
    await runtime.models.try_once(header)
    # llama.cpp's threads wait for each other longer than a tiny model computes.
    threads = 1 if header.parameters < TINY_MODEL else runtime.options.threads
    log = runtime.home.logs / "llama.log"
    options = EngineOptions(threads=threads)
    engine = await Engine.load(header, log=log, name=name, options=options)
    try:
        yield engine
    finally:
        await engine.close()


def _base_of(runtime: Runtime, candidates: tuple[Candidate, ...]) -> tuple[str, GgufHeader]:
    """The model that adapters were trained on, by name and header: the one in use or the starter;
    the one in use where they do not say."""
    from agents.models import STARTER
    from training.candidates import base_fingerprint, wanted_base

    wanted = {base for one in candidates if (base := wanted_base(one)) is not None}
    if len(wanted) > 1:
        names = " and ".join(one.name for one in candidates)
        raise SomaError(f"{names} were trained on two bases; evaluate each against base")
    name, used = runtime.models.resolve(None)
    if not wanted or base_fingerprint(used) in wanted:
        return name, used
    name, starter = runtime.models.resolve(STARTER)
    if base_fingerprint(starter) in wanted:
        return name, starter
    trained = next(one.name for one in candidates if wanted_base(one))
    raise SomaError(
        f"{trained} was trained on another base than {used.path.name} and the starter; choose the "
        "model that it was trained on with `soma models use NAME`"
    )


def traits_of(runtime: Runtime) -> Mapping[str, float]:
    """Give the personality as it is now."""
    memory = runtime.remembering.memory
    return memory.personality.values(memory.now())


def sealed_items(runtime: Runtime, specialist: str) -> tuple[Item, ...]:
    """Give the sealed items. Raises SomaError where there are none."""
    from training.behaviours import corrections_of
    from training.examples import collect
    from training.operations import why_none
    from training.sealed_items import facts_of, items_of
    from training.token_count import starter_measure

    home, database = runtime.home, runtime.remembering.forgetter.database
    with starter_measure(home.cache, home.logs / "llama.log") as measure:
        found = collect(database, measure, specialist=specialist)
    if not found.of("sealed"):
        raise SomaError(why_none(found, "sealed", specialist))
    corrections = corrections_of(database, found.examples)
    return items_of(found.of("sealed"), facts_of(database), corrections)


EVALUATE_OPERATIONS: dict[str, Operation] = {"evaluate": _evaluate}
