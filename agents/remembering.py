"""What goes on beside the answers: listening, reading, rating, forgetting, taking documents in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

from agents import events
from agents.engine.engine import Engine
from agents.engine.sampling import SamplingSettings
from agents.events import Event
from agents.forgetting import Forgetter, Preview, Receipt, Target
from agents.listener import Listener, tell
from agents.memory import Memory
from agents.persona import sampling
from agents.reading import Reading
from agents.recalling import Outdated
from store.claims import Fact
from store.conversations import Message
from store.database import Database
from store.library import Document, ForgottenError, Library
from store.memory_sources import Facts, Passages
from store.paths import Home
from store.versions import Versions

R = TypeVar("R")


class Write(Protocol):
    """Runs a change of the store off the loop, after those that came before."""

    def __call__(self, change: Callable[..., R], *args: Any) -> Awaitable[R]:
        """Gives what the change gives."""


class Remembering:
    """Profile, personality and documents of a runtime. All methods belong on its loop."""

    def __init__(
        self, home: Home, database: Database, write: Write, emit: Callable[[Event], None]
    ) -> None:
        self._write = write
        self._emit = emit
        self.memory = Memory(database)
        self.library = Library(database)
        self.forgetter = Forgetter(
            home,
            database,
            self.memory.profiles,
            self.library,
            trained_on=Versions(home.versions).retrain_due,
        )
        self.listener = Listener(self.memory, emit)
        self.reading = Reading(self.memory, emit)

    def sources(self) -> tuple[Facts, Passages]:
        """What recall finds besides messages: what is known of the person, and documents."""
        return Facts(self.memory.profiles, self.memory.now), Passages(self.library)

    def outdated(self) -> list[Outdated]:
        """What was said of the person once and holds no longer, with what holds now."""
        facts = self.memory.profiles.facts(self.memory.person.id, history=True)
        values = {fact.id: fact.value for fact in facts}
        current = {fact.value for fact in facts if fact.state == "current"}
        return [
            Outdated(fact.value, values.get(fact.successor or 0, ""), fact.updated)
            for fact in facts
            if fact.state != "current" and fact.value not in current
        ]

    # --- beside the answers

    def settle(self, engine: Engine, question: Message) -> SamplingSettings:
        """Gives the conversation of a question its prompt, and how to sample. For any thread."""
        self.memory.settle(engine, question)
        return self.memory.sampling(engine, question.conversation)

    def settle_text(self, engine: Engine, text: str) -> tuple[str, SamplingSettings]:
        """The prompt of work that begins with a text, and how to sample. For any thread."""
        prompt = self.memory.prompt_for(engine, text)
        return prompt.text, sampling(engine.default_sampling, prompt.shift)

    def answered(self, engine: Engine | None) -> None:
        """Listens to what was said; an engine that nobody needs is asked about it in a while."""
        self.listener.begin()
        if engine is not None:
            self.reading.begin(engine)

    async def stop(self) -> None:
        """Waits until all is heard and the engine is used no more."""
        await self.reading.stop()
        await self.listener.wait()

    async def rated(self, message: Message) -> None:
        """Takes up what a rating says of the style of an answer."""
        moved = await self._write(self.memory.take_rating, message)
        tell(self.memory, self._emit, message.id, moved=moved)

    # --- by hand

    async def change(self, change: Callable[..., R], *args: Any) -> R:
        """Changes profile or personality by hand, and tells of it."""
        result = await self._write(change, *args)
        self.tell_of_change()
        return result

    async def remember(self, text: str) -> list[Fact]:
        """Keeps what a text says of the person, as if it had been said, or else the text itself."""
        return await self.change(self.memory.remember, text)

    async def preview(self, target: Target) -> Preview:
        """Says what `forget` would take away."""
        return await asyncio.to_thread(self.forgetter.preview, target)

    async def forget(
        self, target: Target, stop: Callable[[int], Awaitable[None]], engine: Engine | None
    ) -> Receipt:
        """Forgets something for good; `stop` ends the answer that runs in a conversation."""
        for conversation in await asyncio.to_thread(self.forgetter.conversations_of, target):
            await stop(conversation)
        self.reading.cancel()
        await self.listener.wait()
        receipt, erased = await self._write(self.forgetter.forget, target)
        if engine is not None:
            engine.drop_cached()
        for conversation in erased.changed:
            self._emit(events.BranchChanged(conversation))
            self._emit(events.ConversationChanged(conversation))
        if target.kind == "conversation":
            self._emit(events.ConversationDeleted(target.id))
        self.tell_of_change()
        return receipt

    def tell_of_change(self) -> None:
        """Tells that profile or personality were changed by hand."""
        handle = self.memory.person.handle
        self._emit(events.ProfileChanged(handle, None, "", ""))
        self._emit(events.PersonalityChanged(None, ""))

    # --- documents

    async def ingest(self, paths: Iterable[Path]) -> AsyncGenerator[Event, None]:
        """Takes files in, one after the other, and yields what became of each.

        A folder means the documents in it. A file that cannot be read is told of and left out.
        """
        from store.document_files import files_at

        files = await asyncio.to_thread(lambda: list(files_at(paths)))
        for number, path in enumerate(files, 1):
            event = await self._ingest(path, number, len(files))
            self._emit(event)
            yield event

    async def remove_document(self, document: int) -> Document:
        """Takes a document out; what it said is in the journal's file until that is compacted."""
        return await self._write(self.library.remove, document)

    async def _ingest(self, path: Path, number: int, of: int) -> Event:
        from store.document_files import DocumentError, read_document

        taken = partial(events.DocumentTaken, path=str(path), number=number, of=of)
        try:
            read = await asyncio.to_thread(read_document, path)
        except DocumentError as error:
            return taken(document=None, outcome="refused", passages=0, note=str(error))
        try:
            kept = await self._write(self.library.take_in, read, self.memory.now())
        except ForgottenError as error:
            return taken(document=None, outcome="forgotten", passages=0, note=str(error))
        return taken(
            document=kept.document.id,
            outcome=kept.outcome,
            passages=kept.document.passages,
            note=read.notice,
        )
