"""Asking the team, as the product does, in a data directory that is thrown away."""

from __future__ import annotations

import json
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np

from agents.embedder import find_embedder
from agents.engine.engine import EngineOptions
from agents.measured import FILE
from agents.runtime import Runtime
from agents.team import RunOptions
from store.paths import Home
from store.runs import StoredRun
from training.starter import starter_gguf

RESAMPLES = 10_000


@asynccontextmanager
async def opened(model: Path | None, threads: int | None) -> AsyncIterator[Runtime]:
    """A runtime on a model, the starter where none is named; with the embedding model, if any."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        home.create()
        runtime = Runtime(
            home,
            starter=starter_gguf,
            model=None if model is None else str(model),
            options=EngineOptions(context=2048, threads=threads),
            embedder=lambda: find_embedder(home.cache),
        )
        await runtime.open_store()
        try:
            await runtime.load_model()
            yield runtime
        finally:
            await runtime.close()


async def asked(runtime: Runtime, text: str, options: RunOptions) -> StoredRun:
    """The run of a request, once it has ended."""
    run = 0
    async for event in runtime.team.run(text, options):
        run = getattr(event, "run", run)
    return runtime.team.runs.get(run)


def with_interval(values: Sequence[float], kinds: Sequence[str]) -> dict[str, Any]:
    """The mean, and what 95 % of the means of 10,000 resamplings within each kind lie between."""
    chance = np.random.default_rng(0)
    array, names = np.array(values, float), np.array(kinds)
    total = np.zeros(RESAMPLES)
    for kind in sorted(set(kinds)):
        own = array[names == kind]
        total += own[chance.integers(0, len(own), (RESAMPLES, len(own)))].sum(axis=1)
    low, high = np.percentile(total / len(array), [2.5, 97.5])
    return {
        "mean": round(float(array.mean()), 3),
        "interval_95": [round(float(low), 3), round(float(high), 3)],
        "of": len(array),
    }


def keep(name: str, figures: dict[str, Any]) -> None:
    """Writes figures to where the product reads what was measured of the starter."""
    known = json.loads(FILE.read_text(encoding="utf-8"))
    known[name] = figures
    FILE.write_text(json.dumps(known, indent=2) + "\n", encoding="utf-8")
