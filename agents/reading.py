"""Asks the model in use what messages say of their author, while nobody needs it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from agents.engine.engine import Engine, Generation
from agents.engine.requests import Finished, Piece, Priority
from agents.engine.sampling import SamplingSettings
from agents.events import Event
from agents.listener import tell
from agents.memory import Memory
from agents.persona import TINY_MODEL
from store.errors import SomaError
from store.listening import Unheard

_log = logging.getLogger(__name__)
IDLE_SECONDS = 20.0


class Reading:
    """Reads one message after the other once the engine has been idle for a while.

    Anything more urgent cancels it; what was not read then is read later. Messages that were
    there before the first reading are not read.
    """

    def __init__(
        self, memory: Memory, emit: Callable[[Event], None], idle: float = IDLE_SECONDS
    ) -> None:
        self._memory = memory
        self._emit = emit
        self._idle = idle
        self._generation: Generation | None = None
        self._task: asyncio.Task[None] | None = None
        self._cancelled = False

    def begin(self, engine: Engine) -> None:
        """Reads what came, after a while; a model that is too small for it is not asked."""
        if engine.header.parameters >= TINY_MODEL and (self._task is None or self._task.done()):
            self._cancelled = False
            self._task = asyncio.create_task(self._read_all(engine))

    def cancel(self) -> None:
        """Gives up what was begun; the engine is free within one token."""
        self._cancelled = True
        if self._generation is not None:
            self._generation.cancel()
        elif self._task is not None:
            self._task.cancel()

    async def stop(self) -> None:
        """Gives up what was begun and waits until it uses the engine no more."""
        self.cancel()
        if self._task is not None:
            await asyncio.wait([self._task])

    async def read(self, engine: Engine, message: Unheard) -> bool:
        """Asks about one message and takes up what it says; False where the model gave up."""
        from agents import profile_model

        greedy = SamplingSettings(temperature=0, grammar=profile_model.grammar())
        asked = profile_model.question(message.text)
        prompt = await asyncio.to_thread(engine.template.opening, "", asked)
        if len(prompt) + profile_model.MOST_TOKENS > engine.context_size:
            return True
        said: list[str] = []
        finish = ""
        self._generation = engine.generate(
            prompt, greedy, max_tokens=profile_model.MOST_TOKENS, priority=Priority.BACKGROUND
        )
        try:
            async for update in self._generation:
                if isinstance(update, Piece):
                    said.append(update.text)
                elif isinstance(update, Finished):
                    finish = update.finish
        finally:
            self._generation = None
        if finish in ("cancelled", "error"):
            return False
        claims = profile_model.claims_from("".join(said), message.text)
        heard = await asyncio.to_thread(self._memory.take_reading, message, claims)
        tell(self._memory, self._emit, message.id, heard.learned, heard.ended)
        return True

    async def _read_all(self, engine: Engine) -> None:
        try:
            await asyncio.sleep(self._idle)
            while not self._cancelled and engine.idle and not engine.closing:
                message = await asyncio.to_thread(self._memory.next_to_read)
                if message is None or not await self.read(engine, message):
                    return
                await asyncio.to_thread(self._memory.was_read, message)
        except SomaError as error:
            _log.warning("messages are not read by the model: %s", error)
        except Exception:
            _log.exception("reading messages")
