"""How training is put into lines: what would be learned, the plan, a run, the list of runs."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agents.text import visible
from soma_tui.figures import byte_count, counted
from soma_tui.training_state import TRAINING, Decided, RunState
from soma_tui.verdict_rows import standing

if TYPE_CHECKING:
    from training.jobs import RunView

Json = Mapping[str, Any]
MARKS = {
    "done": "✓", "running": "●", "queued": "○", "paused": "‖", "failed": "✗", "cancelled": "–",
    "interrupted": "✗",
}  # fmt: skip
_EXPECTED = ("loading", TRAINING, "converting")
_WORDS = {
    "loading": "load", TRAINING: "train", "merging": "merge", "converting": "convert",
}  # fmt: skip
_SEPARATOR = " · "


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase of a run: a mark as those of runs, ○ where it is to come, and its name in a word;
    of one that is at work how far it is, as a share where there is a bar for it, and in words."""

    mark: str
    word: str
    share: float | None = None
    note: str = ""


# --- what would be learned, and the plan


def learned(examples: Json | None, width: int) -> str:
    """How many examples there are, and how many of which reason there are not, as fits."""
    if examples is None:
        return "counting …"
    rejected = {name: n for name, n in examples["rejected"].items() if n}
    total = sum(rejected.values())
    told = f"{examples['accepted']:,} accepted{_SEPARATOR}{total:,} rejected"
    reasons = [f"{n:,} {name}" for name, n in sorted(rejected.items(), key=lambda one: -one[1])]
    for kept in range(len(reasons), 0, -1):
        more = ", …" if kept < len(reasons) else ""
        whole = f"{told} ({', '.join(reasons[:kept])}{more})"
        if len(whole) <= width:
            return whole
    return told


def planned(plan: Json | None, options: Json, width: int) -> str:
    """What the next run takes, the most needed first, as fits."""
    if plan is None:
        chosen = [f"{name.replace('_', ' ')} {visible(str(v))}" for name, v in options.items()]
        return _SEPARATOR.join([*chosen, "t says what a run takes, and asks"])
    parts = [counted(plan["steps"], "step"), _time_of(plan), _memory_of(plan)]
    parts.append(f"{plan['tokens']:,} tokens")
    settings = plan.get("settings") or {}
    if settings.get("rank"):
        parts.append(f"LoRA r{settings['rank']}")
    while len(parts) > 1 and len(_SEPARATOR.join(parts)) > width:
        parts.pop()
    return _SEPARATOR.join(parts)


def stands(auto: Json | None) -> str:
    """How far it is to the next run that begins by itself."""
    if auto is None:
        return ""
    return visible(auto["standing"]) + ("" if auto["on"] else f"{_SEPARATOR}a allows them")


def begins(auto: Json) -> str:
    """When a run begins by itself."""
    return (
        f"after {auto['messages']:,} new messages or {auto['days']} days, with "
        f"{auto['examples']:,} accepted examples, when the machine is idle (at most "
        f"{auto['busy']} % busy) and on mains power, and nobody was there for "
        f"{_quiet(auto['quiet'])}"
    )


