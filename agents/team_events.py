"""The events of the team: what every front end folds while specialists work on a request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from agents.event import Event
from agents.recall_events import RecalledHit
from store.tool_call import ToolCall


@dataclass(frozen=True, slots=True)
class TaskView:
    """A task of a team's run as a person sees it.

    `state` is "waiting", "running", "done", "failed", "cancelled", "blocked" by a task that it
    needs, or "skipped" because it was not needed any more; `reason` says why where it is none of
    the first three, or why it was tried again. `text` is what came out, once it is done. Seconds
    and tokens are those of all attempts; `confidence` is from 0 to 1; `calls` are the tools that it
    used so far; `adapter` is the version or the adapter it was done through, "" for none, and
    `model` the model below it, "" before the task began. `recalls` is whether it is told what was
    recalled for the request.
    """

    id: str
    specialist: str
    depends_on: tuple[str, ...]
    state: str
    tokens: int = 0
    seconds: float = 0.0
    confidence: float | None = None
    reason: str = ""
    instruction: str = ""
    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    adapter: str = ""
    model: str = ""
    recalls: bool = True


@dataclass(frozen=True, slots=True)
class RunStarted(Event):
    """A team began to work on a request, or went on with it.

    `graph` is its kind; `route` says who was chosen, with scores and reasons; `recalled` is what
    stands before the request for the tasks that are told it.
    """

    kind: ClassVar[str] = "run_started"
    run: int
    text: str
    graph: str
    model: str
    route: Mapping[str, Any]
    tasks: tuple[TaskView, ...]
    recalled: tuple[RecalledHit, ...] = ()


@dataclass(frozen=True, slots=True)
class TasksPlanned(Event):
    """The model has divided the request; these are all tasks of the run from here on."""

    kind: ClassVar[str] = "tasks_planned"
    run: int
    tasks: tuple[TaskView, ...]


@dataclass(frozen=True, slots=True)
class TaskChanged(Event):
    """A task began, used a tool, ended, or is tried again; what it had said so far is then void."""

    kind: ClassVar[str] = "task_changed"
    run: int
    task: TaskView


@dataclass(frozen=True, slots=True)
class TaskText(Event):
    """The next words of a running task, and how many tokens it has written in this attempt."""

    kind: ClassVar[str] = "task_text"
    run: int
    task: str
    text: str
    tokens: int


@dataclass(frozen=True, slots=True)
class RunEnded(Event):
    """Nothing more comes of a run. `state` is "done", "failed" or "cancelled", with the reason.

    `consensus` holds votes and dissent; it is empty where there were no drafts to compare.
    """

    kind: ClassVar[str] = "run_ended"
    run: int
    state: str
    answer: str
    reason: str
    consensus: Mapping[str, Any]


def task_view(fields: Mapping[str, Any]) -> TaskView:
    """The task view that was written as a JSON object."""
    calls = tuple(ToolCall(**call) for call in fields.get("calls", ()))
    return TaskView(**{**fields, "depends_on": tuple(fields["depends_on"]), "calls": calls})
