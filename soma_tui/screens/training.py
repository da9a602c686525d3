"""The place for training: from what was said to a better model, and all runs there were."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar

from textual import work

from agents.text import visible
from soma_tui.actions import bindings
from soma_tui.screens.version_actions import VersionActions
from soma_tui.training_rows import auto_told
from store.errors import SomaError

if TYPE_CHECKING:
    from pathlib import PurePath

    from agents.operations import Json
    from store.paths import Home
    from training.run_folder import RunFolder

_STOPPED = ("paused", "cancelled", "interrupted", "failed")


class TrainingScreen(VersionActions):
    """Turns keys into what `soma train` does."""

    PLACE = "training"
    FOCUS = "training"
    BINDINGS = bindings("training")
    AUTO_FOCUS = "#training-list"
    CSS_PATH: ClassVar[list[str | PurePath]] = ["../styles/training.tcss"]

    # --- what is being done

    @work(name="begin a training run", group="begin", exclusive=True)
    async def _plan(self) -> None:
        """Ask for the tools where they are missing, else show the plan; begin if it is agreed."""
        from soma_tui.screens.plan import PlanScreen

        await self.app.opened()
        if await asyncio.to_thread(self.app.installer.missing):
            self.tell("Training needs tools that are not here yet; t again once they are.")
            self.app.action_tools()
            return

        def answered(agreed: bool | None) -> None:
            self.paint()
            if agreed:
                self._begin("train.start", **self.training.options)

        self.app.push_screen(PlanScreen(self._planned), answered)

    async def _planned(self) -> Json:
        plan: Json = await self.ask("train.plan", **self.training.options)
        self.training.plan = plan
        return plan

    @work(name="begin a training run", group="begin", exclusive=True)
    async def _begin(self, operation: str, **request: Any) -> None:
        """Begin a run, or go on with one, and show it."""
        self.state.notices.clear()
        self.draw_lines()
        self.say_doing("the training process is being started …")
        try:
            await self.app.opened()
            begun = await self.ask(operation, **request)
        except SomaError as error:
            self.tell(str(error), "error")
            return
        finally:
            if self.is_running:
                self.say_doing("")
        name = begun["name"]
        self.training.run = None
        if begun.get("state") != "queued":
            self.training.under_way = name
        self.training.show(name)
        self.look(name)
        self.list.focus()

    @work(name="stop the training", group="stop", exclusive=True)
    async def _stop(self, name: str | None, *, pause: bool = False) -> None:
        """Have a run stop, for good or to be gone on with: the named one, else that under way."""
        from training import jobs

        await self.app.opened()
        home, waits = self.app.runtime.home, self._state_of(name or "") == "queued"
        try:
            folder = await asyncio.to_thread(jobs.pause if pause else jobs.cancel, home, name)
        except SomaError as error:
            self.tell(str(error))
            return
        if not waits:
            does = "pauses" if pause else "stops"
            self.say_doing(f"{folder.name} {does} after its step and keeps a checkpoint …")
            return
        await asyncio.to_thread(_follow_to_its_end, home, folder)
        self.tell(f"{folder.name} waits no more for its turn.")
        run = self.training.run
        if run is not None and run.name == folder.name:
            run.state = ""  # so that it is read anew
        self.look()

    def _state_of(self, name: str) -> str:
        """How a run stands, as far as that is known; "" for what is no run."""
        run = self.training.run
        if run is not None and run.name == name and run.state:
            return run.state
        return next((view.state for view in self.training.runs if view.name == name), "")

    def _waiting(self) -> str | None:
        """The highlighted run, where it waits for its turn."""
        name = self.list.chosen or ""
        return name if self._state_of(name) == "queued" else None

    # --- actions, by the names of the registry

    def action_start(self) -> None:
        """Say what a run would take, and begin it if that is agreed to."""
        self.state.notices.clear()
        self._plan()

    def action_stop(self) -> None:
        """Stop the highlighted run where it waits for its turn, else the one that is under way."""
        self._stop(self._waiting())

    def action_pause(self) -> None:
        """Go on with the highlighted run where it has stopped, else pause what would be stopped."""
        name = self.list.chosen or ""
        if self._state_of(name) in _STOPPED:
            self._begin("train.resume", run=name)
        elif not self.training.under_way and self._waiting() is None:
            self.tell("There is no run to pause or to go on with.")
        else:
            self._stop(self._waiting(), pause=True)

    def action_resume(self) -> None:
        """Go on with the highlighted run."""
        name = self.list.chosen
        if name is None:
            self.tell("There is no run yet; t begins one.")
        elif self.training.version:
            self.tell(f"{visible(name)} is a version; go to a run of the list first.")
        else:
            self._begin("train.resume", run=name)

    @work(name="allow automatic runs", group="allow", exclusive=True)
    async def _allow(self) -> None:
        """Say what runs that begin by themselves are; turn them on or off if that is agreed to."""
        from soma_tui.screens.dialogs import Confirmation

        await self.app.opened()
        try:
            stands = await self.ask("train.auto")
        except SomaError as error:
            self.tell(str(error), "error")
            return
        on = bool(stands["on"])

        def answered(agreed: bool | None) -> None:
            if agreed:
                self._turn(not on)

        words = ("stop them", "go on") if on else ("allow", "not now")
        question = "Stop automatic runs?" if on else "Allow automatic runs?"
        self.app.push_screen(Confirmation(question, auto_told(stands), *words), answered)

    @work(name="turn automatic runs on or off", group="turn")
    async def _turn(self, on: bool) -> None:
        try:
            await self.ask("train.auto", on=on)
        except SomaError as error:
            self.tell(str(error), "error")
        self.stand()

    def action_auto(self) -> None:
        """Let runs begin by themselves, or no more, once that is agreed to."""
        self._allow()

    def action_browse(self) -> None:
        """Look through the examples."""
        from soma_tui.screens.examples import ExamplesScreen

        def closed(_: None) -> None:
            self.count()

        if self.training.examples is not None:
            self.app.push_screen(ExamplesScreen(self.training.examples, self.ask), closed)

    def action_options(self) -> None:
        """Set the options of the next run."""
        from soma_tui.screens.run_options import RunOptionsForm

        def answered(options: dict[str, Any] | None) -> None:
            if options is None:
                return
            self.training.options = options
            self.training.plan = None
            self.count()

        self.app.push_screen(RunOptionsForm(self.training.options), answered)


def _follow_to_its_end(home: Home, folder: RunFolder) -> None:
    from training import jobs

    for _ in jobs.follow(home, folder):
        pass