def _quiet(seconds: int) -> str:
    return counted(seconds // 60, "minute") if seconds % 60 == 0 else counted(seconds, "second")


def auto_told(auto: Json) -> str:
    """What it means to let runs begin by themselves, or to have them stop."""
    if auto["on"]:
        return "You begin runs yourself then (t). What was counted so far is kept."
    return (
        f"A run begins after {auto['messages']:,} new messages or {auto['days']} days, with "
        f"{auto['examples']:,} accepted examples, while SOMA is open, the machine idle and on "
        f"mains power, and nobody there for {_quiet(auto['quiet'])}."
    )


def _time_of(plan: Json) -> str:
    return "time unknown" if plan["minutes"] is None else f"about {lasting(plan['minutes'] * 60)}"


def _memory_of(plan: Json) -> str:
    needed = plan["peak_memory"] or sum(plan["memory"].values())
    free = plan["free_memory"]
    return byte_count(needed) + ("" if free is None else f" of {byte_count(free)} free")


def plan_lines(plan: Json) -> list[str]:
    """Everything that a plan says, a line each."""
    rejected = sum(plan["rejected"].values())
    free = "unknown" if plan["free_memory"] is None else byte_count(plan["free_memory"])
    lines = [
        f"examples    {plan['train']:,} to learn from, {plan['dev']:,} to steer by, "
        f"{rejected:,} rejected",
        f"replay      {plan['replay']:,} general examples that the base itself says",
        f"tokens      {plan['tokens']:,}, of which {plan['trained_tokens']:,} are trained",
        f"steps       {plan['steps']:,}",
        f"hardware    {visible(plan['hardware'])}",
        f"weights     {plan['precision']}",
        f"memory      {byte_count(sum(plan['memory'].values()))} beside the program, {free} free",
        *(f"  {part:<12}{byte_count(size):>9}" for part, size in plan["memory"].items()),
    ]
    if plan["peak_memory"] is not None:
        peak, source = byte_count(plan["peak_memory"]), plan["measured"]
        lines.append(f"  {'in all':<12}{peak:>9}  with the program, measured by {source}")
    lines.append(f"disk        {byte_count(plan['disk'])}")
    if plan["minutes"] is None:
        return [*lines, "time        unknown: another run is under way, so nothing was measured"]
    rate = f"{plan['tokens_per_s']:,.0f} tokens/s, measured by {plan['measured']}"
    return [*lines, f"time        {lasting(plan['minutes'] * 60)} of training at {rate}"]


def lasting(seconds: float) -> str:
    """A time as a person says it: 40 s, 26 min, 3.5 h."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


# --- a run


def phases(
    run: RunState, measured: float | None = None, decided: Decided | None = None
) -> list[Phase]:
    """The phases that a run has gone through, the one it is in or ended in, those to come.

    `measured` is the share of its evaluation that is made, None before it begins.
    """
    seen = [*run.phases, *(one for one in _EXPECTED if one not in run.phases)]
    here = len(run.phases) - 1
    found = []
    for number, name in enumerate(seen):
        mark = "○" if number > here else "✓"
        if number == here and run.state != "done":
            mark = MARKS.get(run.state, "○")
        word = visible(_WORDS.get(name, name))
        at_work = name == TRAINING and mark == "●" and run.steps
        found.append(Phase(mark, word, run.share, progress(run)) if at_work else Phase(mark, word))
    return [*found, *_judging(measured, decided)]


def _judging(measured: float | None, decided: Decided | None) -> Iterator[Phase]:
    if decided is not None:
        yield from (Phase("✓", "evaluate"), Phase("✓", "decide"))
    elif measured is None:
        yield from (Phase("○", "evaluate"), Phase("○", "decide"))
    elif measured < 1:
        yield from (Phase("●", "evaluate", None, f"{measured * 100:.0f} %"), Phase("○", "decide"))
    else:
        yield from (Phase("✓", "evaluate"), Phase("●", "decide"))


def progress(run: RunState) -> str:
    """How far the steps of a run are: 63 %, 9 min left."""
    left = run.seconds_left
    parts = [f"{run.share * 100:.0f} %"] if run.steps else []
    return "  ".join([*parts, *([] if left is None else [f"{lasting(left)} left"])])


def figures(run: RunState, width: int) -> str:
    """The numbers of a run as it is now, the most needed first, as fits."""
    parts = [f"step {run.step:,} of {run.steps:,}"] if run.steps else ["beginning"]
    if run.losses:
        parts.append(f"loss {run.losses[-1][1]:.3f}")
    if run.dev_losses:
        parts.append(f"dev {run.dev_losses[-1][1]:.3f}")
    if run.tokens_per_s is not None:
        parts.append(f"{run.tokens_per_s:,.0f} tok/s")
    if run.memory is not None:
        parts.append(byte_count(run.memory))
    if run.rate is not None:
        parts.append(f"rate {run.rate:.2g}")
    while len(parts) > 1 and len(_SEPARATOR.join(parts)) > width:
        parts.pop()
    return _SEPARATOR.join(parts)


def ending(run: RunState, decided: Decided | None = None) -> str:
    """How a run ended, and why, or what was decided about it; "" while it is under way."""
    if run.runs or not run.state:
        return ""
    if decided is not None:
        return standing(decided)
    if run.state == "queued":
        return f"{visible(run.name)} waits for its turn"
    parts = [f"{run.name} {'is done' if run.state == 'done' else f'was {run.state}'}"]
    if run.state == "failed":
        parts = [f"{run.name} failed"]
    if run.state == "done":
        parts += list(_outcome(run))
    return visible(f"{_SEPARATOR.join(parts)}{f': {run.reason}' if run.reason else ''}")


def _outcome(run: RunState) -> Iterator[str]:
    if run.early:
        yield "stopped early, since the dev loss fell no more"
    if run.dev_losses:
        best = min(loss for _, loss in run.dev_losses)
        after = f" after step {run.best_step:,}" if run.best_step is not None else ""
        yield f"dev loss {run.dev_losses[0][1]:.3f} → {best:.3f}{after}"
    if run.seconds is not None:
        yield lasting(run.seconds)


# --- the list of runs


def run_cells(view: RunView, verdict: str = "") -> tuple[str, ...]:
    """The cells of a run in the list: name, day, verdict or state, steps, dev loss at first and at
    last."""
    moment = time.localtime(view.created)
    when = f"{moment.tm_mday} {time.strftime('%b %H:%M', moment)}"
    dev = ""
    if view.dev_loss is not None and view.first_dev_loss is not None:
        dev = f"{view.first_dev_loss:.3f} → {view.dev_loss:.3f}"
    steps = f"{view.step:,}/{view.steps:,}" if view.steps else ""
    state = "waits" if view.state == "queued" else view.state
    return visible(view.name), when, verdict or state, steps, dev


COLUMNS = (("run", 12), ("begun", 12), ("state", 12), ("steps", 12), ("dev loss", 15))
"""Titles and widths of the cells of a run; what a width has no room for goes from the right."""
STATE = 2
"""Which of the columns says how it stands."""
LEFT = 3
"""How many of the first columns stand at the left of theirs; numbers stand at the right."""


def columns_for(width: int) -> int:
    """How many columns a list of this width has room for."""
    room, count = width - 2, 0
    for _, size in COLUMNS:
        room -= size + 1
        if room < 0:
            break
        count += 1
    return max(1, count)


def aligned(cells: Sequence[str], count: int) -> str:
    """Cells in their columns, the first `count` of them."""
    shown = zip(cells, COLUMNS[:count], strict=False)
    return " ".join(
        f"{cell:<{size}}" if number < LEFT else f"{cell:>{size}}"
        for number, (cell, (_, size)) in enumerate(shown)
    )
