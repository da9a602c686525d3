"""Requests about style in what a user writes: "shorter, please", "no jargon", "don't be so formal".

Only what is said to SOMA about its answers counts: clauses that begin as a request or a complaint
do. What is quoted, asked, reported or supposed does not. English only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from agents.own_words import without_quotes
from agents.style_frames import LEAD, NOT_TO_SOMA, REQUEST_AS_QUESTION, frames
from agents.style_words import STYLE

LONGEST = 2000  # characters; what is longer was hardly typed about style

_SENTENCES = re.compile(r"[^.!?;\n…]+[.!?…]*")
_CLAUSES = re.compile(r"[,:–—()]|\s-\s|\b(?:but|and|because|since|so that)\b")
_TRAITS = tuple(STYLE)


@dataclass(frozen=True, slots=True)
class StyleRequest:
    """A wish for more of a trait, or for less of it, and the sentence it was made in."""

    trait: str
    more: bool
    quote: str


def style_requests(text: str) -> list[StyleRequest]:
    """Find what a message asks of SOMA's style, one wish a trait; the last one counts."""
    if len(text) > LONGEST:
        return []
    found: dict[str, StyleRequest] = {}
    for sentence in _SENTENCES.findall(without_quotes(text)):
        for trait, more in _in_sentence(sentence.casefold()):
            found.pop(trait, None)
            found[trait] = StyleRequest(trait, more, sentence.strip())
    return list(found.values())


def _in_sentence(sentence: str) -> Iterator[tuple[str, bool]]:
    words = " ".join(sentence.strip(" .!?…").split())
    if re.match(LEAD + NOT_TO_SOMA, words):
        return
    if sentence.rstrip().endswith("?") and not re.match(LEAD + REQUEST_AS_QUESTION, words):
        return
    whole = _in_clause(words)
    if whole is not None:
        yield whole
        return
    for clause in _CLAUSES.split(words):
        found = _in_clause(clause.strip())
        if found is not None:
            yield found


def _in_clause(clause: str) -> tuple[str, bool] | None:
    for frame in frames():
        match = frame.match(clause)
        if match is None:
            continue
        groups = {name: value for name, value in match.groupdict().items() if value}
        word = next(name for name in groups if name[0] in "pm")
        turned = (word[0] == "m") ^ ("neg" in groups) ^ ("less" in groups)
        return _TRAITS[int(word[1:])], not turned
    return None
