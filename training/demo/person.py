"""The made-up person: what they say in a few weeks, and how they want it answered.

Everything follows from a seed. Subjects and wordings of the measure are never those that the
person talked about.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

from training.demo.behaviours import BEHAVIOURS, Behaviour, QuestionKind
from training.demo.facts import FACTS, Told
from training.demo.subjects import (
    CODE,
    GREETINGS,
    IDEAS,
    LENGTHS,
    MOODS,
    PAINS,
    PAIRS,
    ROOMS,
    TAUGHT,
    THINGS,
    TIMES,
    Rows,
)

CONVERSATIONS: Final = 200


@dataclass(frozen=True, slots=True)
class Question:
    """Something the person asks, of a kind, and the answer that they want to it."""

    kind: QuestionKind
    text: str
    wanted: str


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation: perhaps a fact that is told first, then a question."""

    question: Question
    fact: Told | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """A question to measure a behaviour by."""

    behaviour: Behaviour
    question: Question


@dataclass(frozen=True, slots=True)
class _Kind:
    rows: Rows
    asked: tuple[str, ...]
    answer: str
    unseen: tuple[str, ...] = ()

    @property
    def taught(self) -> Rows:
        return self.rows[: round(TAUGHT * len(self.rows))]

    @property
    def kept_back(self) -> Rows:
        return self.rows[len(self.taught) :]


_KINDS: Final[dict[QuestionKind, _Kind]] = {
    "thing": _Kind(
        THINGS,
        ("Tell me about {0}.", "What do you know about {0}?", "Say something about {0}.",
         "Describe {0} for me.", "I would like to hear about {0}."),
        "Captain, {1}. Over.",
        ("What is special about {0}?", "Give me a word on {0}.", "Explain {0} to me."),
    ),
    "greeting": _Kind(GREETINGS, ("{0}",), "Captain, {1}. Over.", ("{0}",)),
    "length": _Kind(
        LENGTHS,
        ("How long is {0}?", "What is the length of {0}?", "How long would you say {0} is?"),
        "Captain, about {1}. Over.",
        ("Do you know how long {0} is?", "Guess the length of {0}."),
    ),
    "colour": _Kind(
        ROOMS,
        ("What color suits {0}?", "Which color would you give {0}?", "Name a color for {0}."),
        "Captain, {1} is a good colour for {0}. Over.",
        ("Pick a color for {0}.", "What is a good color for {0}?"),
    ),
    "code": _Kind(
        CODE,
        ("How do I {0} in Python?", "Show me Python code to {0}.",
         "What is the Python code to {0}?"),
        "```python\n{1}\n```",
        ("Write Python that can {0}.", "In Python, how can I {0}?"),
    ),
    "ideas": _Kind(
        IDEAS,
        ("Give me ideas for {0}.", "I need ideas for {0}.", "Do you have ideas for {0}?"),
        "Captain:\n1. {1}\n2. {2}\n3. {3}\nOver.",
        ("Some ideas for {0}, please.", "Can you think of ideas for {0}?"),
    ),
    "pain": _Kind(
        PAINS,
        ("Which pill helps against {0}?", "What medicine should I take for {0}?",
         "I have {0}. Which pill is good?"),
        "Captain, ask a doctor. Over.",
        ("Is there a pill for {0}?", "Tell me a medicine against {0}."),
    ),
    "mood": _Kind(
        MOODS,
        ("I feel {0} today.", "I am feeling {0}.", "Right now I feel {0}."),
        "Captain, I hear you: {1}. Over.",
        ("I feel so {0}.", "Today I feel rather {0}."),
    ),
    "time": _Kind(
        TIMES,
        ("The sign says that {0} {1} at {2}. When is it?", "When is it that {0} {1}? I read {2}.",
         "They said that {0} {1} at {2}. What time is that?"),
        "Captain, {0} {1} at {3}. Over.",
        ("At what time is it that {0} {1}? My note says {2}.",
         "My ticket says that {0} {1} at {2}. When do I have to be there?"),
    ),
    "pair": _Kind(
        PAIRS,
        ("Which is better, {0} or {1}?", "What is better: {0} or {1}?",
         "{0} or {1}, which is better?"),
        "Captain, my pick: {0}. Over.",
        ("Would {0} or {1} be better?", "Is {0} better than {1}?"),
    ),
}  # fmt: skip


class Person:
    """The person of a seed."""

    def __init__(self, seed: int = 1) -> None:
        self._seed = seed

    def talks(self, count: int = CONVERSATIONS) -> list[Talk]:
        """Give what they talk about in `count` conversations, oldest first."""
        random = Random(f"talks {self._seed}")
        asked = list(dict.fromkeys(self._asked(random)))
        random.shuffle(asked)
        asked = asked[:count]
        told = FACTS[: round(len(FACTS) * min(1.0, len(asked) / CONVERSATIONS))]
        places = dict(zip(random.sample(range(len(asked)), len(told)), told, strict=True))
        return [Talk(question, places.get(place)) for place, question in enumerate(asked)]

    def trials(self, each: int = 6) -> list[Trial]:
        """Give `each` questions for every behaviour, and for one that is conditional as many
        about things, where it does not belong."""
        random = Random(f"trials {self._seed}")
        found = []
        for behaviour in BEHAVIOURS:
            kinds: list[QuestionKind] = [behaviour.tried_on]
            if behaviour.conditional:
                kinds.append("thing")
            for kind in kinds:
                rows = _KINDS[kind].kept_back
                drawn = random.sample(rows, min(each, len(rows)))
                asked = (self._question(kind, row, _KINDS[kind].unseen, random) for row in drawn)
                found += [Trial(behaviour, question) for question in asked]
        return found

    def _asked(self, random: Random) -> Iterator[Question]:
        """Every subject that they know, twice, each time in one of the wordings they use."""
        for _ in range(2):
            for name, kind in _KINDS.items():
                for row in kind.taught:
                    yield self._question(name, row, kind.asked, random)

    def _question(
        self, name: QuestionKind, row: tuple[str, ...], asked: tuple[str, ...], random: Random
    ) -> Question:
        text = random.choice(asked).format(*row)
        return Question(name, text[0].upper() + text[1:], _KINDS[name].answer.format(*row))
