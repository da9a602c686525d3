"""How many threads to decode with, on a quiet machine and beside a busy process.

Usage: python scripts/bench/threads.py [--model PATH] [--tokens N] [--rounds N]

For every number of threads up to the cores, in turn: tokens a second, and how late a timer of 10
ms on this process's own event loop fires meanwhile, which is what a key press feels. Once alone,
once with another process that computes without pause.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from agents.engine.engine import Engine, EngineOptions
from agents.engine.gguf_file import read_header
from agents.engine.requests import Finished
from agents.engine.sampling import SamplingSettings
from agents.engine.threads import available_cores, default_threads
from scripts.bench._common import report, say
from training.starter import starter_gguf

TICK_S = 0.01


def _busy() -> None:
    while True:
        pass


async def _delays(stop: asyncio.Event) -> list[float]:
    late = []
    while not stop.is_set():
        started = time.perf_counter()
        await asyncio.sleep(TICK_S)
        late.append(time.perf_counter() - started - TICK_S)
    return late


async def measure(path: Path, threads: int, tokens: int, log: Path) -> tuple[float, float]:
    """Tokens a second, and the 99th percentile of the timer's delay in milliseconds."""
    options = EngineOptions(context=1024, threads=threads, slots=1)
    engine = await Engine.load(read_header(path), log=log, options=options)
    engine.vocabulary.ends_generation = lambda token: False  # type: ignore[method-assign]
    stop = asyncio.Event()
    ticking = asyncio.create_task(_delays(stop))
    rate = 0.0
    prompt = engine.template.opening("", "Tell me a story.")
    greedy = SamplingSettings(temperature=0)
    async for update in engine.generate(prompt, greedy, max_tokens=tokens):
        if isinstance(update, Finished):
            rate = update.figures.tokens_per_s or 0.0
    stop.set()
    delays = await ticking
    await engine.close()
    return rate, 1000 * statistics.quantiles(delays, n=100)[98] if len(delays) > 1 else 0.0


def sweep(path: Path, tokens: int, rounds: int, log: Path) -> dict[str, Any]:
    """Both figures for each number of threads; medians over rounds taken in turn."""
    samples: dict[int, list[tuple[float, float]]] = {n: [] for n in range(1, available_cores() + 1)}
    for _ in range(rounds):
        for threads, taken in samples.items():
            taken.append(asyncio.run(measure(path, threads, tokens, log)))
    return {
        str(threads): {
            "tokens_per_s": statistics.median(rate for rate, _ in taken),
            "timer_late_p99_ms": statistics.median(late for _, late in taken),
            "samples": taken,
        }
        for threads, taken in samples.items()
    }


def main() -> None:
    """Measures alone and beside a busy process, and prints one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = arguments.model or starter_gguf(Path(folder))
        log = Path(folder) / "llama.log"
        say("alone …")
        alone = sweep(path, arguments.tokens, arguments.rounds, log)
        say("beside a busy process …")
        other = multiprocessing.Process(target=_busy, daemon=True)
        other.start()
        beside = sweep(path, arguments.tokens, arguments.rounds, log)
        other.kill()
    report(
        "threads",
        model=arguments.model.name if arguments.model else "starter",
        default_alone=default_threads(beside_screen=False),
        default_beside_screen=default_threads(beside_screen=True),
        alone=alone,
        beside_a_busy_process=beside,
    )


if __name__ == "__main__":
    main()
