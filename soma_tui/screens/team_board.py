"""What the place for the team draws: a run as it goes on, at most ten times a second."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.content import Content
from textual.widgets import OptionList, Static

from agents.text import visible
from soma_tui.screens.place import Place
from soma_tui.state import ViewState
from soma_tui.team_rows import at_work, head
from soma_tui.team_state import RunState, TeamState
from soma_tui.widgets.task_details import TaskDetails
from soma_tui.widgets.task_list import TaskList, titles
from store.errors import SomaError

if TYPE_CHECKING:
    from agents.events import Event

SECONDS_BETWEEN_PAINTS = 0.1
SECONDS_BETWEEN_FIGURES = 1.0
MUTED = "$foreground 60%"
_EMPTY = (
    "Here several specialists work on one request at the same time, and you see them do it.\n\n"
    "enter asks for a request; in the chat, /team and a request does the same.\n"
    "o shows the runs there were."
)


class TeamBoard(Place):
    """Folds the events of the team, and has one timer that draws what they altered."""

    def __init__(self, state: ViewState, classes: str = "") -> None:
        super().__init__(state, classes)
        self.team = TeamState()
        self.clock = time.monotonic
        self.paints = 0
        self._altered = True
        self.head = Static("", id="team-head", markup=False)
        self.titles = Static("", id="team-titles", markup=False)
        self.list = TaskList()
        self.doing = Static("", id="team-doing", markup=False)
        self.engine = Static("", id="team-engine", markup=False)
        self.details = TaskDetails()
        self.add_class("-empty")

    def body(self) -> ComposeResult:
        """Give head, list and details."""
        yield self.head
        yield Static(Content.styled(_EMPTY, MUTED), id="team-empty", markup=False)
        with Container(id="team-body"):
            with Vertical(id="team-left"):
                yield self.titles
                yield self.list
            yield self.details
        yield self.doing
        yield self.engine
        yield self.notices

    def on_mount(self) -> None:
        """Begin to draw."""
        self._timer = self.set_interval(SECONDS_BETWEEN_PAINTS, self._tick)
        self.set_interval(SECONDS_BETWEEN_FIGURES, self._look_at_engine)

    def on_screen_resume(self) -> None:
        """Draw what happened meanwhile."""
        self.alter()

    def concerns(self, event: Event) -> bool:
        """The words of tasks too."""
        return True

    def happened(self, event: Event) -> None:
        """Take an event of the team in, to be drawn with others; draw what else it altered."""
        if super().concerns(event):
            super().happened(event)
        if self.team.fold(event, self.clock()):
            self.alter()

    def alter(self) -> None:
        """Have everything drawn, soon."""
        self._altered = True
        if self.is_mounted:
            self._timer.resume()

    def _tick(self) -> None:
        if not self.is_current:
            self._timer.pause()
        elif self._altered or self.team.goes_on:
            self.paint()
        else:
            self._timer.pause()

    def paint(self) -> None:
        """Draw the run that is shown as it is now."""
        self._altered = False
        self.paints += 1
        run, now = self.team.run, self.clock()
        self.set_class(run is None, "-empty")
        if run is None:
            self.head.update("")
            self.list.fill(None, now)
            self.details.show(None, None)
            return
        self.head.update(_head(run, now, self.head.content_size.width))
        self.titles.update(titles(self.list.scrollable_content_region.width))
        self.list.fill(run, now)
        self.details.show(run, self.list.task_id)
        if self.focused is None:
            self.call_after_refresh(self.list.focus)

    def _look_at_engine(self) -> None:
        if self.is_current and self.team.run is not None and self.state.model is not None:
            self._tell_of_engine()

    @work(name="figures of the engine", group="figures", exclusive=True)
    async def _tell_of_engine(self) -> None:
        """Say what the engine is doing, from its own figures."""
        from agents.engine import figures

        try:
            engine = await self.app.runtime.engine()
        except SomaError:
            return
        found = await asyncio.to_thread(figures.figures_of, engine)
        run = self.team.run
        rate = 0.0 if run is None or run.replay else run.rate(self.clock())
        self.engine.update(at_work(found, rate))
        self.engine.add_class("-shown")

    def say_doing(self, text: str) -> None:
        """Say what is done at this moment; nothing where the text is empty."""
        self.doing.update(visible(text))
        self.doing.set_class(bool(text), "-shown")

    @on(OptionList.OptionHighlighted, "#team-list")
    def _moved(self) -> None:
        if self.team.run is not None:
            self.details.show(self.team.run, self.list.task_id)

    @on(TaskList.Resized)
    def on_resize(self) -> None:
        """Fit everything to the size."""
        self.alter()


def _head(run: RunState, now: float, width: int) -> Content:
    """Which run it is on the left, and on the right as much of how far it is as leaves room."""
    request, parts = head(run, now)
    while len(parts) > 1 and len(" · ".join(parts)) > width // 2:
        parts.pop(0)
    right = Content.styled(" · ".join(parts), MUTED)
    room = max(0, width - right.cell_length - 2)
    left = Content(request).truncate(room, ellipsis=True)
    return Content.assemble(left, " " * (room - left.cell_length + 2), right)
