"""The place for the team on the real runtime and the real starter model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from agents.engine.engine import EngineOptions
from agents.runtime import Runtime
from soma_tui.app import SomaApp
from soma_tui.screens.team import TeamScreen
from store.paths import Home
from tests.soma_tui.driving import at_answer, shown, until, write


async def test_a_request_is_worked_on_done_again_by_another_and_opened_again(
    home: Home, starter_path: Path
) -> None:
    async def make_runtime() -> Any:
        return Runtime(home, starter=lambda cache: starter_path, options=EngineOptions(threads=1))

    app = SomaApp(home, make_runtime)
    async with app.run_test(size=(120, 40)) as pilot:
        await write(pilot, "/team what can you do?")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, TeamScreen))
        place = app.screen
        await until(pilot, lambda: place.team.run and not place.team.goes_on)
        run = place.team.run
        stored = app.runtime.team.runs.get(run.id)
        assert run.state == stored.state == "done"
        assert run.answer == stored.answer != ""
        await until(pilot, lambda: stored.answer.split()[0] in shown(app))
        (task,) = run.tasks.values()
        assert task.tokens > 0
        assert "".join(task.pieces).strip() == task.view.text
        await until(pilot, lambda: at_answer(place))
        await until(pilot, lambda: "slots 0 of 8 · memory" in shown(app))
        await pilot.press("up", "a")
        await until(pilot, lambda: "instead of personal?" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: place.team.run is not run and not place.team.goes_on)
        (task,) = place.team.run.tasks.values()
        assert task.view.specialist == app.runtime.team.runs.get(run.id).tasks[0]["specialist"]
        assert task.view.specialist != "personal"
        await pilot.press("n", *"again", "down", "down", "down", "enter")
        await until(pilot, lambda: place.team.shown == 2 and place.team.run is not None)
        await until(pilot, lambda: not place.team.goes_on and "the answer" in shown(app))
        assert place.team.run.graph == "consensus"
        assert place.team.run.consensus["votes"]
        await pilot.press("o")
        await until(pilot, lambda: "Runs of the team" in shown(app))
        await pilot.press("down", "enter")
        await until(pilot, lambda: "run 1 · “what can you do?”" in shown(app))
