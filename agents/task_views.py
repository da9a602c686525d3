"""A task of the team as a person sees it, with texts that are safe to be drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from agents.events import TaskView
from agents.task_graph import Task
from agents.text import visible
from store.runs import TaskResult
from store.tool_call import ToolCall


def task_view_of(task: Task, result: TaskResult | None) -> TaskView:
    """A task as a person sees it, with its result if it has one."""
    view = TaskView(task.id, task.specialist, task.depends_on, "waiting")
    view = replace(view, instruction=visible(task.instruction), recalls=task.recalls)
    if result is None:
        return view
    return replace(
        view,
        state=result.state,
        tokens=result.tokens,
        seconds=result.seconds,
        confidence=result.confidence,
        reason=visible(result.reason),
        text=visible(result.text),
        calls=shown_calls(result.calls),
        adapter=visible(result.adapter),
        model=visible(result.model),
    )


def shown_calls(calls: Sequence[ToolCall]) -> tuple[ToolCall, ...]:
    """The calls of a task with texts that are safe to be drawn."""
    return tuple(
        replace(call, input=visible(call.input), result=visible(call.result)) for call in calls
    )
