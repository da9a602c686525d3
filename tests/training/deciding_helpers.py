"""A runtime with runs to decide on, and what is decided in processes that are killed."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agents.engine.engine import EngineOptions
from agents.runtime import Runtime
from soma_tui.composition import make_runtime
from store.paths import Home
from store.versions import Versions
from training import deciding
from training.canaries import suite
from training.decide_operations import deciding_of
from training.decision import Decision
from training.jobs import find

PHASES = ("measuring", "measured", "kept", "deployed", "noted")


class FakeGate:
    """Decides as it is told, with the numbers of the real one."""

    def __init__(self, verdict: Any = "ship") -> None:
        self.verdict = verdict

    def __call__(self, evaluation: Any, earlier: Any) -> Decision:
        return replace(_decide(evaluation, earlier), verdict=self.verdict)


_decide = deciding.decide


def few_canaries(patch: pytest.MonkeyPatch) -> None:
    """Two canaries and a probe in place of all of them."""
    whole = suite()
    cut = replace(whole, canaries=whole.canaries[:2], probes=whole.probes[:1])
    patch.setattr("training.evaluate.suite", lambda: cut)


def runtime_of(home: Home, model: str | None = None) -> Runtime:
    """A runtime of one thread, as tests share the machine."""
    return make_runtime(home, model, EngineOptions(threads=1, context=512))


@contextmanager
def killed_at(phase: str) -> Iterator[None]:
    """Kills this process when a decision comes to a phase."""
    with pytest.MonkeyPatch.context() as patch:

        def dies(*_: Any, **__: Any) -> None:
            os.kill(os.getpid(), signal.SIGKILL)

        if phase == "measured":
            patch.setattr(deciding, "make_version", dies)
        elif phase == "kept":
            patch.setattr(Versions, "deploy", dies)
        elif phase == "deployed":
            patch.setattr(deciding, "note_end", dies)
        elif phase == "noted":
            patch.setattr(deciding, "RunDecided", dies)
        yield


async def decide_and_die(home: Home, phase: str) -> None:
    """Decides on the newest run of a data directory, up to a phase."""
    runtime = runtime_of(home)
    await runtime.open_store()

    def on_progress(done: int, of: int) -> None:
        if phase == "measuring" and done == 3:
            os.kill(os.getpid(), signal.SIGKILL)

    with killed_at(phase):
        await deciding_of(runtime).decide(find(home), on_progress)


if __name__ == "__main__":
    with pytest.MonkeyPatch.context() as whole_process:
        few_canaries(whole_process)
        whole_process.setattr(deciding, "decide", FakeGate())
        asyncio.run(decide_and_die(Home(Path(sys.argv[1])), sys.argv[2]))
