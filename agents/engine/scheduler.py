"""The decode loop: continuous batching over sequences, with what was evaluated before reused.

Each step puts one token of every answer that is being written, and a chunk of the prompts that are
being read, into one batch. Requests join and leave between steps.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from agents.engine.batch import Batch
from agents.engine.context import Context
from agents.engine.requests import Finished, Reading, Request, Run
from agents.engine.sampling import TokenLogprob, token_logprob
from agents.engine.vocabulary import Vocabulary
from agents.events import Figures
from store.errors import SomaError

_NO_ROOM, _ABORTED = 1, 2
PREFILL_CHUNK_WHILE_WRITING = 64
MOST_PARKED_BYTES = 512 * 1024 * 1024


@dataclass(slots=True, eq=False)
class _Slot:
    """A sequence of the context: `cached` are the tokens whose keys and values it holds.

    While others are being answered, an idle slot's keys and values are `parked` outside of the
    context, where they do not slow the attention of the rest.
    """

    sequence: int
    cached: list[int] = field(default_factory=list)
    parked: bytes | None = None
    used: float = 0.0


@dataclass(slots=True, eq=False)
class _Active:
    """A run in its slot, and its share of the batch: tokens, and where their logits are, if any."""

    slot: _Slot
    run: Run
    tokens: Sequence[int] = ()
    logits: int | None = None


class Scheduler:
    """Owns a context and continues the requests it is fed. Everything here runs on one thread."""

    def __init__(
        self, library: Any, context: Context, vocabulary: Vocabulary, slots: int, batch: int
    ) -> None:
        self._library = library
        self._context = context
        self._vocabulary = vocabulary
        self._batch = Batch(library, batch)
        self._slots = [_Slot(sequence) for sequence in range(slots)]
        self._active: list[_Active] = []
        self._waiting: deque[Run] = deque()
        self.evaluated_tokens = 0

    def submit(self, request: Request) -> None:
        """Queues a request; one that can never be answered is refused at once."""
        try:
            run = Run.start(request, self._library, self._vocabulary, self._context.size)
        except SomaError as error:
            size = self._context.size
            figures = Figures(len(request.tokens), 0, 0, 0, size, None, None)
            request.listener(Finished("error", figures, str(error)))
            return
        if not request.tokens:
            self._tell_end(run, 0, "error", "the prompt is empty")
        elif len(request.tokens) >= self._context.size:
            reason = (
                f"the prompt has {len(request.tokens):,} tokens and the context holds "
                f"{self._context.size:,}; shorten it or choose a larger context"
            )
            self._tell_end(run, 0, "error", reason)
        else:
            self._waiting.append(run)

    @property
    def idle(self) -> bool:
        """Whether nothing is waiting or running."""
        return not self._active and not self._waiting

    def step(self) -> None:
        """Evaluates one batch and hands the tokens that it gave to their listeners.

        An answer that is written alone goes on until the context is called for attention.
        """
        self._drop_cancelled()
        if len(self._active) == 1 and not self._waiting:
            self._write_alone(self._active[0])
            self._drop_cancelled()
        if self._waiting:
            self._admit()
        if not self._active:
            return
        self._fill_batch()
        self._context.set_interruptible(len(self._batch) > len(self._active))
        status = self._batch.decode(self._context.pointer)
        if status == 0:
            self._collect()
        elif status == _NO_ROOM:
            self._make_room()
        else:
            self._repair(None if status == _ABORTED else f"llama.cpp returned {status}")

    def _write_alone(self, active: _Active) -> None:
        """Writes the only answer that runs, with the least of Python between two decodes.

        A small model takes half a millisecond a token, of which the general way takes a tenth.
        """
        run, cached, batch, context = active.run, active.slot.cached, self._batch, self._context
        if len(run.tokens) - len(cached) != 1:
            return
        context.set_interruptible(False)
        while self._active and not context.attention:
            batch.put(run.tokens[-1], len(cached), active.slot.sequence)
            if batch.decode(context.pointer) != 0:
                self._repair(None)
                return
            cached.append(run.tokens[-1])
            self.evaluated_tokens += 1
            self._draw(active, 0)

    def fail_all(self, reason: str) -> None:
        """Ends everything that waits or runs with `reason`."""
        while self._waiting:
            self._tell_end(self._waiting.popleft(), 0, "error", reason)
        for active in list(self._active):
            self._finish(active, "error", reason)

    def drop_cached(self) -> None:
        """Empties every slot that answers nothing."""
        for slot in self._free_slots():
            self._truncate(slot, 0)

    def free(self) -> None:
        """Gives the batch back; the scheduler must not be used afterwards."""
        self._batch.free()

    def _drop_cancelled(self) -> None:
        for run in [run for run in self._waiting if run.request.cancelled]:
            self._waiting.remove(run)
            self._tell_end(run, 0, "cancelled")
        for active in [active for active in self._active if active.run.request.cancelled]:
            self._finish(active, "cancelled")

    def _free_slots(self) -> list[_Slot]:
        taken = {active.slot.sequence for active in self._active}
        return [slot for slot in self._slots if slot.sequence not in taken]

    def _admit(self) -> None:
        while self._waiting and len(self._active) < len(self._slots):
            held = sum(len(active.slot.cached) for active in self._active)
            if held and held + len(self._waiting[0].tokens) >= self._context.size:
                return
            run = self._waiting.popleft()
            slot = self._prepare_slot(run)
            self._active.append(_Active(slot, run))
            self._park_idle()
            if run.cached_tokens < 0:
                run.cached_tokens = len(slot.cached)

    def _prepare_slot(self, run: Run) -> _Slot:
        """A free slot that holds as much of the prompt as any slot does.

        The slot of the same conversation is continued; otherwise the least recently used one is
        overwritten, and what another slot shares with the prompt is copied into it. The last prompt
        token is always evaluated, for its logits.
        """
        free = self._free_slots()
        most = len(run.tokens) - 1
        best, length = self._slots[0], -1
        for slot in self._slots:
            shared = _common_prefix(slot.cached, run.tokens, most)
            if shared > length:
                best, length = slot, shared
        if best in free and 2 * length >= len(best.cached):
            self._unpark(best, best)
            self._truncate(best, length)
            return best
        target = min(
            (slot for slot in free if slot is not best), key=lambda s: s.used, default=best
        )
        if target is not best:
            self._truncate(target, 0)
            if length:
                self._share(best, target, length)
        self._truncate(target, length)
        return target

    def _share(self, source: _Slot, target: _Slot, length: int) -> None:
        """Gives `target` the first `length` tokens of `source` without evaluating them again."""
        if source.parked is not None:
            self._unpark(source, target)
        elif self._context.copy(source.sequence, target.sequence, length):
            target.cached = source.cached[:length]

    def _park_idle(self) -> None:
        """Takes what no active run uses out of the context, the newest first while memory lasts."""
        room = MOST_PARKED_BYTES
        for slot in sorted(self._free_slots(), key=lambda slot: -slot.used):
            if slot.cached and slot.parked is None:
                slot.parked = self._context.take_out(slot.sequence)
            room -= len(slot.parked or b"")
            if room < 0:
                slot.cached, slot.parked = [], None

    def _unpark(self, source: _Slot, target: _Slot) -> None:
        """Puts what is parked for `source` into the sequence of `target`."""
        if source.parked is None:
            return
        whole = self._context.put_back(target.sequence, source.parked)
        target.cached = list(source.cached) if whole else []
        target.parked = None

    def _truncate(self, slot: _Slot, length: int) -> None:
        slot.parked = None
        if length < len(slot.cached):
            whole = self._context.truncate(slot.sequence, length)
            del slot.cached[length if whole else 0 :]

    def _fill_batch(self) -> None:
        """Chooses what this step evaluates: the newest token of each answer, then prompt chunks."""
        batch = self._batch
        batch.clear()
        reading = []
        for active in self._active:
            run, cached = active.run, active.slot.cached
            if len(run.tokens) - len(cached) == 1:
                active.tokens = run.tokens[-1:]
                active.logits = batch.add(
                    active.tokens, len(cached), active.slot.sequence, logits=True
                )
            else:
                reading.append(active)
        room = batch.size - len(self._active) + len(reading)
        if len(reading) < len(self._active):
            room = min(room, PREFILL_CHUNK_WHILE_WRITING)
        for active in reading:
            start = len(active.slot.cached)
            active.tokens = active.run.tokens[start : start + room]
            active.logits = None
            if active.tokens:
                room -= len(active.tokens)
                whole = start + len(active.tokens) == len(active.run.tokens)
                index = batch.add(active.tokens, start, active.slot.sequence, logits=whole)
                active.logits = index if whole else None

    def _collect(self) -> None:
        """Takes a batch that was evaluated into the slots, and draws from its logits."""
        for active in tuple(self._active):
            active.slot.cached += active.tokens
            self.evaluated_tokens += len(active.tokens)
            if active.logits is not None:
                self._draw(active, active.logits)
            elif active.tokens:
                run = active.run
                run.request.listener(Reading(len(active.slot.cached), len(run.request.tokens)))

    def _draw(self, active: _Active, logits: int) -> None:
        run = active.run
        token = run.sampler.sample(self._context.pointer, logits)
        now = run.last_token = time.perf_counter()
        if run.first_token is None:
            run.first_token = now
        if self._vocabulary.ends_generation(token):
            self._finish(active, "stop")
            return
        if run.request.logprobs:
            run.logprobs.append(self._logprob(run, token, logits))
        run.add(token, now, self._vocabulary.piece)
        if run.stream.stopped:
            self._finish(active, "stop")
        elif len(run.tokens) >= run.limit:
            reached = run.drawn == run.request.max_tokens
            self._finish(active, "length" if reached else "context")

    def _logprob(self, run: Run, token: int, logits: int) -> TokenLogprob:
        return token_logprob(
            self._library,
            self._context.pointer,
            logits,
            token,
            run.request.logprobs,
            self._vocabulary.size,
        )

    def _make_room(self) -> None:
        """Without room for all, the youngest answer waits; one alone has filled the context.

        What is idle is parked outside of the context already.
        """
        youngest = max(self._active, key=lambda active: active.run.submitted)
        if len(self._active) == 1:
            self._finish(youngest, "context")
        else:
            self._active.remove(youngest)
            self._truncate(youngest.slot, 0)
            self._waiting.appendleft(youngest.run)

    def _repair(self, error: str | None) -> None:
        """After a decode that stopped half way, the context holds again what the slots say."""
        for active in tuple(self._active):
            slot = active.slot
            if not self._context.truncate(slot.sequence, len(slot.cached)):
                slot.cached.clear()
            if error is not None:
                reason = f"the model could not go on ({error}); see llama.log"
                self._finish(active, "error", reason)

    def _finish(self, active: _Active, finish: str, reason: str = "") -> None:
        self._active.remove(active)
        active.slot.used = time.perf_counter()
        self._tell_end(active.run, len(active.slot.cached), finish, reason)

    def _tell_end(self, run: Run, used: int, finish: str, reason: str = "") -> None:
        run.end(self._vocabulary.piece)
        run.request.listener(Finished(finish, run.figures(used, self._context.size), reason))


def _common_prefix(cached: Sequence[int], tokens: Sequence[int], most: int) -> int:
    """How many of the first tokens are equal, at most `most`."""
    length = 0
    for ours, theirs in zip(cached, tokens[:most], strict=False):
        if ours != theirs:
            break
        length += 1
    return length
