"""Asking whether a run is due, on a real store, with a machine and a clock of the test's own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from agents import events
from agents.events import Event
from agents.runtime import Runtime
from store.errors import SomaError
from store.making import Making
from store.paths import Home
from tests.agents.runtime_helpers import open_runtime
from tests.training.talking import Talk
from training import auto_training
from training.auto_training import SETTINGS, AutoTraining
from training.run_lock import RunLock
from training.triggers import DAY, AutoSettings


@dataclass
class FakeMachine:
    """A machine that is as it is told to be."""

    is_idle: bool = True
    mains: bool = True
    share: float = 0.3

    def idle(self, most: float) -> bool:
        return self.is_idle and self.share <= most

    def on_mains(self) -> bool:
        return self.mains


class FakeClock:
    """A clock that stands still until it is set."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Asked:
    """A runtime in which two things were learned, with all that asking for a run needs."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.machine = FakeMachine()
        self.clock, self.steady = FakeClock(1_700_000_000.0), FakeClock(0.0)
        self.begun = self.said = 0
        self.refuses = ""
        self.heard: list[Event] = []
        runtime.subscribe(self.heard.append)
        self.auto = self.started_again()

    def started_again(self) -> AutoTraining:
        """Asks as a SOMA does that was closed and opened again; nobody has been there since."""
        self.auto = AutoTraining(
            self.runtime, self.begin, machine=self.machine, clock=self.clock, steady=self.steady
        )
        self.steady.now += AutoSettings().quiet
        return self.auto

    async def begin(self) -> None:
        self.begun += 1
        if self.refuses:
            raise SomaError(self.refuses)

    def say(self, times: int) -> None:
        talk = Talk(self.runtime.remembering.forgetter.database)
        conversation = talk.begin()
        for _ in range(times):
            self.said += 1
            n = self.said
            talk.say(conversation, f"word {n}?", f"The word number {n} is a fine one.", 1)


@pytest.fixture
async def asked(home: Home, starter_path: Path) -> AsyncIterator[Asked]:
    async with open_runtime(home, starter_path, load=False) as runtime:
        runtime.settings.set(SETTINGS, AutoSettings(True, 4, 7, 2).as_json())
        yield Asked(runtime)


async def test_a_run_begins_when_enough_is_new_and_is_counted_from_then_on(asked: Asked) -> None:
    asked.say(1)
    assert not (await asked.auto.ask()).due
    asked.say(1)
    assert (await asked.auto.ask()).due
    assert asked.begun == 1
    told = [event.text for event in asked.heard if isinstance(event, events.Notice)]
    assert told == [
        "a training run has begun by itself: 4 messages are new; `soma train follow` shows it"
    ]
    found = await asked.started_again().ask()
    assert (found.due, found.reason) == (False, "nothing is new since the last run")
    asked.say(1)
    asked.clock.now += 7 * DAY
    assert (await asked.auto.ask()).due
    assert asked.begun == 2


async def test_it_asks_for_leave_power_quiet_and_examples(asked: Asked) -> None:
    asked.say(2)
    asked.machine.mains = False
    assert "mains power" in (await asked.auto.ask()).reason
    asked.machine.mains, asked.machine.is_idle = True, False
    assert "idle" in (await asked.auto.ask()).reason
    asked.machine.is_idle = True
    asked.auto.touch()
    assert "idle" in (await asked.auto.ask()).reason
    asked.steady.now += AutoSettings().quiet
    asked.runtime.announce(events.ConversationChanged(1))
    assert "idle" in (await asked.auto.ask()).reason
    asked.steady.now += AutoSettings().quiet
    asked.runtime.settings.set(SETTINGS, AutoSettings(True, 4, 7, 3).as_json())
    assert "of 3 examples that it takes 2 are there" in (await asked.auto.ask()).reason
    asked.runtime.settings.set(SETTINGS, AutoSettings(False, 4, 7, 2).as_json())
    assert "is off" in (await asked.auto.ask()).reason
    assert asked.begun == 0


async def test_what_counts_as_quiet_and_idle_can_be_set(asked: Asked) -> None:
    asked.say(2)
    asked.machine.share = 0.9
    assert "idle" in (await asked.auto.ask()).reason
    asked.runtime.settings.set(SETTINGS, AutoSettings(True, 4, 7, 2, 20, 90).as_json())
    asked.auto.touch()
    asked.steady.now += 19
    assert "idle" in (await asked.auto.ask()).reason
    asked.steady.now += 1
    assert (await asked.auto.ask()).due


async def test_watching_asks_again_and_again_and_no_mistake_ends_it(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auto_training, "EVERY_S", 0.0)
    looks = iter((RuntimeError("a mistake"), SomaError("the disk is full")))
    idle = asked.machine.idle

    def look(most: float) -> bool:
        if (wrong := next(looks, None)) is not None:
            raise wrong
        return idle(most)

    monkeypatch.setattr(asked.machine, "idle", look)
    watching = asyncio.create_task(asked.auto.watch())
    asked.say(2)
    while not asked.begun:
        await asyncio.sleep(0.01)
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching
    assert asked.begun == 1


async def test_after_a_run_that_was_begun_by_hand_it_counts_anew(asked: Asked) -> None:
    asked.say(2)
    auto_training.note_begin(asked.runtime)
    assert (await asked.auto.ask()).reason == "nothing is new since the last run"
    asked.say(2)
    assert (await asked.auto.ask()).reason == "4 messages are new"


async def test_while_a_run_is_under_way_none_begins(asked: Asked) -> None:
    asked.say(2)
    asked.runtime.home.runs.mkdir()
    lock = RunLock(asked.runtime.home.runs)
    assert (await asked.auto.ask()).reason == "a run is under way"
    lock.close()
    assert (await asked.auto.ask()).due


async def test_a_run_that_cannot_begin_or_comes_to_nothing_lets_the_next_wait(
    asked: Asked,
) -> None:
    asked.say(2)
    asked.refuses = "the disk has no room"
    await asked.auto.ask()
    told = [event.text for event in asked.heard if isinstance(event, events.Notice)]
    assert told == ["no run could begin: the disk has no room"]
    asked.refuses = ""
    asked.say(2)
    assert "came to nothing" in (await asked.auto.ask()).reason
    assert "came to nothing" in (await asked.started_again().ask()).reason
    asked.clock.now += DAY
    assert (await asked.auto.ask()).due
    auto_training.note_end(asked.runtime, shipped=False)
    assert auto_training.read(asked.runtime)[1].refusals == 2
    auto_training.note_end(asked.runtime, shipped=True)
    assert auto_training.read(asked.runtime)[1].refusals == 0


async def test_a_clock_that_is_set_back_begins_nothing_and_the_week_goes_on(asked: Asked) -> None:
    asked.say(2)
    await asked.auto.ask()
    asked.say(1)
    asked.clock.now -= 400 * DAY
    assert not (await asked.auto.ask()).due
    asked.clock.now += 7 * DAY
    assert (await asked.auto.ask()).due


async def test_what_the_serving_version_learned_and_was_forgotten_makes_a_run_due_once(
    asked: Asked, tmp_path: Path
) -> None:
    asked.say(2)
    await asked.auto.ask()
    assert asked.begun == 1
    (tmp_path / "adapter.gguf").write_bytes(b"weights")
    rows = [{"split": "train", "source": "message:2", "messages": []}]
    versions = asked.runtime.serving.versions
    versions.add(Making(tmp_path / "adapter.gguf", "0", "x", manifest={"examples": rows}))
    versions.deploy("soma-v1")
    versions.retrain_due(["message:2"])
    marked = versions.retrain_since("soma-v1")
    assert marked is not None
    asked.clock.now = marked + 1
    found = await asked.auto.ask()
    assert (found.due, found.reason) == (
        True, "what the serving version was trained on was forgotten",
    )  # fmt: skip
    assert not (await asked.auto.ask()).due
