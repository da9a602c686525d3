"""The decode loop: continuous batching over sequences, with what was evaluated before reused.

Each step puts one token of every answer that is being written, and a chunk of the prompts that are
being read, into one batch. Requests join and leave between steps.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agents.engine.batch import Batch
from agents.engine.constrained import NothingAllowed
from agents.engine.context import Context
from agents.engine.requests import Finished, Priority, Reading, Request, Run, refuse
from agents.engine.sampling import TokenLogprob, token_logprob
from agents.engine.scoring import ScoreRequest, ScoringRun
from agents.engine.slots import Slot, Slots, common_prefix
from agents.engine.vocabulary import Vocabulary
from store.errors import SomaError

_NO_ROOM, _ABORTED = 1, 2
PREFILL_CHUNK_WHILE_WRITING = 64
LEAST_WAITED_FOR = 16
"""Fewer tokens than these are evaluated again rather than waited for."""


@dataclass(slots=True, eq=False)
class _Active:
    """A run in its slot, and its share of the batch: tokens, and where their logits are, if any.

    It waits until its `leader` has evaluated the first `awaited` tokens, which both begin with.
    `shared` tokens take no room of their own in the context.
    """

    slot: Slot
    run: Run
    leader: _Active | None = None
    awaited: int = 0
    shared: int = 0
    tokens: Sequence[int] = ()
    logits: int | None = None

    @property
    def priority(self) -> Priority:
        """How urgent the run is."""
        return self.run.request.priority

    @property
    def writes(self) -> bool:
        """Whether the whole prompt is evaluated, but for the newest token."""
        return len(self.run.tokens) - len(self.slot.cached) == 1


class Scheduler:
    """Owns a context and continues the requests it is fed. Everything here runs on one thread.

    Answers of the best priority share each step evenly; the others wait meanwhile, with what they
    have so far.
    """

    def __init__(
        self, library: Any, context: Context, vocabulary: Vocabulary, slots: int, batch: int
    ) -> None:
        self._library = library
        self._context = context
        self._vocabulary = vocabulary
        self._batch = Batch(library, batch)
        self._slots = Slots(context, slots)
        self._active: list[_Active] = []
        self._turn: list[_Active] = []
        self._waiting: deque[Run] = deque()
        self._full = False
        self.evaluated_tokens = 0

    def submit(self, request: Request) -> None:
        """Queues a request; one that can never be answered is refused at once."""
        try:
            kind = ScoringRun if isinstance(request, ScoreRequest) else Run
            run = kind.start(request, self._library, self._vocabulary, self._context.size)
        except SomaError as error:
            refuse(request, self._context.size, str(error))
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
    def taken(self) -> int:
        """How many sequences are worked on."""
        return len(self._active)

    @property
    def idle(self) -> bool:
        """Whether nothing is waiting or running."""
        return not self._active and not self._waiting

    @property
    def priority(self) -> Priority:
        """The best priority of all that is waiting or running; there has to be something."""
        waiting = (run.request.priority for run in self._waiting)
        return min((*waiting, *(active.priority for active in self._active)))

    def step(self, *, alone: bool = True) -> None:
        """Evaluates one batch and hands the tokens that it gave to their listeners.

        An answer that is written `alone`, also as far as other schedulers go, goes on until the
        context is called for attention.
        """
        self._drop_cancelled()
        if self._waiting:
            self._admit()
        if not self._active:
            return
        first = min(active.priority for active in self._active)
        self._turn = [active for active in self._active if active.priority == first]
        if alone and len(self._turn) == 1 and self._turn[0].run.drawn and self._turn[0].writes:
            self._write_alone(self._turn[0])
            return
        self._fill_batch()
        self._context.set_interruptible(len(self._batch) > len(self._turn))
        status = self._batch.decode(self._context.pointer)
        if status == 0:
            self._collect()
        elif status == _NO_ROOM:
            self._make_room()
        else:
            self._repair(None if status == _ABORTED else f"llama.cpp returned {status}")

    def _write_alone(self, active: _Active) -> None:
        """Writes the only answer whose turn it is, with the least of Python between two decodes.

        A small model takes half a millisecond a token, of which the general way takes a tenth.
        """
        run, cached, batch, context = active.run, active.slot.cached, self._batch, self._context
        context.set_interruptible(False)
        while True:
            batch.put(run.tokens[-1], len(cached), active.slot.sequence)
            status = batch.decode(context.pointer)
            if status != 0:
                break
            cached.append(run.tokens[-1])
            self.evaluated_tokens += 1
            self._draw(active, 0)
            if not active.slot.taken or context.attention:
                return
        if status == _NO_ROOM:
            self._make_room()
        else:
            self._repair(None if status == _ABORTED else f"llama.cpp returned {status}")

    def fail_all(self, reason: str) -> None:
        """Ends everything that waits or runs with `reason`."""
        while self._waiting:
            self._tell_end(self._waiting.popleft(), 0, "error", reason)
        for active in list(self._active):
            self._finish(active, "error", reason)

    def drop_cached(self) -> None:
        """Gives up the keys and values of all that is not being answered."""
        self._slots.drop_idle()

    def free(self) -> None:
        """Gives the batch back; the scheduler must not be used afterwards."""
        self._batch.free()

    def _drop_cancelled(self) -> None:
        for run in [run for run in self._waiting if run.request.cancelled]:
            self._waiting.remove(run)
            self._tell_end(run, 0, "cancelled")
        for active in [active for active in self._active if active.run.request.cancelled]:
            self._finish(active, "cancelled")

    def _admit(self) -> None:
        """Lets runs in, the most urgent first, as far as slots and the context's room go."""
        while self._waiting:
            run = min(self._waiting, key=lambda run: run.request.priority)
            if self._full and all(one.priority <= run.request.priority for one in self._active):
                return
            leader, shared = self._leader(run, self._active)
            while not self._has_room(len(run.tokens) - shared):
                youngest = max(self._active, key=_leaves_first)
                if youngest.priority <= run.request.priority or youngest is leader:
                    return
                self._set_aside(youngest)
            self._waiting.remove(run)
            active = _Active(self._slots.take(run.tokens, run.reusable), run, shared=shared)
            if shared - len(active.slot.cached) >= LEAST_WAITED_FOR:
                active.leader, active.awaited = leader, shared
            self._active.append(active)
            if run.cached_tokens < 0:
                run.cached_tokens = len(active.slot.cached)

    def _has_room(self, tokens: int) -> bool:
        if not self._active:
            return True
        held = sum(len(active.run.tokens) - active.shared for active in self._active)
        return self._slots.free > 0 and held + tokens < self._context.size

    def _leader(self, run: Run, active: Sequence[_Active]) -> tuple[_Active | None, int]:
        """Who of `active` evaluates the longest beginning of a run, and how long it is."""
        leader, length = None, 0
        for other in active:
            if other.priority <= run.request.priority:
                shared = common_prefix(other.run.tokens, run.tokens, run.reusable)
                if shared > length:
                    leader, length = other, shared
        return leader, length

    def _join(self, active: _Active) -> None:
        """Takes over what the leader has evaluated of the common beginning."""
        assert active.leader is not None
        source, active.leader = active.leader.slot, None
        length = min(active.awaited, len(source.cached))
        if length > len(active.slot.cached):
            self._slots.share(source, active.slot, length)
            active.run.cached_tokens = max(active.run.cached_tokens, len(active.slot.cached))

    def _leave(self, active: _Active) -> None:
        """Takes a run off its slot; who waited for it goes on from what it has evaluated."""
        self._active.remove(active)
        for place, follower in enumerate(self._active):
            if follower.leader is active:
                self._join(follower)
                leader, length = self._leader(follower.run, self._active[:place])
                follower.shared = length
                if length - len(follower.slot.cached) >= LEAST_WAITED_FOR:
                    follower.leader, follower.awaited = leader, length
        if active.run.request.fresh:
            self._slots.truncate(active.slot, 0)
        self._slots.release(active.slot)

    def _set_aside(self, active: _Active) -> None:
        """Lets a run wait, and go on later from what it has so far."""
        self._leave(active)
        self._slots.park_idle()
        self._waiting.appendleft(active.run)

    def _fill_batch(self) -> None:
        """Chooses what this step evaluates: the newest token of each answer, then prompt chunks.

        The prompts share the room evenly; what a short one leaves is the others'.
        """
        batch = self._batch
        batch.clear()
        reading = []
        for active in self._turn:
            active.tokens, active.logits = (), None
            leader = active.leader
            if leader is not None and len(leader.slot.cached) >= active.awaited:
                self._join(active)
            if active.writes:
                active.tokens = active.run.tokens[-1:]
                active.logits = batch.add(
                    active.tokens, len(active.slot.cached), active.slot.sequence, logits=1
                )
            elif active.leader is None:
                reading.append(active)
        room = batch.size - len(batch)
        if len(batch):
            room = min(room, PREFILL_CHUNK_WHILE_WRITING)
        wanted = sorted(
            ((self._reads_to(active) - len(active.slot.cached), active) for active in reading),
            key=lambda want: want[0],
        )
        for place, (count, active) in enumerate(wanted):
            count = min(count, -(-room // (len(wanted) - place)))
            if count:
                room -= count
                self._add_chunk(active, count)

    def _reads_to(self, active: _Active) -> int:
        """How far a prompt is read now: whole, or to where others wait to take it over."""
        start = len(active.slot.cached)
        waited_for = (
            other.awaited
            for other in self._turn
            if other.leader is active and other.awaited > start
        )
        return min((active.run.read_to(start), *waited_for))

    def _add_chunk(self, active: _Active, count: int) -> None:
        start, run = len(active.slot.cached), active.run
        active.tokens = run.tokens[start : start + count]
        wanted = run.outputs(start, start + count)
        index = self._batch.add(active.tokens, start, active.slot.sequence, logits=wanted)
        active.logits = index if wanted else None

    def _collect(self) -> None:
        """Takes a batch that was evaluated into the slots, and draws from its logits."""
        for active in self._turn:
            active.slot.cached += active.tokens
            self.evaluated_tokens += len(active.tokens)
            if active.logits is not None:
                self._draw(active, active.logits)
            elif active.tokens:
                run = active.run
                run.request.listener(Reading(len(active.slot.cached), len(run.request.tokens)))

    def _draw(self, active: _Active, logits: int) -> None:
        run = active.run
        if isinstance(run, ScoringRun):
            tokens, end = len(active.tokens), len(active.slot.cached)
            if run.take(self._library, self._context.pointer, logits, tokens, end):
                self._finish(active, "stop")
            return
        try:
            token = run.sampler.sample(self._context.pointer, logits)
        except NothingAllowed as error:
            self._finish(active, "error", str(error))
            return
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
        """Without room for all, the least urgent and youngest waits; one alone has filled the
        context."""
        self._repair(None)
        if self._slots.park_idle():
            return
        youngest = max(self._active, key=_leaves_first)
        if len(self._active) == 1:
            self._finish(youngest, "context")
        else:
            self._set_aside(youngest)
            self._full = True

    def _repair(self, error: str | None) -> None:
        """After a decode that stopped half way, the context holds again what the slots say."""
        for active in tuple(self._turn):
            self._slots.restore(active.slot)
            if error is not None:
                reason = f"the model could not go on ({error}); see llama.log"
                self._finish(active, "error", reason)

    def _finish(self, active: _Active, finish: str, reason: str = "") -> None:
        self._leave(active)
        self._full = False
        self._tell_end(active.run, len(active.slot.cached), finish, reason)

    def _tell_end(self, run: Run, used: int, finish: str, reason: str = "") -> None:
        run.end(self._vocabulary.piece)
        run.request.listener(Finished(finish, run.figures(used, self._context.size), reason))


def _leaves_first(active: _Active) -> tuple[Priority, float]:
    return active.priority, active.run.submitted
