"""The operations on what can be recalled: import, look up, pin. None needs a chat model."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import asdict
from pathlib import Path
from typing import Any

from agents import events
from agents.persona import SYSTEM_PROMPT
from agents.requests import Json, Operation, RequestError, number, text
from agents.runtime import Runtime
from store.errors import SomaError
from store.imports import ImportReport
from store.recall import Hit, RecallStatus

SECONDS_TO_EMBED = 10.0
SECONDS_BETWEEN_TELLING = 0.2
DEFAULT_LIMIT, MOST_HITS = 10, 1000


async def _import(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    path = Path(text(request, "path"))
    report = ImportReport()
    async with aclosing(_imported(runtime, path)) as steps:
        async for done, total, report in steps:
            yield {"event": "import_progress", "done": done, "total": total, **_counts(report)}
    if report.last is not None:
        runtime.announce(events.ConversationChanged(report.last))
    runtime.recall.wake()
    if request.get("embed"):
        async for reply in _prepared(runtime, None):
            yield reply
    status = await asyncio.to_thread(runtime.recall.recall.status)
    yield {"result": {**_counts(report), "faults": report.faults, "recall": _state(status)}}


async def _imported(
    runtime: Runtime, path: Path
) -> AsyncGenerator[tuple[int, int, ImportReport], None]:
    """Import in a thread, telling a few times a second how far it is, and at the end."""
    steps: asyncio.Queue[tuple[int, int, ImportReport] | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    stopped = threading.Event()
    told = 0.0

    def tell(done: int, total: int, report: ImportReport) -> None:
        nonlocal told
        if done >= total or time.monotonic() - told > SECONDS_BETWEEN_TELLING:
            told = time.monotonic()
            loop.call_soon_threadsafe(steps.put_nowait, (done, total, report))

    importer = runtime.importer(SYSTEM_PROMPT)
    work = asyncio.create_task(asyncio.to_thread(importer.import_file, path, tell, stopped.is_set))
    work.add_done_callback(lambda _: steps.put_nowait(None))
    try:
        while (step := await steps.get()) is not None:
            yield step
        await work
    finally:
        stopped.set()
        await asyncio.wait({work})


async def _recall(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    wanted = text(request, "text")
    if not wanted.strip():
        raise RequestError("nothing was asked for; give some words")
    limit, group = _limit(request), _group(runtime, request.get("conversation"))
    async for reply in _prepared(runtime, SECONDS_TO_EMBED):
        yield reply
    recall = runtime.recall.recall
    hits = await asyncio.to_thread(recall.search, wanted, limit=limit, group=group)
    status = await asyncio.to_thread(recall.status)
    found = [_hit(runtime, hit) for hit in hits]
    yield {"result": {"query": wanted, "hits": found, "recall": _state(status)}}


async def _recall_many(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    path, limit = Path(text(request, "path")), _limit(request)
    group = _group(runtime, request.get("conversation"))
    lines = _query_lines(path)
    async for reply in _prepared(runtime, None):
        yield reply
    recall = runtime.recall.recall
    count = faults = 0
    while (line := await asyncio.to_thread(next, lines, None)) is not None:
        count += 1
        query, fault = line
        hits: list[Hit] = []
        if not fault:
            try:
                own = _group(runtime, query.get("conversation")) if group is None else group
                hits = await asyncio.to_thread(
                    recall.search, query["query"], limit=limit, group=own
                )
            except SomaError as error:
                fault = f"line {count}: {error}"
        answer = {**query, "hits": [_hit(runtime, hit) for hit in hits]}
        if fault:
            faults += 1
            answer["error"] = fault
        yield {"event": "recalled_for", "line": answer}
    status = await asyncio.to_thread(recall.status)
    yield {"result": {"queries": count, "faults": faults, "recall": _state(status)}}


def _query_lines(path: Path) -> Iterator[tuple[Json, str]]:
    """The queries of a file, one JSON object a line, and what is wrong with a line."""
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            for number_, line in enumerate(file, 1):
                if line.strip():
                    yield _query(number_, line)
    except OSError as error:
        raise SomaError(
            f"{path} cannot be read: {error.strerror or error}; check the name and the rights"
        ) from error


def _query(number_: int, line: str) -> tuple[Json, str]:
    try:
        query = json.loads(line)
    except (ValueError, RecursionError):
        return {"query": None}, f"line {number_} is not JSON"
    if not isinstance(query, dict) or not isinstance(query.get("query"), str):
        return {"query": None}, f'line {number_} lacks "query", a text'
    return query, "" if query["query"].strip() else f"line {number_} asks for nothing"


async def _prepared(runtime: Runtime, patience_s: float | None) -> AsyncGenerator[Json, None]:
    """Index and embed what is new, as far as that goes in the time; recall goes on without it."""
    try:
        async for status in runtime.recall.prepare(patience_s):
            yield {"event": "recall_progress", "embedded": status.embedded, "items": status.items}
    except SomaError as error:
        yield {"event": "notice", "text": f"recall goes on by words: {error}"}


async def _pin(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    ref, pinned = text(request, "ref"), bool(request.get("pinned", True))
    await runtime.pin(ref, pinned)
    yield {"result": {"ref": ref, "pinned": pinned}}


async def _status(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    while not await asyncio.to_thread(runtime.recall.recall.follow):
        pass
    yield {"result": _state(await asyncio.to_thread(runtime.recall.recall.status))}


async def _renew(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    await asyncio.to_thread(runtime.recall.renew)
    yield {"result": {"renewed": True}}


def _limit(request: Json) -> int:
    limit = number(request, "limit") if request.get("limit") is not None else DEFAULT_LIMIT
    if not 1 <= limit <= MOST_HITS:
        raise RequestError(f"the limit is a number from 1 to {MOST_HITS:,}, not {limit:,}")
    return limit


def _group(runtime: Runtime, conversation: Any) -> str | None:
    if conversation is None:
        return None
    return runtime.recall.messages.group(str(conversation))


def _hit(runtime: Runtime, hit: Hit) -> Json:
    item = hit.item
    found: Json = {
        "id": item.named or item.id,
        "kind": item.kind,
        "score": hit.score,
        "text": item.text,
        "source": item.source,
        "time": item.time,
        "why": str(hit.why),
        "ref": hit.ref,
        "pinned": item.pinned,
    }
    if item.kind == runtime.recall.messages.kind:
        found |= {"conversation": int(item.group), "role": item.role, "speaker": item.speaker}
    return found


def _counts(report: ImportReport) -> Json:
    counts = asdict(report) | {"conversations": report.conversations}
    return {name: value for name, value in counts.items() if name not in ("faults", "last")}


def _state(status: RecallStatus) -> Json:
    return {
        "items": status.items,
        "with_meaning": status.embedded,
        "by_words_only": status.items - status.embedded,
        "problem": status.problem,
    }


RECALL_OPERATIONS: dict[str, Operation] = {
    "import": _import,
    "recall": _recall,
    "recall.many": _recall_many,
    "recall.pin": _pin,
    "recall.status": _status,
    "recall.renew": _renew,
}
