"""The gate against challengers that were made for real, evaluated on the starter."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
import torch

from agents.engine.engine import Engine, EngineOptions
from agents.engine.gguf_file import read_header
from scripts.bench._gate_challengers import Maker, random_adapter
from scripts.bench._gate_data import taught
from training.canaries import suite
from training.candidates import Candidate
from training.decision import Decision
from training.evaluate import evaluate
from training.gate import decide
from training.sealed_items import items_of

SEALED = items_of(taught(9, 12, "sealed"))


@pytest.fixture
def maker(starter_path: Path, tmp_path: Path) -> Maker:
    return Maker(tmp_path, starter_path)


@pytest_asyncio.fixture
async def engine(starter_path: Path, tmp_path: Path) -> AsyncIterator[Engine]:
    options = EngineOptions(context=1024, threads=1, slots=1)
    engine = await Engine.load(
        read_header(starter_path), log=tmp_path / "llama.log", options=options
    )
    yield engine
    await engine.close()


async def decided(engine: Engine, adapter: Path) -> Decision:
    """The gate's word on an adapter against the base, by the canaries against empty answers."""
    whole = suite()
    against_empty = tuple(one for one in whole.canaries if one.group == "empty")
    few = replace(whole, canaries=against_empty, probes=whole.probes[:1])
    made = await evaluate(
        engine, Candidate("base"), Candidate("new", adapter), SEALED, canaries=few
    )
    return decide(made)


async def test_random_weights_are_refused(engine: Engine, maker: Maker) -> None:
    adapter = random_adapter(maker.folder / "random.gguf", maker.base)
    found = await decided(engine, adapter)
    assert found.verdict == "refuse"
    assert found.personal is not None
    assert found.personal.holds is False


async def test_a_model_that_learned_to_say_nothing_is_refused(engine: Engine, maker: Maker) -> None:
    before = torch.get_num_threads()
    try:
        person = maker.said(taught(1, 12, "train"), "")
        adapter = maker.train("empty", person, steps=8, rate=5e-3)
    finally:
        torch.set_num_threads(before)
    found = await decided(engine, adapter)
    assert found.verdict == "refuse"
    empty = next(one for one in found.findings if one.group == "empty")
    assert len(empty.lost) > 10
