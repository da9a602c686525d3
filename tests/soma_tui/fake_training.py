"""A test double of the training of a runtime: runs in real folders whose events are the test's."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import AsyncGenerator
from typing import Any

from agents.requests import Json, Operation
from agents.serving import Serving
from store.errors import SomaError
from store.paths import Home
from training.example_operations import EXAMPLE_OPERATIONS
from training.run_folder import RunFolder
from training.run_lock import RunLock
from training.run_queue import ASKING
from training.run_settings import RunSettings
from training.trigger_operations import TRIGGER_OPERATIONS
from training.version_operations import VERSION_LIST_OPERATIONS

PLAN: Json = {
    "train": 612, "dev": 70, "replay": 34, "tokens": 41_230, "trained_tokens": 12_004,
    "rows": 44, "steps": 33,
    "precision": "32 bits", "hardware": "2 cores",
    "memory": {"weights": 18_900_000, "embedding": 4_190_000},
    "free_memory": 4_000_000_000, "disk": 42_900_000, "tokens_per_s": 1840.0,
    "peak_memory": 805_000_000, "measured": "a few steps now", "minutes": 26.0,
    "settings": {"rank": 16}, "rejected": {"cut off": 3},
}  # fmt: skip
NOON = 1_736_078_400.0
BASE = "b" * 64
MANIFEST: Json = {"examples": [], "hash": "0"}
_WAITS = """
import json, signal, sys, time
def stop(number, _):
    phase = {signal.SIGTERM: "cancelled", signal.SIGUSR1: "paused"}[number]
    with open(sys.argv[1] + "/events.jsonl", "a") as file:
        file.write(json.dumps({"phase": phase, "at": 0.0}) + "\\n")
    sys.exit(0)
for number in (signal.SIGTERM, signal.SIGUSR1):
    signal.signal(number, stop)
signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGTERM, signal.SIGUSR1))
while True:
    time.sleep(1)
"""


class FakeServing(Serving):
    """The versions of a runtime that has no engine, so that none is of another base than it."""

    def base_digest(self, header: Any) -> str:
        return BASE


class FakeTraining:
    """What a runtime does of training: examples are the real store's, a run goes on as the test
    says. While one is under way, a process stands for it that can be told to stop."""

    def __init__(self, home: Home) -> None:
        self.plan: Json | SomaError = PLAN
        self.started: list[Json] = []
        self.resumed: list[str] = []
        self.process: subprocess.Popen[bytes]
        self.queued: list[subprocess.Popen[bytes]] = []
        self.folder: RunFolder
        self.operations: dict[str, Operation] = {
            **EXAMPLE_OPERATIONS,
            **VERSION_LIST_OPERATIONS,
            **TRIGGER_OPERATIONS,
            "train.plan": self._plan,
            "train.start": self._start,
            "train.resume": self._resume,
        }
        self._home = home
        self._lock: RunLock | None = None

    async def _plan(self, runtime: Any, request: Json) -> AsyncGenerator[Json, None]:
        if isinstance(self.plan, SomaError):
            raise self.plan
        yield {"result": self.plan}

    async def _start(self, runtime: Any, request: Json) -> AsyncGenerator[Json, None]:
        self.started.append(request)
        if self._lock is None:
            yield {"result": {"name": self.begin().name, "state": "running"}}
        else:
            yield {"result": {"name": self.queue().name, "state": "queued"}}

    async def _resume(self, runtime: Any, request: Json) -> AsyncGenerator[Json, None]:
        self.resumed.append(request["run"])
        yield {"result": {"name": self.begin(request["run"]).name}}

    def begin(self, name: str = "") -> RunFolder:
        """Let a run be under way, a new one where none is named."""
        self._home.runs.mkdir(exist_ok=True)
        self._lock = RunLock(self._home.runs)
        name = name or f"train-{len(list(self._home.runs.glob('train-*'))) + 1}"
        path = self._home.runs / name
        if not path.exists():
            path.mkdir()
            RunFolder(path).write(RunSettings("starter", "f"), MANIFEST)
        self.process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        self._lock.name(name, self.process.pid)
        self.folder = RunFolder(path)
        return self.folder

    def queue(self) -> RunFolder:
        """Let a new run wait for its turn, as long as nobody stops it."""
        folder = RunFolder(self._home.runs / f"train-{len(list(self._home.runs.iterdir()))}")
        folder.path.mkdir()
        folder.write(RunSettings("starter", "f"), MANIFEST)
        folder.tell(phase="queued")
        lock = RunLock(folder.path)
        # Its signals wait until it can answer them.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, ASKING)
        process = subprocess.Popen(
            [sys.executable, "-c", _WAITS, str(folder.path)], pass_fds=(lock.descriptor,)
        )
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        lock.name(folder.name, process.pid)
        lock.close()
        self.queued.append(process)
        return folder

    def steps(self, first: int, last: int, of: int = 30) -> None:
        """Let steps be made, with falling losses."""
        for step in range(first, last + 1):
            told = {"phase": "training", "step": step, "steps": of, "at": NOON + 2 * step}
            if step == first or step % 10 == 0:
                self.folder.tell(**told, dev_loss=round(4 / (1 + step / 12), 3))
            self.folder.tell(
                **told, loss=round(4 / (1 + step / 8), 3), rate=1e-3, tokens_per_s=1840.0,
                memory=1_400_000_000,
            )  # fmt: skip

    def end(self, phase: str = "", **event: Any) -> None:
        """Let the run end, with an event or, without a phase, as one that is killed."""
        if phase:
            self.folder.tell(phase=phase, at=NOON + 90, **event)
        self.close()

    def close(self) -> None:
        """Let nothing be under way or wait any more."""
        for process in self.queued:
            process.kill()
            process.wait()
        if self._lock is not None:
            self.process.kill()
            self.process.wait()
            self._lock.close()
            self._lock = None
