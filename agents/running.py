"""The answers that run, at most one in a conversation, and the streams of what they tell."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable

from agents import events
from agents.answering import Answering, AnswerOptions, RecallFor, Settle
from agents.engine.engine import Engine
from agents.events import Event
from agents.serving import Serve
from agents.team import TeamService
from store.conversations import Conversations, Message
from store.errors import SomaError

Emit = Callable[[Event], None]
Prepare = Callable[[Emit], Awaitable[Message]]


class RunningAnswers:
    """Keeps the answers that run by conversation, each in a task of its own.

    `emit` gets every event, and `ended` the conversation whose answer has ended; `settle`,
    `recall`, `serve` and `team` are as in `Answering`.
    """

    def __init__(
        self,
        engine: Callable[[], Awaitable[Engine]],
        emit: Emit,
        ended: Callable[[int], None],
        settle: Settle,
        recall: RecallFor,
        serve: Serve,
        team: Callable[[], TeamService],
    ) -> None:
        self._engine = engine
        self._emit = emit
        self._ended = ended
        self._settle = settle
        self._recall = recall
        self._serve = serve
        self._team = team
        self._answers: dict[int, Answering] = {}
        self._begun = 0
        self._tasks: set[asyncio.Task[None]] = set()

    def __contains__(self, conversation: object) -> bool:
        return conversation in self._answers

    @property
    def idle(self) -> bool:
        """Whether no answer runs, nor is about to."""
        return self._begun == 0

    def refuse_change(self, conversation: int) -> None:
        """Raises SomaError while an answer runs in the conversation."""
        if conversation in self._answers:
            raise SomaError("an answer is running in this conversation; stop it first")

    async def answer(
        self,
        conversations: Conversations,
        conversation: int | None,
        options: AnswerOptions | None,
        prepare: Prepare,
    ) -> AsyncGenerator[Event, None]:
        """Answers the message that `prepare` gives, in `conversation` or a new one.

        What `prepare` raises comes before any answer and is passed on. Closing the iterator
        cancels the answer.
        """
        queue: asyncio.Queue[Event] = asyncio.Queue()

        def emit(event: Event) -> None:
            queue.put_nowait(event)
            self._emit(event)

        given = options or AnswerOptions()
        answering = Answering(
            conversations,
            self._engine,
            emit,
            given,
            self._settle,
            self._recall,
            self._serve,
            self._team,
        )
        if conversation is not None:
            self.refuse_change(conversation)
            self._answers[conversation] = answering
        self._begun += 1
        try:
            question = await prepare(emit)
        except BaseException:
            self._forget(conversation, answering)
            raise
        self._answers[question.conversation] = answering
        task = asyncio.create_task(self._run(answering, question))
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

    async def stop(self, conversation: int) -> None:
        """Stops the answer that runs in a conversation, if any, and waits for its end."""
        answering = self._answers.get(conversation)
        if answering is not None:
            answering.cancel()
            await answering.ended.wait()

    async def wait_for_engine(self) -> None:
        """Waits until no answer uses the engine any more."""
        for answering in list(self._answers.values()):
            if answering.generating:
                await answering.ended.wait()

    def interrupt(self) -> None:
        """Ends every answer, as SOMA itself ends."""
        for answering in list(self._answers.values()):
            answering.cancel(by_user=False)

    async def wait(self) -> None:
        """Waits until no answer runs."""
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _run(self, answering: Answering, question: Message) -> None:
        try:
            await answering.run(question)
        finally:
            self._forget(question.conversation, answering)
            self._ended(question.conversation)

    def _forget(self, conversation: int | None, answering: Answering) -> None:
        self._begun -= 1
        if conversation is not None:
            self._answers.pop(conversation, None)
        answering.ended.set()
