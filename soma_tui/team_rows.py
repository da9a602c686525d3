"""How a run of the team is put into lines: its head, the rows of its tasks, what is said of one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from agents.text import visible
from soma_tui.figures import byte_count
from soma_tui.team_state import RunState, TaskState
from store.tool_call import ToolCall

if TYPE_CHECKING:
    from agents.engine.figures import EngineFigures
    from agents.events import RecalledHit

MARKS = {
    "waiting": "○", "running": "●", "done": "✓", "failed": "✗", "cancelled": "✗", "blocked": "✗",
    "skipped": "–",
}  # fmt: skip
COLUMNS = (("tokens", 6), ("tok/s", 5), ("s", 6), ("conf", 4))
"""Title and width of the figures of a task, all right-aligned."""
LEAST_NAME = 22
_DROPPED_FIRST = ("tok/s", "conf", "tokens", "s")
_STEP = 2
_LONGEST_LINE = 100


@dataclass(frozen=True, slots=True)
class Row:
    """A task in a line: how far it is indented, its mark, name, specialist and figures."""

    indent: str
    mark: str
    name: str
    specialist: str
    figures: tuple[str, ...]


def columns_for(width: int) -> tuple[str, ...]:
    """The titles of the figures that a list of this width has room for."""
    left = {title: size for title, size in COLUMNS}
    for title in _DROPPED_FIRST:
        if sum(left.values()) + len(left) + LEAST_NAME <= width:
            break
        del left[title]
    return tuple(left)


def width_of(title: str) -> int:
    """How wide a column of figures is."""
    return dict(COLUMNS)[title]


def rows(run: RunState, now: float, columns: Sequence[str]) -> dict[str, Row]:
    """The tasks of a run by their ids, those that others need above these."""
    return {
        name: _row(run.tasks[name], layer, now, columns) for name, layer in run.layers().items()
    }


def _row(task: TaskState, layer: int, now: float, columns: Sequence[str]) -> Row:
    view = task.view
    indent = " " * (_STEP * (layer - 1)) + "└ " if layer else ""
    specialist = "" if view.specialist == view.id else visible(view.specialist)
    figures = tuple(_figure(task, title, now) for title in columns)
    return Row(indent, MARKS[view.state], visible(view.id), specialist, figures)


def _figure(task: TaskState, title: str, now: float) -> str:
    seconds, rate = task.seconds(now), task.rate(now)
    match title:
        case "tokens":
            return f"{task.tokens:,}" if task.tokens else ""
        case "tok/s":
            return "" if rate is None else f"{rate:,.0f}" if rate >= 9.95 else f"{rate:.1f}"
        case "s":
            return "" if seconds is None else f"{seconds:,.1f}"
        case _:
            return share(task.view.confidence)


def share(value: float | None) -> str:
    """A number from 0 to 1 as .74; empty for None."""
    if value is None:
        return ""
    shown = f"{value:.2f}"
    return shown[1:] if shown.startswith("0") else shown


def head(run: RunState, now: float) -> tuple[str, list[str]]:
    """What stands over a run: which it is, and how far, in parts of which the last matters most."""
    request = " ".join(visible(run.text).split())
    parts = [run.graph]
    if run.replay:
        parts.append("replay" if run.replay == 1 else f"replay {run.replay:.2g} times as fast")
    if run.state != "running":
        parts.append(run.state)
    elif len(run.running) > 1:
        parts.append(f"{len(run.running)} at once")
    seconds = run.seconds(now)
    if seconds is not None:
        parts.append(f"{seconds:,.1f} s")
    return f"run {run.id} · “{request}”", parts


def at_work(figures: EngineFigures, rate: float) -> str:
    """What the engine is doing: its batches, `rate` tokens a second together, slots, memory."""
    parts = []
    if figures.batches:
        counts = " and ".join(map(str, figures.batches))
        one = len(figures.batches) == 1
        parts.append(f"one batch of {counts}" if one else f"batches of {counts} in turn")
    if rate:
        parts.append(
            f"{rate:,.0f} tok/s together" if rate >= 9.95 else f"{rate:.1f} tok/s together"
        )
    parts.append(f"slots {figures.taken} of {figures.slots}")
    memory = f"memory {byte_count(figures.memory)}"
    if figures.memory_in_reach is not None:
        memory += f" of {byte_count(figures.memory_in_reach)}"
    return " · ".join([*parts, memory])


def route(run: RunState) -> str:
    """Who was chosen for a run, with what all scored, and why."""
    scores = sorted(run.route.get("scores", []), key=lambda one: -one["score"])
    told = [f"{visible(one['specialist'])} {share(one['score'])}" for one in scores]
    reason = visible(run.route.get("reason", ""))
    return " · ".join(part for part in (", ".join(told), reason) if part)


def details(run: RunState, task: TaskState) -> Iterator[tuple[str, str]]:
    """What is said of a task above its text, each with its name."""
    view = task.view
    if view.reason:
        yield ("why" if task.ended else "note"), visible(view.reason)
    if view.depends_on:
        yield "takes from", ", ".join(map(visible, view.depends_on))
    if view.instruction:
        yield "told", visible(view.instruction)
    yield "model", _model(run, task)
    for hit in run.recalled if view.recalls else ():
        yield "recalled", memory_line(hit)
    for call in view.calls:
        yield "used", tool_line(call)
    if view.confidence is not None:
        yield "confidence", share(view.confidence)
    mine = [one for one in run.route.get("scores", []) if one["specialist"] == view.specialist]
    if mine and mine[0]["reason"]:
        yield "fits", f"{share(mine[0]['score'])} · {visible(mine[0]['reason'])}"
    if run.route:
        yield "route", route(run)
    for note in run.route.get("notes", ()):
        yield "note", visible(note)
    yield from _votes(run, view.id)


def _model(run: RunState, task: TaskState) -> str:
    """The model of a task, and the adapter it works through once that is known."""
    view = task.view
    model = visible(view.model or run.model)
    if view.adapter:
        return f"{model} · adapter {visible(view.adapter)}"
    return f"{model} · no adapter" if view.model else model


def memory_line(hit: RecalledHit) -> str:
    """Something recalled in one line: what, who said it, when, where and why it was found.

    The text is cut to 100 characters.
    """
    text = " ".join(visible(hit.text).split())
    text = text if len(text) <= _LONGEST_LINE else text[: _LONGEST_LINE - 1] + "…"
    moment = None if hit.time is None else datetime.fromtimestamp(hit.time)
    when = "" if moment is None else f"{moment.day} {moment:%B %Y}"
    return " · ".join(
        visible(part) for part in (text, hit.speaker, when, hit.source, hit.why) if part
    )


def tool_line(call: ToolCall) -> str:
    """A use of a tool in one line of 100 characters at most: which, for what, and what it gave."""
    given = " ".join(visible(call.input).split())
    result = " ".join(visible(call.result).split())
    text = f"{call.tool} {given} {'✗' if call.failed else '→'} {result}".replace("  ", " ")
    return text if len(text) <= _LONGEST_LINE else text[: _LONGEST_LINE - 1] + "…"


def _votes(run: RunState, task: str) -> Iterator[tuple[str, str]]:
    consensus = run.consensus
    if not consensus:
        return
    groups: list[Any] = consensus["votes"]
    counts = " against ".join(str(len(group["tasks"])) for group in groups)
    yield "votes", f"{counts} · {share(consensus['confidence'])} · {visible(consensus['outcome'])}"
    for number, group in enumerate(groups):
        if task in group["tasks"] and len(groups) > 1:
            agree = len(group["tasks"]) - 1
            side = "the answer that was taken" if number == 0 else "a dissent"
            yield "this one", f"{side}, with {agree} other{'s' * (agree != 1)}"


def dissent(run: RunState) -> list[tuple[str, str]]:
    """Who differed from the answer of a run, and what they said."""
    return [
        (f"{visible(one['specialist'])} ({visible(one['task'])})", visible(one["text"]))
        for one in run.consensus.get("dissent", [])
    ]
