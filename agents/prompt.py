"""A stored conversation as the token ids that the model reads.

What was sent stays as it was sent: each message keeps the ids it was sent as, so a further turn
adds ids at the end and changes none before it. Only when the context overflows is the beginning
given up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from agents.engine.chat_template import ChatTemplate
from agents.engine.engine import Engine
from agents.engine.vocabulary import Vocabulary
from agents.recalling import render
from store.conversations import Conversations, Message
from store.errors import SomaError

SHARE_KEPT_ON_OVERFLOW = 0.5
ANSWER_SHARE = 0.25


class PromptTooLongError(SomaError):
    """The last message alone does not fit the model's context."""


@dataclass(frozen=True, slots=True)
class Segment:
    """The ids that one message adds to the prompt; `changed` where they are not what is stored."""

    message: Message
    ids: tuple[int, ...]
    changed: bool


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is sent: segments in order. `dropped` messages were left out by this very call."""

    segments: tuple[Segment, ...]
    dropped: int

    @property
    def ids(self) -> list[int]:
        """All token ids in order."""
        return [token for segment in self.segments for token in segment.ids]


class PromptBuilder:
    """Builds prompts for one model: its template, its vocabulary and its context of `size`
    tokens."""

    def __init__(
        self, template: ChatTemplate, vocabulary: Vocabulary, vocabulary_hash: str, size: int
    ) -> None:
        self._template = template
        self._vocabulary = vocabulary
        self._hash = vocabulary_hash
        self._size = size

    def build(
        self, system: str, messages: Sequence[Message], window_start: int, said: int = 0
    ) -> Prompt:
        """The prompt for an answer to the last of `messages`, which is the user's.

        With `said`, the answer has filled the context after that many tokens and is to go on.

        `window_start` is the id of the first message that was sent last time. Where prompt and
        room for an answer exceed the context, the oldest turns are dropped until half of it is
        free, so that it does not happen again at every turn. Raises PromptTooLongError when the
        last message alone is too long.
        """
        users = [index for index, message in enumerate(messages) if message.role == "user"]
        start = next((i for i in users if messages[i].id >= window_start), users[-1])
        whole = self._segments(system, messages[start:], moved=False)
        if not said and self._fits(whole, 1 - ANSWER_SHARE):
            return Prompt(whole, dropped=0)
        for later in [index for index in users if index > start]:
            segments = self._segments(system, messages[later:], moved=True)
            if self._fits(segments, SHARE_KEPT_ON_OVERFLOW, said):
                return Prompt(segments, dropped=later - start)
        last = self._segments(system, messages[users[-1] :], moved=users[-1] != start)
        if self._fits(last, 1.0, said):
            return Prompt(last, dropped=users[-1] - start)
        if said:
            return Prompt(whole, dropped=0)
        tokens = sum(len(segment.ids) for segment in last)
        raise PromptTooLongError(
            f"this message has {tokens:,} tokens and the model's context holds {self._size:,}; "
            "shorten it, or choose a larger context with --context"
        )

    def _fits(self, segments: Sequence[Segment], share: float, said: int = 0) -> bool:
        return said + sum(len(segment.ids) for segment in segments) < self._size * share

    def _segments(
        self, system: str, messages: Sequence[Message], *, moved: bool
    ) -> tuple[Segment, ...]:
        segments = []
        for index, message in enumerate(messages):
            opening = index == 0
            if message.role == "assistant":
                ids = self._stored(message, lambda m: self._plain(m.text))
            elif opening and moved:
                ids = tuple(self._template.opening(system, content_of(message)))
            elif opening:
                ids = self._stored(message, lambda m: self._template.opening(system, content_of(m)))
            else:
                ids = self._stored(message, lambda m: self._template.next_turn(content_of(m)))
            segments.append(Segment(message, ids, changed=ids != message.token_ids))
        return tuple(segments)

    def _stored(
        self, message: Message, render: Callable[[Message], Sequence[int]]
    ) -> tuple[int, ...]:
        if message.vocabulary == self._hash and message.token_ids:
            return message.token_ids
        return tuple(render(message))

    def _plain(self, text: str) -> Sequence[int]:
        return self._vocabulary.tokenize(text, markup=False)


def content_of(message: Message) -> str:
    """What the user wrote, behind what was recalled for it; below it, what a specialist is told."""
    told = message.work.prompt if message.work is not None else ""
    text = render(message.text, message.recalled)
    return f"{text}\n\n{told}" if told else text


def build_prompt(
    engine: Engine,
    conversations: Conversations,
    message: int,
    *,
    said: int = 0,
    instruction: str = "",
) -> Prompt:
    """The prompt for an answer to a stored message, after the branch that leads to it.

    `said` is as in `PromptBuilder.build`. An `instruction` follows the message, which then is an
    answer, as if the user had sent it.
    """
    branch = conversations.branch_to(message)
    last = branch[-1]
    if instruction:
        asked = replace(
            last, id=last.id + 1, role="user", text=instruction, token_ids=(), recalled=()
        )
        branch = [*branch, asked]
    builder = PromptBuilder(
        engine.template, engine.vocabulary, engine.header.vocabulary, engine.context_size
    )
    return builder.build(
        conversations.system_prompt(last.conversation),
        branch,
        conversations.window_start(last.conversation, message),
        said,
    )
