"""The place for the team: specialists at work on a request, and what there is to do with a run."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.content import Content
from textual.worker import Worker

from agents.text import visible
from soma_tui.actions import bindings
from soma_tui.replay import Replay
from soma_tui.screens.team_board import MUTED, TeamBoard
from soma_tui.state import ViewState
from soma_tui.team_state import RunState, TaskState
from soma_tui.widgets.task_list import TaskList
from store.draft import TEAM
from store.errors import SomaError

if TYPE_CHECKING:
    from pathlib import PurePath

    from agents.events import Event
    from soma_tui.screens.team_questions import Request
    from store.runs import StoredRun

_RUNS_LISTED = 200
_LONGEST = 200
_LONGEST_SHOWN = 40
Begin = Callable[[], AsyncGenerator["Event", None]]


class TeamScreen(TeamBoard):
    """Turns keys into requests to the team; the runtime works on them and tells what happens."""

    PLACE = "team"
    FOCUS = "team"
    BINDINGS = bindings("team")
    AUTO_FOCUS = "#team-list"
    CSS_PATH: ClassVar[list[str | PurePath]] = ["../styles/team.tcss"]

    def __init__(self, state: ViewState, classes: str = "") -> None:
        super().__init__(state, classes)
        self._graph: str | None = None
        self._replay: Replay | None = None
        self._asked = False
        self._forms: dict[str, dict[str, str]] = {}
        self._beginning: Worker[None] | None = None

    def on_mount(self) -> None:
        """Show the run that goes on already, unless another is asked for."""
        if self._asked or self._beginning is not None or not self.app.store_is_open:
            return
        if going := self.app.runtime.team.running:
            self.show_run(going[-1])

    # --- what is being done

    def begin(self, text: str, graph: str | None = None) -> None:
        """Have a request worked on, by those that it begins with as @coder, and show that.

        A text that cannot be begun is kept, behind what is half written there.
        """
        from agents.specialists import mentioned
        from agents.team import RunOptions

        def run() -> AsyncGenerator[Event, None]:
            team = self.app.runtime.team
            names, request = mentioned(text, [one.name for one in team.team.all()])
            return team.run(request, RunOptions(graph, names))

        written = self.state.drafts.text(TEAM).strip()
        self._keep(text if written in ("", text) else f"{written}\n\n{text}", graph)
        shown = " ".join(text.split())
        shown = shown if len(shown) <= _LONGEST_SHOWN else shown[:_LONGEST_SHOWN] + "…"
        self._start(f"“{shown}” is given to those whom it fits", run, text)

    def _start(self, doing: str, begin: Begin, text: str = "") -> None:
        if self._beginning is not None:
            self.tell("Another run is about to begin; esc stops that.")
            return
        self.state.notices.clear()
        self.draw_lines()
        self.say_doing(f"{doing} · esc stops it")
        self._beginning = self._work(begin, text)

    @work(name="work on a request", group="team")
    async def _work(self, begin: Begin, text: str) -> None:
        begun = False
        try:
            await self.app.opened()
            async with aclosing(begin()) as stream:
                async for event in stream:
                    if not begun:
                        begun = True
                        self._begun(getattr(event, "run", None), text)
        except SomaError as error:
            self.tell(str(error), "error")
        finally:
            if not begun and self.is_running:
                self._begun(None, "")

    def _begun(self, run: int | None, text: str) -> None:
        if run is not None:
            self._replay = None
        self._beginning = None
        self.say_doing("")
        if run is not None and text:
            self._keep(_without(self.state.drafts.text(TEAM), text), None)
        if run is not None:
            self.list.lead_again()
            self.team.show(run)
            self.list.focus()
            self.alter()

    def happened(self, event: Event) -> None:
        """Draw what an event altered; a run that was joined later is read when it ends."""
        super().happened(event)
        run = self.team.run
        if event.kind == "run_ended" and run is not None and run.joined and not self.team.goes_on:
            self._show_stored(run.id)

    def show_run(self, number: int) -> None:
        """Show a run: as it goes on, or as it is stored."""
        self._asked = True
        self._replay = None
        known = self.team.runs.get(number)
        if known is not None and known.state == "running":
            self.list.lead_again()
            self.team.show(known)
            self.alter()
        else:
            self._show_stored(number)

    @work(name="read a run", group="read", exclusive=True)
    async def _show_stored(self, number: int) -> None:
        from agents.recall_events import shown_hits
        from agents.team import views_of
        from agents.team_operations import run_state

        runtime = self.app.runtime
        try:
            stored = await asyncio.to_thread(runtime.team.runs.get, number)
            live = runtime.team.views(number)
            views = await asyncio.to_thread(views_of, stored) if live is None else live
        except SomaError as error:
            self.tell(str(error), "error")
            return
        tasks = {view.id: TaskState(view) for view in views}
        state = run_state(runtime, stored)
        self.list.lead_again()
        self.team.show(
            RunState(
                stored.id, stored.text, stored.graph, stored.model, stored.route, tasks,
                state, stored.answer, stored.reason, stored.consensus, joined=state == "running",
                recalled=shown_hits(stored.recalled),
            )
        )  # fmt: skip
        self.list.focus()
        self.alter()

    # --- actions, by the names of the registry

    @on(TaskList.Entered)
    def _entered(self) -> None:
        self.action_new()

    def action_new(self) -> None:
        """Ask for a request and how it is to be worked on."""
        from soma_tui.screens.team_questions import RequestQuestion

        def answered(request: Request | None) -> None:
            if request is not None:
                self.begin(*request)

        written = self.state.drafts.text(TEAM)
        self.app.push_screen(RequestQuestion(written, self._graph, self._keep), answered)

    def _keep(self, text: str, graph: str | None) -> None:
        """Keep a request that is not worked on yet, on disk soon."""
        self._graph = graph
        self.state.drafts.write(TEAM, text)
        self.app.keep_drafts()

    def action_cancel(self) -> None:
        """Stop what is about to begin, or the run that is shown; otherwise clear the notices."""
        run = self.team.run
        if self._beginning is not None:
            self._beginning.cancel()
        elif self._replay is not None:
            self.action_replay()
        elif run is None or run.state != "running" or not self.app.runtime.team.cancel(run.id):
            self.state.notices.clear()
            self.draw_lines()

    def action_replay(self) -> None:
        """Play the run that is shown as it went; where it is played, show all of it at once."""
        run = self.team.run
        if self._replay is not None:
            self.team.show(self._replay.run)
            self._replay = None
        elif run is None:
            self.tell("There is no run yet; enter begins one.")
        elif run.state == "running":
            self.tell(f"Run {run.id} is being worked on.")
        else:
            self._replay = Replay(run, self.clock())
        self.list.lead_again()
        self.alter()

    def paint(self) -> None:
        """Draw the run that is shown, one that is played as it was by now."""
        if self._replay is not None:
            now = self._replay.at(self.clock())
            self.team.show(now or self._replay.run)
            if now is None:
                self._replay = None
        super().paint()

    def action_cancel_task(self) -> None:
        """Stop the highlighted task."""
        chosen = self._chosen_task()
        if chosen is not None and not self.app.runtime.team.cancel(*chosen):
            self.tell(f"{visible(chosen[1])} has ended already.")

    def action_retry(self) -> None:
        """Do the highlighted task again."""
        chosen = self._chosen_task()
        if chosen is not None:
            run, task = chosen
            self._start(
                f"{task} is done again", lambda: self.app.runtime.team.retry(run, task, None)
            )

    def action_other(self) -> None:
        """Ask which specialist the highlighted task is to be given to."""
        from soma_tui.screens.team_questions import LineQuestion

        chosen = self._chosen_task()
        if chosen is None or self.team.run is None:
            return
        run, task = chosen
        present = self.team.run.tasks[task].view.specialist
        lines = [
            (one.name, Content.assemble(visible(one.name), (f"  {visible(one.role)}", MUTED)))
            for one in self.app.runtime.team.team.all()
            if one.name != present
        ]

        def answered(name: str | None) -> None:
            if name is not None:
                retry = self.app.runtime.team.retry
                self._start(f"{task} is given to {name}", lambda: retry(run, task, name))

        question = f"Who is to do {visible(task)} instead of {visible(present)}?"
        self.app.push_screen(LineQuestion(question, lines, "ask"), answered)

    def _chosen_task(self) -> tuple[int, str] | None:
        """The highlighted task, with its run; where there is none, that is said."""
        run, task = self.team.run, self.list.task_id
        if run is None or task is None or task not in run.tasks:
            self.tell("Choose a task first." if run else "There is no run yet; enter begins one.")
            return None
        return run.id, task

    def action_resume(self) -> None:
        """Go on with the run that is shown."""
        run = self.team.run
        if run is None:
            self.tell("There is no run yet; enter begins one.")
        elif run.state in ("running", "done"):
            self.tell(f"Run {run.id} is {'being worked on' if self.team.goes_on else 'done'}.")
        else:
            number = run.id
            self._start(
                f"run {number} is gone on with", lambda: self.app.runtime.team.resume(number)
            )

    @work(name="open the specialists", group="read", exclusive=True)
    async def action_specialists(self) -> None:
        """List who is on the team, to be edited."""
        from soma_tui.screens.specialists import SpecialistsScreen

        await self.app.opened()
        self.app.push_screen(SpecialistsScreen(self.app.runtime.team.team, self._forms))

    @work(name="list the runs", group="read", exclusive=True)
    async def action_open(self) -> None:
        """List the runs there were, and show the one that is chosen."""
        from agents.team_operations import run_state
        from soma_tui.screens.team_questions import LineQuestion

        await self.app.opened()
        runtime = self.app.runtime
        stored = await asyncio.to_thread(runtime.team.runs.list, _RUNS_LISTED)
        if not stored:
            self.tell("There are no runs yet; enter begins one.")
            return
        lines = [(str(run.id), _line(run, run_state(runtime, run))) for run in stored]

        def answered(number: str | None) -> None:
            if number is not None:
                self.show_run(int(number))

        self.app.push_screen(LineQuestion("Runs of the team", lines, "show"), answered)


def _without(written: str, text: str) -> str:
    """What is left of what was written once a text of it is worked on."""
    if written.strip() == text:
        return ""
    return written.removeprefix(f"{text}\n\n").removesuffix(f"\n\n{text}")


def _line(run: StoredRun, state: str) -> Content:
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(run.created))
    text = " ".join(visible(run.text[:_LONGEST]).split())
    known = f"{run.id:>4}  {when}  {run.graph:<9}  {state:<11}  "
    return Content.assemble((known, MUTED), text)
