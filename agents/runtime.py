"""The front door: opens the store and the model, answers messages, yields events."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

from agents import events
from agents.answering import Answering, AnswerOptions
from agents.engine.engine import Engine, EngineOptions
from agents.engine.gguf_file import GgufHeader
from agents.engine.sampling import SamplingSettings
from agents.events import Event, ModelSummary
from agents.models import STARTER, STARTER_SAMPLING, ModelLibrary, UnknownModelError
from agents.persona import SYSTEM_PROMPT
from store.conversations import Conversations
from store.database import Database
from store.errors import SomaError
from store.paths import Home
from store.settings import Settings

_log = logging.getLogger(__name__)
_FALLBACKS = {
    "ChatML": "this model brings no chat template; SOMA writes ChatML, its tokens are there",
    "plain": "this model brings no chat template; SOMA writes plain 'User:' and 'Assistant:' "
    "lines, so answers may be poor",
}


class ModelUnavailableError(SomaError):
    """An answer was asked for and no model could be loaded; the message says why."""


class Runtime:
    """Conversations, models and answers for one person. All methods belong on one event loop."""

    def __init__(
        self,
        home: Home,
        *,
        starter: Callable[[Path], Path],
        model: str | None = None,
        options: EngineOptions | None = None,
    ) -> None:
        self.home = home
        self.model: ModelSummary | None = None
        self._wanted_model = model
        self._options = options or EngineOptions()
        self._starter = starter
        self._listeners: list[Callable[[Event], None]] = []
        self._database: Database | None = None
        self._engine: Engine | None = None
        self._model_settled = asyncio.Event()
        self._model_problem = ""
        self._answers: dict[int, Answering] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.conversations: Conversations
        self.settings: Settings
        self.models: ModelLibrary

    def subscribe(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Calls `listener` with every event, on the loop's thread, until the result is called."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    async def open_store(self) -> None:
        """Opens what is on disk; a damaged journal for reading only, with a notice.

        Raises SomaError: locked by another SOMA, not SOMA's, not writable.
        """
        self._database = await asyncio.to_thread(Database.open, self.home)
        self.conversations = Conversations(self._database)
        self.settings = Settings(self._database)
        log = self.home.logs / "llama.log"
        self.models = ModelLibrary(self.settings, self.home.cache, log, self._starter)
        loop = asyncio.get_running_loop()

        def tell(line: str) -> None:
            loop.call_soon_threadsafe(self._emit, events.Notice(line, "warning"))

        for notice in self._database.listen(tell):
            self._emit(events.Notice(notice, "warning"))

    async def load_model(self, reference: str | None = None) -> ModelSummary:
        """Loads a model by name or path; None is the one asked for at the start, else the chosen
        one.

        A model that is in use is given back first, once its answers have ended. Raises SomaError
        with the reason, which ModelFailed repeats for those who listen.
        """
        self._model_settled.clear()
        wanted = reference if reference is not None else self._wanted_model
        name = wanted or ""
        try:
            await self._unload()
            self._emit(events.ModelLoading(name, 0.0, "reading the file"))
            name, header = await asyncio.to_thread(self.models.resolve, wanted)
            self._emit(events.ModelLoading(name, 0.0, "trying the file"))
            await self.models.try_once(header)
            self._engine = await Engine.load(
                header,
                name=name,
                sampling=STARTER_SAMPLING if name == STARTER else SamplingSettings(),
                log=self.home.logs / "llama.log",
                options=self._options,
                on_progress=lambda f: self._emit(events.ModelLoading(name, f, "loading weights")),
            )
        except SomaError as error:
            self._model_problem = str(error)
            self._model_settled.set()
            self._emit(events.ModelFailed(name, str(error)))
            raise
        self.model = _summary(name, header, self._engine)
        self._model_problem = ""
        self._model_settled.set()
        self._emit(events.ModelReady(self.model))
        if self._engine.template.fallback is not None:
            self._emit(events.Notice(_FALLBACKS[self._engine.template.fallback], "warning"))
        return self.model

    async def answer(
        self, text: str, conversation: int | None = None, options: AnswerOptions | None = None
    ) -> AsyncGenerator[Event, None]:
        """Stores `text` in a conversation (None makes a new one) and yields the answer's events.

        An error before UserSaved is raised as SomaError and means that nothing was stored. An
        iterator that is closed early cancels the answer; what was said so far is kept.
        """
        queue: asyncio.Queue[Event] = asyncio.Queue()

        def emit(event: Event) -> None:
            queue.put_nowait(event)
            self._emit(event)

        user = await self._store_message(text, conversation, emit)
        answering = Answering(
            self.conversations,
            self.engine,
            emit,
            conversation=user,
            options=options or AnswerOptions(),
        )
        self._answers[user] = answering
        task = asyncio.create_task(self._run(answering))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            while True:
                event = await queue.get()
                yield event
                if isinstance(event, events.AnswerFinished | events.AnswerFailed):
                    break
        finally:
            if not answering.ended.is_set():
                answering.cancel()
            await asyncio.shield(task)

    def cancel(self, conversation: int) -> bool:
        """Stops the answer that runs in a conversation; False if there is none."""
        answering = self._answers.get(conversation)
        if answering is None:
            return False
        answering.cancel()
        return True

    def answering(self, conversation: int) -> bool:
        """Whether an answer runs in a conversation."""
        return conversation in self._answers

    async def rename(self, conversation: int, title: str) -> None:
        """Gives a conversation another title."""
        await asyncio.to_thread(self.conversations.rename, conversation, title)
        self._emit(events.ConversationChanged(conversation))

    async def delete(self, conversation: int) -> None:
        """Deletes a conversation with its messages; an answer that runs there is stopped first."""
        answering = self._answers.get(conversation)
        if answering is not None:
            answering.cancel()
            await answering.ended.wait()
        await asyncio.to_thread(self.conversations.delete, conversation)
        self._emit(events.ConversationDeleted(conversation))

    async def use_model(self, reference: str) -> ModelSummary:
        """Loads a model and, if it has been added, makes it the one that SOMA opens with."""
        summary = await self.load_model(reference)
        with contextlib.suppress(UnknownModelError):
            await asyncio.to_thread(self.models.choose, summary.name)
        return summary

    async def close(self) -> None:
        """Stops what runs, keeps partial answers, frees the model and the lock."""
        for answering in list(self._answers.values()):
            answering.cancel(by_user=False)
        self._model_problem = self._model_problem or "SOMA is closing"
        self._model_settled.set()
        if self._tasks:
            await asyncio.wait(self._tasks)
        if self._engine is not None:
            await self._engine.close()
            self._engine = None
        if self._database is not None:
            await asyncio.to_thread(self._database.close)
            self._database = None

    async def engine(self) -> Engine:
        """The loaded engine, waited for. Raises ModelUnavailableError where none could be
        loaded."""
        await self._model_settled.wait()
        if self._engine is None or self._engine.closing:
            reason = self._model_problem or "the model has stopped; choose it again"
            raise ModelUnavailableError(reason)
        return self._engine

    async def _store_message(
        self, text: str, conversation: int | None, emit: Callable[[Event], None]
    ) -> int:
        if not text.strip():
            raise SomaError("an empty message is not sent; type something first")
        if conversation is not None and conversation in self._answers:
            raise SomaError("an answer is running in this conversation; stop it first")
        created = conversation is None
        if conversation is None:
            new = await asyncio.to_thread(self.conversations.create, system_prompt=SYSTEM_PROMPT)
            conversation = new.id
        try:
            message = await asyncio.to_thread(self.conversations.add_user, conversation, text)
        except SomaError:
            if created:
                await self._discard(conversation)
            raise
        emit(events.UserSaved(conversation, message.id, text))
        self._emit(events.ConversationChanged(conversation))
        return conversation

    async def _discard(self, conversation: int) -> None:
        try:
            await asyncio.to_thread(self.conversations.delete, conversation)
        except SomaError:
            _log.warning("an empty conversation %d stays behind", conversation, exc_info=True)

    async def _run(self, answering: Answering) -> None:
        try:
            await answering.run()
        finally:
            del self._answers[answering.conversation]
            self._emit(events.ConversationChanged(answering.conversation))

    async def _unload(self) -> None:
        for answering in list(self._answers.values()):
            if answering.generating:
                await answering.ended.wait()
        if self._engine is not None:
            engine, self._engine, self.model = self._engine, None, None
            await engine.close()

    def _emit(self, event: Event) -> None:
        for listener in list(self._listeners):
            listener(event)


def _summary(name: str, header: GgufHeader, engine: Engine) -> ModelSummary:
    return ModelSummary(
        name=name,
        path=str(header.path),
        architecture=header.architecture,
        parameters=header.parameters,
        quantisation=header.quantisation,
        context_size=engine.context_size,
        size_bytes=header.size_bytes,
        threads=engine.threads,
        starter=name == STARTER,
        template=engine.template.fallback is None,
    )
