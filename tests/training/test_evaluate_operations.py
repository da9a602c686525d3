"""The evaluation that an open SOMA is asked for, on the engine that answers its chats."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from agents.engine.engine import EngineOptions
from agents.operations import Json, perform
from agents.runtime import Runtime
from scripts.bench.make_adapter import make_adapter
from soma_tui.composition import make_runtime
from store.paths import Home
from tests.end_to_end.test_evaluate_command import talked
from training.canaries import suite
from training.evaluation import read_evaluation


@pytest_asyncio.fixture
async def runtime(home: Home, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Runtime]:
    whole = suite()
    cut = replace(whole, canaries=whole.canaries[:2], probes=whole.probes[:1])
    monkeypatch.setattr("training.evaluate.suite", lambda: cut)
    talked(home)
    runtime = make_runtime(home, options=EngineOptions(threads=1, context=512))
    await runtime.open_store()
    await runtime.load_model()
    yield runtime
    await runtime.close()


async def test_the_engine_in_use_evaluates_and_says_how_far_it_is(
    runtime: Runtime, starter_path: Path, tmp_path: Path
) -> None:
    make_adapter(starter_path, tmp_path / "one.gguf", scale=0.03)
    engine = await runtime.engine()
    before = engine.evaluated_tokens
    request: Json = {"operation": "evaluate", "old": "base", "new": str(tmp_path / "one.gguf")}
    told = [reply async for reply in perform(runtime, request)]
    assert [reply.get("done") for reply in told] == [*range(1, len(told)), None]
    assert {reply["total"] for reply in told[:-1]} == {len(told) - 1}
    found = read_evaluation(told[-1]["result"])
    assert len(found.of("personal", "likelihood")) == 1
    assert engine.evaluated_tokens > before
    assert engine.adapters == 1


async def test_who_goes_away_ends_the_evaluation(runtime: Runtime) -> None:
    request: Json = {"operation": "evaluate", "old": "base", "new": "base"}
    async with aclosing(perform(runtime, request)) as replies:
        assert (await anext(replies))["done"] == 1
    engine = await runtime.engine()
    while not engine.idle:
        await asyncio.sleep(0.01)
    assert not engine.closing
