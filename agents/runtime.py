"""The front door: opens the store and the model, answers messages, yields events."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, ParamSpec, TypeVar

from agents import asking, events, model_changes
from agents.answering import AnswerOptions
from agents.engine.engine import Engine, EngineOptions
from agents.engine.sampling import SamplingSettings
from agents.events import Event, ModelSummary
from agents.forgetting import Receipt, Target
from agents.loaded_model import summary, template_notice
from agents.model_settings import ModelSettings, Value
from agents.models import ModelLibrary, default_sampling
from agents.pulling import Pulling
from agents.questions import find_question, store_question
from agents.recall_service import MakeEmbedder, RecallService
from agents.remembering import Remembering
from agents.running import Emit, RunningAnswers
from agents.serving import Serving
from agents.team import TeamService
from agents.titles import Titling
from agents.tools.toolbox import Toolbox
from store.conversations import Conversation, Conversations, Message
from store.database import Database
from store.drafts import Draft
from store.errors import SomaError
from store.imports import Importer
from store.paths import Home
from store.settings import Settings

if TYPE_CHECKING:
    from agents.requests import Operation

P = ParamSpec("P")
R = TypeVar("R")
_log = logging.getLogger(__name__)


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
        embedder: MakeEmbedder | None = None,
        operations: Mapping[str, Operation] | None = None,
        trains: Callable[[], bool] = lambda: False,
    ) -> None:
        self.home = home
        self.operations = operations or {}
        self._trains = trains
        self.model: ModelSummary | None = None
        self._wanted_model = model
        self.options = options or EngineOptions()
        self._starter = starter
        self._listeners: list[Callable[[Event], None]] = []
        self._database: Database | None = None
        self._engine: Engine | None = None
        self._loading = asyncio.Lock()
        self._model_settled = asyncio.Event()
        self._model_problem = ""
        self._embedder = embedder
        self.serving = Serving(home, self._emit)
        self._running = RunningAnswers(
            self.engine,
            self._emit,
            self._answered,
            self._settle,
            lambda engine, message: self.recall.recall_for(engine, message),
            self.serving.serve,
            lambda: self.team,
        )
        # One thread, so that drafts and messages reach the disk in the order they were given in.
        self._writer = ThreadPoolExecutor(1, "writer")
        self._titling: Titling
        self.remembering: Remembering
        self.conversations: Conversations
        self.settings: Settings
        self.models: ModelLibrary
        self.recall: RecallService
        self.team: TeamService

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
        self._titling = Titling(self.conversations, self._emit)
        self.remembering = Remembering(self.home, self._database, self._write, self._emit)
        self.settings = Settings(self._database)
        log = self.home.logs / "llama.log"
        self.models = ModelLibrary(self.settings, self.home.cache, log, self._starter)
        self.recall = RecallService(
            self._database,
            self.conversations,
            self.home.cache,
            self._embedder,
            self.remembering.sources(),
            self.remembering.outdated,
        )
        self.remembering.forgetter.hooks.append(self.recall.forget_at_once)
        self.team = TeamService(
            self._database, self.engine, self.remembering.settle_text, self.recall.for_text,
            self._write, self._emit, self.recall.recall.embed, self._free_engine,
            self.serving.serve, Toolbox(self.recall.find, self.remembering.library.passage),
        )  # fmt: skip
        self.recall.start(
            lambda: self._running.idle,
            lambda status: self._emit(events.RecallProgress(status.embedded, status.items)),
        )
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
        async with self._loading:
            return await self._load_model(reference)

    async def _load_model(self, reference: str | None) -> ModelSummary:
        self._model_settled.clear()
        wanted = reference if reference is not None else self._wanted_model
        name = wanted or ""
        try:
            await self._unload()
            self._emit(events.ModelLoading(name, 0.0, "reading the file"))
            name, header = await asyncio.to_thread(self.models.resolve, wanted)
            self._emit(events.ModelLoading(name, 0.0, "trying the file"))
            await self.models.try_once(header)
            settings = self.models.model_settings.get(name)
            self._engine = await Engine.load(
                header,
                name=name,
                sampling=settings.sampling(default_sampling(name)),
                max_tokens=settings.max_tokens,
                log=self.home.logs / "llama.log",
                options=settings.engine_options(self.options),
                on_progress=lambda f: self._emit(events.ModelLoading(name, f, "loading weights")),
            )
        except SomaError as error:
            self._model_problem = str(error)
            self._model_settled.set()
            self._emit(events.ModelFailed(name, str(error)))
            raise
        self.model = summary(name, header, self._engine)
        self._model_problem = ""
        self._model_settled.set()
        self._emit(events.ModelReady(self.model))
        if (notice := template_notice(self._engine)) is not None:
            self._emit(events.Notice(notice, "warning"))
        return self.model

    def answer(
        self,
        text: str,
        conversation: int | None = None,
        options: AnswerOptions | None = None,
        *,
        instead_of: int | None = None,
    ) -> AsyncGenerator[Event, None]:
        """Stores `text` in a conversation (None makes a new one) and yields the answer's events.

        With `instead_of`, a message of the user's, the text becomes an alternative to it. An
        error before UserSaved is raised as SomaError and means that nothing was stored. An
        iterator that is closed early cancels the answer; what was said so far is kept.
        """
        if instead_of is not None and conversation is None:
            conversation = self.conversations.message(instead_of).conversation

        async def store(emit: Emit) -> Message:
            self._free_engine()
            work = asking.work_for(self.team.team, options.specialists if options else ())
            message = await self._write(
                store_question, self.conversations, text, conversation, instead_of, work
            )
            emit(asking.saved(message))
            self._emit(events.ConversationChanged(message.conversation))
            return message

        return self._running.answer(self.conversations, conversation, options, store)

    def regenerate(
        self,
        conversation: int,
        message: int | None = None,
        options: AnswerOptions | None = None,
    ) -> AsyncGenerator[Event, None]:
        """Yields the events of a further answer to what `message` answers.

        It becomes an alternative to the answers that are there. Without a message it is the last
        one shown, which may also be one of the user's that got no answer; so may `message`.
        """

        async def find(emit: Emit) -> Message:
            self._free_engine()
            return await self._write(find_question, self.conversations, conversation, message)

        return self._running.answer(self.conversations, conversation, options, find)

    def cancel(self, conversation: int) -> bool:
        """Stops the answer that runs in a conversation; False if there is none."""
        return self._running.cancel(conversation)

    def answering(self, conversation: int) -> bool:
        """Whether an answer runs in a conversation."""
        return conversation in self._running

    async def show_branch(self, conversation: int, message: int) -> None:
        """Shows the branch through a message, down to what was shown last below it."""
        self._running.refuse_change(conversation)
        await self._write(self.conversations.show_branch, conversation, message)
        self._emit(events.BranchChanged(conversation))

    async def continue_after(self, conversation: int, message: int | None) -> None:
        """Lets the shown branch end with a message, which the next one follows; None: with none."""
        self._running.refuse_change(conversation)
        await self._write(self.conversations.continue_after, conversation, message)
        self._emit(events.BranchChanged(conversation))

    async def rate(self, message: int, value: Literal[-1, 0, 1], better: str = "") -> None:
        """Keeps what the user thinks of an answer and which one would have been better.

        0 takes the rating away. A better answer that is blank or the answer itself is none.
        """
        rated = await self._write(self.conversations.rate, message, value, better)
        better = rated.rating.better if rated.rating else ""
        self._emit(events.Rated(rated.conversation, message, value, better))
        await self.remembering.rated(rated)

    async def rename(self, conversation: int, title: str) -> None:
        """Gives a conversation another title."""
        await self._write(self.conversations.rename, conversation, title)
        self._emit(events.ConversationChanged(conversation))

    async def delete(self, conversation: int, *, now: bool = False) -> None:
        """Hides a conversation until it is restored or a day is over, or deletes it for good `now`.

        An answer that runs there is stopped first.
        """
        await self._running.stop(conversation)
        await self._write(self.conversations.delete, conversation, now=now)
        self._emit(events.ConversationDeleted(conversation))

    async def restore(self, conversation: int) -> Conversation:
        """Brings a deleted conversation back as it was."""
        restored = await self._write(self.conversations.restore, conversation)
        self._emit(events.ConversationChanged(conversation))
        return restored

    async def forget(self, target: Target) -> Receipt:
        """Forgets something for good: in memory, on the disk, and in prompts to come.

        Answers that run in conversations it is about are stopped first.
        """
        self._titling.cancel()
        return await self.remembering.forget(target, self._running.stop, self._engine)

    def importer(self, system_prompt: str) -> Importer:
        """What takes conversations of other programs into the store."""
        if self._database is None:
            raise SomaError("SOMA is closing; nothing more is kept")
        return Importer(self._database, system_prompt)

    def announce(self, event: Event) -> None:
        """Tells those who listen of something that an operation has done."""
        self._emit(event)

    async def pin(self, ref: str, pinned: bool = True) -> None:
        """Lets what `ref` names, such as "message:12", be recalled before others, or no longer."""
        await self.recall.pin(ref, pinned)
        if ref.startswith("fact:"):
            self.remembering.tell_of_change()

    async def unpin(self, ref: str) -> None:
        """Takes a pin away."""
        await self.pin(ref, False)

    def drafts(self) -> dict[int | None, Draft]:
        """What was typed and not sent, by conversation; None is the one without a message yet."""
        return self.conversations.drafts.all()

    async def save_draft(self, conversation: int | None, draft: Draft) -> None:
        """Keeps a draft, on disk when the call returns; an empty one leaves nothing."""
        await self._write(self.conversations.drafts.save, conversation, draft)

    def pulling(self, token: str | None = None) -> Pulling:
        """What downloads models from a hub into the data directory and adds them."""
        return Pulling(self.home.models, self.models, token=token)

    async def use_model(self, reference: str) -> ModelSummary:
        """Changes over to a model, by name or path, between two answers; SOMA opens with it from
        now on."""
        return await model_changes.use_model(self, reference)

    async def change_model_settings(
        self, name: str, changes: Mapping[str, Value | str | None], *, reset: bool = False
    ) -> ModelSettings:
        """Keeps settings of a model, and loads it again where they need that."""
        return await model_changes.change_settings(self, name, changes, reset=reset)

    async def close(self) -> None:
        """Stops what runs, keeps partial answers, frees the model and the lock."""
        self._running.interrupt()
        if self._database is not None:
            self.team.interrupt()
        self._model_problem = self._model_problem or "SOMA is closing"
        self._model_settled.set()
        await self._running.wait()
        if self._database is not None:
            await self.team.wait()
            await self._titling.stop()
            await self.remembering.stop()
            await self.recall.close()
        if self._engine is not None:
            await self._engine.close()
            self._engine = None
        database, self._database = self._database, None
        await asyncio.to_thread(self._writer.shutdown)
        if database is not None:
            await asyncio.to_thread(database.close)

    async def engine(self) -> Engine:
        """The loaded engine, waited for. Raises ModelUnavailableError where none could be
        loaded."""
        await self._model_settled.wait()
        if self._engine is None or self._engine.closing:
            reason = self._model_problem or "the model has stopped; choose it again"
            raise ModelUnavailableError(reason)
        if (trains := self._trains()) != self._engine.beside_training:
            self._engine.beside_training = trains
        return self._engine

    def _answered(self, conversation: int) -> None:
        self.recall.wake()
        self._emit(events.ConversationChanged(conversation))
        able = self.model is not None and not self.model.starter
        if able and self._engine is not None and self._running.idle:
            self._titling.begin(self._engine, conversation)
        self.remembering.answered(self._engine if able and self._running.idle else None)

    def _free_engine(self) -> None:
        self._titling.cancel()
        self.remembering.reading.cancel()

    def _settle(self, engine: Engine, question: Message) -> SamplingSettings:
        settled = self.remembering.settle(engine, question)
        return asking.sampling(self.team.team, engine.name, question, settled)

    async def _write(self, change: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Runs a change of the store in the writer's thread, after those that came before."""
        if self._database is None:
            raise SomaError("SOMA is closing; nothing more is kept")
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._writer, partial(change, *args, **kwargs))

    async def _unload(self) -> None:
        await self._running.wait_for_engine()
        await self.team.wait()
        if self._engine is not None:
            await self._titling.stop()
            await self.remembering.stop()
            engine, self._engine, self.model = self._engine, None, None
            await engine.close()

    def _emit(self, event: Event) -> None:
        for listener in list(self._listeners):
            listener(event)
