from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from agents.engine.engine import Engine
from agents.engine.grammar import json_grammar
from agents.engine.requests import Finished, Piece
from agents.engine.sampling import SamplingSettings, TokenLogprob

SECONDS_A_TOKEN = 0.01
NEARLY_TIED = 0.02
"""Natural logarithms of probabilities differ by less between one batch and another."""
GREEDY = SamplingSettings(temperature=0)


@dataclass
class Answer:
    text: str
    ids: list[int]
    logprobs: list[TokenLogprob]
    end: Finished


def wild(schema: Mapping[str, Any], seed: int) -> SamplingSettings:
    """Settings under which a model without a grammar says anything at all."""
    return SamplingSettings(
        temperature=5, top_k=0, top_p=1, min_p=0, seed=seed, grammar=json_grammar(schema)
    )


@contextmanager
def never_ending(engine: Engine, seconds_a_token: float = 0.0) -> Iterator[None]:
    """Makes the model go on to its limit, in so much time a token at least."""

    def ends_generation(token: int) -> bool:
        time.sleep(seconds_a_token)
        return False

    engine.vocabulary.ends_generation = ends_generation  # type: ignore[method-assign]
    try:
        yield
    finally:
        del engine.vocabulary.ends_generation  # type: ignore[method-assign]


async def answer(
    engine: Engine, tokens: Sequence[int], sampling: SamplingSettings = GREEDY, **options: Any
) -> Answer:
    """Generates to the end and gathers everything."""
    pieces = []
    async for update in engine.generate(tokens, sampling, **options):
        if isinstance(update, Piece):
            pieces.append(update)
        if isinstance(update, Finished):
            return Answer(
                "".join(piece.text for piece in pieces),
                [token for piece in pieces for token in piece.token_ids],
                [logprob for piece in pieces for logprob in piece.logprobs],
                update,
            )
    raise AssertionError("a generation ends with Finished")


def same_but_for_ties(one: Answer, other: Answer) -> bool:
    """Whether two greedy answers agree up to where the model has no favourite.

    llama.cpp adds up in another order in another batch: the log-probabilities of one and the same
    text differ in their last digits, and from a near tie on the answers may go different ways.
    """
    pairs = list(zip(one.logprobs, other.logprobs, strict=False))
    for ours, theirs in pairs:
        if ours.token != theirs.token:
            return _margin(ours) < NEARLY_TIED and _margin(theirs) < NEARLY_TIED
        if abs(ours.logprob - theirs.logprob) > NEARLY_TIED:
            return False
    return len(one.ids) == len(other.ids)


def _margin(drawn: TokenLogprob) -> float:
    return drawn.top[0][1] - drawn.top[1][1]
