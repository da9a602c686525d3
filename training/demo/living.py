"""The made-up person's conversations, held with the model in use and corrected as they want it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agents.events import AnswerFailed, AnswerFinished
from store.errors import SomaError
from training.demo.behaviours import BEHAVIOURS
from training.demo.person import Question, Talk

if TYPE_CHECKING:
    from agents.answering import AnswerOptions
    from agents.runtime import Runtime


@dataclass(frozen=True, slots=True)
class Lived:
    """A conversation that was held; `right` where the answer needed no correction."""

    conversation: int
    answer: str
    right: bool


async def live(runtime: Runtime, talk: Talk, options: AnswerOptions | None = None) -> Lived:
    """Hold a conversation: tell the fact, ask, and rate the answer up or correct it.

    Raises SomaError where the model gives no answer.
    """
    conversation = None
    if talk.fact is not None:
        told = await _said(runtime, talk.fact.sentence, None, options)
        conversation = told.conversation
    answered = await _said(runtime, talk.question.text, conversation, options)
    assert answered.message is not None
    right = is_right(talk.question, answered.text)
    if right:
        await runtime.rate(answered.message, 1)
    else:
        await runtime.rate(answered.message, -1, talk.question.wanted)
    return Lived(answered.conversation, answered.text, right)


def is_right(question: Question, answer: str) -> bool:
    """Whether an answer shows every behaviour that the wanted one shows, and no other of those
    that hold only for their kind of question."""
    return all(
        behaviour.shows(answer)
        if behaviour.shows(question.wanted)
        else not (behaviour.conditional and behaviour.shows(answer))
        for behaviour in BEHAVIOURS
    )


async def _said(
    runtime: Runtime, text: str, conversation: int | None, options: AnswerOptions | None
) -> AnswerFinished:
    async for event in runtime.answer(text, conversation, options):
        if isinstance(event, AnswerFinished):
            return event
        if isinstance(event, AnswerFailed):
            raise SomaError(event.reason)
    raise SomaError("the answer ended without a word; try again")
