"""What the scheduler is asked for and what it reports."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Any

from agents.engine.sampling import Sampler, SamplingSettings, TokenLogprob
from agents.engine.text_stream import TextStream
from agents.engine.vocabulary import Vocabulary
from agents.events import Figures

SECONDS_BETWEEN_PIECES = 0.05


class Priority(IntEnum):
    """Who is answered first: while the one is, the other waits."""

    CHAT = 0
    BACKGROUND = 1


@dataclass(frozen=True, slots=True)
class Piece:
    """The next whole characters of an answer, the tokens they came from, logprobs if asked for.

    What is drawn within 50 ms comes as one piece.
    """

    text: str
    token_ids: tuple[int, ...]
    logprobs: tuple[TokenLogprob, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """`evaluated` of `total` prompt tokens lie in the context."""

    evaluated: int
    total: int


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of an answer.

    `finish` is "stop" (the model or a stop string ended it), "length" (its token limit), "context"
    (no room is left), "cancelled" or "error", which `reason` explains in one line.
    """

    finish: str
    figures: Figures
    reason: str = ""


Update = Piece | Reading | Finished


@dataclass(slots=True, eq=False)
class Request:
    """A prompt to be continued. `listener` is called on the engine's thread with each update.

    `max_tokens` None goes on until the context is full. With `logprobs` n, each piece carries the
    log-probabilities of its tokens and of the n likeliest. `adapter` is the file of a LoRA adapter.
    One that is `fresh` takes nothing over from what was evaluated before, and leaves nothing
    behind: the same prompt is evaluated in the same way each time.
    """

    tokens: tuple[int, ...]
    sampling: SamplingSettings
    listener: Callable[[Update], None]
    max_tokens: int | None = None
    logprobs: int = 0
    stop: tuple[str, ...] = ()
    priority: Priority = Priority.CHAT
    adapter: Path | None = None
    fresh: bool = False
    cancelled: bool = False


def refuse(request: Request, context: int, reason: str, finish: str = "error") -> None:
    """Ends a request before it has begun, in a context of so many tokens."""
    figures = Figures(len(request.tokens), 0, 0, 0, context, None, None)
    request.listener(Finished(finish, figures, reason))


@dataclass(slots=True, eq=False)
class Run:
    """A request on its way: `tokens` are the prompt and what has been drawn since, `limit` at most.

    `text` and the `pending` tokens have not been handed on yet; the first `read` of these tokens
    have been turned to text, of which that of the first `told_by_text` is there.
    """

    request: Request
    sampler: Sampler
    stream: TextStream
    tokens: list[int]
    limit: int
    submitted: float = field(default_factory=time.perf_counter)
    cached_tokens: int = -1
    first_token: float | None = None
    last_token: float | None = None
    told: float = 0.0
    text: list[str] = field(default_factory=list)
    pending: list[int] = field(default_factory=list)
    logprobs: list[TokenLogprob] = field(default_factory=list)
    read: int = 0
    told_by_text: int = 0

    @classmethod
    def start(cls, request: Request, library: Any, vocabulary: Vocabulary, context: int) -> Run:
        """A run at its beginning, with a sampler of its own, in a context of so many tokens.

        Raises SomaError for a grammar that cannot be read.
        """
        most = context if request.max_tokens is None else len(request.tokens) + request.max_tokens
        return cls(
            request=request,
            sampler=Sampler(library, request.sampling, vocabulary),
            stream=TextStream(request.stop),
            tokens=list(request.tokens),
            limit=min(most, context),
        )

    @property
    def reusable(self) -> int:
        """How many of the first tokens need not be evaluated again where that was done before."""
        return 0 if self.request.fresh else len(self.tokens) - 1

    def read_to(self, start: int) -> int:
        """How far the tokens from the place `start` on may be evaluated in one step."""
        return len(self.tokens)

    def outputs(self, start: int, end: int) -> int:
        """For how many of the last of the tokens from `start` up to `end` logits are wanted."""
        return int(end == len(self.tokens))

    @property
    def drawn(self) -> int:
        """How many tokens the model has given so far."""
        return len(self.tokens) - len(self.request.tokens)

    def add(self, token: int, now: float, piece: Callable[[int], bytes]) -> None:
        """Takes a drawn token; `piece` gives the bytes of one. Hands text on every 50 ms.

        At many hundred tokens a second, waking the listener for each would cost more than
        drawing it.
        """
        self.tokens.append(token)
        self.pending.append(token)
        if now - self.told >= SECONDS_BETWEEN_PIECES or self.request.stop:
            self._read_pending(piece)
            if now - self.told >= SECONDS_BETWEEN_PIECES:
                self.told = now
                self._hand_on(self.told_by_text)

    def end(self, piece: Callable[[int], bytes]) -> None:
        """Hands on the rest; the tokens of a stop text are left out."""
        self.sampler.free()
        self._read_pending(piece)
        self.text.append(self.stream.flush())
        self._hand_on(self.told_by_text if self.stream.stopped else len(self.pending))

    def _read_pending(self, piece: Callable[[int], bytes]) -> None:
        for token in self.pending[self.read :]:
            self.read += 1
            text = self.stream.push(piece(token))
            if text:
                self.text.append(text)
                self.told_by_text = self.read

    def _hand_on(self, count: int) -> None:
        if count or any(self.text):
            ids, logprobs = tuple(self.pending[:count]), tuple(self.logprobs[:count])
            handed = Piece("".join(self.text), ids, logprobs)
            self.text.clear()
            del self.pending[:count], self.logprobs[:count]
            self.read -= count
            self.told_by_text = 0
            self.request.listener(handed)

    def figures(self, context_used: int, context_size: int) -> Figures:
        """What the run has cost up to here."""
        first, last, drawn = self.first_token, self.last_token, self.drawn
        rate = None
        if first is not None and last is not None and drawn > 1 and last > first:
            rate = (drawn - 1) / (last - first)
        return Figures(
            prompt_tokens=len(self.request.tokens),
            cached_tokens=max(self.cached_tokens, 0),
            completion_tokens=drawn,
            context_used=context_used,
            context_size=context_size,
            first_token_s=None if first is None else first - self.submitted,
            tokens_per_s=rate,
        )
