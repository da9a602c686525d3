"""Four agents at once through SOMA's engine, against llama-server and against one after the other.

Usage: python scripts/bench/team.py --model PATH [--server PATH] [--rounds N] [--threads N]

The model should have the shape of Gemma 3 1B (`make_model.py`); without one the starter is taken.
`--server` names a llama-server built with the same flags as llama-cpp-python. Every side has a
process of its own and starts each sample with nothing cached; samples are taken in turn, ratios
are of medians. Greedy, and no answer ends before its last token.

Team's work: a beginning of 600 tokens that four agents share, 96 of their own, 48 new ones.
`ratio_server` and `ratio_serial` are the times of the peers over ours, `ratio_decode` our rate of
writing four at once, with nothing shared, over one after the other. `two_adapters_over_one` is the
time of two agents on two adapters, which cannot share a batch, over that of two on one.
`ratio_grammar` is for a grammar that allows what the model says; one of letters alone rejects most.
`processor_time` holds the ratios of processor time instead, which with `--threads 1` mean something
on a machine that is busy with other things.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

from agents.engine.gguf_file import read_header
from agents.engine.threads import default_threads
from scripts.bench._common import report, say
from scripts.bench._process import check_platform
from scripts.bench._team import (
    ANYTHING,
    CONTEXT,
    LETTERS,
    Job,
    Server,
    Side,
    Times,
    serve_bare,
    serve_llama,
    serve_ours,
)
from scripts.bench.make_adapter import make_adapter
from training.starter import starter_gguf

AGENTS, SHARED, OWN, NEW = 4, 600, 96, 48
READ_AT_ONCE = 512
_FIRST_TEXT_TOKEN = 400
Samples = dict[str, list[Times]]


def prompts(shared: int, own: int, vocabulary: int, seed: int) -> list[list[int]]:
    """Prompts of any tokens, the first `shared` of which they have in common."""
    chance = random.Random(seed)
    beginning = [chance.randrange(_FIRST_TEXT_TOKEN, vocabulary) for _ in range(shared)]
    return [
        beginning + [chance.randrange(_FIRST_TEXT_TOKEN, vocabulary) for _ in range(own)]
        for _ in range(AGENTS)
    ]


def in_turn(rounds: int, sides: Mapping[str, Callable[[], Times]]) -> Samples:
    """Samples of all sides, the order turned round by round, after a first one of each that is not
    counted."""
    samples: Samples = {name: [] for name in sides}
    for number in range(rounds + 1):
        order = list(sides)[:: 1 if number % 2 else -1]
        for name in order:
            times = sides[name]()
            say(f"  {name}: {times}")
            if number:
                samples[name].append(times)
    return samples


def median(samples: list[Times], field: str) -> float:
    """The median of one of the times."""
    return float(statistics.median(getattr(one, field) for one in samples))


def over(samples: Samples, theirs: str, ours: str, field: str) -> float | None:
    """The median time of the one over that of the other; above 1 the other is quicker."""
    if theirs not in samples:
        return None
    return median(samples[theirs], field) / median(samples[ours], field)


def read_bandwidth(threads: int) -> float:
    """Bytes a second that so many threads read together; the best of five."""
    import numpy as np

    arrays = [np.ones(1 << 27, np.uint8).view(np.int64) for _ in range(threads)]
    best = float("inf")
    for _ in range(5):
        readers = [threading.Thread(target=array.max) for array in arrays]
        started = time.perf_counter()
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
        best = min(best, time.perf_counter() - started)
    return sum(array.nbytes for array in arrays) / best


def limits(path: Path, threads: int, bare: Side, vocabulary: int) -> dict[str, float]:
    """What memory and arithmetic allow: llama.cpp's own rate of reading one long prompt stands for
    the arithmetic, one pass over the weights a step for the memory."""
    long = prompts(READ_AT_ONCE, 0, vocabulary, 3)[:1]
    reading = min(bare.times(Job(long, 1, at_once=False)).last_first_s for _ in range(3))
    bandwidth = read_bandwidth(threads)
    weights = read_header(path).size_bytes
    token, step = reading / READ_AT_ONCE, weights / bandwidth
    return {
        "read_bandwidth_gb_per_s": bandwidth / 1e9,
        "weights_gb": weights / 1e9,
        "one_pass_over_the_weights_s": step,
        "one_token_of_arithmetic_s": token,
        "team_whole_s": (SHARED + AGENTS * OWN) * token + (NEW - 1) * max(step, AGENTS * token),
        "writing_one_tokens_per_s": 1 / max(step, token),
        "writing_four_tokens_per_s": AGENTS / max(step, AGENTS * token),
    }


def measure(
    path: Path, adapters: Sequence[Path], server: Path | None, rounds: int, threads: int
) -> dict[str, Any]:
    """All samples and ratios."""
    vocabulary = read_header(path).vocabulary_size
    ours, serial, bare = (
        Side(serve, path, threads) for serve in (serve_ours, serve_llama, serve_bare)
    )
    peer = Server(server, path, threads) if server else None

    def sides(job: Job) -> dict[str, Callable[[], Times]]:
        one_by_one = Job(job.prompts, job.count, at_once=False)
        chosen: dict[str, Callable[[], Times]] = {
            "ours": partial(ours.times, job),
            "serial": partial(serial.times, one_by_one),
        }
        return {**chosen, "server": partial(peer.times, job)} if peer else chosen

    shared = prompts(SHARED, OWN, vocabulary, 1)
    single = Job(shared[:1], NEW, at_once=False)
    say("four agents with a common beginning …")
    team = in_turn(
        rounds, {**sides(Job(shared, NEW)), "ours, one agent": partial(ours.times, single)}
    )
    say("four agents with nothing shared …")
    apart = in_turn(rounds, sides(Job(prompts(0, OWN, vocabulary, 2), NEW)))
    say("one agent …")
    short = prompts(0, OWN, vocabulary, 2)[:1]
    plain = Job(short, NEW, at_once=False)
    constrained = Job(short, NEW, at_once=False, grammar=ANYTHING)
    alone = in_turn(
        2 * rounds,
        {
            "ours": partial(ours.times, plain),
            "bare": partial(bare.times, plain),
            "grammar": partial(ours.times, constrained),
            "strict grammar": partial(ours.times, replace(constrained, grammar=LETTERS)),
        },
    )
    say("two agents on one adapter and on two …")
    two, one = prompts(0, OWN, vocabulary, 2)[:2], adapters[0]
    adapted = in_turn(
        rounds,
        {
            "one adapter": partial(ours.times, Job(two, NEW, adapters=(one, one))),
            "two adapters": partial(ours.times, Job(two, NEW, adapters=(one, adapters[1]))),
        },
    )
    allowed = limits(path, threads, bare, vocabulary)
    commands = {"ours": "Engine.generate", "serial": "llama_cpp.Llama.generate",
                "bare": "llama_decode and llama_sampler_sample",
                "server": " ".join(peer.command) if peer else None}  # fmt: skip
    if peer:
        peer.close()
    for side in (ours, serial, bare):
        side.close()
    return {
        "ratio_server": over(team, "server", "ours", "whole_s"),
        "ratio_serial": over(team, "serial", "ours", "whole_s"),
        "ratio_decode": over(apart, "serial", "ours", "writing_s"),
        "ratio_server_nothing_shared": over(apart, "server", "ours", "whole_s"),
        "last_first_token_over_single": over(team, "ours", "ours, one agent", "last_first_s"),
        "ratio_alone": over(alone, "bare", "ours", "writing_s"),
        "ratio_grammar": over(alone, "ours", "grammar", "writing_s"),
        "ratio_grammar_that_rejects": over(alone, "ours", "strict grammar", "writing_s"),
        "processor_time": {
            "ratio_server": over(team, "server", "ours", "processor_s"),
            "ratio_serial": over(team, "serial", "ours", "processor_s"),
            "ratio_serial_nothing_shared": over(apart, "serial", "ours", "processor_s"),
            "ratio_alone": over(alone, "bare", "ours", "processor_s"),
            "ratio_grammar": over(alone, "ours", "grammar", "processor_s"),
        },
        "two_adapters_over_one": over(adapted, "two adapters", "one adapter", "whole_s"),
        "limits": allowed,
        "samples": {
            name: {side: [asdict(one) for one in taken] for side, taken in samples.items()}
            for name, samples in (
                ("team", team),
                ("nothing_shared", apart),
                ("alone", alone),
                ("two_agents", adapted),
            )
        },
        "commands": commands,
    }


def main() -> None:
    """Prints one JSON object."""
    check_platform()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path)
    parser.add_argument("--server", type=Path, help="a llama-server built with the same flags")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=default_threads(beside_screen=False))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = arguments.model or starter_gguf(Path(folder))
        adapters = [Path(folder) / f"adapter-{number}.gguf" for number in range(2)]
        for seed, adapter in enumerate(adapters):
            make_adapter(path, adapter, seed=seed)
        figures = measure(path, adapters, arguments.server, arguments.rounds, arguments.threads)
    report(
        "team",
        **figures,
        targets={
            "ratio_server": ">= 1.6", "ratio_serial": ">= 1.15", "ratio_decode": ">= 1.35",
            "ratio_server_nothing_shared": ">= 0.92", "last_first_token_over_single": "<= 1.6",
            "ratio_alone": ">= 0.97", "ratio_grammar": ">= 0.9",
        },
        model=path.name,
        context=CONTEXT,
        threads=arguments.threads,
        agents=AGENTS,
        tokens={"shared": SHARED, "own": OWN, "new": NEW},
        arguments=sys.argv[1:],
    )  # fmt: skip


if __name__ == "__main__":
    main()
