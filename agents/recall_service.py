"""Recall for a running SOMA: opened with the store, kept up in the background."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from agents.recall_keeper import RecallKeeper
from agents.recalling import Outdated, Recalling
from store.conversations import Conversations, Message
from store.database import Database
from store.message import Memory
from store.message_tables import MessageTables
from store.recall import Embedder, Recall, RecallStatus
from store.recall_sources import Item, Messages, Source
from store.recalled import Recalled

if TYPE_CHECKING:
    from agents.engine.engine import Engine

_log = logging.getLogger(__name__)
MakeEmbedder = Callable[[], Embedder | None]
TEXTS_AT_ONCE = 16
CONTEXT_WITHOUT_A_MODEL, CHARACTERS_A_TOKEN = 4096, 3


class RecallService:
    """Recall over messages and further `sources`, with the embedder that was handed in.

    `outdated` says what no longer holds, which is not put before a message any more.
    """

    def __init__(
        self,
        database: Database,
        conversations: Conversations,
        cache: Path,
        embedder: MakeEmbedder | None,
        sources: Sequence[Source] = (),
        outdated: Callable[[], Sequence[Outdated]] = tuple,
    ) -> None:
        self._make_embedder = embedder
        self._made: Embedder | None = None
        self.messages = Messages(MessageTables(database))
        self.recall = Recall([self.messages, *sources], cache, self._embedder if embedder else None)
        self._recalling = Recalling(self.recall, conversations, Recalled(database), outdated)
        self._keeper: RecallKeeper | None = None
        self._kinds = {source.kind for source in (self.messages, *sources)}

    def start(
        self, may_embed: Callable[[], bool], on_progress: Callable[[RecallStatus], None]
    ) -> None:
        """Follow what is stored in the background; `on_progress` is called on this loop."""
        loop = asyncio.get_running_loop()

        def tell(status: RecallStatus) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(on_progress, status)

        self._keeper = RecallKeeper(self.recall, may_embed, tell)

    def wake(self) -> None:
        """Something was stored."""
        if self._keeper is not None:
            self._keeper.wake()

    async def recall_for(self, engine: Engine, question: Message) -> tuple[Memory, ...]:
        """What stands before a message in the prompt; recall that fails keeps no answer back."""

        def count(text: str) -> int:
            return len(engine.vocabulary.tokenize(text, markup=False))

        try:
            return await asyncio.to_thread(
                self._recalling.recall_for, question, engine.context_size, count
            )
        except Exception:
            _log.exception("recall for message %d", question.id)
            return question.recalled

    def for_text(self, engine: Engine, text: str) -> tuple[Memory, ...]:
        """What is recalled for a text that is no message. For any thread."""
        try:
            return self._recalling.recall_text(
                text,
                engine.context_size,
                lambda one: len(engine.vocabulary.tokenize(one, markup=False)),
            )
        except Exception:
            _log.exception("recall for the team")
            return ()

    def find(self, text: str) -> tuple[Memory, ...]:
        """What is recalled for some words, without a model to count by. For any thread."""
        return self._recalling.recall_text(
            text, CONTEXT_WITHOUT_A_MODEL, lambda one: len(one) // CHARACTERS_A_TOKEN
        )

    async def prepare(self, patience_s: float | None = None) -> AsyncGenerator[RecallStatus, None]:
        """Index all and embed what lacks a vector, telling how far that is; for commands.

        Ends after `patience_s`, where it is not None, with some of it left. Raises SomaError.
        """
        until = None if patience_s is None else time.monotonic() + patience_s
        while not await asyncio.to_thread(self.recall.follow):
            yield self.recall.status()
        while until is None or time.monotonic() < until:
            if not await asyncio.to_thread(self.recall.embed_some, TEXTS_AT_ONCE):
                break
            yield await asyncio.to_thread(self.recall.status)

    async def pin(self, ref: str, pinned: bool) -> Item:
        """Pin what `ref` names, such as "message:12", or let it loose. Raises UnknownIdError."""
        return await asyncio.to_thread(self.recall.pin, ref, pinned)

    async def forgotten(self, ref: str) -> list[int]:
        """Take something that its source has forgotten out of index, vectors and prompts.

        Gives the messages in whose prompts it stood; they are sent anew without it.
        """
        return await asyncio.to_thread(self._recalling.forgotten, ref)

    def forget_at_once(self, ref: str) -> None:
        """As `forgotten`, for callers off the loop; a whole conversation or document is let pass.

        Its messages or passages are named one by one.
        """
        if ref.partition(":")[0] in self._kinds:
            self._recalling.forgotten(ref)

    def renew(self) -> None:
        """Look for the embedding model again, after it was fetched."""
        if self._make_embedder is not None:
            self._made = None
            self.recall.use(self._embedder)
            self.wake()

    async def close(self) -> None:
        """End the background work and give the model back."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        if self._keeper is not None:
            self._keeper.close()
        self.recall.close()
        close = getattr(self._made, "close", None)
        if close is not None:
            close()

    def _embedder(self) -> Embedder | None:
        assert self._make_embedder is not None
        self._made = self._make_embedder()
        return self._made
