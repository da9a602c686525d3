"""What a pristine base answers, by the engine, before anything was learned."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from agents.engine.engine import Engine, EngineOptions
from agents.engine.gguf_file import read_header
from agents.engine.requests import Finished, Piece
from agents.models import default_sampling
from store.errors import SomaError
from training.checkpoint import Checkpoint
from training.convert import convert_checkpoint
from training.replay import Sample
from training.starter import CHECKPOINT, starter_gguf

CONTEXT, MOST_TOKENS = 1024, 160


def base_gguf(base: Path, cache: Path) -> Path:
    """Give the GGUF file of the checkpoint in the folder `base`; it is made in `cache`, in Q8_0, if
    it is missing. Raises SomaError where it cannot be made."""
    if base == CHECKPOINT:
        return starter_gguf(cache)
    file = cache / f"base-{Checkpoint(base).fingerprint()}.gguf"
    if not file.is_file():
        convert_checkpoint(base, file, "q8_0")
    return file


@contextmanager
def pristine(base: Path, cache: Path, log: Path) -> Iterator[Sample]:
    """Open what samples from the base in a folder, within a thread that has no event loop.

    An answer that is cut off counts as none. Raises SomaError where the base cannot be loaded.
    """
    header = read_header(base_gguf(base, cache))
    sampling = default_sampling(base.name)

    async def answered(system: str, prompt: str, seed: int) -> str:
        tokens = engine.template.opening(system, prompt)
        drawn = replace(sampling, seed=seed)
        said = []
        async for update in engine.generate(tokens, drawn, max_tokens=MOST_TOKENS):
            if isinstance(update, Piece):
                said.append(update.text)
            elif isinstance(update, Finished) and update.finish == "error":
                raise SomaError(f"the base cannot be sampled: {update.reason}; try --replay 0")
            elif isinstance(update, Finished) and update.finish != "stop":
                return ""
        return "".join(said)

    with asyncio.Runner() as runner:
        options = EngineOptions(context=CONTEXT, slots=1)
        engine = runner.run(Engine.load(header, log=log, options=options))
        try:
            yield lambda system, prompt, seed: runner.run(answered(system, prompt, seed))
        finally:
            runner.run(engine.close())
