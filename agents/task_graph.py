"""A team's work as a graph of tasks: what needs what, checked before anything runs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

from store.errors import SomaError

if TYPE_CHECKING:
    import networkx

Gives = Literal["plan", "notes", "text", "number", "draft", "answer"]
Role = Literal["work", "plan", "synthesis"]
GIVES: tuple[Gives, ...] = get_args(Gives)
SETTLED = frozenset(("done", "failed", "cancelled", "blocked", "skipped"))
"""The states of a task that nothing more happens to; the others are "waiting" and "running"."""


class GraphError(SomaError):
    """The graph cannot be run; the message says why."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a graph may be: tasks, the longest way through it, tokens that all may write."""

    tasks: int = 12
    depth: int = 6
    tokens: int = 12 * 2048


@dataclass(frozen=True, slots=True)
class Input:
    """What a task takes from another: its id, and what that has to give."""

    task: str
    gives: Gives


@dataclass(frozen=True, slots=True)
class Task:
    """A piece of work for one specialist.

    It is told the request, what it takes from other tasks (`inputs`), and its `instruction`.
    `gives` is what comes out. A "synthesis" runs once all its inputs have ended, if one of them is
    done; other tasks need all of theirs. It may use the `tools` before it writes. `sampling` is all
    that the draw depends on, its seed included. `timeout_s` holds for one attempt; `retries` is how
    many follow the first. `adapter` is the file of an adapter of the specialist's own; `recalls` is
    whether the task is told what is recalled for the request.
    """

    id: str
    specialist: str
    instruction: str = ""
    inputs: tuple[Input, ...] = ()
    gives: Gives = "answer"
    role: Role = "work"
    max_tokens: int = 512
    timeout_s: float = 600.0
    retries: int = 1
    sampling: Mapping[str, Any] = field(default_factory=dict)
    tools: tuple[str, ...] = ()
    adapter: str = ""
    recalls: bool = True

    @property
    def depends_on(self) -> tuple[str, ...]:
        """The ids of the tasks that it takes something from."""
        return tuple(one.task for one in self.inputs)

    def to_json(self) -> dict[str, Any]:
        """The task as a JSON object, for `from_json`."""
        inputs = [[one.task, one.gives] for one in self.inputs]
        return {**asdict(self), "inputs": inputs, "tools": list(self.tools)}

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Task:
        """The task that `to_json` wrote."""
        inputs = tuple(Input(task, gives) for task, gives in fields["inputs"])
        return cls(**{**fields, "inputs": inputs, "tools": tuple(fields.get("tools", ()))})


class TaskGraph:
    """Tasks in the order of their ids' first mention, with what depends on what.

    Raises GraphError for what cannot be run: no task, too many of them, two of one id, an input
    from nowhere or of another kind than that task gives, a circle, a way that is too long, too
    many tokens, an unknown specialist.
    """

    def __init__(
        self, tasks: Sequence[Task], team: Collection[str], limits: Limits | None = None
    ) -> None:
        limits = limits or Limits()
        _check_tasks(tasks, team, limits)
        self.tasks = {task.id: task for task in tasks}
        self._graph = _graph(tasks)
        _check_shape(self._graph, limits)

    def ready(self, states: Mapping[str, str]) -> list[Task]:
        """The waiting tasks that can begin, by the states of all."""
        return [
            task
            for task in self.tasks.values()
            if states[task.id] == "waiting" and self._may_begin(task, states)
        ]

    def blocked(self, states: Mapping[str, str]) -> list[Task]:
        """The waiting tasks that can never begin, because of what ended without a result."""
        return [
            task
            for task in self.tasks.values()
            if states[task.id] == "waiting" and self._is_blocked(task, states)
        ]

    def dependents(self, task: str) -> set[str]:
        """The ids of all tasks that need a task, directly or through others."""
        import networkx

        return set(networkx.descendants(self._graph, task))

    @property
    def last(self) -> list[Task]:
        """The tasks that nothing depends on; the answer is theirs."""
        return [self.tasks[i] for i in self._graph.nodes if not self._graph.out_degree(i)]

    def _may_begin(self, task: Task, states: Mapping[str, str]) -> bool:
        before = [states[one] for one in task.depends_on]
        if task.role == "synthesis":
            return all(state in SETTLED for state in before) and "done" in before
        return all(state == "done" for state in before)

    def _is_blocked(self, task: Task, states: Mapping[str, str]) -> bool:
        before = [states[one] for one in task.depends_on]
        if task.role == "synthesis":
            return all(state in SETTLED for state in before) and "done" not in before
        return any(state in SETTLED and state != "done" for state in before)


def _check_tasks(tasks: Sequence[Task], team: Collection[str], limits: Limits) -> None:
    if not tasks:
        raise GraphError("the graph has no task")
    if len(tasks) > limits.tasks:
        raise GraphError(f"the graph has {len(tasks):,} tasks, and {limits.tasks:,} may be")
    known: dict[str, Task] = {}
    for task in tasks:
        if task.id in known:
            raise GraphError(f"the graph has two tasks {task.id!r}")
        known[task.id] = task
        if task.specialist not in team:
            raise GraphError(f"the task {task.id!r} is for {task.specialist!r}, who is not there")
    for task in tasks:
        for one in task.inputs:
            source = known.get(one.task)
            if source is None:
                raise GraphError(f"the task {task.id!r} needs {one.task!r}, which is not there")
            if source.gives != one.gives:
                raise GraphError(
                    f"the task {task.id!r} takes a {one.gives} from {one.task!r}, "
                    f"which gives a {source.gives}"
                )
    tokens = sum(task.max_tokens * (1 + task.retries) for task in tasks)
    if tokens > limits.tokens:
        raise GraphError(f"the tasks may write {tokens:,} tokens, and {limits.tokens:,} may be")


def _graph(tasks: Sequence[Task]) -> networkx.DiGraph[str]:
    import networkx

    graph = networkx.DiGraph()
    graph.add_nodes_from(task.id for task in tasks)
    graph.add_edges_from((one.task, task.id) for task in tasks for one in task.inputs)
    return graph


def _check_shape(graph: networkx.DiGraph[str], limits: Limits) -> None:
    import networkx

    if not networkx.is_directed_acyclic_graph(graph):
        circle = " → ".join(source for source, _ in networkx.find_cycle(graph))
        raise GraphError(f"the tasks wait for each other in a circle: {circle}")
    depth = networkx.dag_longest_path_length(graph) + 1
    if depth > limits.depth:
        raise GraphError(f"{depth} tasks wait one behind the other, and {limits.depth} may")
