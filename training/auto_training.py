"""Asks every minute whether a training run is due, and begins it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from typing import Any, Protocol

from agents import events
from agents.events import Event
from agents.runtime import Runtime
from store.errors import SomaError
from training import run_lock, triggers
from training.machine import Machine
from training.triggers import AutoSettings, AutoState, Due, Situation

Json = dict[str, Any]
SETTINGS, STATE = "training by itself", "training by itself, so far"
EVERY_S = 60.0
"""Seconds between two looks, where fewer do not count as quiet."""
_log = logging.getLogger(__name__)
_NOT_A_PERSON = (events.RecallProgress, events.Notice, events.ServingChanged)


class Looks(Protocol):
    """What can be seen of a machine."""

    def idle(self, most: float) -> bool:
        """Whether its processors do at most this share of what they could."""

    def on_mains(self) -> bool:
        """Whether it runs on mains power."""


class AutoTraining:
    """Begins runs by itself, one at a time, where the user allows it; for the runtime's loop.

    `begin` begins a run and returns when it goes on by itself; the usual one is what `soma train`
    does. `clock` gives Unix seconds, `steady` seconds that are never set back.
    """

    def __init__(
        self,
        runtime: Runtime,
        begin: Callable[[], Awaitable[object]] | None = None,
        *,
        machine: Looks | None = None,
        clock: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._runtime = runtime
        self._begin = begin or (lambda: _begin(runtime))
        self._machine = machine or Machine()
        self._clock = clock
        self._steady = steady
        self._touched = steady()
        self._counted: tuple[int, int] = (-1, 0)
        self._asking = asyncio.Lock()
        self._unsubscribe = runtime.subscribe(self._hear)

    def touch(self) -> None:
        """Says that somebody is there: a key was pressed."""
        self._touched = self._steady()

    async def watch(self) -> None:
        """Asks every minute until it is cancelled; a mistake is logged and ends nothing."""
        try:
            while True:
                await asyncio.sleep(self._pause())
                try:
                    await self.ask()
                except SomaError as error:
                    _log.warning("no run can begin by itself: %s", error)
                except Exception:
                    _log.exception("asking whether a run is due")
        finally:
            self._unsubscribe()

    def _pause(self) -> float:
        """Seconds until the next look; a change of the settings is seen at once after it."""
        try:
            return min(EVERY_S, read(self._runtime)[0].quiet)
        except SomaError:
            return EVERY_S

    async def ask(self) -> Due:
        """Looks once whether a run is due, and begins it then."""
        async with self._asking:
            settings, state = await asyncio.to_thread(read, self._runtime)
            if not settings.on:
                return triggers.decide(settings, state, Situation(0, 0, None, False, False, False))
            now = self._clock()
            if (kept := triggers.in_step(state, now)) != state:
                await asyncio.to_thread(keep, self._runtime, kept)
            newest, found = await asyncio.to_thread(situation, self._runtime, kept, now)
            quiet = self._steady() - self._touched >= settings.quiet
            idle = self._machine.idle(settings.busy / 100) and quiet
            found = replace(found, idle=idle, mains=self._machine.on_mains())
            due = triggers.decide(settings, kept, found)
            if due.lacks == "examples":
                if self._counted[0] != newest:
                    self._counted = newest, await asyncio.to_thread(accepted, self._runtime)
                found = replace(found, accepted=self._counted[1])
                due = triggers.decide(settings, kept, found)
            if due.due:
                await self._start(due, triggers.begun(kept, newest, now))
            return due

    async def _start(self, due: Due, state: AutoState) -> None:
        # Kept first: what dies in between must not begin again at once.
        await asyncio.to_thread(keep, self._runtime, state)
        try:
            await self._begin()
        except SomaError as error:
            refused = triggers.ended(state, shipped=False, now=self._clock())
            await asyncio.to_thread(keep, self._runtime, refused)
            self._runtime.announce(events.Notice(f"no run could begin: {error}", "warning"))
            return
        told = f"a training run has begun by itself: {due.reason}; `soma train follow` shows it"
        self._runtime.announce(events.Notice(told))

    def _hear(self, event: Event) -> None:
        if not isinstance(event, _NOT_A_PERSON):
            self.touch()


def read(runtime: Runtime) -> tuple[AutoSettings, AutoState]:
    """Give what the user allows, and how far it has come."""
    stored = runtime.settings
    return triggers.read_settings(stored.get(SETTINGS)), triggers.read_state(stored.get(STATE))


def keep(runtime: Runtime, state: AutoState) -> None:
    """Keep how far it has come, on disk when the call returns."""
    runtime.settings.set(STATE, state.as_json())


def note_begin(runtime: Runtime) -> None:
    """Keep that a run has begun by hand: what is new is counted from then on."""
    _, state = read(runtime)
    newest, _ = situation(runtime, state, time.time())
    keep(runtime, triggers.begun(state, newest, time.time()))


def note_end(runtime: Runtime, *, shipped: bool) -> None:
    """Keep how a run ended, by itself or not: one that came to nothing lets the next one wait."""
    _, state = read(runtime)
    keep(runtime, triggers.ended(state, shipped=shipped, now=time.time()))


def situation(runtime: Runtime, state: AutoState, now: float) -> tuple[int, Situation]:
    """Give the id of the newest message, 0 for none, and how things stand, on an idle machine."""
    messages = runtime.remembering.forgetter.database.table("messages")
    ids = [number for number, _ in messages.peek_all()]
    new = sum(number > state.mark for number in ids)
    training = run_lock.holder(runtime.home.runs) is not None
    forgotten = _forgotten(runtime, state.at, now)
    found = Situation(now, new, None, training, idle=True, mains=True, forgotten=forgotten)
    return max(ids, default=0), found


def accepted(runtime: Runtime) -> int:
    """Give how many examples would be trained on that a person said are good."""
    from training.example import PERSONAL
    from training.operations import collected, longest_of

    found = collected(runtime, longest_of({}), PERSONAL)
    return sum(example.kind != "replay" for example in found.of("train"))


def _forgotten(runtime: Runtime, since: float, now: float) -> bool:
    """Whether that was in between; what a clock dates later that was set back would never end."""
    versions = runtime.serving.versions
    serving = versions.serving().version
    marked = versions.retrain_since(serving.name) if serving is not None else None
    return marked is not None and since < marked <= now


async def _begin(runtime: Runtime) -> None:
    from training.train_operations import TRAIN_OPERATIONS

    async with aclosing(TRAIN_OPERATIONS["train.start"](runtime, {})) as replies:
        async for _ in replies:
            pass
