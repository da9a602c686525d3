"""Thousands of requests of every kind: each ends as it should, and memory stays where it was."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from agents.engine.engine import Engine, EngineOptions
from agents.engine.free_memory import own_memory
from agents.engine.gguf_file import read_header
from agents.engine.requests import Finished, Piece, Priority
from agents.engine.sampling import SamplingSettings
from scripts.bench.make_adapter import make_adapter
from tests.agents.engine_helpers import never_ending
from tests.store.rounds import rounds

AT_ONCE = 8
CONTEXT = 512
MOST_GROWTH = 24 << 20
ANYTHING = "root ::= [^\\x00]*"


class Soak:
    """Asks for answers of random lengths, through random adapters, and cancels some."""

    def __init__(self, engine: Engine, adapters: list[Path]) -> None:
        self.engine = engine
        self.adapters: list[Path | None] = [None, None, *adapters]
        self.chance = random.Random(8)
        self.finishes: list[str] = []

    async def ask(self) -> None:
        chance, engine = self.chance, self.engine
        words = chance.choice(["", "the sea was calm ", f"{chance.random()} "])
        text = words * chance.randrange(1, 30) + str(chance.random())
        prompt = engine.template.opening("You are SOMA.", text)[: CONTEXT - 80]
        count = chance.randrange(1, 64)
        stops_after = chance.randrange(count) if chance.random() < 0.3 else count + 1
        sampling = SamplingSettings(
            seed=chance.randrange(1000), grammar=chance.choice(["", "", ANYTHING])
        )
        generation = engine.generate(
            prompt,
            sampling,
            max_tokens=count,
            priority=chance.choice(list(Priority)),
            adapter=chance.choice(self.adapters),
        )
        if stops_after == 0:
            generation.cancel()
        said = 0
        async for update in generation:
            if isinstance(update, Piece):
                said += len(update.token_ids)
                if said >= stops_after:
                    generation.cancel()
            elif isinstance(update, Finished):
                end = update
        assert end.figures.completion_tokens == said
        assert (end.finish == "length" and said == count) or stops_after <= count, end
        assert end.finish in ("length", "cancelled"), end
        self.finishes.append(end.finish)

    async def run(self, count: int) -> None:
        async def some() -> None:
            while len(self.finishes) < count:
                await self.ask()

        await asyncio.gather(*(some() for _ in range(AT_ONCE)))


async def memory_when_idle(engine: Engine) -> int:
    """Bytes of this process once nothing is cached and nothing runs."""
    engine.drop_cached()
    while not engine.idle:
        await asyncio.sleep(0.01)
    return own_memory()


@rounds(60, 2000)
@pytest.mark.timeout(3600)
async def test_requests_without_end_all_end_well_and_leave_nothing(
    starter_path: Path, tmp_path: Path, rounds: int
) -> None:
    adapters = [tmp_path / f"adapter-{seed}.gguf" for seed in range(2)]
    for seed, path in enumerate(adapters):
        make_adapter(starter_path, path, seed=seed)
    options = EngineOptions(context=CONTEXT, threads=1, slots=4)
    log = tmp_path / "llama.log"
    engine = await Engine.load(read_header(starter_path), log=log, options=options)
    soak = Soak(engine, adapters)
    with never_ending(engine):
        await soak.run(rounds // 2)
        half = await memory_when_idle(engine)
        await soak.run(rounds)
        grown = await memory_when_idle(engine) - half
    assert engine._lanes is not None
    assert all(lane.scheduler._slots.free == 4 for lane in engine._lanes._all())
    await engine.close()
    assert {"length", "cancelled"} == set(soak.finishes)
    assert grown < MOST_GROWTH
