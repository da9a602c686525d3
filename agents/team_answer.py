"""An answer that several specialists work out: a run of the team, kept in the conversation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from typing import Literal

from agents import events
from agents.events import Event, TaskView
from agents.team import RunOptions, TeamService
from agents.text import visible
from store.conversations import Conversations, Message
from store.errors import SomaError
from store.message import Work

_STATES: dict[str, Literal["done", "cancelled", "interrupted"]] = {
    "done": "done",
    "cancelled": "cancelled",
    "interrupted": "interrupted",
}


class TeamAnswer:
    """Has a team work on a message and keeps its answer. `message` is the answer once it is begun.

    The words of the task that nobody waits for are told as they come.
    """

    def __init__(
        self, team: TeamService, conversations: Conversations, emit: Callable[[Event], None]
    ) -> None:
        self.message: Message | None = None
        self._team = team
        self._conversations = conversations
        self._emit = emit
        self._run: int | None = None
        self._last = ""

    async def give(
        self,
        question: Message,
        max_tokens: int | None,
        stopped: asyncio.Event,
        closing: Callable[[], bool],
    ) -> None:
        """Works until AnswerFinished was told. Raises SomaError where there is no answer.

        Once `stopped` is set the run is stopped, or left to be resumed if SOMA is `closing`.
        """
        assert question.work is not None
        options = RunOptions(specialists=question.work.specialists, max_tokens=max_tokens)
        following = asyncio.create_task(
            self._follow(question, self._team.run(question.text, options))
        )
        watching = asyncio.create_task(stopped.wait())
        try:
            await asyncio.wait({following, watching}, return_when=asyncio.FIRST_COMPLETED)
            if not following.done() and self._run is None:
                following.cancel()
            elif not following.done() and not closing():
                self._team.cancel(self._run or 0)
            with suppress(asyncio.CancelledError):
                await following
        finally:
            watching.cancel()
            following.cancel()
        if self.message is None:
            raise SomaError("stopped before the answer began")

    async def _follow(self, question: Message, run: AsyncGenerator[Event, None]) -> None:
        async with aclosing(run) as stream:
            async for event in stream:
                match event:
                    case events.RunStarted():
                        await self._begin(question, event)
                    case events.TasksPlanned():
                        self._last = _last_of(event.tasks)
                    case events.TaskText() if event.task == self._last and self.message:
                        told = (question.conversation, self.message.id, event.text)
                        self._emit(events.AnswerPiece(*told))
                    case events.RunEnded():
                        await self._end(event)

    async def _begin(self, question: Message, event: events.RunStarted) -> None:
        self._run = event.run
        self._last = _last_of(event.tasks)
        names = tuple(event.route["specialists"])
        answer = await asyncio.to_thread(
            self._conversations.begin_answer,
            question.conversation,
            event.model,
            "",
            after=question.id,
            work=Work(names, run=event.run),
        )
        self.message = answer
        self._emit(
            events.AnswerStarted(
                question.conversation,
                answer.id,
                event.model,
                question.id,
                specialists=names,
                run=event.run,
            )
        )

    async def _end(self, event: events.RunEnded) -> None:
        answer = self.message
        assert answer is not None
        if event.state not in _STATES:
            raise SomaError(event.reason)
        text = self._team.runs.get(event.run).answer if event.state == "done" else ""
        finish = "stop" if event.state == "done" else "cancelled"
        await asyncio.to_thread(self._conversations.append_piece, answer.id, text, ())
        await asyncio.to_thread(
            self._conversations.finish_answer,
            answer.id,
            state=_STATES[event.state],
            finish=finish,
            figures=None,
        )
        self._emit(
            events.AnswerFinished(answer.conversation, answer.id, visible(text), finish, None)
        )


def _last_of(tasks: tuple[TaskView, ...]) -> str:
    """The task that no other takes from, where there is one such."""
    needed = {name for task in tasks for name in task.depends_on}
    last = [task.id for task in tasks if task.id not in needed]
    return last[0] if len(last) == 1 else ""
