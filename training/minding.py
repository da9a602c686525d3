"""What goes on by itself while SOMA is open: runs that are due begin, and done ones are decided."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from agents import events
from agents.runtime import Runtime
from store.errors import SomaError
from training import jobs
from training.auto_training import AutoTraining
from training.decide_operations import deciding_of
from training.forgotten import probes_of
from training.run_folder import RunFolder

SECONDS_BETWEEN_LOOKS = 2.0
SECONDS_OF_WAITING = (2.0, 600.0)
"""After each time that a run cannot be decided it waits twice as long, from the first to this."""
_log = logging.getLogger(__name__)


class Minding:
    """Minds the training of a runtime, which has its store open, until it is cancelled.

    `steady` gives seconds that are never set back.
    """

    def __init__(
        self,
        runtime: Runtime,
        auto: AutoTraining | None = None,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._runtime = runtime
        self._steady = steady
        self._waits: dict[str, tuple[float, float]] = {}
        self._auto = auto or AutoTraining(runtime)
        probes_of(runtime)  # from now on, questions about what is forgotten are kept
        self._told: dict[str, str] = {}
        self._closed: set[str] = set()

    def touch(self) -> None:
        """Says that somebody is there."""
        self._auto.touch()

    async def watch(self) -> None:
        """Begins what is due and decides what is done; a mistake is logged and ends nothing."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._auto.watch())
            group.create_task(self._decide())

    async def _decide(self) -> None:
        while True:
            try:
                for run in await asyncio.to_thread(self._waiting):
                    await self._decide_on(run)
            except Exception:
                _log.exception("looking for runs that are done")
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)

    def _waiting(self) -> list[RunFolder]:
        """The runs that are done and have no verdict, the oldest first."""
        home, deciding = self._runtime.home, deciding_of(self._runtime)
        found = []
        for run in reversed(jobs.runs(home)):
            until, _ = self._waits.get(run.name, (0.0, 0.0))
            if run.name in self._closed or self._steady() < until:
                continue
            state = jobs.view(home, run).state
            if state == "done" and deciding.is_open(run):
                found.append(run)
            elif state == "done":
                self._closed.add(run.name)
        return found

    async def _decide_on(self, run: RunFolder) -> None:
        try:
            await deciding_of(self._runtime).decide(run)
        except SomaError as error:
            reason = str(error)
            first, most = SECONDS_OF_WAITING
            _, waited = self._waits.get(run.name, (0.0, first / 2))
            wait = min(2 * waited, most)
            self._waits[run.name] = self._steady() + wait, wait
            if self._told.get(run.name) != reason:
                self._told[run.name] = reason
                _log.warning("%s cannot be decided: %s", run.name, reason)
                told = f"{run.name} is done and cannot be decided: {reason}"
                self._runtime.announce(events.Notice(told, "warning"))
