"""One answer, from the stored question to the stored answer."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from agents import events
from agents.engine.engine import Engine, Generation
from agents.engine.requests import Finished, Piece, Reading
from agents.engine.sampling import SamplingSettings
from agents.events import Event, Figures
from agents.prompt import Prompt, build_prompt
from agents.serving import Serve, Served
from agents.team import TeamService
from agents.team_answer import TeamAnswer
from agents.text import visible
from store.conversations import Conversations, Message
from store.errors import SomaError
from store.message import Memory, Work

RecallFor = Callable[[Engine, Message], Awaitable[tuple[Memory, ...]]]
_log = logging.getLogger(__name__)
Settle = Callable[[Engine, Message], SamplingSettings]
SECONDS_BETWEEN_SAVES = 0.25
LONGEST_ANSWER = 2048


@dataclass(frozen=True, slots=True)
class AnswerOptions:
    """How one answer is to be made; None leaves a setting to the model's own default.

    The answer ends before any of the `stop` texts. `specialists` are those that a new message is
    given to; one of them answers it in the conversation, several do as a team.
    """

    sampling: SamplingSettings | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    specialists: tuple[str, ...] = ()


@dataclass(slots=True)
class _Unsaved:
    """Pieces that the store does not have yet; it had the ones before at the time `since`."""

    text: list[str] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)
    since: float = 0.0


class Answering:
    """Answers one stored message: recall, prompt, tokens to listeners and to disk, end.

    `engine` is awaited for the model, which may still be loading. `settle` gives the conversation
    its system prompt and says how to sample where the options do not; `recall` finds and keeps
    what stands before the message in the prompt; `serve` gives the version that answers; `team`
    works on what several are asked. Whatever happens, `run` ends with one AnswerFinished or
    AnswerFailed, and what was said before that is on disk. `ended` is set when nothing more will
    come.
    """

    def __init__(
        self,
        conversations: Conversations,
        engine: Callable[[], Awaitable[Engine]],
        emit: Callable[[Event], None],
        options: AnswerOptions,
        settle: Settle,
        recall: RecallFor,
        serve: Serve,
        team: Callable[[], TeamService],
    ) -> None:
        self.conversation = 0
        self.generating = False
        self.ended = asyncio.Event()
        self._conversations = conversations
        self._engine = engine
        self._emit = emit
        self._options = options
        self._settle = settle
        self._sampling = options.sampling
        self._recall = recall
        self._serve = serve
        self._served = Served()
        self._team = team
        self._cancelled = asyncio.Event()
        self._interrupted = False
        self._generation: Generation | None = None
        self._question = 0
        self._work: Work | None = None
        self._answer: Message | None = None
        self._unsaved = _Unsaved()
        self._said: list[int] = []

    def cancel(self, *, by_user: bool = True) -> None:
        """Ends the answer within one token, or before it began."""
        self._interrupted = not by_user
        self._cancelled.set()
        if self._generation is not None:
            self._generation.cancel()

    async def run(self, question: Message) -> None:
        """Gives an answer to a message of the user's. Errors become AnswerFailed."""
        self.conversation, self._question = question.conversation, question.id
        if question.work is not None:
            self._work = Work(question.work.specialists)
        try:
            if question.work is not None and len(question.work.specialists) > 1:
                await self._let_team(question)
                return
            engine = await self._wait_for_engine()
            if engine is None:
                self._fail("stopped before the answer began")
            else:
                await self._prepare(engine, question)
                await self._remember(engine, question)
                await self._write(engine)
        except SomaError as error:
            await self._keep_what_was_said(str(error))
        except Exception:
            _log.exception("answering in conversation %d", self.conversation)
            await self._keep_what_was_said("SOMA made a mistake here; soma.log has the details")
        finally:
            self.generating = False
            self.ended.set()

    async def _wait_for_engine(self) -> Engine | None:
        """The engine, claimed by `generating`; None when the answer was stopped before."""
        stopped = asyncio.ensure_future(self._cancelled.wait())
        wanted = asyncio.ensure_future(self._engine())
        try:
            await asyncio.wait({wanted, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if stopped.done():
                return None
            engine = wanted.result()
            if engine.closing:
                raise SomaError("the model was changed just now; send the message again")
            self.generating = True
            return engine
        finally:
            stopped.cancel()
            wanted.cancel()

    async def _let_team(self, question: Message) -> None:
        given = TeamAnswer(self._team(), self._conversations, self._emit)
        try:
            await given.give(
                question, self._options.max_tokens, self._cancelled, lambda: self._interrupted
            )
        finally:
            self._answer = given.message

    async def _prepare(self, engine: Engine, question: Message) -> None:
        settled = await asyncio.to_thread(self._settle, engine, question)
        self._sampling = self._options.sampling or settled

    async def _remember(self, engine: Engine, question: Message) -> None:
        """Recalls for the question; what was recalled is stored with it and told."""
        memories = await self._recall(engine, question)
        if memories:
            shown = events.shown_hits(memories)
            self._emit(events.Recalled(self.conversation, question.id, shown))

    async def _write(self, engine: Engine) -> None:
        prompt = await self._send(engine, said=0)
        self._served = begun = await self._serve(engine)
        answer = await asyncio.to_thread(
            self._conversations.begin_answer,
            self.conversation,
            engine.name,
            engine.header.vocabulary,
            after=self._question,
            version=begun.name,
            work=self._work,
        )
        self._answer = answer
        names = self._work.specialists if self._work else ()
        self._emit(
            events.AnswerStarted(
                self.conversation, answer.id, engine.name, self._question, begun.name, names
            )
        )
        limit = self._options.max_tokens or engine.default_max_tokens
        limit = limit or min(LONGEST_ANSWER, engine.context_size // 2)
        finished = await self._generate_by_a_version(engine, prompt, limit)
        figures = finished.figures
        while finished.finish == "context" and len(self._said) < limit:
            prompt = await self._send(engine, said=len(self._said))
            if not prompt.dropped:
                break
            finished = await self._generate(engine, prompt, limit - len(self._said))
            figures = _joined(figures, finished.figures)
        await self._save()
        if finished.finish == "error":
            await self._keep_what_was_said(finished.reason)
            return
        finish = "length" if finished.finish == "context" else finished.finish
        stopped: Literal["interrupted", "cancelled"] = (
            "interrupted" if self._interrupted else "cancelled"
        )
        stored = await asyncio.to_thread(
            self._conversations.finish_answer,
            answer.id,
            state=stopped if finish == "cancelled" else "done",
            finish=finish,
            figures=figures.as_dict(),
            version=None if self._served == begun else self._served.name,
        )
        self._emit(
            events.AnswerFinished(
                self.conversation,
                answer.id,
                visible(stored.text),
                finish,
                figures,
                self._served.name,
            )
        )

    async def _send(self, engine: Engine, said: int) -> Prompt:
        """The prompt, with its ids stored as they are sent; `said` tokens of the answer follow
        it."""
        prompt = await asyncio.to_thread(
            build_prompt, engine, self._conversations, self._question, said=said
        )
        sent = {
            s.message.id: s.ids for s in prompt.segments if s.changed and s.message.role == "user"
        }
        await asyncio.to_thread(
            self._conversations.keep_sent,
            self.conversation,
            sent,
            engine.header.vocabulary,
            prompt.segments[0].message.id if prompt.dropped else None,
        )
        if prompt.dropped:
            self._emit(events.TurnsDropped(self.conversation, prompt.dropped))
        return prompt

    async def _generate_by_a_version(self, engine: Engine, prompt: Prompt, limit: int) -> Finished:
        """The words of the version that answers; where it cannot be opened, those of another."""
        failed: dict[str, str] = {}
        while True:
            finished = await self._generate(engine, prompt, limit)
            opened = finished.finish != "error" or self._said or engine.closing
            if opened or not self._served.name:
                return finished
            failed[self._served.name] = finished.reason
            self._served = await self._serve(engine, without=failed)

    async def _generate(self, engine: Engine, prompt: Prompt, limit: int) -> Finished:
        assert self._answer is not None
        message = self._answer.id
        self._generation = engine.generate(
            [*prompt.ids, *self._said],
            self._sampling,
            max_tokens=limit,
            stop=self._options.stop,
            adapter=self._served.adapter,
        )
        if self._cancelled.is_set():
            self._generation.cancel()
        async for update in self._generation:
            match update:
                case Piece():
                    self._said += update.token_ids
                    self._unsaved.text.append(update.text)
                    self._unsaved.ids += update.token_ids
                    if update.text:
                        text = visible(update.text)
                        self._emit(events.AnswerPiece(self.conversation, message, text))
                    if time.monotonic() - self._unsaved.since > SECONDS_BETWEEN_SAVES:
                        await self._save()
                case Reading():
                    self._emit(
                        events.PromptRead(
                            self.conversation, message, update.evaluated, update.total
                        )
                    )
                case Finished():
                    return update
        raise AssertionError("a generation ends with Finished")

    async def _save(self) -> None:
        unsaved, self._unsaved = self._unsaved, _Unsaved(since=time.monotonic())
        if self._answer is not None and unsaved.ids:
            await asyncio.to_thread(
                self._conversations.append_piece,
                self._answer.id,
                "".join(unsaved.text),
                tuple(unsaved.ids),
            )

    async def _keep_what_was_said(self, reason: str) -> None:
        """Ends in failure; the words that came before stay with the conversation where disk
        allows."""
        if self._generation is not None:
            self._generation.cancel()
        try:
            await self._save()
            if self._answer is not None:
                await asyncio.to_thread(
                    self._conversations.finish_answer,
                    self._answer.id,
                    state="failed",
                    finish="error",
                    figures=None,
                )
        except SomaError as error:
            if str(error) not in reason:
                reason = f"{reason}; {error}"
        self._fail(reason)

    def _fail(self, reason: str) -> None:
        message = self._answer.id if self._answer is not None else None
        self._emit(events.AnswerFailed(self.conversation, message, reason))


def _joined(first: Figures, second: Figures) -> Figures:
    """Figures of an answer that went on after the oldest turns were dropped."""
    return replace(
        first,
        completion_tokens=first.completion_tokens + second.completion_tokens,
        context_used=second.context_used,
        tokens_per_s=second.tokens_per_s or first.tokens_per_s,
    )
