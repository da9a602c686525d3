"""Whether traits change answers: length, manner and questions by verbosity, formality, curiosity.

Usage: python scripts/bench/persona.py [--model PATH] [--seeds N] [--tokens N]

Each trait is set to 0.1, 0.5 and 0.9 in turn, the others stay at their defaults. Over the same
prompts, with the same sampling, seeds and token limit, it measures words an answer, the share of
formal marks among marks of manner, and questions an answer. Spearman's rho of the trait's value
against the measure is over all answers; its interval holds 95 % of 1,000 resamplings of prompts.
A rho of None means that the measure never varied. What a prompt is told is what SOMA tells it.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from agents.engine.engine import Engine, EngineOptions
from agents.engine.gguf_file import read_header
from agents.engine.requests import Piece
from agents.engine.sampling import SamplingSettings
from agents.models import STARTER, default_sampling
from agents.persona import TINY_MODEL, Room, system_prompt
from agents.style_measures import Style, style_of
from scripts.bench._common import report, say
from store.traits import BASELINES
from training.starter import starter_gguf

LEVELS = (0.1, 0.5, 0.9)
PROMPTS = (
    "hello", "how are you today?", "who are you?", "what can you do for me?", "tell me a joke",
    "I baked bread with my grandmother.", "I am tired after work.", "How do I make good tea?",
    "Is it safe to keep my notes here?", "What should I cook tonight?", "My dog is called Rex.",
    "I want to learn the violin.", "Why do people sleep?", "Tell me about the sea.",
    "I have to write to my landlord.", "Can you help me plan a trip?", "It rained all day.",
    "I finished my first novel!", "What is a good name for a boat?", "I lost my keys again.",
)  # fmt: skip
MEASURES: dict[str, tuple[str, Callable[[Style], float]]] = {
    "verbosity": ("words", lambda style: float(style.words)),
    "formality": ("formal_share", lambda style: style.formality),
    "curiosity": ("questions", lambda style: float(style.questions)),
}


def ranks(values: Sequence[float]) -> list[float]:
    """The rank of each value, equal ones sharing the mean of theirs."""
    order = sorted(range(len(values)), key=values.__getitem__)
    given = [0.0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end < len(order) and values[order[end]] == values[order[start]]:
            end += 1
        for place in order[start:end]:
            given[place] = (start + end - 1) / 2
        start = end
    return given


def spearman(one: Sequence[float], other: Sequence[float]) -> float | None:
    """The correlation of the ranks; None where one of both never varies."""
    try:
        return round(statistics.correlation(ranks(one), ranks(other)), 3)
    except statistics.StatisticsError:
        return None


def with_interval(rows: Sequence[tuple[str, float, float]]) -> dict[str, Any]:
    """Rho of prompt, level and measure, with its interval over resampled prompts."""
    rng = Random(1)
    by_prompt: dict[str, list[tuple[float, float]]] = {}
    for prompt, level, measured in rows:
        by_prompt.setdefault(prompt, []).append((level, measured))
    names = list(by_prompt)
    found = []
    for _ in range(1000):
        drawn = [pair for name in rng.choices(names, k=len(names)) for pair in by_prompt[name]]
        rho = spearman([level for level, _ in drawn], [measured for _, measured in drawn])
        if rho is not None:
            found.append(rho)
    found.sort()
    rho = spearman([level for _, level, _ in rows], [measured for _, _, measured in rows])
    interval = [found[int(0.025 * len(found))], found[int(0.975 * len(found)) - 1]] if found else []
    return {"rho": rho, "interval_95": interval}


async def answer(engine: Engine, prompt: list[int], sampling: SamplingSettings, most: int) -> Style:
    """The style of one answer."""
    said = []
    async for update in engine.generate(prompt, sampling, max_tokens=most):
        if isinstance(update, Piece):
            said.append(update.text)
    return style_of("".join(said))


async def measure(path: Path, seeds: int, most: int, log: Path) -> dict[str, Any]:
    """The figures of every trait for the model at `path`."""
    header = read_header(path)
    engine = await Engine.load(header, log=log, options=EngineOptions(context=2048))
    tiny = header.parameters < TINY_MODEL
    room = Room.for_context(engine.context_size, tiny=tiny)
    sampling = default_sampling(STARTER if tiny else "")

    def count(text: str) -> int:
        return len(engine.vocabulary.tokenize(text, markup=False))

    figures: dict[str, Any] = {}
    for trait, (name, of) in MEASURES.items():
        rows = []
        for level in LEVELS:
            told = system_prompt(BASELINES | {trait: level}, [], room, count)
            for question in PROMPTS:
                for seed in range(seeds):
                    prompt = engine.template.opening(told, question)
                    style = await answer(engine, prompt, replace(sampling, seed=seed), most)
                    rows.append((question, level, of(style)))
            say(f"{trait} {level}: {told!r}")
        means = {
            str(level): round(statistics.mean(m for _, at, m in rows if at == level), 3)
            for level in LEVELS
        }
        figures[trait] = {"measure": name, "means": means, "answers": len(rows)}
        figures[trait] |= with_interval(rows)
    await engine.close()
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--model", type=Path, help="a GGUF file; without it, the starter")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--tokens", type=int, default=160)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = arguments.model or starter_gguf(Path(folder))
        log = Path(folder) / "llama.log"
        figures = asyncio.run(measure(path, arguments.seeds, arguments.tokens, log))
        model = arguments.model.name if arguments.model else STARTER
        report("persona", model=model, seeds=arguments.seeds, tokens=arguments.tokens, **figures)


if __name__ == "__main__":
    main()
