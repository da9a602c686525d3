"""The graphs that a request can be worked on by: alone, side by side, in turn, or as planned."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from agents.specialists import PERSONAL
from agents.task_graph import Gives, GraphError, Input, Task

KINDS = ("single", "parallel", "consensus", "chain", "planned")
DRAFTS = 3
"""How many drafts a consensus is made of at least; one specialist gives several."""
MOST_PLANNED = 6
LONGEST_DO = 240
PLAN_TOKENS = 700
_SEEDS = 2**32 - 2
_NOTES = "Collect in short notes what is needed to answer this. Do not answer yet."
_DRAFT = "Answer this with the help of the notes."
_CHECK = "Check the draft for mistakes and give the corrected answer alone."
_PLAN = (
    "Divide this request into a few tasks, each for one specialist. "
    "A task may need the results of earlier ones, by their ids."
)


@dataclass(frozen=True, slots=True)
class Draw:
    """What the tasks of a run have in common: what each specialist is told, how it samples, which
    tools it may use, the file of its own adapter, and whether it is told what is recalled.

    `seed` is that of the run; each task has one of its own that follows from it.
    """

    prompts: Mapping[str, str]
    sampling: Mapping[str, Mapping[str, Any]]
    seed: int
    max_tokens: int
    timeout_s: float = 600.0
    retries: int = 1
    tools: Mapping[str, Sequence[str]] = field(default_factory=dict)
    adapters: Mapping[str, str] = field(default_factory=dict)
    recalls: Mapping[str, bool] = field(default_factory=dict)

    def task(self, number: int, task: Task) -> Task:
        """The task with what its draw depends on; `number` is its place in the run."""
        own = {**self.sampling.get(task.specialist, {}), "seed": (self.seed + number) % _SEEDS}
        tools = tuple(self.tools.get(task.specialist, ())) if task.role == "work" else ()
        return replace(
            task, sampling=own, max_tokens=self.max_tokens, timeout_s=self.timeout_s,
            retries=self.retries, tools=tools, adapter=self.adapters.get(task.specialist, ""),
            recalls=self.recalls.get(task.specialist, True),
        )  # fmt: skip


def tasks_of(kind: str, specialists: Sequence[str], draw: Draw) -> list[Task]:
    """The tasks of a graph for the specialists that were chosen, the best of them first.

    Of "planned" it is the task that plans. Raises GraphError for another kind than `KINDS`.
    """
    first = specialists[0]
    match kind:
        case "single":
            tasks = [Task(first, first)]
        case "parallel":
            tasks = _drafts(specialists)
            if len(tasks) > 1:
                tasks.append(_synthesis(first, tasks))
        case "consensus":
            rounds = -(-DRAFTS // len(specialists))
            tasks = _drafts(list(specialists) * rounds)
            tasks.append(_synthesis(first, tasks))
        case "chain":
            tasks = _chain(specialists)
        case "planned":
            plan = Task("plan", PERSONAL, plan_instruction(specialists), gives="plan", role="plan")
            return [replace(draw.task(0, plan), max_tokens=min(PLAN_TOKENS, 2 * draw.max_tokens))]
        case _:
            raise GraphError(f"there is no graph {kind!r}; take one of {', '.join(KINDS)}")
    return [draw.task(number, task) for number, task in enumerate(tasks)]


def _drafts(specialists: Sequence[str]) -> list[Task]:
    """A draft by each; who gives several has them numbered."""
    often = {name for name in specialists if list(specialists).count(name) > 1}
    seen: dict[str, int] = {}
    tasks = []
    for name in specialists:
        seen[name] = seen.get(name, 0) + 1
        id_ = f"{name}-{seen[name]}" if name in often else name
        tasks.append(Task(id_, name, gives="draft"))
    return tasks


def _synthesis(specialist: str, drafts: Sequence[Task]) -> Task:
    inputs = tuple(Input(task.id, task.gives) for task in drafts)
    return Task("synthesis", specialist, inputs=inputs, role="synthesis")


def _chain(specialists: Sequence[str]) -> list[Task]:
    who = [specialists[min(place, len(specialists) - 1)] for place in range(3)]
    return [
        Task("research", who[0], _NOTES, gives="notes"),
        Task("draft", who[1], _DRAFT, (Input("research", "notes"),), gives="draft"),
        Task("check", who[2], _CHECK, (Input("draft", "draft"),)),
    ]


# --- planned by the model


def plan_instruction(specialists: Sequence[str]) -> str:
    """What the planning task is told."""
    return f"{_PLAN} The specialists are {', '.join(specialists)}."


def plan_schema(specialists: Sequence[str]) -> dict[str, Any]:
    """The JSON schema of a plan, which is handed to the model as a grammar."""
    ids = [f"t{number}" for number in range(1, MOST_PLANNED + 1)]
    task = {
        "type": "object",
        "properties": {
            "id": {"enum": ids},
            "specialist": {"enum": list(specialists)},
            "do": {"type": "string", "maxLength": LONGEST_DO},
            "needs": {"type": "array", "items": {"enum": ids}, "maxItems": 3},
            "gives": {"enum": ["text", "number"]},
        },
    }
    tasks = {"type": "array", "items": task, "minItems": 1, "maxItems": MOST_PLANNED}
    return {"type": "object", "properties": {"tasks": tasks}}


def tasks_of_plan(text: str, team: Collection[str], first: str, draw: Draw) -> list[Task]:
    """The tasks that a plan asks for, with a synthesis by `first` where several ends are left.

    Raises GraphError for what is no plan; the graph itself is checked by TaskGraph.
    """
    try:
        plan = json.loads(text)
    except ValueError as error:
        raise GraphError("the plan is no JSON") from error
    rows = plan.get("tasks") if isinstance(plan, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise GraphError("the plan has no list of tasks")
    if len(rows) > MOST_PLANNED:
        raise GraphError(f"the plan has {len(rows):,} tasks, and {MOST_PLANNED} may be")
    gives: dict[str, Gives] = {str(row.get("id")): _gives(row) for row in rows}
    tasks = [_planned(row, gives, team) for row in rows]
    needed = {name for task in tasks for name in task.depends_on}
    ends = [task for task in tasks if task.id not in needed]
    if len(ends) > 1:
        tasks.append(_synthesis(first, ends))
    return [draw.task(number, task) for number, task in enumerate(tasks, 1)]


def _gives(row: Mapping[str, Any]) -> Gives:
    return "number" if row.get("gives") == "number" else "text"


def _planned(row: Mapping[str, Any], gives: Mapping[str, Gives], team: Collection[str]) -> Task:
    name, who, do = (row.get(key) for key in ("id", "specialist", "do"))
    needs = row.get("needs", [])
    texts = all(isinstance(one, str) for one in (name, who, do))
    if not texts or not isinstance(needs, list) or not all(isinstance(n, str) for n in needs):
        raise GraphError("a task of the plan lacks its id, specialist, what to do, or needs")
    if not str(do).strip():
        raise GraphError(f"the plan does not say what the task {name!r} is to do")
    if who not in team:
        raise GraphError(f"the task {name!r} is for {who!r}, who is not there")
    for one in needs:
        if one not in gives:
            raise GraphError(f"the task {name!r} needs {one!r}, which is not there")
    inputs = tuple(Input(one, gives[one]) for one in dict.fromkeys(needs))
    return Task(str(name), str(who), str(do)[: 2 * LONGEST_DO], inputs, gives=_gives(row))
