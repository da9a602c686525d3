"""What an engine says of itself while it works and when it is idle."""

from __future__ import annotations

import asyncio

from agents.engine.engine import Engine
from agents.engine.figures import figures_of
from agents.engine.requests import Finished, Piece
from tests.agents.engine_helpers import GREEDY, SECONDS_A_TOKEN, never_ending


async def test_sequences_are_counted_while_they_are_worked_on(engine: Engine) -> None:
    with never_ending(engine, 5 * SECONDS_A_TOKEN):
        prompts = [engine.template.opening("", text) for text in ("hello", "who are you?")]
        both = [engine.generate(prompt, GREEDY, max_tokens=400) for prompt in prompts]
        for generation in both:
            async for update in generation:
                if isinstance(update, Piece):
                    break
        found = figures_of(engine)
        for generation in both:
            generation.cancel()
        for generation in both:
            async for update in generation:
                if isinstance(update, Finished):
                    break
    assert (found.batches, found.taken) == ((2,), 2)
    # The contexts of adapters that other tests opened have slots of their own.
    assert found.slots in range(engine.options.slots, 99, engine.options.slots)
    assert found.memory > 0
    assert found.memory_in_reach is None or found.memory_in_reach > found.memory
    while not engine.idle:
        await asyncio.sleep(SECONDS_A_TOKEN)
    assert figures_of(engine).batches == ()
