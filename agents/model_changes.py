"""Another model, or other settings for one, while SOMA is open: between two answers, or not at all.

What fails leaves SOMA with the model that it had.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from agents.model_settings import ModelSettings, Value
from agents.models import default_sampling
from store.errors import SomaError

if TYPE_CHECKING:
    from agents.events import ModelSummary
    from agents.runtime import Runtime


async def use_model(runtime: Runtime, reference: str) -> ModelSummary:
    """Loads a model by its name or path and makes it the one that SOMA opens with.

    One that is not known yet is tried and added first, while the present one goes on. Raises
    SomaError; then the present one is used again.
    """
    name = await runtime.models.keep(reference)
    present = runtime.model
    try:
        summary = await runtime.load_model(name)
    except SomaError:
        await _return_to(runtime, present)
        raise
    await asyncio.to_thread(runtime.models.choose, name)
    return summary


async def change_settings(
    runtime: Runtime, name: str, changes: Mapping[str, Value | str | None], *, reset: bool = False
) -> ModelSettings:
    """Keeps other settings for a model and applies them to its next answer.

    A model in use is loaded again where its context, threads or layers are to be others. With
    `reset`, whatever is not among the `changes` goes back to the model's own. Raises SomaError;
    then nothing is changed.
    """
    stored, present = runtime.models.model_settings, runtime.model
    before = stored.get(name)
    after = (ModelSettings() if reset else before).changed(changes)
    await asyncio.to_thread(stored.set, name, after)
    if present is None or present.name != name:
        return after
    try:
        await _apply(runtime, present, after)
    except SomaError:
        await asyncio.to_thread(stored.set, name, before)
        await _return_to(runtime, present)
        raise
    return after


async def _apply(runtime: Runtime, present: ModelSummary, settings: ModelSettings) -> None:
    engine = await runtime.engine()
    if engine.options != settings.engine_options(runtime.options):
        await _load_again(runtime, present)
        return
    engine.default_sampling = settings.sampling(default_sampling(present.name))
    engine.default_max_tokens = settings.max_tokens


async def _return_to(runtime: Runtime, present: ModelSummary | None) -> None:
    if present is not None and runtime.model is None:
        with contextlib.suppress(SomaError):
            await _load_again(runtime, present)


async def _load_again(runtime: Runtime, model: ModelSummary) -> None:
    await runtime.load_model(model.name if runtime.models.knows(model.name) else model.path)
