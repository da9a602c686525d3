"""Themes: chosen, kept, and what a terminal of few colours gets."""

from __future__ import annotations

import pytest

from soma_tui.themes import OWN
from tests.soma_tui.driving import fill, running, shown, until
from tests.soma_tui.fakes import FakeRuntime


async def test_a_chosen_theme_is_there_at_the_next_start(runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        assert app.theme == "soma-dark"
        app.theme = "soma-light"
        await pilot.pause()
    async with running(FakeRuntime(runtime.home)) as (app, _):
        assert app.theme == "soma-light"


@pytest.mark.parametrize("kept", ["[1]", "nonsense", '{"theme": "gone"}', '{"theme": 3}'])
async def test_preferences_that_cannot_be_used_are_no_obstacle(runtime, kept: str) -> None:
    (runtime.home.root / "screen.json").write_text(kept)
    async with running(runtime) as (app, _):
        assert app.theme == "soma-dark"


@pytest.mark.parametrize("theme", sorted(OWN))
async def test_every_theme_draws_every_part(theme: str, runtime: FakeRuntime) -> None:
    await runtime.open_store()
    conversation = fill(runtime, 2, text="**bold** `code`\n\n```python\nx = 1\n```\n\n> quote")
    async with running(runtime) as (app, pilot):
        app.theme = theme
        app.chat.open(conversation)
        await until(pilot, lambda: "quote" in shown(app))
        await pilot.press("f6")
        await pilot.press("f1")
        await until(pilot, lambda: "Send" in shown(app))


def test_the_names_of_own_themes_are_their_keys() -> None:
    assert all(name == theme.name for name, theme in OWN.items())
