"""One context for the bare model and one for each adapter in use, over weights loaded once.

Adapters hold for a whole context, so answers with different ones cannot share a batch: their
contexts take turns.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from agents.engine.adapters import Adapter, AdapterError, AdapterFile
from agents.engine.context import Context
from agents.engine.free_memory import free_memory
from agents.engine.gguf_file import GgufHeader
from agents.engine.memory import COMFORTABLE, need
from agents.engine.requests import Request, refuse
from agents.engine.scheduler import Scheduler
from agents.engine.vocabulary import Vocabulary
from store.errors import SomaError

CLOSE_AFTER_S = 120.0
"""An adapter that nobody has asked for so long is given up."""


@dataclass(frozen=True, slots=True)
class Room:
    """How a context is made; `adapter_bytes` is the most that all adapters may take together, or
    None for what is free."""

    size: int
    slots: int
    batch: int
    threads: int
    adapter_bytes: int | None


@dataclass(slots=True, eq=False)
class _Lane:
    context: Context
    scheduler: Scheduler
    adapter: Adapter | None = None
    needs: int = 0
    used: float = field(default_factory=time.monotonic)

    def free(self) -> None:
        self.scheduler.free()
        self.context.free()
        if self.adapter is not None:
            self.adapter.free()


class Lanes:
    """Feeds requests to the contexts of their adapters, and opens and closes these.

    All but `call` belongs on the engine's thread.
    """

    def __init__(
        self, library: Any, model: Any, header: GgufHeader, vocabulary: Vocabulary, room: Room
    ) -> None:
        self._library = library
        self._model = model
        self._header = header
        self._vocabulary = vocabulary
        self._room = room
        self._threads = room.threads
        self._closed_tokens = 0
        self._lanes: dict[AdapterFile | None, _Lane] = {}
        self._waiting: deque[Request] = deque()
        self.base = self._lanes[None] = self._open(None)

    @property
    def adapters(self) -> int:
        """How many adapters have a context."""
        return len(self._lanes) - 1

    @property
    def taken(self) -> tuple[int, ...]:
        """How many sequences each context works on."""
        return tuple(lane.scheduler.taken for lane in self._all())

    @property
    def idle(self) -> bool:
        """Whether nothing waits or runs."""
        return not self._waiting and all(lane.scheduler.idle for lane in self._all())

    @property
    def evaluated_tokens(self) -> int:
        """How many tokens all contexts have evaluated, those that were closed too."""
        return self._closed_tokens + sum(lane.scheduler.evaluated_tokens for lane in self._all())

    def submit(self, request: Request) -> None:
        """Queues a request with its adapter's context, which is opened if it has to be.

        Where the memory does not suffice for one context more, the request waits until an adapter
        in use is idle; if none is in use, it is refused.
        """
        try:
            if not self._feed(request):
                self._waiting.append(request)
        except SomaError as error:
            refuse(request, self.base.context.size, str(error))

    def step(self) -> None:
        """One batch for each context whose answers are the most urgent."""
        for request in list(self._waiting):
            if request.cancelled:
                self._waiting.remove(request)
                refuse(request, self.base.context.size, "", "cancelled")
        if self._waiting and self._idle_adapters():
            self._retry()
        busy = [lane for lane in self._all() if not lane.scheduler.idle]
        if not busy:
            return
        first = min(lane.scheduler.priority for lane in busy)
        turn = [lane for lane in busy if lane.scheduler.priority == first]
        for lane in turn:
            lane.scheduler.step(alone=len(turn) == 1)
            lane.used = time.monotonic()

    def call(self, *, abort: bool) -> None:
        """Asks every context for attention (see `Context.call`). Safe from any thread."""
        for lane in self._all():
            lane.context.call(abort=abort)

    def attend(self) -> None:
        """Takes `call` back."""
        for lane in self._all():
            lane.context.attend()

    def use_threads(self, threads: int) -> None:
        """Evaluates with so many threads from now on."""
        self._threads = threads
        for lane in self._all():
            lane.context.use_threads(threads)

    def seconds_to_close(self) -> float | None:
        """When the next idle adapter is to be closed, from now on; None if there is none."""
        idle = [self._lanes[file].used for file in self._idle_adapters()]
        return max(0.0, min(idle) + CLOSE_AFTER_S - time.monotonic()) if idle else None

    def close_idle(self) -> None:
        """Closes the adapters that nobody has asked for a while."""
        for file in self._idle_adapters():
            if time.monotonic() - self._lanes[file].used >= CLOSE_AFTER_S:
                self._close(file)

    def drop_cached(self) -> None:
        """Gives up the keys and values of all that is not being answered."""
        for lane in self._all():
            lane.scheduler.drop_cached()

    def fail_all(self, reason: str) -> None:
        """Ends everything that waits or runs with `reason`."""
        while self._waiting:
            refuse(self._waiting.popleft(), self.base.context.size, reason)
        for lane in self._all():
            lane.scheduler.fail_all(reason)

    def free(self) -> None:
        """Gives all contexts and adapters back; the weights are the caller's."""
        lanes, self._lanes = self._all(), {}
        for lane in lanes:
            lane.free()

    def _all(self) -> list[_Lane]:
        return list(self._lanes.values())

    def _idle_adapters(self) -> list[AdapterFile]:
        idle = [file for file, lane in self._lanes.items() if file and lane.scheduler.idle]
        return sorted(idle, key=lambda file: self._lanes[file].used)

    def _retry(self) -> None:
        waiting, self._waiting = self._waiting, deque()
        for request in waiting:
            self.submit(request)

    def _feed(self, request: Request) -> bool:
        """Gives a request to its context; False where there is no memory for it now."""
        file = None if request.adapter is None else AdapterFile.at(request.adapter)
        lane = self._lanes.get(file)
        if lane is None:
            assert file is not None
            file.check(self._header)
            needs = self._needs(file)
            if not self._make_room(file, needs):
                return False
            lane = self._open(Adapter(self._library, self._model, file, self._header))
            lane.needs = needs
            self._lanes[file] = lane
        lane.used = time.monotonic()
        lane.scheduler.submit(request)
        return True

    def _make_room(self, file: AdapterFile, needs: int) -> bool:
        """Whether there is memory for one context more, idle ones closed if it has to be."""
        free = self._free_bytes()
        for idle in self._idle_adapters():
            if free is not None and needs > free:
                self._close(idle)
                free = self._free_bytes()
        if free is None or needs <= free:
            return True
        if self.adapters:
            return False
        raise AdapterError(
            f"the adapter {file.path.name} needs {needs // 10**6:,} MB with a context of "
            f"{self._room.size:,} tokens, and {free // 10**6:,} MB may be used; "
            "choose a smaller context"
        )

    def _needs(self, file: AdapterFile) -> int:
        room = self._room
        whole = need(self._header, room.size, batch=room.batch, slots=room.slots)
        return file.size + (whole.cache + whole.compute if whole else 0)

    def _free_bytes(self) -> int | None:
        allowed = self._room.adapter_bytes
        if allowed is not None:
            return allowed - sum(lane.needs for lane in self._all())
        free = free_memory()
        return None if free is None else int(free * COMFORTABLE)

    def _open(self, adapter: Adapter | None) -> _Lane:
        room = self._room
        try:
            context = Context(
                self._library,
                self._model,
                size=room.size,
                sequences=room.slots,
                threads=self._threads,
                batch=room.batch,
            )
        except SomaError:
            if adapter is not None:
                adapter.free()
            raise
        if adapter is not None:
            adapter.put_on(context)
        scheduler = Scheduler(
            self._library, context, self._vocabulary, slots=room.slots, batch=room.batch
        )
        return _Lane(context, scheduler, adapter)

    def _close(self, file: AdapterFile) -> None:
        lane = self._lanes.pop(file)
        self._closed_tokens += lane.scheduler.evaluated_tokens
        lane.free()
