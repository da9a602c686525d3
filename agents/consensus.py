"""What several drafts of an answer agree on: compared, weighed by confidence, and voted on.

Two answers are the same when they are so after normalising, when they give the same numbers in few
words, or when an embedding model finds that they mean the same and neither says other numbers or
denies what the other says.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from store.words import words

Embed = Callable[[Sequence[str]], Any | None]
MEANS_THE_SAME = 0.85
"""Cosine from which two answers of MiniLM say the same."""
FEW_WORDS = 12
_NUMBER = re.compile(r"(?<![\w.])[-−]?\d[\d,]*(?:\.\d+)?(?:\s*/\s*\d+)?(?![\w])")
_FILLERS = frozenset("a an the is are was it its that answer so therefore of in".split())
_DENIALS = frozenset("no not never none nobody nothing false wrong isn't don't doesn't didn't "
                     "can't cannot won't wasn't aren't".split())  # fmt: skip


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer of one task. `confidence` is from 0 to 1, None where it is not known."""

    task: str
    specialist: str
    text: str
    confidence: float | None = None

    @property
    def weight(self) -> float:
        """What its vote counts."""
        return 0.5 if self.confidence is None else self.confidence


@dataclass(frozen=True, slots=True)
class Verdict:
    """How the drafts were voted on: groups of those that say the same, the heaviest first.

    `decided` is true where nothing that is still to come can change the winner and it has more
    than half of all weight; `share` is its share of the weight so far.
    """

    groups: tuple[tuple[Draft, ...], ...]
    decided: bool
    share: float

    @property
    def agreed(self) -> bool:
        """Whether all drafts so far say the same."""
        return len(self.groups) == 1

    @property
    def winner(self) -> Draft:
        """The draft of the heaviest group in which there is the most confidence."""
        return max(self.groups[0], key=lambda draft: draft.weight)

    def to_json(self, outcome: str) -> dict[str, Any]:
        """The vote as a JSON object, with what came of it; the dissent is kept whole."""
        return {
            "outcome": outcome,
            "confidence": round(self.share, 3),
            "votes": [
                {
                    "tasks": [draft.task for draft in group],
                    "specialists": [draft.specialist for draft in group],
                    "weight": round(sum(draft.weight for draft in group), 3),
                    "answer": max(group, key=lambda draft: draft.weight).text,
                }
                for group in self.groups
            ],
            "dissent": [
                {"task": draft.task, "specialist": draft.specialist, "text": draft.text}
                for group in self.groups[1:]
                for draft in group
            ],
        }


def confidence(logprobs: Sequence[float]) -> float | None:
    """How sure a model was of what it said: the geometric mean of its tokens' probabilities."""
    return math.exp(sum(logprobs) / len(logprobs)) if logprobs else None


def vote(drafts: Sequence[Draft], outstanding: int = 0, embed: Embed | None = None) -> Verdict:
    """What the drafts so far say, while `outstanding` further ones, of weight 1 at most, may come.

    There has to be one.
    """
    groups: list[list[Draft]] = []
    cosines = _cosines([draft.text for draft in drafts], embed)
    places = {id(draft): place for place, draft in enumerate(drafts)}
    for place, draft in enumerate(drafts):
        for group in groups:
            near = None if cosines is None else float(cosines[place][places[id(group[0])]])
            if same(group[0].text, draft.text, near):
                group.append(draft)
                break
        else:
            groups.append([draft])
    weights = [sum(draft.weight for draft in group) for group in groups]
    order = sorted(range(len(groups)), key=lambda one: -weights[one])
    total = sum(weights)
    best = weights[order[0]]
    decided = len(groups[order[0]]) > 1 and best > (total + outstanding) / 2
    alone = len(drafts) == 1 and not outstanding
    return Verdict(
        tuple(tuple(groups[one]) for one in order),
        decided or alone,
        best / total if total else 1 / len(groups),
    )


def same(one: str, other: str, cosine: float | None = None) -> bool:
    """Whether two answers say the same; `cosine` is that of their embeddings, if there are any."""
    if normalised(one) == normalised(other):
        return True
    numbers, others = numbers_in(one), numbers_in(other)
    if numbers and others and max(map(_length, (one, other))) <= FEW_WORDS:
        return len(set(numbers)) == 1 and set(numbers) == set(others)
    if cosine is None or cosine < MEANS_THE_SAME:
        return False
    return set(numbers) == set(others) and _denies(one) == _denies(other)


def normalised(text: str) -> str:
    """A text without what makes no difference: case, marks, articles; numbers in one form."""
    plain = _NUMBER.sub(lambda found: f" {_as_word(found[0])} ", text)
    kept = [word for word in words(plain) if word not in _FILLERS]
    return " ".join(kept or words(plain)) or " ".join(text.split()).casefold()


def numbers_in(text: str) -> list[Fraction]:
    """The numbers of a text, in order: 1,204 and 0.5 and 1/2."""
    return [number for found in _NUMBER.findall(text) if (number := _number(found)) is not None]


def _as_word(text: str) -> str:
    number = _number(text)
    if number is None:
        return text
    minus = "minus" if number < 0 else ""
    return f"{minus}{abs(number.numerator)}over{number.denominator}"


def _number(text: str) -> Fraction | None:
    plain = text.replace(",", "").replace("−", "-").replace(" ", "")
    try:
        return Fraction(plain)
    except (ValueError, ZeroDivisionError):
        return None


def _length(text: str) -> int:
    return len(text.split())


def _denies(text: str) -> bool:
    return sum(word in _DENIALS for word in words(text)) % 2 == 1


def _cosines(texts: Sequence[str], embed: Embed | None) -> Any | None:
    if embed is None or len(texts) < 2:
        return None
    vectors = embed(texts)
    return None if vectors is None else vectors @ vectors.T
