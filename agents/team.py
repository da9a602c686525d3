"""The team of a running SOMA: who it is, whom a request goes to, and the runs that work on it."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol

from agents import events
from agents.consensus import Embed
from agents.engine.engine import Engine
from agents.engine.sampling import SamplingSettings
from agents.events import Event, TaskView
from agents.graph_kinds import Draw, tasks_of
from agents.measured import figures_of
from agents.own_part import SHARE_OF_NOTES, own_part
from agents.router import Route, Router
from agents.serving import Serve
from agents.specialists import Team
from agents.task_graph import Task, TaskGraph
from agents.task_views import task_view_of
from agents.team_choice import manner
from agents.team_run import Means, TeamRun, Write
from agents.tools.toolbox import Toolbox
from store.database import Database
from store.errors import SomaError
from store.message import Memory
from store.runs import Runs, StoredRun
from store.specialists import Specialist

LONGEST_TASK = 512
_ENDED = frozenset(("done", "skipped"))


class Settle(Protocol):
    """Gives the system prompt for a text, and how to sample, off the loop."""

    def __call__(self, engine: Engine, text: str) -> tuple[str, SamplingSettings]:
        """The prompt and the settings of a model that is told it."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How a request is to be worked on; what is None or empty the team decides.

    `graph` is one of `graph_kinds.KINDS`. `seed` makes the run repeatable. `timeout_s` holds for
    one attempt at a task. `tools` says whether specialists are offered theirs.
    """

    graph: str | None = None
    specialists: tuple[str, ...] = ()
    max_tokens: int | None = None
    seed: int | None = None
    timeout_s: float = 600.0
    retries: int = 1
    tools: bool | None = None


class TeamService:
    """Runs the team. All methods belong on one event loop.

    `engine` is awaited for the model; `settle` tells it who it is, and `recall` gives what is
    recalled for a text, both off the loop; `write` runs a change of the store in order; `embed` may
    wait, and is called off the loop; `before` is called before a run; `serve` gives the version of
    a specialist; `toolbox` holds the tools of the tasks.
    """

    def __init__(
        self,
        database: Database,
        engine: Callable[[], Coroutine[Any, Any, Engine]],
        settle: Settle,
        recall: Callable[[Engine, str], tuple[Memory, ...]],
        write: Write,
        emit: Callable[[Event], None],
        embed: Embed,
        before: Callable[[], None],
        serve: Serve,
        toolbox: Toolbox,
    ) -> None:
        self.team = Team(database)
        self.runs = Runs(database)
        self._engine = engine
        self._settle = settle
        self._recall = recall
        self._write = write
        self._emit = emit
        self._embed = _without_errors(embed)
        self._before = before
        self._serve = serve
        self._toolbox = toolbox
        self._router = Router(self._embed)
        self._routing = asyncio.Lock()
        self._running: dict[int, TeamRun] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def route(self, text: str) -> Route:
        """Whom the router would give a request."""
        async with self._routing:
            return await asyncio.to_thread(
                lambda: self._router.route(text, self.team.all(), self.team.overrides())
            )

    async def run(
        self, text: str, options: RunOptions | None = None
    ) -> AsyncGenerator[Event, None]:
        """Works on a request and yields what happens, from RunStarted to RunEnded.

        Raises SomaError for what cannot be begun. Specialists that are named where the router
        would have chosen others are learned from. Closing the iterator stops the run.
        """
        options = options or RunOptions()
        if not text.strip():
            raise SomaError("an empty request is not worked on; write what the team is to do")
        engine = await self._engine()
        route = await self._chosen(text, options)
        how = manner(route, options.graph, options.tools, self.team.all(), figures_of(engine.name))
        graph, specialists = how.graph, how.specialists
        team = [self.team.get(name) for name in specialists]
        _check_models(team, engine)
        system, base = await asyncio.to_thread(self._settle, engine, text)
        recalled = await asyncio.to_thread(self._recall, engine, text)
        limit = options.max_tokens or min(LONGEST_TASK, engine.context_size // 4)
        draw = Draw(
            prompts=await asyncio.to_thread(self._own_parts, team, text, engine),
            sampling={one.name: asdict(_sampling(base, one)) for one in team},
            seed=secrets.randbelow(2**31) if options.seed is None else options.seed,
            max_tokens=limit,
            timeout_s=options.timeout_s,
            retries=options.retries,
            tools={one.name: one.tools for one in team} if how.tools else {},
            adapters={one.name: one.adapter for one in team},
            recalls={one.name: one.memory != "own" for one in team},
        )
        tasks = tasks_of(graph, specialists, draw)
        await asyncio.to_thread(TaskGraph, tasks, specialists)
        stored = await self._write(
            self.runs.begin,
            text,
            graph,
            specialists,
            route={**route_as_json(route), "notes": list(how.notes)},
            model=engine.name,
            system=system,
            recalled=recalled,
            draw=asdict(draw),
            tasks=[task.to_json() for task in tasks],
        )
        async with aclosing(self._follow(stored, engine)) as stream:
            async for event in stream:
                yield event

    async def resume(self, run_id: int) -> AsyncGenerator[Event, None]:
        """Goes on with a run that was stopped or did not succeed, with nothing done again.

        A run that is done gives its answer again. Raises SomaError where it runs already, is
        unknown, or was begun with another model.
        """
        if run_id in self._running:
            raise SomaError(f"run {run_id} is being worked on already")
        stored = self.runs.get(run_id)
        if stored.state == "done":
            yield _started(stored, views_of(stored))
            yield events.RunEnded(run_id, "done", stored.answer, "", stored.consensus)
            return
        engine = await self._engine()
        if stored.model != engine.name:
            raise SomaError(
                f"run {run_id} was begun with the model {stored.model!r}, and {engine.name!r} is "
                f"open; `soma --model {stored.model} team --resume {run_id}` goes on with it"
            )
        again = [name for name, one in stored.results.items() if one.state not in _ENDED]
        reopened = await self._write(self.runs.reopen, run_id, stored.system, again)
        async with aclosing(self._follow(reopened, engine)) as stream:
            async for event in stream:
                yield event

    async def retry(
        self, run_id: int, task_id: str, specialist: str | None = None
    ) -> AsyncGenerator[Event, None]:
        """Does a task of an ended run again, by another specialist if one is named, and what
        depends on it; all else stays. Yields what happens, as `resume` does.

        The task draws anew, and is told what was recalled for the run. Raises SomaError where the
        run is worked on, or has no such task.
        """
        if run_id in self._running:
            raise SomaError(f"run {run_id} is being worked on; stop it first")
        stored = self.runs.get(run_id)
        tasks = {one["id"]: Task.from_json(one) for one in stored.tasks}
        if task_id not in tasks or tasks[task_id].role == "plan":
            raise SomaError(f"run {run_id} has no task {task_id!r} that can be done again")
        engine = await self._engine()
        who = self.team.get(specialist or tasks[task_id].specialist)
        _check_models([who], engine)
        system, base = await asyncio.to_thread(self._settle, engine, stored.text)
        sampling = {**asdict(_sampling(base, who)), "seed": secrets.randbelow(2**31)}
        tasks[task_id] = replace(
            tasks[task_id], specialist=who.name, sampling=sampling,
            tools=who.tools if stored.draw.get("tools") else (),
            adapter=who.adapter, recalls=who.memory != "own",
        )  # fmt: skip
        names = {one.specialist for one in tasks.values()}
        graph = await asyncio.to_thread(TaskGraph, list(tasks.values()), names)
        again = {task_id, *graph.dependents(task_id)}
        reopened = await self._write(
            self.runs.reopen,
            run_id,
            stored.system or system,
            again,
            tasks=[one.to_json() for one in tasks.values()],
            prompts=await asyncio.to_thread(self._own_parts, [who], stored.text, engine),
            model=engine.name,
        )
        async with aclosing(self._follow(reopened, engine)) as stream:
            async for event in stream:
                yield event

    def cancel(self, run_id: int, task: str | None = None) -> bool:
        """Stops a run, or one of its tasks; False where that has ended already."""
        run = self._running.get(run_id)
        return run is not None and run.cancel(task)

    def is_running(self, run_id: int) -> bool:
        """Whether a run is worked on by this SOMA."""
        return run_id in self._running

    @property
    def running(self) -> tuple[int, ...]:
        """The runs that are worked on, the newest last."""
        return tuple(self._running)

    def views(self, run_id: int) -> tuple[TaskView, ...] | None:
        """The tasks of a run that is worked on as they are now; None where it is not."""
        run = self._running.get(run_id)
        return None if run is None else run.views

    def interrupt(self) -> None:
        """Stops every run as SOMA closes; they can be resumed."""
        for run in self._running.values():
            run.cancel(by_user=False)

    async def wait(self) -> None:
        """Waits until no run is worked on."""
        while self._tasks:
            await asyncio.wait(list(self._tasks))

    async def _chosen(self, text: str, options: RunOptions) -> Route:
        route = await self.route(text)
        named = tuple(dict.fromkeys(options.specialists))
        if not named:
            return route
        for name in named:
            self.team.get(name)
        if set(named) != set(route.specialists):
            await self._write(self.team.learn, text, named)
        return replace(route, specialists=named, reason="you chose", by="you", abstained=False)

    def _own_parts(
        self, team: Sequence[Specialist], request: str, engine: Engine
    ) -> dict[str, str]:
        """What each specialist alone is told."""

        def count(text: str) -> int:
            return len(engine.vocabulary.tokenize(text, markup=False))

        room = int(engine.context_size * SHARE_OF_NOTES)
        return {
            one.name: own_part(
                one,
                [] if one.memory == "shared" else self.team.notes.of(one.name),
                request,
                room,
                count,
            )
            for one in team
        }

    async def _follow(self, stored: StoredRun, engine: Engine) -> AsyncGenerator[Event, None]:
        self._before()
        queue: asyncio.Queue[Event] = asyncio.Queue()

        def emit(event: Event) -> None:
            queue.put_nowait(event)
            self._emit(event)

        means = Means(engine, self.runs, self._write, emit, self._embed, self._serve, self._toolbox)
        names = [one.name for one in self.team.all()]
        run = await asyncio.to_thread(TeamRun, stored, names, means)
        self._running[stored.id] = run
        emit(_started(stored, run.views))
        task = asyncio.create_task(self._work(run))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            while True:
                event = await queue.get()
                yield event
                if isinstance(event, events.RunEnded):
                    break
        finally:
            if not task.done():
                run.cancel(by_user=False)
            await asyncio.shield(task)

    async def _work(self, run: TeamRun) -> None:
        try:
            await run.work()
        finally:
            del self._running[run.id]


def views_of(stored: StoredRun) -> tuple[TaskView, ...]:
    """The tasks of a stored run as a person sees them."""
    tasks = [Task.from_json(one) for one in stored.tasks]
    return tuple(task_view_of(task, stored.results.get(task.id)) for task in tasks)


def route_as_json(route: Route) -> dict[str, Any]:
    """A route as a JSON object."""
    return {
        "specialists": list(route.specialists),
        "scores": [asdict(choice) for choice in route.choices],
        "reason": route.reason,
        "by": route.by,
        "abstained": route.abstained,
    }


def _started(stored: StoredRun, views: Sequence[TaskView]) -> events.RunStarted:
    return events.RunStarted(
        stored.id,
        stored.text,
        stored.graph,
        stored.model,
        stored.route,
        tuple(views),
        events.shown_hits(stored.recalled),
    )


def _check_models(team: Sequence[Specialist], engine: Engine) -> None:
    for one in team:
        if one.model and one.model != engine.name:
            raise SomaError(
                f"{one.name} works with the model {one.model!r}, and {engine.name!r} is open; "
                f"open that one, or let {one.name} take any: "
                f'`soma specialists edit {one.name} --model ""`'
            )


def _sampling(base: SamplingSettings, specialist: Specialist) -> SamplingSettings:
    return SamplingSettings(**{**asdict(base), "grammar": "", **specialist.sampling})


def _without_errors(embed: Embed) -> Embed:
    def embedded(texts: Sequence[str]) -> Any | None:
        try:
            return embed(texts)
        except SomaError:
            return None

    return embedded
