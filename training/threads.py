"""How many threads a run computes with: as many as there are processors that nobody else uses.

The threads of torch spin while they wait for each other. Where one of them shares its processor
with another program, all the others spin until it has its turn, and two threads on two processors
are slower than one; where they sleep instead, a third of the rate of a quiet machine is lost
(`scripts/bench/train_threads.py`).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass

SECONDS_BETWEEN_LOOKS = 1.0


@dataclass(frozen=True, slots=True)
class Load:
    """What was computed until a moment `at`, in seconds: by all programs on the `cores` that this
    process may use, those of low priority left out, and by this process alone."""

    at: float
    cores: int
    everybody: float
    own: float


def load_now() -> Load:
    """Give the load until now."""
    import psutil

    times = psutil.cpu_times(percpu=True)
    if hasattr(os, "sched_getaffinity"):
        usable = os.sched_getaffinity(0)
        times = [one for number, one in enumerate(times) if number in usable] or times
    everybody = sum(one.user + one.system for one in times)
    return Load(time.monotonic(), len(times), everybody, time.process_time())


class Threads:
    """The threads of this process's torch, which begins with the most that there are to be."""

    def __init__(self, look: Callable[[], Load] = load_now) -> None:
        import torch

        self._most = torch.get_num_threads()
        self._look = look
        self._before = look()

    def adapt(self) -> None:
        """Leave the processors to others that those have used since the last look, which is made
        once a second at most."""
        if self._most == 1 or time.monotonic() - self._before.at < SECONDS_BETWEEN_LOOKS:
            return
        import torch

        before, now = self._before, self._look()
        self._before = now
        theirs = (now.everybody - before.everybody) - (now.own - before.own)
        free = now.cores - max(0.0, theirs) / (now.at - before.at)
        wanted = max(1, min(self._most, int(free + 0.5)))
        if wanted != torch.get_num_threads():
            torch.set_num_threads(wanted)
