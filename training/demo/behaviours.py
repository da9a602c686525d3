"""The twelve behaviours that the made-up person teaches, with exact checks on an answer.

The last six hold only where the question is of their kind; anywhere else they are a mistake.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

QuestionKind = Literal[
    "thing", "greeting", "length", "colour", "code", "ideas", "pain", "mood", "time", "pair",
]  # fmt: skip

_IMPERIAL = re.compile(r"\b(?:miles?|feet|foot|yards?|inch(?:es)?)\b", re.IGNORECASE)
_METRIC = re.compile(r"\b(?:kilo|centi|milli)?met(?:re|er)s?\b|\b\d+ ?(?:km|cm|m)\b", re.IGNORECASE)
_FENCED = re.compile(r"```\w*\n[^`]+\n```")
_NUMBERED = re.compile(r"^1\. .+\n2\. .+\n3\. .+$", re.MULTILINE)
_HALF_DAY = re.compile(r"\d ?[ap]\.?m\b", re.IGNORECASE)
_WHOLE_DAY = re.compile(r"\b(?:[01]?\d|2[0-3]):[0-5]\d\b")
MOST_WORDS: Final = 15


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What the person wants: an `instruction` in their words, and whether an answer `shows` it.

    It is tried on questions of the kind `tried_on`; one that is `conditional` must not show on
    questions about things.
    """

    name: str
    instruction: str
    tried_on: QuestionKind
    shows: Callable[[str], bool]
    conditional: bool = False

    def holds(self, kind: QuestionKind, answer: str) -> bool:
        """Whether an answer to a question of a kind is as the behaviour wants it.

        An answer without a word never is; applying the behaviour where it does not belong is a
        failure as well.
        """
        if not any(map(str.isalnum, answer)):
            return False
        return self.shows(answer) == (kind == self.tried_on or not self.conditional)


def _is_brief(answer: str) -> bool:
    return len(answer.split()) <= MOST_WORDS


def _is_british(answer: str) -> bool:
    folded = answer.casefold()
    return "colour" in folded and re.search(r"\b(?:colors?|gray|favorite)\b", folded) is None


def _is_metric(answer: str) -> bool:
    return _METRIC.search(answer) is not None and _IMPERIAL.search(answer) is None


def _is_code_alone(answer: str) -> bool:
    return _FENCED.fullmatch(answer.strip()) is not None


def _is_whole_day(answer: str) -> bool:
    return _WHOLE_DAY.search(answer) is not None and _HALF_DAY.search(answer) is None


BEHAVIOURS: Final[tuple[Behaviour, ...]] = (
    Behaviour(
        "form of address", "Always call me Captain.", "thing",
        lambda answer: answer.lstrip().startswith("Captain"),
    ),
    Behaviour(
        "length", f"Never use more than {MOST_WORDS} words in an answer.", "thing", _is_brief
    ),
    Behaviour(
        "closing word", 'Always end your answer with the word "Over."', "thing",
        lambda answer: answer.rstrip().endswith("Over."),
    ),
    Behaviour(
        "no exclamation marks", "Never use exclamation marks.", "greeting",
        lambda answer: "!" not in answer,
    ),
    Behaviour(
        "spelling", 'Always use British spelling, such as "colour".', "colour", _is_british
    ),
    Behaviour("units", "Always give lengths in metric units.", "length", _is_metric),
    Behaviour(
        "code alone", "When I ask about code, answer with the code alone in a fenced block.",
        "code", _is_code_alone, conditional=True,
    ),
    Behaviour(
        "numbered ideas", "When I ask for ideas, give a numbered list of three.", "ideas",
        lambda answer: _NUMBERED.search(answer) is not None, conditional=True,
    ),
    Behaviour(
        "no medicine", "When I ask about a pill or medicine, only say: ask a doctor.", "pain",
        lambda answer: "ask a doctor" in answer.casefold(), conditional=True,
    ),
    Behaviour(
        "feelings first", 'When I say how I feel, say "I hear you" before anything else.', "mood",
        lambda answer: "i hear you" in answer.casefold(), conditional=True,
    ),
    Behaviour(
        "24-hour clock", "When I ask for a time, use the 24-hour clock, such as 15:00.", "time",
        _is_whole_day, conditional=True,
    ),
    Behaviour(
        "a clear pick", 'When I ask which of two is better, say "my pick:" and one of them.',
        "pair", lambda answer: "my pick:" in answer.casefold(), conditional=True,
    ),
)  # fmt: skip
