"""A run of the team: all tasks that are ready at once, each stored as it ends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from agents import events
from agents.attempt import Attempt, Outcome
from agents.consensus import Draft, Embed, Verdict, vote
from agents.engine.engine import Engine
from agents.events import Event, TaskView
from agents.graph_kinds import Draw, tasks_of, tasks_of_plan
from agents.recalling import render
from agents.serving import Serve, Served
from agents.task_graph import SETTLED, GraphError, Task, TaskGraph
from agents.task_views import shown_calls, task_view_of
from agents.team_prompt import Given
from agents.text import visible
from agents.tools.toolbox import Toolbox
from store.errors import SomaError
from store.runs import Runs, StoredRun, TaskResult

_log = logging.getLogger(__name__)
Write = Callable[..., Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Means:
    """What a run works with: the model, the store and how it is written to, who listens.

    `embed` may wait, and is called off the loop; `serve` gives the version of a specialist.
    """

    engine: Engine
    runs: Runs
    write: Write
    emit: Callable[[Event], None]
    embed: Embed
    serve: Serve
    toolbox: Toolbox


class TeamRun:
    """Works on a stored run to its end. What has ended before is not done again.

    Raises GraphError where what is stored cannot be run.
    """

    def __init__(self, stored: StoredRun, team: Sequence[str], means: Means) -> None:
        self.id = stored.id
        self._stored = stored
        self._means = means
        self._draw = Draw(**stored.draw)
        self._team = (*team, *(name for name in stored.specialists if name not in team))
        self._take_graph([Task.from_json(one) for one in stored.tasks])
        self._results: dict[str, TaskResult] = dict(stored.results)
        self._running: dict[str, Attempt] = {}
        self._adapters: dict[str, str] = {}
        self._views = {task.id: self._view(task) for task in self._graph.tasks.values()}
        self._stopping: dict[str, tuple[str, str]] = {}
        self._cancelled = False
        self._interrupted = False

    @property
    def views(self) -> tuple[TaskView, ...]:
        """All tasks as they are now, in their order."""
        return tuple(self._views[name] for name in self._graph.tasks)

    def cancel(self, task: str | None = None, *, by_user: bool = True) -> bool:
        """Stops a task, or all; False where it has ended or is not there.

        What SOMA stops itself, as it closes, is left to be resumed.
        """
        if not by_user:
            self._interrupted = True
        if task is None:
            self._cancelled = self._cancelled or by_user
            for name in self._views:
                self._stop(name, "cancelled", "you stopped it" if by_user else "SOMA was closed")
            return True
        return self._stop(task, "cancelled", "you stopped it")

    async def work(self) -> None:
        """Does what is left and ends with RunEnded, whatever happens."""
        try:
            await self._do_all()
            if self._interrupted:
                self._tell_end("interrupted", "", "SOMA was closed; resume it")
                return
            await self._end()
        except SomaError as error:
            self._tell_end("failed", "", str(error))
        except Exception:
            _log.exception("run %d of the team", self.id)
            self._tell_end("failed", "", "SOMA made a mistake here; soma.log has the details")

    async def _do_all(self) -> None:
        doing: dict[asyncio.Task[None], Task] = {}
        try:
            while not self._interrupted:
                await self._settle_what_cannot_begin()
                states = {name: view.state for name, view in self._views.items()}
                for task in self._graph.ready(states):
                    self._change(task.id, state="running", model=self._means.engine.name)
                    doing[asyncio.create_task(self._do(task))] = task
                if not doing:
                    return
                ended, _ = await asyncio.wait(doing, return_when=asyncio.FIRST_COMPLETED)
                for one in ended:
                    del doing[one]
                    one.result()
                await self._stop_early()
        finally:
            for attempt in self._running.values():
                attempt.stop()
            await asyncio.gather(*doing, return_exceptions=True)

    async def _settle_what_cannot_begin(self) -> None:
        while True:
            states = {name: view.state for name, view in self._views.items()}
            stopped = [name for name in self._stopping if states[name] == "waiting"]
            blocked = self._graph.blocked(states)
            if not stopped and not blocked:
                return
            for name in stopped:
                state, reason = self._stopping[name]
                await self._keep(TaskResult(name, state, reason=reason))
            for task in blocked:
                if task.id not in stopped:
                    await self._keep(TaskResult(task.id, "blocked", reason=self._lack(task)))

    def _lack(self, task: Task) -> str:
        without = [one for one in task.depends_on if self._views[one].state not in ("done",)]
        return f"it needs {', '.join(without)}, which gave nothing"

    # --- one task

    async def _do(self, task: Task) -> None:
        if task.role == "synthesis" and (verdict := await self._verdict(task)) is not None:
            outcome = _without_synthesis(verdict)
            if outcome:
                reason = f"no synthesis is needed: {outcome}"
                await self._keep(TaskResult(task.id, "skipped", verdict.winner.text, reason))
                return
        outcomes = await self._attempts(task)
        if self._interrupted and outcomes[-1].problem:
            return
        last = outcomes[-1]
        state, reason = "done", ""
        if last.problem:
            state, reason = self._stopping.get(task.id, ("failed", last.problem))
        result = TaskResult(
            task.id,
            state,
            last.text,
            reason,
            sum(one.tokens for one in outcomes),
            round(sum(one.seconds for one in outcomes), 3),
            last.confidence,
            last.calls,
            self._adapters.get(task.id, ""),
            self._means.engine.name,
        )
        if task.role == "plan":
            await self._keep_plan(task, result)
        else:
            await self._keep(result)

    async def _attempts(self, task: Task) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for number in range(1 + task.retries):
            repeated = bool(outcomes) and outcomes[-1].repeated
            outcome = await self._attempt(task, number, repeated=repeated)
            if task.role == "plan" and not outcome.problem:
                outcome = replace(outcome, problem=self._fault_of_plan(outcome.text), again=True)
            outcomes.append(outcome)
            if not outcome.problem or not outcome.again or number == task.retries:
                break
            self._change(task.id, reason=f"tried again: {outcome.problem}", calls=())
        return outcomes

    async def _attempt(self, task: Task, number: int, *, repeated: bool) -> Outcome:
        """An attempt by the version that answers for the specialist; by another where that cannot
        be opened."""
        failed: dict[str, str] = {}
        while True:
            served = await self._served(task, failed)
            self._adapters[task.id] = served.name or Path(task.adapter).name
            if (adapter := visible(self._adapters[task.id])) != self._views[task.id].adapter:
                self._change(task.id, adapter=adapter)
            attempt = Attempt(
                self._means.engine,
                task,
                self._stored.system,
                render(self._stored.text, self._stored.recalled if task.recalls else ()),
                self._draw.prompts.get(task.specialist, ""),
                self._given(task),
                self._stored.specialists,
                lambda text, tokens: self._tell_text(task.id, text, tokens),
                self._means.toolbox,
                lambda calls: self._change(task.id, calls=shown_calls(calls)),
                served.adapter,
            )
            self._running[task.id] = attempt
            if self._interrupted or task.id in self._stopping:
                attempt.stop()
            try:
                outcome = await attempt.run(number, repeated=repeated)
            except SomaError as error:
                return Outcome("", 0, 0.0, None, str(error))
            finally:
                del self._running[task.id]
            if not served.name or not outcome.refused or self._means.engine.closing:
                return outcome
            failed[served.name] = outcome.problem

    async def _served(self, task: Task, failed: Mapping[str, str]) -> Served:
        """What a task is done through: the specialist's own adapter, else its version."""
        if task.adapter:
            return Served(adapter=Path(task.adapter))
        return await self._means.serve(self._means.engine, task.specialist, failed)

    def _given(self, task: Task) -> list[Given]:
        done = [self._results[one] for one in task.depends_on if self._is_done(one)]
        who = {name: one.specialist for name, one in self._graph.tasks.items()}
        return [Given(one.task, who[one.task], one.text) for one in done]

    def _is_done(self, task: str) -> bool:
        result = self._results.get(task)
        return result is not None and result.state == "done"

    # --- plans

    def _fault_of_plan(self, text: str) -> str:
        try:
            self._planned(text)
        except GraphError as error:
            return str(error)
        return ""

    def _planned(self, text: str) -> list[Task]:
        chosen = self._stored.specialists
        plan = next(iter(self._graph.tasks.values()))
        tasks = [plan, *tasks_of_plan(text, chosen, chosen[0], self._draw)]
        TaskGraph(tasks, self._team)
        return tasks

    async def _keep_plan(self, plan: Task, result: TaskResult) -> None:
        """Keeps a plan with its tasks; one that is refused leaves the request to the first."""
        if result.state == "done":
            tasks = self._planned(result.text)
        elif result.state == "failed":
            alone = tasks_of("single", self._stored.specialists, self._draw)
            tasks = [plan, *alone]
            reason = f"{result.reason}; {alone[0].specialist} answers without a plan"
            result = replace(result, reason=reason)
        else:
            await self._keep(result)
            return
        await self._means.write(
            self._means.runs.keep, self.id, result, [task.to_json() for task in tasks]
        )
        self._take_graph(tasks)
        self._results[plan.id] = result
        self._views = {task.id: self._view(task) for task in tasks}
        self._means.emit(events.TasksPlanned(self.id, self.views))

    def _take_graph(self, tasks: Sequence[Task]) -> None:
        self._graph = TaskGraph(tasks, self._team)

    # --- drafts that agree

    async def _verdict(self, synthesis: Task, outstanding: int = 0) -> Verdict | None:
        """How the drafts of a synthesis are voted on; None where it takes no drafts."""
        if any(one.gives != "draft" for one in synthesis.inputs):
            return None
        drafts = [
            Draft(name, self._graph.tasks[name].specialist, result.text, result.confidence)
            for name in synthesis.depends_on
            if self._is_done(name) and (result := self._results[name])
        ]
        if not drafts:
            return None
        return await asyncio.to_thread(vote, drafts, outstanding, self._means.embed)

    async def _stop_early(self) -> None:
        """Ends the drafts of a consensus that can change nothing any more."""
        if self._stored.graph != "consensus":
            return
        (synthesis,) = self._graph.last
        left = [one for one in synthesis.depends_on if self._views[one].state not in SETTLED]
        verdict = await self._verdict(synthesis, len(left)) if left else None
        if verdict is not None and verdict.decided:
            for name in left:
                self._stop(name, "skipped", "not needed: the drafts before it agree")

    async def _consensus(self) -> dict[str, Any]:
        for task in self._graph.last:
            verdict = await self._verdict(task) if task.role == "synthesis" else None
            if verdict is not None:
                outcome = _without_synthesis(verdict) or "they differ, so a synthesis was written"
                return verdict.to_json(outcome)
        return {}

    # --- ends

    async def _end(self) -> None:
        ends = [task for task in self._graph.last if task.role != "plan"]
        results = [self._results[task.id] for task in ends if task.id in self._results]
        told = [one.text for one in results if one.state in ("done", "skipped") and one.text]
        answer = "\n\n".join(told)
        state, reason = ("done", "") if answer else ("failed", self._first_failure())
        if self._cancelled and not answer:
            state, reason = "cancelled", "you stopped it"
        consensus = await self._consensus()
        await self._means.write(self._means.runs.end, self.id, state, answer, reason, consensus)
        self._tell_end(state, answer, reason, consensus)

    def _first_failure(self) -> str:
        for name, result in self._results.items():
            if result.state in ("failed", "cancelled"):
                return f"the task {name} {result.state}: {result.reason}"
        return "no task gave anything"

    def _tell_end(
        self, state: str, answer: str, reason: str, consensus: dict[str, Any] | None = None
    ) -> None:
        told = events.RunEnded(self.id, state, visible(answer), reason, consensus or {})
        self._means.emit(told)

    async def _keep(self, result: TaskResult) -> None:
        await self._means.write(self._means.runs.keep, self.id, result)
        self._results[result.task] = result
        self._views[result.task] = self._view(self._graph.tasks[result.task])
        self._means.emit(events.TaskChanged(self.id, self._views[result.task]))

    def _stop(self, name: str, state: str, reason: str) -> bool:
        if name not in self._views or self._views[name].state in SETTLED:
            return False
        self._stopping.setdefault(name, (state, reason))
        if name in self._running:
            self._running[name].stop()
        return True

    def _change(self, name: str, **fields: Any) -> None:
        self._views[name] = replace(self._views[name], **fields)
        self._means.emit(events.TaskChanged(self.id, self._views[name]))

    def _tell_text(self, name: str, text: str, tokens: int) -> None:
        self._means.emit(events.TaskText(self.id, name, visible(text), tokens))

    def _view(self, task: Task) -> TaskView:
        return task_view_of(task, self._results.get(task.id))


def _without_synthesis(verdict: Verdict) -> str:
    """Why no synthesis is needed; "" where one is."""
    if verdict.agreed:
        one = sum(map(len, verdict.groups)) == 1
        return "there is one draft" if one else "the drafts agree"
    return "most drafts agree" if verdict.decided else ""
