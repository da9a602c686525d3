"""Training as the screen follows it, folded from the events of runs; draws nothing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agents.events import Event

Json = Mapping[str, Any]
STEPS_TO_TIME = 20
"""How many of the last steps the time that is left is reckoned from."""
TRAINING = "training"
_OUTSIDE = frozenset(("queued", "done", "failed", "cancelled", "paused"))
"""What is told of a run before its phases and after them."""


@dataclass(slots=True)
class RunState:
    """A run, as far as its events were read, which go on at the byte `place` of their file.

    `state` is "queued", "running", "paused", "done", "failed", "cancelled" or "interrupted". Losses
    are pairs of step and loss, times Unix seconds, `memory` the peak in bytes. `phases` are those
    that it has gone through, the one that it is in or ended in last.
    """

    name: str
    state: str = "running"
    phases: list[str] = field(default_factory=list)
    step: int = 0
    steps: int = 0
    losses: list[tuple[float, float]] = field(default_factory=list)
    dev_losses: list[tuple[float, float]] = field(default_factory=list)
    rate: float | None = None
    tokens_per_s: float | None = None
    memory: int | None = None
    began: float | None = None
    last: float | None = None
    reason: str = ""
    best_step: int | None = None
    early: bool = False
    place: int = 0
    _times: list[float] = field(default_factory=list)

    @property
    def runs(self) -> bool:
        """Whether it is under way."""
        return self.state == "running"

    @property
    def share(self) -> float:
        """The share of its steps that are made."""
        return min(1.0, self.step / self.steps) if self.steps else 0.0

    @property
    def seconds_left(self) -> float | None:
        """How long the steps to come will take, by the last ones; None where that is not known."""
        if not self.runs or len(self._times) < 2 or self.phases[-1:] != [TRAINING]:
            return None
        a_step = (self._times[-1] - self._times[0]) / (len(self._times) - 1)
        return max(0.0, a_step * (self.steps - self.step))

    @property
    def seconds(self) -> float | None:
        """How long it took from its first event to its last; None where that is not known."""
        return None if self.began is None or self.last is None else max(0.0, self.last - self.began)

    def seen_as(self, view: Any) -> Any:
        """The view of this run, as far as its events were read."""
        losses = [loss for _, loss in self.dev_losses]
        first, last = (losses[0], losses[-1]) if losses else (None, None)
        return replace(
            view, state="running", step=self.step, steps=self.steps,
            first_dev_loss=first, dev_loss=last,
        )  # fmt: skip

    def fold(self, events: Iterable[Json]) -> None:
        """Take events in, in order; what is no number where one belongs is left out."""
        for event in events:
            self._fold(event)

    def _fold(self, event: Json) -> None:
        phase = event.get("phase")
        if not isinstance(phase, str):
            return
        if phase not in _OUTSIDE:
            # A run that is gone on with begins with its first phase again.
            before = (
                self.phases[: self.phases.index(phase)] if phase in self.phases else self.phases
            )
            self.phases = [*before, phase]
        at = _number(event, "at")
        self.last = at if at is not None else self.last
        self.began = self.last if self.began is None else self.began
        self.step = int(_number(event, "step") or self.step)
        self.steps = int(_number(event, "steps") or self.steps)
        self.memory = int(_number(event, "memory") or self.memory or 0) or None
        if "resumed" in event:
            self._go_back(self.step)
        loss, dev_loss = _number(event, "loss"), _number(event, "dev_loss")
        if loss is not None:
            self.losses.append((self.step, loss))
            self.rate = _number(event, "rate") or self.rate
            self.tokens_per_s = _number(event, "tokens_per_s") or self.tokens_per_s
            self._times = [*self._times[-STEPS_TO_TIME:], *([] if at is None else [at])]
        if dev_loss is not None:
            self.dev_losses.append((self.step, dev_loss))
        best = _number(event, "best_step")
        self.best_step = self.best_step if best is None else int(best)
        self.early = bool(event.get("early", self.early))

    def _go_back(self, step: int) -> None:
        """Steps after a checkpoint are made again where a run goes on from it."""
        self._times.clear()
        self.losses = [one for one in self.losses if one[0] <= step]
        self.dev_losses = [one for one in self.dev_losses if one[0] <= step]


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided about a run: its version, "ship", "refuse" or "unknown", and why."""

    version: str
    verdict: str
    sentence: str


@dataclass(slots=True)
class TrainingState:
    """What would be learned now, the plan of the next run, the runs, and the one that is shown.

    `examples` is what the operation `examples.list` gives, `plan` what `train.plan` gives, None
    while that is not known; `options` are those of the next run. `runs` are the views of all runs,
    the newest first, and `versions` the rows of `versions.list`. `version` is the one that is shown
    in the place of a run, "" where none is, and `auto` what `train.auto` gives; `offers` are the
    runs that `versions.list` offers. `measured` is the share of a run's evaluation that is made, by
    the run's name, and `verdicts` are those that were given since SOMA was opened.
    """

    examples: Json | None = None
    plan: Json | None = None
    options: dict[str, Any] = field(default_factory=dict)
    runs: tuple[Any, ...] = ()
    versions: tuple[Json, ...] = ()
    run: RunState | None = None
    version: str = ""
    under_way: str = ""
    auto: Json | None = None
    offers: tuple[Json, ...] = ()
    measured: dict[str, float] = field(default_factory=dict)
    verdicts: dict[str, Decided] = field(default_factory=dict)

    def hear(self, event: Event) -> bool:
        """Take in what is told of the evaluation of runs; whether it alters what is shown."""
        from agents import events

        match event:
            case events.RunEvaluated():
                before = self.measured.get(event.run)
                self.measured[event.run] = share = event.done / max(1, event.of)
                return before is None or round(before * 100) != round(share * 100)
            case events.RunUndecided():
                return self.measured.pop(event.run, None) is not None
            case events.RunDecided():
                self.measured.pop(event.run, None)
                decided = Decided(event.version, event.verdict, event.sentence)
                self.verdicts[event.run] = decided
                return True
        return False

    def verdict_of(self, run: str) -> Decided | None:
        """What was decided about a run, as its version has it; None where nothing is yet."""
        for row in self.versions:
            if not row["problem"] and row["run"] == run and row["decision"]:
                decision = row["decision"]
                verdict, sentence = (str(decision.get(key)) for key in ("verdict", "sentence"))
                return Decided(row["name"], verdict, sentence)
        return self.verdicts.get(run)

    def show(self, name: str) -> RunState:
        """Show a run; what was read of another is let go."""
        self.version = ""
        if self.run is None or self.run.name != name:
            self.run = RunState(name, "running" if name == self.under_way else "")
        return self.run

    def views(self) -> list[Any]:
        """The views of all runs, that of the run under way as far as it is now."""
        run = self.run
        return [
            run.seen_as(view) if run is not None and run.runs and view.name == run.name else view
            for view in self.runs
        ]


def _number(event: Json, name: str) -> float | None:
    value: Any = event.get(name)
    return value if type(value) in (int, float) and math.isfinite(value) else None
