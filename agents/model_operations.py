"""What can be asked of SOMA about models, part of the table of `agents.operations`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import asdict
from pathlib import Path

from agents.model_listing import KnownModel
from agents.model_offers import OFFERS
from agents.model_settings import ModelSettings
from agents.models import own_values
from agents.requests import Json, Operation, RequestError, text
from agents.runtime import Runtime


async def _list(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    """The known models; with `found`, those in other programs' folders after them."""
    loaded = runtime.model.path if runtime.model else None

    def look() -> list[KnownModel]:
        known = runtime.models.known(loaded)
        if request.get("found"):
            known += [m for m in runtime.models.found(loaded) if isinstance(m, KnownModel)]
        return known

    yield {"result": [asdict(model) for model in await asyncio.to_thread(look)]}


async def _add(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    yield {"result": asdict(await runtime.models.add(_reference(runtime, request)))}


async def _pull(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    """Downloads a model and adds it; a checkpoint to train on is only put into its folder."""
    checkpoint = bool(request.get("checkpoint"))
    pulling = runtime.pulling(request.get("token"))
    download = await pulling.look_up(text(request, "reference"), checkpoint=checkpoint)
    yield {"event": "download", **asdict(download), "size_bytes": download.size_bytes}
    async with aclosing(pulling.fetch(download)) as steps:
        async for done, total in steps:
            yield {"event": "download_progress", "done": done, "total": total}
    if checkpoint:
        yield {"result": {"folder": str(pulling.folder_of(download)), "licence": download.licence}}
        return
    yield {"event": "download_trial"}
    added = await pulling.add(download)
    yield {"result": {**asdict(added), "licence": download.licence}}


async def _offers(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    yield {"result": [asdict(offer) for offer in OFFERS]}


async def _remove(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    name = text(request, "name")
    await asyncio.to_thread(runtime.models.remove, name)
    yield {"result": {"removed": name}}


async def _use(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    """Changes over at once, or without `load` from the next start on."""
    reference = _reference(runtime, request)
    if request.get("load", True):
        yield {"result": asdict(await runtime.use_model(str(reference)))}
        return
    name = await runtime.models.keep(reference)
    await asyncio.to_thread(runtime.models.resolve, name)
    runtime.models.choose(name)
    yield {"result": {"name": name}}


async def _settings(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    """What is set for a model, after the `changes` if there are some."""
    name, header = await asyncio.to_thread(runtime.models.resolve, text(request, "name"))
    changes, reset = request.get("changes", {}), bool(request.get("reset"))
    if not isinstance(changes, dict):
        raise RequestError(f"changes are an object of settings, not {changes!r}")
    if changes or reset:
        settings = await runtime.change_model_settings(name, changes, reset=reset)
    else:
        settings = runtime.models.model_settings.get(name)
    own = {**asdict(ModelSettings()), **own_values(name, header)}
    yield {"result": {"name": name, "settings": asdict(settings), "defaults": own}}


def _reference(runtime: Runtime, request: Json) -> str | Path:
    """A name goes before a file of the same name in the client's folder."""
    if "name" in request:
        name = text(request, "name")
        if "path" not in request or runtime.models.knows(name):
            return name
    return Path(text(request, "path"))


MODEL_OPERATIONS: dict[str, Operation] = {
    "models.list": _list,
    "models.add": _add,
    "models.pull": _pull,
    "models.offers": _offers,
    "models.remove": _remove,
    "models.use": _use,
    "models.settings": _settings,
}
