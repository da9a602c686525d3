"""The sequences of a context, and what was evaluated before, kept until memory is needed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from agents.engine.context import Context

MOST_PARKED_BYTES = 512 * 1024 * 1024
MOST_PARKED = 64


@dataclass(slots=True, eq=False)
class Slot:
    """A sequence of the context: `cached` are the tokens whose keys and values it holds."""

    sequence: int
    cached: list[int] = field(default_factory=list)
    taken: bool = False
    used: float = 0.0


@dataclass(slots=True, eq=False)
class _Parked:
    """Keys and values that lie outside of the context, where they slow nobody's attention."""

    tokens: list[int]
    state: bytes
    used: float


class Slots:
    """Hands out sequences that hold as much of a prompt as was evaluated before.

    What is idle when somebody else comes is parked outside of the context; of what is parked the
    least recently used goes first, once it takes more than `most_parked_bytes`.
    """

    def __init__(
        self, context: Context, count: int, most_parked_bytes: int = MOST_PARKED_BYTES
    ) -> None:
        self._context = context
        self._slots = [Slot(sequence) for sequence in range(count)]
        self._parked: list[_Parked] = []
        self._most_parked_bytes = most_parked_bytes

    @property
    def free(self) -> int:
        """How many sequences nobody has taken."""
        return sum(not slot.taken for slot in self._slots)

    def take(self, tokens: Sequence[int], most: int) -> Slot:
        """A free slot, which is taken then; there has to be one.

        A conversation that goes on gets its own keys and values back; otherwise the least recently
        used slot is given, with a copy of what any other shares with the prompt. Of that the
        first `most` tokens are reused: the last prompt token is always evaluated, for its logits.
        """
        source: Slot | _Parked = self._slots[0]
        length = -1
        everything: tuple[Slot | _Parked, ...] = (*self._slots, *self._parked)
        for held in everything:
            shared = common_prefix(_tokens_of(held), tokens, most)
            if shared > length:
                source, length = held, shared
        free = [slot for slot in self._slots if not slot.taken]
        goes_on = 2 * length >= len(_tokens_of(source))
        if goes_on and isinstance(source, Slot) and not source.taken:
            slot = source
        else:
            slot = min((one for one in free if one is not source), key=_used, default=free[0])
            if slot is source:
                source = self._park(slot) or slot
        for idle in free:
            if idle is not source:
                self._park(idle)
        slot.taken = True
        if isinstance(source, _Parked):
            self._put_back(source, slot, keep=not goes_on)
        elif source is not slot and length > 0:
            self.share(source, slot, length)
        self.truncate(slot, length)
        self.park_idle()
        return slot

    def release(self, slot: Slot) -> None:
        """Gives a slot back; what it holds can be gone on from."""
        slot.taken = False
        slot.used = time.perf_counter()

    def share(self, source: Slot, target: Slot, length: int) -> None:
        """Gives `target` the first `length` tokens of `source` without evaluating them again."""
        self.truncate(target, 0)
        if self._context.copy(source.sequence, target.sequence, length):
            target.cached = source.cached[:length]

    def truncate(self, slot: Slot, length: int) -> None:
        """Drops what a slot holds behind its first `length` tokens."""
        if length < len(slot.cached):
            whole = self._context.truncate(slot.sequence, length)
            del slot.cached[length if whole else 0 :]

    def restore(self, slot: Slot) -> None:
        """After a decode that stopped half way, the context holds again what the slot says."""
        if not self._context.truncate(slot.sequence, len(slot.cached)):
            slot.cached.clear()

    def park_idle(self) -> bool:
        """Takes what nobody uses out of the context; False if there was nothing."""
        idle = [slot for slot in self._slots if not slot.taken and slot.cached]
        for slot in idle:
            self._park(slot)
        return bool(idle)

    def drop_idle(self) -> None:
        """Gives up all that nobody uses."""
        self._parked.clear()
        for slot in self._slots:
            if not slot.taken:
                self.truncate(slot, 0)

    def _park(self, slot: Slot) -> _Parked | None:
        if not slot.cached:
            return None
        parked = _Parked(slot.cached, self._context.take_out(slot.sequence), slot.used)
        slot.cached = []
        self._parked.append(parked)
        self._parked.sort(key=_used)
        while len(self._parked) > MOST_PARKED or self._parked_bytes() > self._most_parked_bytes:
            del self._parked[0]
        return parked

    def _parked_bytes(self) -> int:
        return sum(len(parked.state) for parked in self._parked)

    def _put_back(self, parked: _Parked, slot: Slot, *, keep: bool) -> None:
        whole = self._context.put_back(slot.sequence, parked.state)
        slot.cached = list(parked.tokens) if whole else []
        if not keep and parked in self._parked:
            self._parked.remove(parked)


def _tokens_of(held: Slot | _Parked) -> list[int]:
    return held.cached if isinstance(held, Slot) else held.tokens


def _used(held: Slot | _Parked) -> float:
    return held.used


def common_prefix(cached: Sequence[int], tokens: Sequence[int], most: int) -> int:
    """How many of the first tokens are equal, at most `most`."""
    length = 0
    for ours, theirs in zip(cached, tokens[:most], strict=False):
        if ours != theirs:
            break
        length += 1
    return length
