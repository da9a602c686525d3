"""How many threads a training run needs, and how they wait, alone and beside a busy process.

Usage: python scripts/bench/train_threads.py [--rounds N] [--base DIR]

Each way is a process of its own that holds the base with an adapter. When it is its turn it makes a
step of 4 rows of 512 tokens, after some that are not counted; else it waits without a thread that
runs. Once alone, once beside another process that computes without pause, in half as many rounds. A
figure is in tokens a second, medians of rounds taken in turn, `share` the median share of the
library's own rate in the same round. The library's own way is as many threads as processors, which
spin; SOMA's changes their number by the load (`training/threads.py`); else it is fixed.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from scripts.bench._common import report, say
from training.starter import CHECKPOINT

ROOT = Path(__file__).resolve().parents[2]
ROWS, LONGEST = 4, 512
CORES = str(os.cpu_count())
OWN, SOMA = "library's own", "soma"
WAYS: dict[str, dict[str, str]] = {
    OWN: {},
    SOMA: {},
    "asleep": {"OMP_WAIT_POLICY": "PASSIVE"},
    "asleep after 10,000 turns": {"GOMP_SPINCOUNT": "10000"},
    "one thread": {"OMP_NUM_THREADS": "1"},
}
PROGRAM = """
import sys, time
from training.lora_model import LoraModel
from training.packing import IGNORED, Row
from training.run_settings import RunSettings
rows, longest, by_load = map(int, sys.argv[2:])
model = LoraModel(RunSettings(sys.argv[1], "", batch=rows))
if not by_load:
    model._threads.adapt = lambda: None
ids = tuple(10 + n * 37 % 4000 for n in range(longest))
row = Row(ids, tuple(range(longest)), (*ids[1:], IGNORED))
print("ready", flush=True)
for _ in sys.stdin:
    until = time.monotonic() + 1.5
    while time.monotonic() < until:
        model.step([row], 1e-4, 1.0)
    began = time.monotonic()
    model.step([row] * rows, 1e-4, 1.0)
    print(time.monotonic() - began, flush=True)
"""


class Way:
    """A process that makes a step whenever it is asked to."""

    def __init__(self, name: str, base: Path) -> None:
        bare = {k: v for k, v in os.environ.items() if not k.startswith(("OMP_", "GOMP_", "KMP_"))}
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(base), str(ROWS), str(LONGEST),
             str(int(name == SOMA))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
            env={**bare, "OMP_NUM_THREADS": CORES, "HF_HUB_OFFLINE": "1", **WAYS[name]},
        )  # fmt: skip
        self._told()

    def _told(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("a training process ended")
        return line

    def rate(self) -> float:
        """Tokens a second of a step."""
        assert self._process.stdin is not None
        self._process.stdin.write("step\n")
        self._process.stdin.flush()
        return ROWS * LONGEST / float(self._told())

    def end(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()


def _busy() -> None:
    while True:
        pass


def sweep(ways: dict[str, Way], rounds: int) -> dict[str, Any]:
    """The rate of each way; a first round is not counted."""
    samples: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, way in ways.items():
            rate = way.rate()
            time.sleep(0.1)
            if number:
                samples[name].append(rate)
    return {
        name: {
            "tokens_per_s": statistics.median(taken),
            "share": statistics.median(a / b for a, b in zip(taken, samples[OWN], strict=True)),
            "samples": taken,
        }
        for name, taken in samples.items()
    }


def main() -> None:
    """Measures alone and beside a busy process, and prints one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--base", type=Path, default=CHECKPOINT)
    asked = parser.parse_args()
    ways: dict[str, Way] = {}
    try:
        for name in WAYS:
            say(f"{name}: loading")
            ways[name] = Way(name, asked.base)
        say("alone …")
        alone = sweep(ways, asked.rounds)
        say("beside a busy process …")
        other = multiprocessing.Process(target=_busy, daemon=True)
        other.start()
        try:
            beside = sweep(ways, max(1, asked.rounds // 2))
        finally:
            other.kill()
    finally:
        for way in ways.values():
            way.end()
    report("train_threads", ways=WAYS, threads=CORES, alone=alone, beside_a_busy_process=beside)


if __name__ == "__main__":
    main()
