"""What every benchmark shares: taking turns, medians, and one JSON object with all that matters."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import statistics
import sys
from collections.abc import Callable, Sequence
from typing import Any

PACKAGES = ("llama-cpp-python", "textual", "tinydb")


def in_turn(
    rounds: int, ours: Callable[[], float], theirs: Callable[[], float]
) -> tuple[list[float], list[float]]:
    """Samples of both, taken A B, B A, A B …, after one round of each that is not counted."""
    ours(), theirs()
    samples: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds):
        order = ((0, ours), (1, theirs)) if number % 2 == 0 else ((1, theirs), (0, ours))
        for side, measure in order:
            samples[side].append(measure())
    return samples


def ratio_of_medians(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the one over the median of the other."""
    return statistics.median(ours) / statistics.median(theirs)


def percentile(samples: Sequence[float], percent: float) -> float:
    """The least sample that `percent` of all samples do not exceed (nearest rank)."""
    ordered = sorted(samples)
    rank = -(-percent * len(ordered) // 100)
    return ordered[max(0, int(rank) - 1)]


def summary(samples: Sequence[float]) -> dict[str, float]:
    """Percentiles in milliseconds of samples in seconds."""
    percents = {"p50_ms": 50, "p95_ms": 95, "p99_ms": 99, "max_ms": 100}
    return {name: 1000 * percentile(samples, percent) for name, percent in percents.items()}


def environment() -> dict[str, Any]:
    """Versions, hardware and build flags of this run."""
    from agents.engine.library import system_information

    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": os.cpu_count(),
        "load_average": os.getloadavg(),
        "packages": {name: importlib.metadata.version(name) for name in PACKAGES},
        "llama.cpp": system_information().strip(),
    }


def report(name: str, **figures: Any) -> None:
    """Prints the benchmark's one JSON object."""
    print(json.dumps({"benchmark": name, **figures, "environment": environment()}), flush=True)


def say(text: str) -> None:
    """Tells on standard error how far the benchmark is."""
    print(text, file=sys.stderr, flush=True)
