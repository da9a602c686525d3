"""Tokens a second of one answer: through SOMA's runtime against a bare loop over llama.cpp's API.

Usage: python scripts/bench/decode.py [--model PATH] [--tokens N] [--rounds N] [--threads N]

Both decode the same prompt greedily with the same weights file, threads and context, in turn. A
rate is (tokens - 1) / (time of last token - time of first token). `ratio` is ours over bare, of
medians.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import statistics
import sys
import tempfile
import time
from dataclasses import asdict
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from agents.answering import AnswerOptions
from agents.engine import library as llama
from agents.engine.engine import EngineOptions
from agents.engine.sampling import SamplingSettings
from agents.engine.threads import default_threads
from agents.events import AnswerFinished
from agents.persona import SYSTEM_PROMPT
from scripts.bench._common import in_turn, ratio_of_medians, report, say
from soma_tui.composition import make_runtime
from store.paths import Home

CONTEXT = 2048
MESSAGE = "Tell me a long story about a ship, the sea, and the people who lived on the island."


class BareLoop:
    """The least that decodes with llama.cpp: one context, one sampler, one token a step."""

    def __init__(self, path: Path, context: int, threads: int) -> None:
        self.library = llama.load()
        parameters = self.library.llama_model_default_params()
        self.model = self.library.llama_model_load_from_file(str(path).encode(), parameters)
        options = self.library.llama_context_default_params()
        options.n_ctx, options.n_batch, options.n_ubatch = context, 512, 512
        options.n_threads = options.n_threads_batch = threads
        self.context = self.library.llama_init_from_model(self.model, options)

    def rate(self, prompt: list[int], count: int) -> float:
        """Decodes `count` tokens after `prompt`; tokens a second after the first."""
        library: Any = self.library
        memory = library.llama_get_memory(self.context)
        library.llama_memory_clear(memory, True)
        sampler = library.llama_sampler_chain_init(library.llama_sampler_chain_default_params())
        library.llama_sampler_chain_add(sampler, library.llama_sampler_init_greedy())
        tokens = (library.llama_token * len(prompt))(*prompt)
        library.llama_decode(self.context, library.llama_batch_get_one(tokens, len(prompt)))
        one = (library.llama_token * 1)()
        one[0] = library.llama_sampler_sample(sampler, self.context, -1)
        first = time.perf_counter()
        for _ in range(count - 1):
            library.llama_decode(self.context, library.llama_batch_get_one(one, 1))
            one[0] = library.llama_sampler_sample(sampler, self.context, -1)
        rate = (count - 1) / (time.perf_counter() - first)
        library.llama_sampler_free(sampler)
        return rate


def _serve_ours(pipe: Connection, path: Path | None, tokens: int, threads: int) -> None:
    """Answers each request on the pipe with one rate; the first reply describes the model."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_answer_requests(pipe, Home(Path(folder) / "home"), path, tokens, threads))


async def _answer_requests(
    pipe: Connection, home: Home, path: Path | None, tokens: int, threads: int
) -> None:
    home.create()
    options = EngineOptions(context=CONTEXT, threads=threads)
    runtime = make_runtime(home, str(path) if path else None, options)
    await runtime.open_store()
    summary = await runtime.load_model()
    engine = await runtime.engine()
    # An end-of-generation token would end one of the two early: neither stops at it.
    engine.vocabulary.ends_generation = lambda token: False  # type: ignore[method-assign]
    prompt = engine.template.opening(SYSTEM_PROMPT, MESSAGE)
    greedy = AnswerOptions(SamplingSettings(temperature=0), max_tokens=tokens)
    # The persona makes the prompt longer; a step costs what stands before it, not what it says.
    async for event in runtime.answer(MESSAGE, None, greedy):
        if isinstance(event, AnswerFinished) and event.figures is not None:
            prompt = (prompt * 10)[: event.figures.prompt_tokens]
    pipe.send({"model": asdict(summary), "prompt": prompt})
    while pipe.recv():
        async for event in runtime.answer(MESSAGE, None, greedy):
            if isinstance(event, AnswerFinished) and event.figures is not None:
                assert event.figures.completion_tokens == tokens
                pipe.send(event.figures.tokens_per_s)
    await runtime.close()


def _serve_bare(pipe: Connection, path: Path, tokens: int, threads: int) -> None:
    bare = BareLoop(path, CONTEXT, threads)
    while prompt := pipe.recv():
        pipe.send(bare.rate(prompt, tokens))


def measure(path: Path | None, tokens: int, rounds: int, threads: int) -> dict[str, Any]:
    """The samples of both for one model; the starter where `path` is None.

    Each has a process of its own: two teams of OpenMP threads in one process disturb each other.
    """
    spawn = multiprocessing.get_context("spawn")
    ours_pipe, ours_end = spawn.Pipe()
    ours_process = spawn.Process(target=_serve_ours, args=(ours_end, path, tokens, threads))
    ours_process.start()
    described = ours_pipe.recv()
    model = described["model"]
    bare_pipe, bare_end = spawn.Pipe()
    bare_process = spawn.Process(
        target=_serve_bare, args=(bare_end, Path(model["path"]), tokens, threads)
    )
    bare_process.start()

    def rate(pipe: Connection, request: Any) -> float:
        pipe.send(request)
        return float(pipe.recv())

    ours, theirs = in_turn(
        rounds, lambda: rate(ours_pipe, True), lambda: rate(bare_pipe, described["prompt"])
    )
    for pipe, process in ((ours_pipe, ours_process), (bare_pipe, bare_process)):
        pipe.send(None)
        process.join()
    return {
        "model": model["name"],
        "architecture": model["architecture"],
        "parameters": model["parameters"],
        "quantisation": model["quantisation"],
        "threads": threads,
        "tokens": tokens,
        "ratio": ratio_of_medians(ours, theirs),
        "ours_tokens_per_s": statistics.median(ours),
        "bare_tokens_per_s": statistics.median(theirs),
        "ours_samples": ours,
        "bare_samples": theirs,
    }


def main() -> None:
    """Measures the starter, and every model that is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, action="append", default=[])
    parser.add_argument("--tokens", type=int, default=128)
    parser.add_argument("--rounds", type=int, help="101 for the starter, 9 for others")
    parser.add_argument("--threads", type=int, default=default_threads(beside_screen=False))
    arguments = parser.parse_args()
    models = {}
    for path in [None, *arguments.model]:
        say(f"decoding with {path or 'the starter'} …")
        # The starter's samples last 80 ms and scatter, so that it gets more of them.
        rounds = arguments.rounds or (9 if path else 101)
        figures = measure(path, arguments.tokens, rounds, arguments.threads)
        models[figures["model"]] = figures
    report(
        "decode",
        ratio=min(figures["ratio"] for figures in models.values()),
        target=">= 0.97",
        models=models,
        commands={"ours": "Runtime.answer", "bare": "llama_decode and llama_sampler_sample"},
        arguments=sys.argv[1:],
    )


if __name__ == "__main__":
    main()
