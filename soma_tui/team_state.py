"""The runs of the team as the screen follows them, folded from events; draws nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agents.events import Event, RecalledHit, RunStarted, TaskView

_ENDED = frozenset(("done", "failed", "cancelled", "blocked", "skipped"))


@dataclass(slots=True)
class TaskState:
    """A task: as it was last told of, and what it has said in this attempt.

    `began` is a time of the clock that events are folded with; None where that was not seen.
    """

    view: TaskView
    pieces: list[str] = field(default_factory=list)
    written: int = 0
    began: float | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more comes of it."""
        return self.view.state in _ENDED

    @property
    def text(self) -> str:
        """What it said: in the end, or so far."""
        return self.view.text if self.ended else "".join(self.pieces)

    @property
    def tokens(self) -> int:
        """How many tokens it has written: in all attempts, or so far in this one."""
        return self.view.tokens if self.ended else self.written

    def seconds(self, now: float) -> float | None:
        """How long it has been worked on; None where that is not known."""
        if self.ended:
            return self.view.seconds or None
        return None if self.began is None else now - self.began

    def rate(self, now: float) -> float | None:
        """Tokens in a second, over all of its time."""
        seconds = self.seconds(now)
        return self.tokens / seconds if seconds and self.tokens else None


@dataclass(slots=True)
class RunState:
    """A run. `state` is "running" until it ended; `joined` is true where it was not seen from its
    beginning on, and `replay` is how many times faster than it went a run of the past is played.
    `recalled` stood before the request for the tasks that were told it."""

    id: int
    text: str
    graph: str
    model: str
    route: Mapping[str, Any]
    tasks: dict[str, TaskState]
    state: str = "running"
    answer: str = ""
    reason: str = ""
    consensus: Mapping[str, Any] = field(default_factory=dict)
    began: float | None = None
    ended: float | None = None
    joined: bool = False
    replay: float = 0.0
    recalled: Sequence[RecalledHit] = ()

    def seconds(self, now: float) -> float | None:
        """How long it has been worked on; None where that was not seen."""
        if self.began is None or (self.ended is None and self.state != "running"):
            return None
        return (now if self.ended is None else self.ended) - self.began

    @property
    def running(self) -> list[TaskState]:
        """The tasks that are worked on at this moment."""
        return [task for task in self.tasks.values() if task.view.state == "running"]

    def rate(self, now: float) -> float:
        """Tokens in a second of all tasks that are worked on, together."""
        return sum(task.rate(now) or 0.0 for task in self.running)

    def layers(self) -> dict[str, int]:
        """How many tasks have to end before each, one after the other; the fewest first."""
        depth: dict[str, int] = {}

        def of(name: str) -> int:
            if name not in depth:
                needs = [one for one in self.tasks[name].view.depends_on if one in self.tasks]
                depth[name] = 0
                depth[name] = max((1 + of(one) for one in needs), default=0)
            return depth[name]

        for name in self.tasks:
            of(name)
        return {name: depth[name] for name in sorted(self.tasks, key=depth.__getitem__)}


@dataclass(slots=True)
class TeamState:
    """The runs that go on, and the one that is shown."""

    runs: dict[int, RunState] = field(default_factory=dict)
    shown: int | None = None

    @property
    def run(self) -> RunState | None:
        """The run that is shown; None where there is none."""
        return None if self.shown is None else self.runs.get(self.shown)

    @property
    def goes_on(self) -> bool:
        """Whether the run that is shown is being worked on."""
        return self.run is not None and self.run.state == "running"

    def show(self, run: RunState | int) -> None:
        """Show a run, one that is told of later where it is a number; others that ended go."""
        if isinstance(run, RunState):
            self.runs[run.id] = run
        self.shown = run if isinstance(run, int) else run.id
        for number in [one.id for one in self.runs.values() if one.state != "running"]:
            if number != self.shown:
                del self.runs[number]

    def fold(self, event: Event, now: float) -> bool:
        """Take one event in, at a time in seconds; whether the run that is shown has altered."""
        from agents import events

        match event:
            case events.RunStarted():
                self._start(event, now)
            case events.TasksPlanned() if event.run in self.runs:
                run = self.runs[event.run]
                run.tasks = _tasks(event.tasks, run.tasks)
            case events.TaskChanged() if event.run in self.runs:
                _change(self.runs[event.run], event.task, now)
            case events.TaskText() if event.run in self.runs:
                task = self.runs[event.run].tasks.get(event.task)
                if task is not None:
                    task.pieces.append(event.text)
                    task.written = event.tokens
            case events.RunEnded() if event.run in self.runs:
                run = self.runs[event.run]
                run.state, run.answer, run.reason = event.state, event.answer, event.reason
                run.consensus, run.ended = event.consensus, now
            case _:
                return False
        return getattr(event, "run", None) == self.shown

    def _start(self, event: RunStarted, now: float) -> None:
        tasks = _tasks(event.tasks, {})
        self.runs[event.run] = RunState(
            event.run, event.text, event.graph, event.model, event.route, tasks, began=now,
            recalled=event.recalled,
        )  # fmt: skip
        if not self.goes_on:
            self.show(event.run)


def _change(run: RunState, view: TaskView, now: float) -> None:
    task = run.tasks.setdefault(view.id, TaskState(view))
    if view.state == "running":
        task.began = now if task.began is None else task.began
        task.pieces, task.written = [], 0
    task.view = view


def _tasks(views: Iterable[TaskView], known: Mapping[str, TaskState]) -> dict[str, TaskState]:
    """The tasks by their ids; those that were known keep what they have said."""
    tasks: dict[str, TaskState] = {}
    for view in views:
        task = tasks[view.id] = known.get(view.id) or TaskState(view)
        task.view = view
    return tasks
