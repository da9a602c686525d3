"""The real memory of a runtime, on the real store, for a runtime whose answers are a test's."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from agents import events
from agents.events import Event
from agents.forgetting import Receipt, Target
from agents.recall_service import RecallService
from agents.remembering import Remembering
from store.conversations import Conversations
from store.database import Database
from store.message import Memory as RecalledMemory
from store.paths import Home
from store.recalled import Recalled


class FakeMemoryUse:
    """How a fake runtime remembers: profile, personality, documents, recall by words."""

    home: Home
    conversations: Conversations
    remembering: Remembering
    recall: RecallService
    emit: Callable[[Event], Event]

    def open_memory(self, database: Database) -> None:
        async def write(change: Callable[..., Any], *args: Any) -> Any:
            return await asyncio.to_thread(change, *args)

        self.remembering = Remembering(self.home, database, write, self.emit)
        self.remembering.memory._clock = lambda: time.time()
        remembering = self.remembering
        self.recall = RecallService(
            database,
            self.conversations,
            self.home.cache,
            None,
            remembering.sources(),
            remembering.outdated,
        )
        remembering.forgetter.hooks.append(self.recall.forget_at_once)
        self._recalled = Recalled(database)

    async def forget(self, target: Target) -> Receipt:
        async def stop(conversation: int) -> None:
            return

        return await self.remembering.forget(target, stop, None)

    async def pin(self, ref: str, pinned: bool = True) -> None:
        await self.recall.pin(ref, pinned)

    def recall_these(self, question: int, memories: list[RecalledMemory]) -> None:
        """Let these have been recalled for a message, as a runtime tells it."""
        self._recalled.keep(question, memories)
        message = self.conversations.message(question)
        hits = tuple(
            events.RecalledHit(m.ref, m.text, m.source, m.time, m.speaker, m.why, m.score)
            for m in memories
        )
        self.emit(events.Recalled(message.conversation, question, hits))
