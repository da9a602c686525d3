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
from soma_tui.line_chart import Points
from soma_tui.run_following import all_runs, news_of
from soma_tui.screens.place import Place
from soma_tui.state import ViewState
from soma_tui.training_rows import ending, figures, learned, phases, planned, stands
from soma_tui.training_state import TrainingState
from soma_tui.version_rows import by_name, offered, trend, version_title, version_told
from soma_tui.widgets.loss_chart import DEV, MUTED, LossChart
from soma_tui.widgets.phase_line import phase_line
from soma_tui.widgets.run_list import RunList
from store.errors import SomaError

if TYPE_CHECKING:
    from agents.events import Event
    from agents.operations import Json

SECONDS_BETWEEN_LOOKS = 0.25
_LOOKS_WITHOUT_A_RUN = 8  # of which one looks whether a run was begun elsewhere
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
        self.auto = Static("", id="training-auto", markup=False)
        self.offer = Static("", id="training-offer", markup=False)
        self.phases = Static("", id="training-phases", markup=False)
        self.chart = LossChart()
        self.figures = Static("", id="training-figures", markup=False)
        self.list = RunList()
        self.doing = Static("", id="training-doing", markup=False)

    def body(self) -> ComposeResult:
        """Give what would be learned, the run that is shown, and the list of runs."""
        with Container(id="training-head"):
            yield self.learned
            yield self.plan
            yield self.auto
            yield self.offer
        yield Static(Content.styled(_EMPTY, MUTED), id="training-empty", markup=False)
        with Container(id="training-run"):
            yield self.phases
            yield self.chart
            yield self.figures
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
        elif self.training.hear(event) and self.is_current:
            self.paint()
        if event.kind in ("serving_changed", "run_decided") and self.is_current:
            self.look()

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

    @work(name="see how far it is to the next run", group="auto", exclusive=True)
    async def stand(self) -> None:
        """Read how far it is to the next run that begins by itself."""
        await self.app.opened()
        try:
            self.training.auto = await self.ask("train.auto")
        except SomaError as error:
            self.tell(str(error), "error")
        self.paint()

    @work(name="list the training runs", group="runs", exclusive=True)
    async def look(self, wanted: str | None = None) -> None:
        """Read which runs there are; the cursor goes to `wanted`, else stays."""
        await self.app.opened()
        self.stand()
        views = await asyncio.to_thread(all_runs, self.app.runtime.home)
        try:
            listed = await self.ask("versions.list")
            self.training.versions = tuple(listed["versions"])
            self.training.offers = tuple(listed["offers"])
        except SomaError as error:
            self.tell(str(error), "error")
        self._looked = True
        self.training.runs = tuple(views)
        self.fill(wanted)
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
            start = run.place if run else 0
            news = await asyncio.to_thread(news_of, home, replace(run) if run else None)
        finally:
            self._reading = False
        under_way, events, place, view = news
        # Another look may have read the same events meanwhile.
        if run is not None and run is training.run and run.place == start:
            run.fold(events)
            run.place = place
            if run.name == under_way:
                run.state, run.reason = "running", ""
                self.fill()
            elif view is not None:
                run.state, run.reason = view.state, view.reason
        altered = bool(events) or view is not None or under_way != training.under_way
        if under_way != training.under_way:
            training.under_way = under_way
            if under_way:
                training.show(under_way)
            else:
                self.say_doing("")
            self.look(under_way or None)
        if altered:
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
        self.auto.update(_named("automatic runs", stands(training.auto)))
        self.offer.update(offered(training.offers))
        self.set_class(bool(training.offers), "-offered")
        nothing = not training.runs and not training.versions and run is None
        self.set_class(self._looked and nothing, "-empty")
        self.set_class(bool(training.version), "-told")
        if training.version:
            self._paint_version()
        elif run is not None:
            self.phases.update(self._phases())
            self.set_class(training.verdict_of(run.name) is not None, "-told")
            last = run.steps if run.runs else run.step
            self.chart.show(run.losses, run.dev_losses, 0, last)
            self.figures.update(self._figures())

    def _paint_version(self) -> None:
        """Draw what a version came of, the trend of the sealed measure, and why it was decided."""
        rows, name = self.training.versions, self.training.version
        self.phases.update(version_title(rows, name))
        old, new = trend(rows, name)
        several = len(new) > 1
        self.chart.show(*(old, new) if several else ((), ()), *(_ends(new) if several else (0, 0)))
        row = by_name(rows, name)
        self.figures.update("" if row is None else version_told(row))

    def fill(self, wanted: str | None = None) -> None:
        """Draw the list as versions and runs are now."""
        self.list.fill(self.training.versions, self.training.views(), wanted)

    def _phases(self) -> Content:
        run = self.training.run
        assert run is not None
        training = self.training
        found = phases(run, training.measured.get(run.name), training.verdict_of(run.name))
        return phase_line(found, self.phases.content_size.width)

    def _figures(self) -> Content:
        run = self.training.run
        assert run is not None
        told = ending(run, self.training.verdict_of(run.name))
        if told:
            return Content.styled(told, "$text-error" if run.state == "failed" else "")
        text = figures(run, self.figures.content_size.width)
        return (
            Content(text).stylize(DEV, *_place_of_dev(text)) if " dev " in text else Content(text)
        )

    @on(OptionList.OptionHighlighted, "#training-list")
    def _moved(self) -> None:
        name = self.list.chosen
        if name is None:
            return
        if by_name(self.training.versions, name) is not None:
            self.training.version = name
            self.paint()
            return
        run = self.training.show(name)
        self.paint()
        if not run.state or run.runs:
            self.follow()

    @on(RunList.Resized)
    def on_resize(self) -> None:
        """Fit everything to the size."""
        self.fill()
        self.paint()

    def say_doing(self, text: str) -> None:
        """Say what is done at this moment; nothing where the text is empty."""
        self.doing.update(visible(text))
        self.doing.set_class(bool(text), "-shown")


_LABEL = 15


def _ends(points: Points) -> tuple[float, float]:
    return points[0][0], points[-1][0]


def _named(label: str, text: str) -> Content:
    return Content.assemble((f"{label:<{_LABEL}}", MUTED), text)


def _place_of_dev(text: str) -> tuple[int, int]:
    start = text.index(" dev ") + 1
    end = text.find(" ·", start)
    return start, len(text) if end < 0 else end
