"""The team edited on the screen, by the same code as without one."""

from __future__ import annotations

from typing import Any

import pytest

from agents.specialist_form import FIELDS, changes_of, written
from soma_tui.screens.specialists import SpecialistForm, SpecialistsScreen
from soma_tui.screens.team import TeamScreen
from store.errors import SomaError
from tests.soma_tui.driving import shown, until
from tests.soma_tui.test_team_place import at_team


async def listed(app: Any, pilot: Any) -> None:
    """The list of the team is open."""
    await pilot.press("s")
    await until(pilot, lambda: isinstance(app.screen, SpecialistsScreen))
    await until(pilot, lambda: "personal" in shown(app))


def field(app: Any, name: str) -> Any:
    return app.screen.query_one(f"#field-{name}")


async def test_one_is_edited_and_what_was_not_touched_stays(runtime) -> None:
    async with at_team(runtime) as (app, pilot, _):
        team = runtime.team.team
        before = team.get("coder")
        await listed(app, pilot)
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, SpecialistForm))
        assert field(app, "temperature").value == "0.3"
        field(app, "prompt").text = "Give code alone.\nNo words."
        field(app, "top_k").value = "5"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "coder is kept." in shown(app))
        after = team.get("coder")
        assert after.prompt == "Give code alone.\nNo words."
        assert after.sampling == {"temperature": 0.3, "top_k": 5}
        assert (after.role, after.examples) == (before.role, before.examples)


async def test_one_is_added_and_removed(runtime) -> None:
    async with at_team(runtime) as (app, pilot, _):
        await listed(app, pilot)
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, SpecialistForm))
        await pilot.press(*"Cook", "enter")
        await until(pilot, lambda: "is no name for a specialist" in shown(app))
        field(app, "name").value = "cook"
        await pilot.press("enter")
        await until(pilot, lambda: "say what cook is for" in shown(app))
        field(app, "role").value = "what is for dinner"
        await pilot.press("enter")
        await until(pilot, lambda: "cook is kept." in shown(app))
        assert runtime.team.team.get("cook").role == "what is for dinner"
        await pilot.press("delete")
        await until(pilot, lambda: "Take cook off the team?" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: "cook is off the team." in shown(app))
        assert "cook" not in [one.name for one in runtime.team.team.all()]


async def test_what_was_typed_is_there_when_the_form_is_opened_again(runtime) -> None:
    async with at_team(runtime) as (app, pilot, _):
        await listed(app, pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, SpecialistForm))
        field(app, "model").value = "gemma"
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, SpecialistsScreen))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, TeamScreen))
        await listed(app, pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, SpecialistForm))
        assert field(app, "model").value == "gemma"
        assert runtime.team.team.get("personal").model == ""


async def test_one_that_came_with_soma_cannot_be_removed(runtime) -> None:
    async with at_team(runtime) as (app, pilot, _):
        await listed(app, pilot)
        await pilot.press("delete")
        await until(pilot, lambda: "Take personal off the team?" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: "personal came with SOMA" in shown(app))


@pytest.mark.parametrize("size", [(80, 24), (40, 12)])
async def test_the_form_fits_a_small_screen(size, runtime) -> None:
    async with at_team(runtime, size=size) as (app, pilot, _):
        await listed(app, pilot)
        await pilot.press("down", "enter")
        await until(pilot, lambda: "The specialist coder" in shown(app))
        await until(pilot, lambda: "what it is for, in a line" in shown(app))
        assert "^S keep" in shown(app)
        for _ in FIELDS[1:]:
            await pilot.press("tab")
        await until(pilot, lambda: "what it may use" in shown(app))


def test_a_form_gives_back_what_it_was_made_of(runtime) -> None:
    values = written(None) | {
        "role": "x",
        "top_p": "0.5",
        "examples": "a\n\n b ",
        "tools": "time, ",
    }
    changes = changes_of(values)
    assert changes["sampling"] == {"top_p": 0.5}
    assert (changes["examples"], changes["tools"]) == (["a", "b"], ["time"])
    with pytest.raises(SomaError, match="top k is a whole number, not 'five'"):
        changes_of(values | {"top_k": "five"})
