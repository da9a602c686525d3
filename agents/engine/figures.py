"""What an engine is doing at this moment, in figures that a person reads; nothing is changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agents.engine.free_memory import free_memory, own_memory

if TYPE_CHECKING:
    from agents.engine.engine import Engine


@dataclass(frozen=True, slots=True)
class EngineFigures:
    """How many sequences each context works on, those of one in one batch, of `slots` that each
    has; and in bytes the memory of this process, and what it could have with what is free."""

    batches: tuple[int, ...]
    slots: int
    memory: int
    memory_in_reach: int | None

    @property
    def taken(self) -> int:
        """How many sequences are worked on."""
        return sum(self.batches)


def figures_of(engine: Engine) -> EngineFigures:
    """The figures of an engine as they are now. It reads files of the system: not for a loop."""
    batches = tuple(count for count in engine.taken if count)
    slots = engine.options.slots * max(1, len(engine.taken))
    own, free = own_memory(), free_memory()
    return EngineFigures(batches, slots, own, None if free is None else own + free)
