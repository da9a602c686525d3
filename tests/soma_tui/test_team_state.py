"""What is folded from the events of the team, and how it is put into lines."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agents.events import (
    Notice,
    RunEnded,
    RunStarted,
    TaskChanged,
    TasksPlanned,
    TaskText,
    TaskView,
)
from soma_tui.team_rows import columns_for, details, head, rows, share, tool_line
from soma_tui.team_state import TeamState
from store.tool_call import ToolCall

A = TaskView("a", "coder", (), "waiting")
B = TaskView("b", "personal", ("a",), "waiting")


def begun(*views: TaskView, run: int = 1, now: float = 10.0) -> TeamState:
    state = TeamState()
    assert state.fold(RunStarted(run, "do it", "chain", "starter", {}, views or (A, B)), now)
    return state


def test_time_and_rate_are_those_of_the_task_and_end_with_it() -> None:
    state = begun()
    state.fold(TaskChanged(1, replace(A, state="running")), 12.0)
    state.fold(TaskText(1, "a", "one ", 10), 13.0)
    state.fold(TaskText(1, "a", "two", 20), 14.0)
    task = state.run.tasks["a"]
    assert (task.text, task.tokens, task.seconds(16.0), task.rate(16.0)) == (
        "one two",
        20,
        4.0,
        5.0,
    )
    assert state.run.seconds(16.0) == 6.0
    state.fold(TaskChanged(1, replace(A, state="done", tokens=30, seconds=6.0, text="all")), 18.0)
    assert (task.text, task.tokens, task.seconds(99.0), task.rate(99.0)) == ("all", 30, 6.0, 5.0)
    state.fold(RunEnded(1, "done", "all", "", {}), 20.0)
    assert state.run.seconds(99.0) == 10.0
    assert not state.goes_on


def test_a_further_attempt_begins_with_nothing_said_and_its_time_goes_on() -> None:
    state = begun()
    state.fold(TaskChanged(1, replace(A, state="running")), 12.0)
    state.fold(TaskText(1, "a", "wrong", 5), 13.0)
    state.fold(TaskChanged(1, replace(A, state="running", reason="tried again")), 14.0)
    task = state.run.tasks["a"]
    assert (task.text, task.tokens, task.seconds(15.0)) == ("", 0, 3.0)


def test_a_plan_keeps_what_its_tasks_have_said_and_layers_them() -> None:
    state = begun(A)
    state.fold(TaskChanged(1, replace(A, state="running")), 11.0)
    state.fold(TaskText(1, "a", "so far", 2), 12.0)
    c = TaskView("c", "coder", ("b",), "waiting")
    state.fold(TasksPlanned(1, (c, B, replace(A, state="running"))), 13.0)
    assert state.run.layers() == {"a": 0, "b": 1, "c": 2}
    assert list(state.run.layers()) == ["a", "b", "c"]
    assert state.run.tasks["a"].text == "so far"
    shown = rows(state.run, 13.0, ("tokens", "s"))
    assert [(row.indent, row.mark) for row in shown.values()] == [
        ("", "●"),
        ("└ ", "○"),
        ("  └ ", "○"),
    ]
    assert shown["a"].figures == ("2", "2.0")


def test_events_of_other_runs_do_not_alter_what_is_shown() -> None:
    state = begun()
    assert not state.fold(RunStarted(2, "more", "single", "starter", {}, (A,)), 11.0)
    assert not state.fold(TaskText(2, "a", "there", 1), 12.0)
    assert not state.fold(TaskText(3, "a", "unknown", 1), 12.0)
    assert not state.fold(Notice("a line", "warning"), 12.0)
    assert state.shown == 1
    assert state.runs[2].tasks["a"].pieces == ["there"]
    state.fold(RunEnded(1, "done", "", "", {}), 13.0)
    state.show(2)
    assert set(state.runs) == {2}


def test_times_that_were_not_seen_are_not_shown() -> None:
    state = begun(replace(A, state="running"))
    task = state.run.tasks["a"]
    assert task.seconds(20.0) is None
    assert task.rate(20.0) is None
    state.run.began = None
    assert head(state.run, 20.0)[1] == ["chain"]


@pytest.mark.parametrize("width", [20, 30, 36, 46, 80])
def test_columns_leave_room_for_the_name(width: int) -> None:
    columns = columns_for(width)
    assert ("tok/s" in columns) == (width >= 47)
    assert ("s" in columns) == (width >= 30)


@pytest.mark.parametrize(
    ("value", "shown"), [(None, ""), (0.744, ".74"), (1.0, "1.00"), (0.0, ".00")]
)
def test_shares_are_short(value: float | None, shown: str) -> None:
    assert share(value) == shown


def test_the_tools_of_a_task_are_told_each_in_a_line_that_is_safe_and_short() -> None:
    good = ToolCall("calculator", "6*7", "42")
    bad = ToolCall("recall", "\x1b[2J", "a\nb" * 90, failed=True)
    state = begun(replace(A, calls=(good, bad)))
    state.run.route = {"notes": ["one works alone"]}
    told = list(details(state.run, state.run.tasks["a"]))
    assert ("used", "calculator 6*7 → 42") in told
    assert ("note", "one works alone") in told
    line = tool_line(bad)
    assert line.startswith("recall ␛[2J ✗ a ba b")
    assert len(line) == 100
    assert tool_line(ToolCall("time", "", "Monday")) == "time → Monday"
