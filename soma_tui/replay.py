"""A run of the past as it went, from what is stored: who took from whom, and how long each took."""

from __future__ import annotations

from dataclasses import replace

from soma_tui.team_state import RunState, TaskState

LONGEST_S = 20.0
"""A run that took longer is played so much faster."""
READ_A_SECOND = 60
"""A run that wrote more characters a second is played so much slower, to be read along."""


class Replay:
    """Plays an ended `run` from the time `now` on, in seconds of the clock that `at` is given."""

    def __init__(self, run: RunState, now: float) -> None:
        self.run = run
        self._began = now
        self._spans = _spans(run)
        self._length = max((end for _, end in self._spans.values()), default=0.0)
        to_read = sum(len(task.view.text) for task in run.tasks.values()) / READ_A_SECOND
        wanted = min(LONGEST_S, max(self._length, to_read))
        self.speed = self._length / wanted if wanted else 1.0

    def at(self, now: float) -> RunState | None:
        """The run as it was at that time; None once it is over."""
        passed = (now - self._began) * self.speed
        if passed >= self._length:
            return None
        tasks = {name: self._task(name, passed, now) for name in self.run.tasks}
        return replace(
            self.run,
            tasks=tasks,
            state="running",
            answer="",
            reason="",
            consensus={},
            began=now - passed,
            ended=None,
            replay=self.speed,
        )

    def _task(self, name: str, passed: float, now: float) -> TaskState:
        task, (begin, end) = self.run.tasks[name], self._spans[name]
        if passed >= end and end > begin:
            return task
        if passed >= begin and end > begin:
            share = (passed - begin) / (end - begin)
            view = replace(task.view, state="running", reason="", confidence=None)
            said = task.view.text[: int(len(task.view.text) * share)]
            written = int(task.view.tokens * share)
            return TaskState(view, [said], written, began=now - (passed - begin))
        view = replace(
            task.view, state="waiting", reason="", confidence=None, text="", tokens=0, calls=(),
            adapter="", model="",
        )  # fmt: skip
        return TaskState(view)


def _spans(run: RunState) -> dict[str, tuple[float, float]]:
    """When each task began and ended, in seconds from the beginning; all that could began at once.

    What took no time, as one that was skipped, is settled with the whole.
    """
    spans: dict[str, tuple[float, float]] = {}
    for name in run.layers():
        view = run.tasks[name].view
        begin = max((spans[one][1] for one in view.depends_on if one in spans), default=0.0)
        spans[name] = (begin, begin + view.seconds)
    return spans
