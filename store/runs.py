"""The runs of the team: what was asked, who worked on it, and each task as it ended."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from store.database import Database
from store.errors import UnknownIdError
from store.message import Memory, memories_from, memory_fields
from store.tool_call import ToolCall

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TaskResult:
    """How a task ended: "done", "failed", "cancelled", "blocked" or "skipped", with the reason.

    `seconds` and `tokens` are those of all attempts; `confidence` is from 0 to 1; `calls` are the
    tools that the last attempt used, `adapter` names what it was done through, and `model` the
    model below it.
    """

    task: str
    state: str
    text: str = ""
    reason: str = ""
    tokens: int = 0
    seconds: float = 0.0
    confidence: float | None = None
    calls: tuple[ToolCall, ...] = ()
    adapter: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run as it is stored. `state` is "running" until it ended, whoever ran it.

    `route`, `tasks`, `draw` and `consensus` are JSON of those who run it; `system` is the system
    prompt of all tasks, empty once it is done; `recalled` is what stands before the text for them;
    `results` are those of the tasks that ended, by id.
    """

    id: int
    text: str
    graph: str
    specialists: tuple[str, ...]
    route: Json
    model: str
    system: str
    recalled: tuple[Memory, ...]
    draw: Json
    tasks: tuple[Json, ...]
    created: float
    state: str
    answer: str
    reason: str
    consensus: Json
    results: Mapping[str, TaskResult] = field(default_factory=dict)


class Runs:
    """Runs in the tables `runs` and `tasks`. Methods may be called from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._runs = database.table("runs")
        self._tasks = database.table("tasks")
        self._tasks.index("run")

    def begin(
        self,
        text: str,
        graph: str,
        specialists: Sequence[str],
        *,
        route: Json,
        model: str,
        system: str,
        recalled: Sequence[Memory],
        draw: Json,
        tasks: Sequence[Json],
    ) -> StoredRun:
        """Store a run that is about to begin."""
        number = self._runs.insert(
            {
                "text": text,
                "graph": graph,
                "specialists": list(specialists),
                "route": dict(route),
                "model": model,
                "system": system,
                "recalled": memory_fields(recalled),
                "draw": dict(draw),
                "tasks": [dict(task) for task in tasks],
                "created": time.time(),
                "state": "running",
                "answer": "",
                "reason": "",
                "consensus": {},
            }
        )
        return self.get(number)

    def get(self, run_id: int) -> StoredRun:
        """Give a run with its results. Raises UnknownIdError."""
        with self._runs.storage.lock:
            fields = self._runs.peek(run_id)
            if fields is None:
                raise UnknownIdError(
                    f"there is no run {run_id}; `soma runs list` shows those there are"
                )
            found = [self._tasks.peek(number) for number in self._tasks.find("run", run_id)]
            return _run(run_id, fields, [one for one in found if one is not None])

    def list(self, limit: int | None = None) -> list[StoredRun]:
        """Give the runs without their results, the newest first."""
        with self._runs.storage.lock:
            newest = sorted(self._runs.peek_all(), reverse=True, key=lambda row: row[0])
            return [_run(number, fields, []) for number, fields in newest[:limit]]

    def keep(self, run_id: int, result: TaskResult, tasks: Sequence[Json] | None = None) -> None:
        """Keep how a task ended, and with it the `tasks` that the run has from here on."""
        with self._database.transaction():
            if self._runs.peek(run_id) is None:
                raise UnknownIdError(f"the run {run_id} was deleted")
            self._drop(run_id, [result.task])
            calls = [asdict(call) for call in result.calls]
            self._tasks.insert({"run": run_id, **asdict(result), "calls": calls})
            if tasks is not None:
                given = {"tasks": [dict(task) for task in tasks]}
                self._runs.update(given, doc_ids=[run_id])

    def reopen(
        self,
        run_id: int,
        system: str,
        again: Iterable[str],
        *,
        tasks: Sequence[Json] | None = None,
        prompts: Mapping[str, str] | None = None,
        model: str | None = None,
    ) -> StoredRun:
        """Let a run go on: the results of the tasks in `again` are dropped, the others stay.

        What is given of `tasks` and `model` takes the place of what was there; `prompts` of
        specialists are added to those of the draw.
        """
        with self._database.transaction():
            run = self.get(run_id)
            new: dict[str, Any] = {
                "state": "running", "reason": "", "answer": "", "consensus": {}, "system": system
            }  # fmt: skip
            if tasks is not None:
                new["tasks"] = [dict(task) for task in tasks]
            if prompts:
                new["draw"] = {**run.draw, "prompts": {**run.draw["prompts"], **prompts}}
            if model is not None:
                new["model"] = model
            self._drop(run_id, again)
            self._runs.update(new, doc_ids=[run_id])
            return self.get(run_id)

    def end(self, run_id: int, state: str, answer: str, reason: str, consensus: Json) -> None:
        """Store how a run ended. Its system prompt is kept only where it may go on."""
        new: dict[str, Any] = {
            "state": state, "answer": answer, "reason": reason, "consensus": dict(consensus)
        }  # fmt: skip
        if state == "done":
            new["system"] = ""
        self._runs.update(new, doc_ids=[run_id])

    def remove(self, run_id: int) -> None:
        """Take a run out with its results. Raises UnknownIdError."""
        with self._database.transaction():
            self._drop(run_id, self.get(run_id).results)
            self._runs.remove(doc_ids=[run_id])

    def _drop(self, run_id: int, tasks: Iterable[str]) -> None:
        wanted = set(tasks)
        held = [
            number
            for number in self._tasks.find("run", run_id)
            if (self._tasks.peek(number) or {}).get("task") in wanted
        ]
        if held:
            self._tasks.remove(doc_ids=held)


def _run(run_id: int, fields: Json, results: Sequence[Json]) -> StoredRun:
    return StoredRun(
        id=run_id,
        text=fields["text"],
        graph=fields["graph"],
        specialists=tuple(fields["specialists"]),
        route=fields["route"],
        model=fields["model"],
        system=fields["system"],
        recalled=memories_from(fields),
        draw=fields["draw"],
        tasks=tuple(fields["tasks"]),
        created=fields["created"],
        state=fields["state"],
        answer=fields["answer"],
        reason=fields["reason"],
        consensus=fields["consensus"],
        results={one["task"]: _result(one) for one in results},
    )


def _result(fields: Json) -> TaskResult:
    calls = tuple(ToolCall(**call) for call in fields.get("calls", ()))
    known = {name: value for name, value in fields.items() if name != "run"}
    return TaskResult(**{**known, "calls": calls})
