"""The screen that installs the training tools."""

from __future__ import annotations

import asyncio

from store.errors import SomaError
from tests.soma_tui.driving import running, shown, until
from tests.soma_tui.fakes import FakeInstaller, FakeRuntime


async def test_it_says_what_it_fetches_asks_installs_and_says_so(runtime: FakeRuntime) -> None:
    installer = FakeInstaller(["torch==2.13.0", "peft==0.21.2"])
    async with running(runtime, installer=installer) as (app, pilot):
        await pilot.press("f8")
        await until(pilot, lambda: "enter install" in shown(app))
        page = " ".join(shown(app).split())
        for text in ("uses the network", "torch==2.13.0, peft==0.21.2", "1.4 GB on disk"):
            assert text in page
        await pilot.press("enter")
        await until(pilot, lambda: "esc stop" in shown(app))
        installer.go_on.put_nowait(("fetching torch\x1b[31m", 0.5))
        await until(pilot, lambda: "fetching torch␛[31m" in shown(app))
        await until(pilot, lambda: "50%" in shown(app))
        installer.go_on.put_nowait(("done", 1.0))
        await until(pilot, lambda: "The training tools are installed." in shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.chat)


async def test_escape_stops_an_installation(runtime: FakeRuntime) -> None:
    installer = FakeInstaller(["torch==2.13.0"])
    async with running(runtime, installer=installer) as (app, pilot):
        await pilot.press("f8")
        await until(pilot, lambda: "enter install" in shown(app))
        await pilot.press("enter")
        installer.go_on.put_nowait(("fetching", None))
        await until(pilot, lambda: "fetching" in shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: "Stopped." in shown(app))
        assert installer.cancelled
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.chat)


async def test_closing_soma_ends_an_installation(runtime: FakeRuntime) -> None:
    installer = FakeInstaller(["torch==2.13.0"])
    async with running(runtime, installer=installer) as (app, pilot):
        await pilot.press("f8")
        await until(pilot, lambda: "enter install" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: "esc stop" in shown(app))
    await asyncio.wait_for(installer.ended.wait(), 10)
    assert installer.cancelled


async def test_a_failure_is_told_with_its_reason(runtime: FakeRuntime) -> None:
    installer = FakeInstaller(["torch==2.13.0"])
    installer.error = SomaError("no network: the package index does not answer; see tools.log")
    async with running(runtime, installer=installer) as (app, pilot):
        await pilot.press("f8")
        await until(pilot, lambda: "enter install" in shown(app))
        await pilot.press("enter")
        installer.go_on.put_nowait(("x", 0.1))
        await until(pilot, lambda: "no network" in shown(app))
        assert "esc close" in shown(app)


async def test_nothing_missing_is_said_and_nothing_asked(runtime: FakeRuntime) -> None:
    async with running(runtime, installer=FakeInstaller([])) as (app, pilot):
        await pilot.press("f8")
        await until(pilot, lambda: "All training tools are installed." in shown(app))
        await pilot.press("enter")
        assert "esc close" in shown(app)
        assert "enter install" not in shown(app)
