"""Test doubles of what the screen talks to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Literal

from agents import events
from agents.answering import AnswerOptions
from agents.asking import saved, work_for
from agents.events import Event, Figures, ModelSummary
from store.branches import HEAD
from store.conversations import Conversations
from store.database import Database
from store.drafts import Draft, Drafts
from store.errors import SomaError
from store.message import Work
from store.paths import Home
from store.settings import Settings
from tests.soma_tui.fake_memory import FakeMemoryUse
from tests.soma_tui.fake_models import FakeModels, FakeModelUse
from tests.soma_tui.fake_team import FakeTeam
from tests.soma_tui.fake_training import FakeServing, FakeTraining

STARTER = ModelSummary(
    name="starter",
    path="starter.gguf",
    architecture="gemma3",
    parameters=5_800_000,
    quantisation="F16",
    context_size=2048,
    size_bytes=11_600_000,
    threads=2,
    starter=True,
    template=True,
)
FIGURES = Figures(
    prompt_tokens=1204,
    cached_tokens=961,
    completion_tokens=40,
    context_used=1204,
    context_size=8192,
    first_token_s=0.21,
    tokens_per_s=38.4,
)


class FakeRuntime(FakeModelUse, FakeMemoryUse):
    """A runtime on a real store whose answers are given by the test.

    With a `reply` every message is answered with it at once; without one the answer waits for
    `say` and `end`. Errors that are set are raised where the runtime would raise them.
    """

    def __init__(self, home: Home, *, reply: str | None = None) -> None:
        self.home = home
        self.reply = reply
        self.summary = STARTER
        self.model: ModelSummary | None = None
        self.open_error: SomaError | None = None
        self.save_error: SomaError | None = None
        self.load_error: SomaError | None = None
        self.draft_error: SomaError | None = None
        self.may_open = asyncio.Event()
        self.may_open.set()
        self.may_load = asyncio.Event()
        self.may_load.set()
        self.finish = "stop"
        self.closed = False
        self.loaded: Any = None
        self.models = FakeModels()
        self.serving = FakeServing(home, self.emit)
        self.training = FakeTraining(home)
        self.operations = self.training.operations
        self.conversations: Conversations
        self.settings: Settings
        self.team: FakeTeam
        self._drafts: Drafts
        self._database: Database | None = None
        self._listeners: list[Callable[[Event], None]] = []
        self._answers: dict[int, tuple[int, asyncio.Queue[str | None]]] = {}

    def subscribe(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def emit(self, event: Event) -> Event:
        for listener in self._listeners:
            listener(event)
        return event

    def announce(self, event: Event) -> None:
        self.emit(event)

    async def open_store(self) -> None:
        await self.may_open.wait()
        if self.open_error is not None:
            raise self.open_error
        if self._database is None:
            self._database = await asyncio.to_thread(Database.open, self.home)
            self.conversations = Conversations(self._database)
            self._drafts = self.conversations.drafts
            self.open_memory(self._database)
            self.settings = Settings(self._database)
            self.team = FakeTeam(self._database, self.emit)

    async def load_model(self, reference: str | None = None) -> ModelSummary:
        self.emit(events.ModelLoading("starter", 0.4, "loading weights"))
        await self.may_load.wait()
        if self.load_error is not None:
            self.emit(events.ModelFailed("starter", str(self.load_error)))
            raise self.load_error
        self.model = self.summary
        self.emit(events.ModelReady(self.summary))
        return self.summary

    async def engine(self) -> Any:
        """What the test set as `loaded`; as good as no model without it."""
        if self.loaded is None:
            raise SomaError("no engine is loaded in this test")
        return self.loaded

    def say(self, text: str, conversation: int | None = None) -> None:
        """Let the running answer go on."""
        self._queue(conversation).put_nowait(text)

    def end(self, finish: str = "stop", conversation: int | None = None) -> None:
        """Let the running answer end."""
        self.finish = finish
        self._queue(conversation).put_nowait(None)

    def _queue(self, conversation: int | None) -> asyncio.Queue[str | None]:
        key = next(iter(self._answers)) if conversation is None else conversation
        return self._answers[key][1]

    async def answer(
        self,
        text: str,
        conversation: int | None = None,
        options: AnswerOptions | None = None,
        *,
        instead_of: int | None = None,
    ) -> AsyncIterator[Event]:
        if self.save_error is not None:
            raise self.save_error
        stored = self.conversations
        place = conversation
        if conversation is None:
            conversation = stored.create().id
        after = HEAD if instead_of is None else stored.message(instead_of).parent
        names = options.specialists if options else ()
        work = work_for(self.team.team, names)
        user = stored.add_user(conversation, text, after=after, work=work)
        self._drafts.sent(place, text)
        yield self.emit(saved(user))
        self.emit(events.ConversationChanged(conversation))
        async for event in self._reply(conversation):
            yield event

    async def regenerate(
        self, conversation: int, message: int | None = None, options: AnswerOptions | None = None
    ) -> AsyncIterator[Event]:
        stored = self.conversations
        answer = stored.message(message or stored.messages(conversation)[-1].id)
        stored.continue_after(conversation, answer.parent)
        async for event in self._reply(conversation):
            yield event

    async def _reply(self, conversation: int) -> AsyncIterator[Event]:
        stored = self.conversations
        await self.may_load.wait()
        asked = stored.messages(conversation)[-1].work
        names = asked.specialists if asked else ()
        run = None
        if len(names) > 1:
            run = self.team.begin("Compare them").id
            self.team.keep(run, answer="Both agree.")
        work = Work(names, run=run) if names else None
        begun = stored.begin_answer(conversation, "starter", "vocabulary", work=work)
        message = begun.id
        queue: asyncio.Queue[str | None] = asyncio.Queue()
        self._answers[conversation] = (message, queue)
        if self.reply is not None:
            for word in self.reply.split(" "):
                queue.put_nowait(word + " ")
            queue.put_nowait(None)
        self.finish = "stop"
        started = (conversation, message, "starter", begun.parent, "", names, run)
        yield self.emit(events.AnswerStarted(*started))
        while (piece := await queue.get()) is not None:
            stored.append_piece(message, piece, [1])
            yield self.emit(events.AnswerPiece(conversation, message, piece))
        del self._answers[conversation]
        state = "cancelled" if self.finish == "cancelled" else "done"
        whole = stored.finish_answer(message, state=state, finish=self.finish, figures={})
        yield self.emit(
            events.AnswerFinished(conversation, message, whole.text, self.finish, FIGURES)
        )
        self.emit(events.ConversationChanged(conversation))

    def cancel(self, conversation: int) -> bool:
        if conversation not in self._answers:
            return False
        self.end("cancelled", conversation)
        return True

    def answering(self, conversation: int) -> bool:
        return conversation in self._answers

    async def rename(self, conversation: int, title: str) -> None:
        self.conversations.rename(conversation, title)
        self.emit(events.ConversationChanged(conversation))

    async def delete(self, conversation: int, *, now: bool = False) -> None:
        self.conversations.delete(conversation, now=now)
        self.emit(events.ConversationDeleted(conversation))

    async def restore(self, conversation: int) -> None:
        self.conversations.restore(conversation)
        self.emit(events.ConversationChanged(conversation))

    async def show_branch(self, conversation: int, message: int) -> None:
        self.conversations.show_branch(conversation, message)
        self.emit(events.BranchChanged(conversation))

    async def continue_after(self, conversation: int, message: int | None) -> None:
        self.conversations.continue_after(conversation, message)
        self.emit(events.BranchChanged(conversation))

    async def rate(self, message: int, value: Literal[-1, 0, 1], better: str = "") -> None:
        rated = self.conversations.rate(message, value, better)
        kept = rated.rating.better if rated.rating else ""
        self.emit(events.Rated(rated.conversation, message, value, kept))

    async def save_draft(self, conversation: int | None, draft: Draft) -> None:
        if self.draft_error is not None:
            raise self.draft_error
        self._drafts.save(conversation, draft)

    def drafts(self) -> dict[int | None, Draft]:
        return self._drafts.all()

    async def close(self) -> None:
        self.closed = True
        self.training.close()
        if self._database is not None:
            self._database.close()
            self._database = None


class FakeInstaller:
    """An installer that goes on when the test lets it."""

    def __init__(self, missing: list[str]) -> None:
        self._missing = missing
        self.go_on: asyncio.Queue[tuple[str, float | None]] = asyncio.Queue()
        self.error: SomaError | None = None
        self.cancelled = False
        self.ended = asyncio.Event()

    def missing(self) -> list[str]:
        return self._missing

    def download_note(self) -> str:
        return "3 packages: 1.4 GB on disk."

    async def install(self, on_progress: Callable[[str, float | None], None], *, log: Path) -> None:
        try:
            while True:
                line, fraction = await self.go_on.get()
                if self.error is not None:
                    raise self.error
                on_progress(line, fraction)
                if fraction == 1.0:
                    return
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        finally:
            self.ended.set()
