"""What the place for training draws: what would be learned, a run as it goes on, all runs."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.widgets import OptionList, Static

from agents.text import visible
from soma_tui.screens.place import Place
from soma_tui.state import ViewState
from soma_tui.training_rows import ending, figures, learned, phases, planned, progress
from soma_tui.training_state import RunState, TrainingState
from soma_tui.widgets.loss_chart import DEV, MUTED, LossChart
from soma_tui.widgets.run_list import RunList, titles
from store.errors import SomaError

if TYPE_CHECKING:
    from agents.events import Event
    from agents.operations import Json
    from store.paths import Home
    from training.jobs import RunView

SECONDS_BETWEEN_LOOKS = 0.25
_LOOKS_WITHOUT_A_RUN = 8  # of which one looks whether a run was begun elsewhere
_BAR = 16
_COLOURS = {"●": "bold $text-primary", "✗": "$text-error"}
_EMPTY = (
    "Here a model learns from what you said is good: answers that you rated up, better ones that "
    "you wrote, facts and standing instructions that you confirmed, your documents.\n\n"
    "b shows what would be learned now.\n"
    "t says what a run would take, and begins it if you want that. It goes on when SOMA is closed."
)


class TrainingBoard(Place):
    """Follows the run that is under way by its folder, with one timer, and draws it."""

    def __init__(self, state: ViewState, classes: str = "") -> None:
        super().__init__(state, classes)
        self.training = TrainingState()
        self.paints = 0
        self._stale = True
        self._looked = False
        self._reading = False
        self._looks = 0
        self.learned = Static("", id="training-learned", markup=False)
        self.plan = Static("", id="training-plan", markup=False)
        self.phases = Static("", id="training-phases", markup=False)
        self.chart = LossChart()
        self.figures = Static("", id="training-figures", markup=False)
        self.titles = Static("", id="training-titles", markup=False)
        self.list = RunList()
        self.doing = Static("", id="training-doing", markup=False)

    def body(self) -> ComposeResult:
        """Give what would be learned, the run that is shown, and the list of runs."""
        with Container(id="training-head"):
            yield self.learned
            yield self.plan
        yield Static(Content.styled(_EMPTY, MUTED), id="training-empty", markup=False)
        with Container(id="training-run"):
            yield self.phases
            yield self.chart
            yield self.figures
        yield self.titles
        yield self.list
        yield self.doing
        yield self.notices

    def on_mount(self) -> None:
        """Begin to follow."""
        self._timer = self.set_interval(SECONDS_BETWEEN_LOOKS, self._tick)

    def on_screen_resume(self) -> None:
        """Look what is there now."""
        self._timer.resume()
        self.look()
        if self._stale:
            self.count()

    def happened(self, event: Event) -> None:
        """Count the examples anew where an event alters them, when the place is gone to at last."""
        super().happened(event)
        if event.kind in ("rated", "profile_changed", "document_taken", "conversation_deleted"):
            self._stale = True
            if self.is_current:
                self.count()

    # --- what is asked of the rooms below

    async def ask(self, operation: str, **request: Any) -> Any:
        """Give the result of an operation, as a headless command has it. Raises SomaError."""
        from agents.operations import perform

        asked: Json = {"operation": operation, **request}
        async with aclosing(perform(self.app.runtime, asked)) as replies:
            return [reply async for reply in replies][-1]["result"]

    @work(name="count the examples", group="count", exclusive=True)
    async def count(self) -> None:
        """Read anew what would be learned."""
        self._stale = False
        await self.app.opened()
        try:
            specialist = self.training.options.get("specialist")
            self.training.examples = await self.ask("examples.list", specialist=specialist)
        except SomaError as error:
            self._stale = True
            self.tell(str(error), "error")
        self.paint()

    @work(name="list the training runs", group="runs", exclusive=True)
    async def look(self, wanted: str | None = None) -> None:
        """Read which runs there are; the cursor goes to `wanted`, else stays."""
        await self.app.opened()
        views = await asyncio.to_thread(_runs, self.app.runtime.home)
        self._looked = True
        self.training.runs = tuple(views)
        self.list.fill(self.training.views(), wanted or self.training.under_way or None)
        self.paint()

    # --- following

    def _tick(self) -> None:
        if not self.is_current or not self.app.store_is_open:
            self._timer.pause()
            return
        self._looks += 1
        run = self.training.run
        unread = run is not None and not run.state
        often = self.training.under_way or unread
        if not self._reading and (often or self._looks % _LOOKS_WITHOUT_A_RUN == 0):
            self._reading = True
            self.follow()

    @work(name="follow the training", group="follow")
    async def follow(self) -> None:
        """Take in what is new of the run that is shown, and whether one is under way."""
        training = self.training
        run = training.run
        try:
            home = self.app.runtime.home
            news = await asyncio.to_thread(_news, home, replace(run) if run else None)
        finally:
            self._reading = False
        under_way, events, place, view = news
        if run is not None and run is training.run:
            run.fold(events)
            run.place = place
            if run.name == under_way:
                run.state, run.reason = "running", ""
                self.list.fill(training.views())
            elif view is not None:
                run.state, run.reason = view.state, view.reason
        if under_way != training.under_way:
            training.under_way = under_way
            if under_way:
                training.show(under_way)
            else:
                self.say_doing("")
            self.look(under_way or None)
        self.paint()

    # --- drawing

    def paint(self) -> None:
        """Draw everything as it is now."""
        self.paints += 1
        training = self.training
        run = training.run
        width = max(0, self.learned.content_size.width - _LABEL)
        self.learned.update(_named("to learn from", learned(training.examples, width)))
        self.plan.update(_named("plan", planned(training.plan, training.options, width)))
        self.set_class(self._looked and not training.runs and run is None, "-empty")
        self.titles.update(titles(self.list.scrollable_content_region.width))
        self.chart.show(run)
        if run is None:
            self.phases.update("")
            self.figures.update("")
            return
        self.phases.update(self._phases())
        self.figures.update(self._figures())

    def _phases(self) -> Content:
        run = self.training.run
        assert run is not None
        parts = []
        for phase in phases(run):
            style = _COLOURS.get(phase.mark, MUTED if phase.mark == "○" else "")
            part = Content.styled(f"{phase.mark} {phase.word}", style)
            if phase.is_training and run.steps and phase.mark == "●":
                done = round(run.share * _BAR)
                bar = ("━" * done, "$primary"), ("━" * (_BAR - done), "$border-blurred")
                wide = self.phases.content_size.width >= _LEAST_WITH_BAR
                part = Content.assemble(part, " ", *(bar if wide else ()), f" {progress(run)}")
            parts.append(part)
        return Content("   ").join(parts)

    def _figures(self) -> Content:
        run = self.training.run
        assert run is not None
        told = ending(run)
        if told:
            return Content.styled(told, "$text-error" if run.state == "failed" else "")
        text = figures(run, self.figures.content_size.width)
        return (
            Content(text).stylize(DEV, *_place_of_dev(text)) if " dev " in text else Content(text)
        )

    @on(OptionList.OptionHighlighted, "#training-list")
    def _moved(self) -> None:
        name = self.list.run
        if name is not None:
            run = self.training.show(name)
            if not run.state or run.runs:
                self.follow()

    @on(RunList.Resized)
    def on_resize(self) -> None:
        """Fit everything to the size."""
        self.list.fill(self.training.views())
        self.paint()

    def say_doing(self, text: str) -> None:
        """Say what is done at this moment; nothing where the text is empty."""
        self.doing.update(visible(text))
        self.doing.set_class(bool(text), "-shown")


_LABEL = 15
_LEAST_WITH_BAR = 70


def _named(label: str, text: str) -> Content:
    return Content.assemble((f"{label:<{_LABEL}}", MUTED), text)


def _place_of_dev(text: str) -> tuple[int, int]:
    start = text.index(" dev ") + 1
    end = text.find(" ·", start)
    return start, len(text) if end < 0 else end


def _runs(home: Home) -> list[RunView]:
    from training import jobs

    found = []
    for folder in jobs.runs(home):
        try:
            found.append(jobs.view(home, folder))
        except OSError:
            continue  # removed since it was listed
    return found


def _news(home: Home, run: RunState | None) -> tuple[str, list[Json], int, RunView | None]:
    """Which run is under way, the events of `run` that were not read yet, where the next begin,
    and how it stands where that is new."""
    from training import jobs
    from training.run_folder import PREFIX, RunFolder
    from training.run_lock import holder

    # Looked for first, so that nothing is written after the last look at a run that ended.
    held = holder(home.runs)
    under_way = held.run if held is not None and held.run.startswith(PREFIX) else ""
    if run is None:
        return under_way, [], 0, None
    folder = RunFolder(home.runs / run.name)
    events, place = folder.events(run.place)
    settled = run.state not in ("", "running") and not events
    if run.name == under_way or settled or not folder.path.is_dir():
        return under_way, events, place, None
    return under_way, events, place, jobs.view(home, folder)
