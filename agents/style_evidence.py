"""Evidence for the personality, from what the user does: asks, corrects, rates, and how they write.

An answer of SOMA is only ever what a correction is compared with; it is no evidence by itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from agents.style_measures import MARKS, Style, style_of
from agents.style_requests import style_requests
from store.traits import Evidence, Source

REQUEST = 0.8  # confidences, from a wish in plain words down to a habit
CORRECTION = 0.6
RATING = 0.3
WRITING = 0.2
MESSAGES_OF_A_HABIT = 10
_LENGTH_RATIO = 1.33  # what a correction must be longer or shorter by to count as a wish
_AWAY = 0.02  # how far from its baseline a trait must be to share the blame for a bad answer


def from_message(message: int, text: str) -> list[Evidence]:
    """Give what a message of the user asks of SOMA's style."""
    return [
        Evidence(wish.trait, float(wish.more), REQUEST, "request", message, wish.quote)
        for wish in style_requests(text)
    ]


def from_correction(message: int, answer: str, better: str) -> list[Evidence]:
    """Give what tells the answer that the user would have liked from the one SOMA gave.

    `message` is the id of the answer that was corrected.
    """
    given, wanted = style_of(answer), style_of(better)
    if not given.words or not wanted.words:
        return []
    found = dict(_differences(given, wanted))
    return [_evidence(trait, *found[trait], "correction", message, better) for trait in found]


def from_rating(
    message: int, value: int, values: Mapping[str, float], baselines: Mapping[str, float]
) -> list[Evidence]:
    """Give what a bad rating without words says: back to the baseline with what has moved.

    A good one asks for no change and is no evidence for one.
    """
    if value >= 0:
        return []
    return [
        Evidence(trait, baselines[trait], RATING, "rating", message, "rated as bad")
        for trait, now in values.items()
        if abs(now - baselines[trait]) > _AWAY
    ]


def from_writing(message: int, texts: Sequence[str]) -> list[Evidence]:
    """Give how the user writes, from their last ten messages, of which `message` is the newest.

    Gives nothing for fewer.
    """
    if len(texts) < MESSAGES_OF_A_HABIT:
        return []
    styles = [style_of(text) for text in texts]
    found = dict(_habits(styles))
    quote = f"the last {len(texts)} messages"
    return [
        Evidence(trait, target, WRITING, "writing", message, f"{quote}: {why}")
        for trait, (target, why) in found.items()
    ]


def _differences(given: Style, wanted: Style) -> Iterator[tuple[str, tuple[float, float]]]:
    """Traits with their target and how sure it is, from 0 to 1."""
    ratio = wanted.words / given.words
    if ratio >= _LENGTH_RATIO or ratio <= 1 / _LENGTH_RATIO:
        yield "verbosity", (float(ratio > 1), min(1.0, abs(math.log2(ratio)) / 2 + 0.5))
    formality = wanted.formality - given.formality
    if abs(formality) >= 0.2:
        yield "formality", (float(formality > 0), min(1.0, 2 * abs(formality)))
    counts = {
        "curiosity": (given.questions, wanted.questions),
        "enthusiasm": (given.exclamations + given.emojis, wanted.exclamations + wanted.emojis),
        **{trait: (given.marks[trait], wanted.marks[trait]) for trait in MARKS},
    }
    for trait, (before, after) in counts.items():
        # A trait's marks thin out with a shorter text by themselves.
        if after > before or (before and after < before * min(1.0, ratio) - 0.5):
            yield trait, (float(after > before), 0.5)


def _habits(styles: Sequence[Style]) -> Iterator[tuple[str, tuple[float, str]]]:
    words = sum(style.words for style in styles) / len(styles)
    if words <= 6 or words >= 40:
        yield "verbosity", (0.3 if words <= 6 else 0.7, f"{words:.0f} words each")
    formal, informal = (
        sum(getattr(style, name) for style in styles) for name in ("formal", "informal")
    )
    if formal + informal >= len(styles) and (formal >= 3 * informal or informal >= 3 * formal):
        counted = f"{formal} formal marks, {informal} informal ones"
        yield "formality", (0.8 if formal > informal else 0.1, counted)
    lively = sum(bool(style.exclamations or style.emojis) for style in styles)
    if 2 * lively >= len(styles):
        yield "enthusiasm", (0.9, f"{lively} with exclamation marks or emojis")
    technical = sum(style.code or style.marks["technical_expertise"] > 0 for style in styles)
    if 2 * technical >= len(styles):
        yield "technical_expertise", (0.8, f"{technical} with code or technical terms")
    funny = sum(style.marks["humor"] > 0 for style in styles)
    if 3 * funny >= len(styles):
        yield "humor", (0.8, f"{funny} with a laugh")


def _evidence(
    trait: str, target: float, sure: float, source: Source, message: int, quote: str
) -> Evidence:
    return Evidence(trait, target, CORRECTION * sure, source, message, quote)
