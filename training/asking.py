"""Conversations as the engine's tokens, answers to them, and how likely given answers are."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agents.engine.engine import Engine, EngineError
from agents.engine.requests import Finished, Piece, Priority
from agents.engine.sampling import SamplingSettings
from agents.engine.scoring import Scores, ScoringError, score
from training.checkers import Given
from training.example import Turn

GREEDY = SamplingSettings(temperature=0, seed=1)
MOST_TOKENS = 128
"""Tokens of an answer that is checked; enough to see that it goes round in circles."""


@dataclass(frozen=True, slots=True)
class Answer(Given):
    """An answer with its tokens, and the tokens that were drawn a second, None where unknown."""

    ids: tuple[int, ...]
    tokens_per_s: float | None


@dataclass(frozen=True, slots=True)
class Served:
    """A model as it is served: an engine, and the adapter over its weights or none.

    All that is asked of it is evaluated afresh, greedily, one at a time and behind any chat, so
    that a repeat gives the same to the last digit.
    """

    engine: Engine
    adapter: Path | None = None

    def prompt(self, turns: Sequence[Turn]) -> list[int]:
        """Give the tokens of a conversation up to where its last turn, the answer, begins; or of
        one that ends with a question."""
        first, *rest = turns
        system, said = (first.text, rest) if first.role == "system" else ("", list(turns))
        template, vocabulary = self.engine.template, self.engine.vocabulary
        ids = template.opening(system, said[0].text)
        for answer, question in zip(said[1::2], said[2::2], strict=False):
            ids += vocabulary.tokenize(answer.text, markup=False)
            ids += template.next_turn(question.text)
        return ids

    def target(self, answer: str) -> list[int]:
        """Give the tokens of an answer, with the one that ends it where the template has it."""
        vocabulary = self.engine.vocabulary
        ids = vocabulary.tokenize(answer, markup=False)
        between = self.engine.template.next_turn("")
        ends = [at for at, token in enumerate(between) if vocabulary.ends_generation(token)]
        return [*ids, *between[: ends[0] + 1]] if ends else ids

    def measure(self, turns: Sequence[Turn]) -> int:
        """Give how many tokens a conversation has that ends with an answer."""
        return len(self.prompt(turns)) + len(self.target(turns[-1].text))

    async def ask(self, turns: Sequence[Turn], most: int = MOST_TOKENS) -> Answer:
        """Give the answer to a conversation; where the model cannot, one that ended in "error".

        Raises EngineError where the model was closed.
        """
        generation = self.engine.generate(
            self.prompt(turns),
            GREEDY,
            max_tokens=most,
            priority=Priority.BACKGROUND,
            adapter=self.adapter,
            fresh=True,
        )
        text: list[str] = []
        ids: list[int] = []
        try:
            async for update in generation:
                if isinstance(update, Piece):
                    text.append(update.text)
                    ids += update.token_ids
                elif isinstance(update, Finished):
                    end = update
        except asyncio.CancelledError:
            generation.cancel()
            raise
        self._check_open()
        return Answer("".join(text), end.finish, tuple(ids), end.figures.tokens_per_s)

    async def score(self, turns: Sequence[Turn], *, distributions: bool = False) -> Scores | None:
        """Give how likely the last turn is, the answer with its end; None where it cannot be
        computed. Raises EngineError where the model was closed."""
        return await self.score_tokens(
            self.prompt(turns), self.target(turns[-1].text), distributions=distributions
        )

    async def score_tokens(
        self, prompt: Sequence[int], answer: Sequence[int], *, distributions: bool = False
    ) -> Scores | None:
        """As `score`, of tokens."""
        try:
            return await score(
                self.engine,
                prompt,
                answer,
                adapter=self.adapter,
                distributions=distributions,
                fresh=True,
            )
        except ScoringError:
            self._check_open()
            return None

    async def require(self) -> None:
        """Raises ScoringError, with the engine's reason, where the adapter cannot be used."""
        ids = self.engine.template.opening("", "hello")
        await score(self.engine, ids[:-1], ids[-1:], adapter=self.adapter, fresh=True)

    def _check_open(self) -> None:
        if self.engine.closing:
            raise EngineError("the model was closed before the evaluation had ended; try again")
