"""Listens to what was said, once it is answered: for the profile and the personality."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

from agents import events
from agents.events import Event
from agents.memory import AT_ONCE, Memory
from agents.profile_lines import fact_in_words
from store.claims import Fact
from store.errors import SomaError

_log = logging.getLogger(__name__)


class Listener:
    """Hands messages to the memory, in a thread, and tells what that changed."""

    def __init__(self, memory: Memory, emit: Callable[[Event], None]) -> None:
        self._memory = memory
        self._emit = emit
        self._task: asyncio.Task[None] | None = None
        self._again = False

    def begin(self) -> None:
        """Listens to what came since; at once again where more comes meanwhile."""
        self._again = True
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._listen())

    async def wait(self) -> None:
        """Waits until all that was said is heard."""
        if self._task is not None:
            await self._task

    async def _listen(self) -> None:
        while self._again:
            self._again = False
            try:
                heard = await asyncio.to_thread(self._memory.listen)
            except SomaError as error:
                _log.warning("nothing is learned of what was said: %s", error)
                return
            except Exception:
                _log.exception("listening to what was said")
                return
            self._again = self._again or len(heard) == AT_ONCE
            for one in heard:
                tell(self._memory, self._emit, one.message, one.learned, one.ended, one.moved)


def tell(
    memory: Memory,
    emit: Callable[[Event], None],
    message: int | None,
    learned: Sequence[Fact] = (),
    ended: Sequence[Fact] = (),
    moved: Sequence[str] = (),
) -> None:
    """Emits what changed of profile and personality, if anything did."""
    if learned or ended:
        new, old = ("; ".join(map(fact_in_words, facts)) for facts in (learned, ended))
        emit(events.ProfileChanged(memory.person.handle, message, new, old))
    if moved:
        emit(events.PersonalityChanged(message, ", ".join(dict.fromkeys(moved))))
