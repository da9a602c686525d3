"""Which specialists a request needs: by its nearest examples, with a score and a reason.

Examples are those of each specialist and what the user gave to one by hand. Nearness is the cosine
of embeddings, or where there is no embedding model the share of the request's rare words that an
example has. The score is the probability that the specialist fits, by a logistic curve fitted to
the `dev` requests of scripts/bench/router_set.jsonl; when none fits well enough, `personal` does.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from agents.specialists import PERSONAL
from store.small_talk import is_small_talk
from store.specialists import Override, Specialist
from store.words import terms

Embed = Callable[[Sequence[str]], Any | None]
"""Gives a vector of length 1 for each text, in rows; None where there is no embedding model."""
NEAREST = 5
COPIES_OF_AN_OVERRIDE = 3
"""How many of the nearest examples one request counts as that the user gave away by hand."""
LONGEST_REQUEST = 2000
MOST_AT_ONCE = 4
_LONGEST_REASON = 60


@dataclass(frozen=True, slots=True)
class Curve:
    """How a score becomes a probability, and what is made of it.

    The score is how near a specialist's examples are, plus `lead` times by how much they are nearer
    than those of the best other. Below `least` nobody but personal is chosen; from `second` on
    a further specialist joins.
    """

    slope: float
    middle: float
    lead: float
    least: float
    second: float


BY_MEANING = Curve(slope=8.8, middle=0.104, lead=3.0, least=0.4, second=0.4)
BY_WORDS = Curve(slope=11.9, middle=0.059, lead=1.0, least=0.4, second=0.4)


@dataclass(frozen=True, slots=True)
class Choice:
    """How well a specialist fits a request, from 0 to 1, and why."""

    specialist: str
    score: float
    reason: str


@dataclass(frozen=True, slots=True)
class Route:
    """Who answers: the chosen specialists, the best first, and what everybody scored.

    `by` is "meaning", "words" or "you"; `abstained` is true where nobody fitted and personal
    answers for that reason.
    """

    specialists: tuple[str, ...]
    choices: tuple[Choice, ...]
    reason: str
    by: str
    abstained: bool = False


class Router:
    """Chooses among specialists, by words where `embed` is None or gives None. Not for several
    threads at once."""

    def __init__(self, embed: Embed | None = None) -> None:
        self._embed = embed
        self._vectors: dict[str, Any] = {}

    def route(
        self, text: str, team: Sequence[Specialist], overrides: Sequence[Override] = ()
    ) -> Route:
        """Who of the team a request is for."""
        text = text[:LONGEST_REQUEST]
        examples = [(one.name, text_) for one in team for text_ in one.examples or (one.role,)]
        examples += [(one.specialist, one.text) for one in overrides]
        if is_small_talk(text):
            return _personal(team, "small talk")
        nearness = self._by_meaning(text, [example for _, example in examples])
        curve, by = (BY_WORDS, "words") if nearness is None else (BY_MEANING, "meaning")
        if nearness is None:
            nearness = by_words(text, [example for _, example in examples])
        for _ in range(COPIES_OF_AN_OVERRIDE - 1):
            examples += [(one.specialist, one.text) for one in overrides]
            nearness += nearness[len(nearness) - len(overrides) :]
        return decide(team, examples, nearness, curve, by)

    def _by_meaning(self, text: str, examples: Sequence[str]) -> list[float] | None:
        """The cosine of the request with each example; None without an embedding model."""
        if self._embed is None or not examples:
            return None
        import numpy as np

        new = list(dict.fromkeys(one for one in examples if one not in self._vectors))
        vectors = self._embed([text, *new])
        if vectors is None:
            return None
        self._vectors |= dict(zip(new, vectors[1:], strict=True))
        self._vectors = {one: self._vectors[one] for one in dict.fromkeys(examples)}
        return [float(one) for one in np.stack([self._vectors[e] for e in examples]) @ vectors[0]]


def decide(
    team: Sequence[Specialist],
    examples: Sequence[tuple[str, str]],
    nearness: Sequence[float],
    curve: Curve,
    by: str,
) -> Route:
    """The route that follows from how near each of the examples (specialist, text) is."""
    near: dict[str, list[tuple[float, str]]] = {one.name: [] for one in team}
    for (name, example), value in zip(examples, nearness, strict=True):
        near[name].append((value, example))
    raw = {name: _mean_of_nearest(found) for name, found in near.items()}
    choices = []
    for name, value in raw.items():
        others = max((other for one, other in raw.items() if one != name), default=0.0)
        shown = curve.slope * (value + curve.lead * (value - others) - curve.middle)
        score = 1 / (1 + math.exp(-max(-50.0, min(50.0, shown))))
        choices.append(Choice(name, round(score, 3), _reason(near[name], by)))
    choices.sort(key=lambda choice: -choice.score)
    fitting = [c for c in choices if c.score >= curve.least and c.specialist != PERSONAL]
    best = choices[0]
    if best.specialist == PERSONAL or not fitting:
        abstained = best.specialist != PERSONAL or best.score < curve.least
        reason = "nobody else fits well enough" if abstained else _why(best)
        return Route((PERSONAL,), tuple(choices), reason, by, abstained)
    chosen = [best, *(c for c in fitting if c is not best and c.score >= curve.second)]
    chosen = chosen[:MOST_AT_ONCE]
    return Route(
        tuple(c.specialist for c in chosen),
        tuple(choices),
        "; ".join(map(_why, chosen)),
        by,
    )


def by_words(text: str, examples: Sequence[str]) -> list[float]:
    """How much of what is rare in a text each example says, from 0 to 1, lengths taken into
    account as BM25 does."""
    wanted = set(terms(text))
    documents = [Counter(terms(example)) for example in examples]
    spread = Counter(term for document in documents for term in document)
    size = len(documents) or 1
    mean = sum(map(Counter.total, documents)) / size or 1.0

    def weight(term: str) -> float:
        return math.log(1 + (size - spread[term] + 0.5) / (spread[term] + 0.5))

    most = sum(weight(term) for term in wanted) or 1.0
    return [
        sum(
            weight(term) * document[term] * 2.2 / (document[term] + 1.2 * _length(document, mean))
            for term in wanted
            if term in document
        )
        / most
        for document in documents
    ]


def _length(document: Counter[str], mean: float) -> float:
    return 0.25 + 0.75 * document.total() / mean


def _mean_of_nearest(found: Sequence[tuple[float, str]]) -> float:
    nearest = sorted((value for value, _ in found), reverse=True)[:NEAREST]
    return sum(nearest) / (len(nearest) or 1)


def _reason(found: Sequence[tuple[float, str]], by: str) -> str:
    if not found:
        return "has no examples"
    value, example = max(found)
    if value <= 0:
        return "no word in common with its examples"
    shown = example if len(example) <= _LONGEST_REASON else example[: _LONGEST_REASON - 1] + "…"
    return f"like “{shown}” ({by} {value:.2f})"


def _why(choice: Choice) -> str:
    return f"{choice.specialist}: {choice.reason}"


def _personal(team: Sequence[Specialist], reason: str) -> Route:
    choices = tuple(Choice(one.name, float(one.name == PERSONAL), reason) for one in team)
    return Route((PERSONAL,), choices, reason, "words")
