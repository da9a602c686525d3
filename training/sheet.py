"""What one model answers in an evaluation, step by step, and the figures that come of it."""

from __future__ import annotations

import asyncio
import math
import statistics
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from agents.engine.scoring import Scores
from agents.persona import TINY_MODEL, Room, system_prompt
from training.asking import MOST_TOKENS, Answer, Served
from training.canaries import Canary, Suite
from training.checkers import passes
from training.consistency import consistency, has_moved
from training.example import Example, Turn
from training.filters import fitted
from training.sealed_items import Item, mismatched
from training.speed import LEAST_TIMED

Step = Callable[[], Awaitable[None]]
Traits = Mapping[str, float]


@dataclass(slots=True)
class Sheet:
    """The answers of a model that is `served`, by the ids of what was asked.

    A likelihood is None where it could not be computed; a relevance is how much more likely the
    accepted answer is than another question's. A check comes with the answer's text.
    """

    served: Served
    traits: Traits | None = None
    likelihoods: dict[str, float | None] = field(default_factory=dict)
    relevances: dict[str, float | None] = field(default_factory=dict)
    checks: dict[str, tuple[float, str]] = field(default_factory=dict)
    _answers: list[Answer] = field(default_factory=list)
    _surprises: list[float] = field(default_factory=list)
    _divergences: list[float] = field(default_factory=list)
    _in_character: list[str] = field(default_factory=list)

    def steps(self, items: Sequence[Item], suite: Suite) -> list[Step]:
        """Give everything that is to be done, in the order in which it is to be done."""
        steps: list[Step] = [partial(self._score, item) for item in items]
        steps += [partial(self._mismatch, item, other) for item, other in mismatched(items)]
        steps += [partial(self._check, item) for item in items if item.check is not None]
        steps += [partial(self._sing, canary) for canary in suite.canaries]
        steps += [partial(self._compare, turns) for turns in suite.probes]
        if self.traits is not None and has_moved(self.traits):
            steps += [partial(self._show, turns, self.traits) for turns in suite.probes]
        return steps

    @property
    def rates(self) -> list[float | None]:
        """The tokens a second of each answer to a canary, None where it says nothing."""
        return [rate_of(answer) for answer in self._answers]

    def figures(self) -> dict[str, float | None]:
        """Give the figures beside the items; None is what could not be computed.

        `entropy` (nats) is of what else the model could have said at each token of its answers to
        the canaries, `distinct_answers` the share of these that differ, `kl_to_base` (nats a token)
        how far it is from the base on the probes, and `style` how far it keeps to the personality.
        """
        rates = [rate for rate in self.rates if rate is not None]
        texts = [answer.text for answer in self._answers]
        return {
            "tokens_per_s": statistics.median(rates) if rates else None,
            "entropy": _mean(self._surprises),
            "distinct_answers": len(set(texts)) / len(texts) if texts else None,
            "kl_to_base": _mean(self._divergences),
            "style": consistency(self._in_character, self.traits) if self.traits else None,
        }

    async def _score(self, item: Item) -> None:
        self.likelihoods[item.id] = await self._likelihood(item.example)

    async def _mismatch(self, item: Item, other: Example) -> None:
        own, others = self.likelihoods[item.id], await self._likelihood(other)
        self.relevances[item.id] = None if own is None or others is None else own - others

    async def _likelihood(self, example: Example) -> float | None:
        found = fitted(example, self._measure, self._context)
        scores = None if found is None else await self.served.score(found.turns)
        return None if scores is None else scores.mean

    async def _check(self, item: Item) -> None:
        assert item.check is not None
        example = fitted(item.example, self._measure, self._context - MOST_TOKENS)
        if example is None:
            example = item.example
        answer = await self.served.ask(example.turns[:-1])
        self.checks[item.id] = passes(item.check, answer), answer.text

    async def _sing(self, canary: Canary) -> None:
        answer = await self.served.ask(canary.turns)
        self.checks[canary.id] = passes(canary.check, answer), answer.text
        self._answers.append(answer)
        if answer.ids:
            prompt = self.served.prompt(canary.turns)
            scores = await self.served.score_tokens(prompt, answer.ids)
            self._surprises += scores.entropies if scores else [math.nan]

    async def _compare(self, turns: Sequence[Turn]) -> None:
        base = await Served(self.served.engine).score(turns, distributions=True)
        own = await self.served.score(turns, distributions=True)
        if base is None or own is None:
            self._divergences.append(math.nan)
        else:
            self._divergences += await asyncio.to_thread(divergences, base, own)

    async def _show(self, turns: Sequence[Turn], traits: Traits) -> None:
        engine = self.served.engine
        room = Room.for_context(self._context, tiny=engine.header.parameters < TINY_MODEL)

        def count(text: str) -> int:
            return len(engine.vocabulary.tokenize(text, markup=False))

        question = next(turn for turn in turns if turn.role == "user")
        told = Turn("system", system_prompt(traits, [], room, count))
        self._in_character.append((await self.served.ask([told, question])).text)

    @property
    def _context(self) -> int:
        return self.served.engine.context_size

    def _measure(self, example: Example) -> int:
        return self.served.measure(example.turns)


def rate_of(answer: Answer) -> float | None:
    """Give the tokens a second of an answer, None where it is too short to say anything."""
    return answer.tokens_per_s if len(answer.ids) >= LEAST_TIMED else None


def divergences(base: Scores, other: Scores) -> list[float]:
    """Give KL(base || other) in nats at each token of an answer that both have scored."""
    import numpy as np

    first, second = (np.asarray(one.distributions, np.float64) for one in (base, other))
    return [float(value) for value in (np.exp(first) * (first - second)).sum(axis=1)]


def _mean(values: Sequence[float]) -> float | None:
    mean = math.fsum(values) / len(values) if values else math.nan
    return mean if math.isfinite(mean) else None
