"""How many threads llama.cpp gets, so that the terminal stays alive beside it."""

from __future__ import annotations

import os

MOST_THREADS = 16


def available_cores() -> int:
    """Cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def default_threads(*, beside_screen: bool, beside_training: bool = False) -> int:
    """Threads for a model: all cores, or one fewer where a screen is drawn meanwhile; 16 at most.

    Beside a training run it is half of that.

    llama.cpp's threads spin while they wait for each other, so one that has to share its core
    holds up all. Measured on 2 cores with a model of the shape of Gemma 3 1B (Q4_0): while the
    screen shows the answer, 9 to 10 tokens a second with one thread and 5 to 8 with two; with
    nothing else running, 10 with one and 18 with two (`scripts/bench/threads.py`).
    """
    cores = available_cores()
    threads = min(cores - 1 if beside_screen else cores, MOST_THREADS)
    return max(1, threads // 2 if beside_training else threads)
