"""Graphs of tasks: what is refused before it runs, what may begin when, and what a plan becomes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agents.graph_kinds import MOST_PLANNED, Draw, tasks_of, tasks_of_plan
from agents.task_graph import GraphError, Input, Limits, Task, TaskGraph

TEAM = ("personal", "coder", "researcher")
DRAW = Draw(prompts={}, sampling={"coder": {"temperature": 0.3}}, seed=7, max_tokens=64)


def task(name: str, *needs: str, **fields: Any) -> Task:
    inputs = tuple(Input(one, "text") for one in needs)
    return Task(name, "coder", inputs=inputs, **{"gives": "text", "max_tokens": 10, **fields})


DIAMOND = [task("a"), task("b", "a"), task("c", "a"), task("d", "b", "c")]


def states(graph: TaskGraph, **known: str) -> dict[str, str]:
    return dict.fromkeys(graph.tasks, "waiting") | known


def ready(graph: TaskGraph, **known: str) -> list[str]:
    return [one.id for one in graph.ready(states(graph, **known))]


def test_what_is_ready_follows_from_what_is_done() -> None:
    graph = TaskGraph(DIAMOND, TEAM)
    assert ready(graph) == ["a"]
    assert ready(graph, a="running") == []
    assert ready(graph, a="done") == ["b", "c"]
    assert ready(graph, a="done", b="done", c="running") == []
    assert ready(graph, a="done", b="done", c="done") == ["d"]
    assert [one.id for one in graph.last] == ["d"]


def test_a_failed_branch_blocks_what_depends_on_it_and_nothing_else() -> None:
    graph = TaskGraph([*DIAMOND, task("e", "a")], TEAM)
    assert graph.dependents("b") == {"d"}
    assert ready(graph, a="done", b="failed") == ["c", "e"]
    assert [one.id for one in graph.blocked(states(graph, a="done", b="failed"))] == ["d"]


def test_a_synthesis_waits_for_all_and_needs_one() -> None:
    graph = TaskGraph([task("a"), task("b"), task("s", "a", "b", role="synthesis")], TEAM)
    assert ready(graph, a="done", b="running") == []
    assert ready(graph, a="done", b="failed") == ["s"]
    assert [one.id for one in graph.blocked(states(graph, a="failed", b="cancelled"))] == ["s"]


@pytest.mark.parametrize(
    ("tasks", "said"),
    [
        ([], "has no task"),
        ([task(f"t{number}") for number in range(500)], "has 500 tasks, and 12 may be"),
        ([task("a"), task("a")], "two tasks 'a'"),
        ([task("a", "nowhere")], "needs 'nowhere', which is not there"),
        ([task("a", "b"), task("b", "c"), task("c", "a")], "in a circle: "),
        ([task("a", "a")], "in a circle: a"),
        ([task("a", gives="number"), task("b", "a")], "from 'a', which gives a number"),
        ([Task("a", "wizard")], "is for 'wizard', who is not there"),
        ([task("a", max_tokens=20_000)], "may write 40,000 tokens, and 24,576 may be"),
        ([task(f"t{n}", *([f"t{n - 1}"] if n else [])) for n in range(7)], "7 tasks wait one"),
    ],
)  # fmt: skip
def test_what_cannot_be_run_is_refused_with_the_reason(tasks: list[Task], said: str) -> None:
    with pytest.raises(GraphError, match=said):
        TaskGraph(tasks, TEAM)


def test_limits_can_be_set() -> None:
    with pytest.raises(GraphError, match="3 may be"):
        TaskGraph(DIAMOND, TEAM, Limits(tasks=3))


def test_a_task_survives_json() -> None:
    one = task("b", "a", sampling={"seed": 1}, role="synthesis")
    assert Task.from_json(json.loads(json.dumps(one.to_json()))) == one


@pytest.mark.parametrize(
    ("kind", "specialists", "ids"),
    [
        ("single", ("coder", "personal"), ["coder"]),
        ("parallel", ("coder",), ["coder"]),
        ("parallel", ("coder", "researcher"), ["coder", "researcher", "synthesis"]),
        ("consensus", ("coder",), ["coder-1", "coder-2", "coder-3", "synthesis"]),
        ("consensus", TEAM, [*TEAM, "synthesis"]),
        ("chain", ("researcher", "coder"), ["research", "draft", "check"]),
        ("planned", TEAM, ["plan"]),
    ],
)
def test_the_graphs_that_there_are(kind: str, specialists: tuple[str, ...], ids: list[str]) -> None:
    tasks = tasks_of(kind, specialists, DRAW)
    assert [one.id for one in tasks] == ids
    assert len(TaskGraph(tasks, TEAM).last) == 1
    assert len({one.sampling["seed"] for one in tasks}) == len(tasks)


def test_another_graph_is_refused() -> None:
    with pytest.raises(
        GraphError, match="there is no graph 'debate'; take one of single, parallel"
    ):
        tasks_of("debate", TEAM, DRAW)


def row(name: str, *needs: str, **fields: Any) -> dict[str, Any]:
    wanted = {"id": name, "specialist": "coder", "do": "work", "needs": needs, "gives": "text"}
    return wanted | fields


def planned(*rows: Any) -> list[Task]:
    tasks = tasks_of_plan(json.dumps({"tasks": rows}), TEAM, "personal", DRAW)
    TaskGraph(tasks, TEAM)
    return tasks


def test_a_plan_becomes_tasks_with_a_synthesis_of_its_ends() -> None:
    tasks = planned(row("t1", gives="number"), row("t2", "t1"), row("t3", "t1"))
    assert [one.id for one in tasks] == ["t1", "t2", "t3", "synthesis"]
    assert tasks[1].inputs == (Input("t1", "number"),)
    assert (tasks[-1].specialist, tasks[-1].depends_on) == ("personal", ("t2", "t3"))
    assert tasks[0].sampling["temperature"] == 0.3
    assert [one.id for one in planned(row("t1"), row("t2", "t1"))] == ["t1", "t2"]


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        ("I would rather not", "no JSON"),
        ("", "no JSON"),
        ('{"tasks": [{"id": "t1", "spec', "no JSON"),
        ("[]", "no list of tasks"),
        ('{"tasks": "many"}', "no list of tasks"),
        ('{"tasks": [1, 2]}', "no list of tasks"),
        ('{"tasks": []}', "has no task"),
        ({"tasks": [row(f"t{n}") for n in range(500)]}, f"500 tasks, and {MOST_PLANNED} may be"),
        ({"tasks": [row("t1", "t2"), row("t2", "t1")]}, "in a circle"),
        ({"tasks": [row("t1", "t9")]}, "needs 't9', which is not there"),
        ({"tasks": [row("t1", specialist="wizard")]}, "for 'wizard', who is not there"),
        ({"tasks": [row("t1"), row("t1")]}, "two tasks 't1'"),
        ({"tasks": [row("t1", do=" ")]}, "does not say what the task 't1' is to do"),
        ({"tasks": [row("t1", do=None)]}, "lacks its id"),
        ({"tasks": [{"id": "t1"}]}, "lacks its id"),
        ({"tasks": [row("t1") | {"needs": "t2"}]}, "lacks its id"),
    ],
)
def test_a_plan_that_is_none_is_refused_with_the_reason(plan: Any, said: str) -> None:
    text = plan if isinstance(plan, str) else json.dumps(plan)
    with pytest.raises(GraphError, match=said):
        TaskGraph(tasks_of_plan(text, TEAM, "personal", DRAW), TEAM)
