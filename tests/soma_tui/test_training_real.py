"""The place for training on the real runtime, and a real run of the starter."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agents.engine.engine import EngineOptions
from soma_tui.app import SomaApp
from soma_tui.composition import make_runtime
from soma_tui.screens.training import TrainingScreen
from store.database import Database
from store.paths import Home
from tests.soma_tui.driving import shown, until
from tests.training.talking import Talk
from training.run_lock import holder


@pytest.fixture
def talked(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """A data directory with something to learn; no run outlives the test."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    with Database.open(home) as database:
        talk = Talk(database)
        for thing, name in (("cat", "Mia"), ("dog", "Rex"), ("boat", "Wave")):
            said = f"Your {thing} is called {name}, as you told me."
            talk.say(talk.begin(), f"what is my {thing} called?", said, 1)
        talk.say(talk.begin("dev"), "and my horse?", "Your horse is called Bella.", 1)
    yield home
    held = holder(home.runs)
    if held is not None and held.pid:
        os.kill(held.pid, signal.SIGKILL)


async def test_a_run_is_planned_begun_followed_and_found_again(
    talked: Home, starter_path: Path
) -> None:
    async def runtime() -> Any:
        return make_runtime(talked, options=EngineOptions(threads=1))

    app = SomaApp(talked, runtime)
    async with app.run_test(size=(100, 36)) as pilot:
        await pilot.press("alt+3")
        await until(pilot, lambda: isinstance(app.screen, TrainingScreen))
        place = app.screen
        await until(pilot, lambda: "4 accepted · 0 rejected" in shown(app))
        await pilot.press("p")
        await until(pilot, lambda: "max steps" in shown(app))
        await pilot.press("down", "down", "6", "enter")
        await until(pilot, lambda: "max steps 6 ·" in shown(app))
        await pilot.press("t")
        await until(pilot, lambda: "enter begin" in shown(app), steps=_PATIENT)
        assert "steps       6" in shown(app)
        assert "tokens/s, measured by" in " ".join(shown(app).split())
        assert holder(talked.runs) is None
        await pilot.press("enter")
        await until(pilot, lambda: "● load" in shown(app), steps=_PATIENT)
        await until(pilot, lambda: len(place.training.run.losses) > 1, steps=_PATIENT)
        assert place.training.run.dev_losses
        await until(pilot, lambda: "● train" in shown(app) or "✓ train" in shown(app))
        await until(pilot, lambda: "train-1 is done · dev loss" in shown(app), steps=_PATIENT)
        losses = place.training.run.losses
        assert [step for step, _ in losses] == [1, 2, 3, 4, 5, 6]
        assert losses[-1][1] < losses[0][1]
        assert "⠉" in shown(app)

    again = SomaApp(talked, runtime)
    async with again.run_test(size=(100, 36)) as pilot:
        await pilot.press("alt+3")
        await until(pilot, lambda: "train-1 is done · dev loss" in shown(again))
        assert again.screen.training.run.losses == losses


_PATIENT = 20_000
