"""A test double of the team of a runtime: what happens in a run is given by the test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import replace

from agents import events
from agents.events import Event, TaskView
from agents.specialists import Team
from agents.task_graph import Input, Task
from agents.team import RunOptions
from store.database import Database
from store.errors import SomaError
from store.message import Memory
from store.runs import Runs, StoredRun, TaskResult

ROUTE = {
    "specialists": ["researcher", "personal"],
    "scores": [
        {"specialist": "researcher", "score": 0.88, "reason": "words: papers, compare"},
        {"specialist": "personal", "score": 0.31, "reason": "words: plan"},
    ],
    "reason": "two fit about as well",
    "by": "words",
    "abstained": False,
}
TASKS = (
    TaskView("researcher", "researcher", (), "waiting"),
    TaskView("personal", "personal", (), "waiting"),
    TaskView("synthesis", "researcher", ("researcher", "personal"), "waiting"),
)


class FakeTeam:
    """Runs on a real store that go on as the test says, by `change`, `say` and `end`.

    A run begins once `may_begin` is set, with `tasks`. `error` is raised in its place.
    """

    def __init__(self, database: Database, emit: Callable[[Event], Event]) -> None:
        self.team = Team(database)
        self.runs = Runs(database)
        self.tasks = TASKS
        self.graph = "parallel"
        self.recalled: tuple[Memory, ...] = ()
        self.error: SomaError | None = None
        self.may_begin = asyncio.Event()
        self.may_begin.set()
        self.asked: list[tuple[str, str | None]] = []
        self.named: list[tuple[str, ...]] = []
        self.again: list[tuple[int, str, str | None]] = []
        self.resumed: list[int] = []
        self.cancelled: list[tuple[int, str | None]] = []
        self.closed = 0
        self._emit = emit
        self._views: dict[str, TaskView] = {}
        self._running: dict[int, asyncio.Queue[Event]] = {}

    async def run(
        self, text: str, options: RunOptions | None = None
    ) -> AsyncGenerator[Event, None]:
        options = options or RunOptions()
        self.asked.append((text, options.graph))
        self.named.append(options.specialists)
        await self.may_begin.wait()
        if self.error is not None:
            raise self.error
        stored = self.begin(text)
        async for event in self._follow(stored, self.tasks):
            yield event

    async def retry(
        self, run_id: int, task_id: str, specialist: str | None = None
    ) -> AsyncGenerator[Event, None]:
        self.again.append((run_id, task_id, specialist))
        if self.error is not None:
            raise self.error
        views = [
            replace(one, specialist=specialist or one.specialist) if one.id == task_id else one
            for one in self.tasks
        ]
        async for event in self._follow(self.runs.get(run_id), views):
            yield event

    async def resume(self, run_id: int) -> AsyncGenerator[Event, None]:
        self.resumed.append(run_id)
        async for event in self._follow(self.runs.get(run_id), self.tasks):
            yield event

    def begin(self, text: str) -> StoredRun:
        """A run as it is stored when it begins."""
        tasks = [
            Task(
                one.id,
                one.specialist,
                inputs=tuple(Input(name, "draft") for name in one.depends_on),
                gives="draft",
            ).to_json()
            for one in self.tasks
        ]
        return self.runs.begin(
            text, self.graph, ("researcher", "personal"), route=ROUTE, model="starter",
            system="", recalled=self.recalled, draw={}, tasks=tasks,
        )  # fmt: skip

    def keep(self, run: int, *results: TaskResult, answer: str = "", state: str = "done") -> None:
        """Store how a run ended that nobody follows."""
        for result in results:
            self.runs.keep(run, result)
        self.runs.end(run, state, answer, "", {})

    async def _follow(
        self, stored: StoredRun, views: Sequence[TaskView]
    ) -> AsyncGenerator[Event, None]:
        tasks = tuple(views)
        self._views = {one.id: one for one in tasks}
        queue = self._running[stored.id] = asyncio.Queue()
        try:
            yield self._emit(
                events.RunStarted(
                    stored.id,
                    stored.text,
                    stored.graph,
                    stored.model,
                    stored.route,
                    tasks,
                    events.shown_hits(stored.recalled),
                )
            )
            while True:
                event = await queue.get()
                yield event
                if isinstance(event, events.RunEnded):
                    break
        finally:
            self.closed += 1
            self._running.pop(stored.id, None)

    # --- what the test says

    @property
    def last(self) -> int:
        """The run that began last."""
        return next(reversed(self._running))

    def change(self, task: str, **fields: object) -> None:
        """Let a task begin, end, or be tried again."""
        self._views[task] = replace(self._views[task], **fields)  # type: ignore[arg-type]
        self._tell(events.TaskChanged(self.last, self._views[task]))

    def say(self, task: str, text: str, tokens: int) -> None:
        """Let a task say something."""
        self._tell(events.TaskText(self.last, task, text, tokens))

    def plan(self, *views: TaskView) -> None:
        """Let the run have these tasks from here on."""
        self._views = {one.id: one for one in views}
        self._tell(events.TasksPlanned(self.last, views))

    def end(self, answer: str, state: str = "done", reason: str = "", **consensus: object) -> None:
        """Let the run end."""
        self.runs.end(self.last, state, answer, reason, consensus)
        self._tell(events.RunEnded(self.last, state, answer, reason, consensus))

    def _tell(self, event: Event) -> None:
        self._emit(event)
        self._running[self.last].put_nowait(event)

    # --- what the screen asks

    def cancel(self, run_id: int, task: str | None = None) -> bool:
        if run_id not in self._running:
            return False
        if task is not None and self._views[task].state not in ("waiting", "running"):
            return False
        self.cancelled.append((run_id, task))
        if task is None:
            self.end("", "cancelled", "you stopped it")
        else:
            self.change(task, state="cancelled", reason="you stopped it")
        return True

    @property
    def running(self) -> tuple[int, ...]:
        return tuple(self._running)

    def views(self, run_id: int) -> tuple[TaskView, ...] | None:
        return tuple(self._views.values()) if run_id in self._running else None

    def is_running(self, run_id: int) -> bool:
        return run_id in self._running
