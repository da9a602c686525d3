"""What people say about themselves, read by rules: claims from their own sentences; English.

The rules would rather miss something than take it up wrongly: names are capitalised or introduced
as names, and what is passing, vague or about somebody else is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from agents.own_words import is_stated, sentences
from agents.profile_rules.endings import endings
from agents.profile_rules.person import ages, doings, health, names, noted, places, work
from agents.profile_rules.phrases import Said
from agents.profile_rules.relations import relations
from agents.profile_rules.wishes import (
    as_instruction,
    instruction,
    is_lasting_order,
    tastes,
    wishes,
)
from store.claims import Claim

LONGEST_MESSAGE = 8000  # characters; what is longer was not typed
_RULES = (wishes, names, places, work, ages, tastes, relations, health, doings, noted)


_CLAUSE = re.compile(
    r"(?:[,;]|\bbut\b|\band\b)\s+(?:(?:but|and|now) )*(?=(?:i|i'm|my|we|our)\b)", re.I
)
_NOW = re.compile(r"^(?:now|currently) (?=\S)")


def claims(text: str) -> list[tuple[Claim, str]]:
    """Give the claims in a message of the user's, each with the sentence it stands in."""
    if len(text) > LONGEST_MESSAGE:
        return []
    lower = text == text.lower()
    found: dict[Claim, str] = {}
    for sentence in sentences(text):
        for claim in of_sentence(sentence.text, lower=lower):
            found.setdefault(claim, sentence.text)
    return list(found.items())


def of_sentence(sentence: str, *, lower: bool = False) -> Iterator[Claim]:
    """Give the claims in one sentence; `lower` where its author writes no capitals."""
    order = instruction(sentence)
    if order:
        yield _instruction(order)
        return
    if not is_stated(sentence):
        return
    said = Said(sentence, lower)
    ended = list(endings(said))
    holds = [Said(clause, lower) for clause in _CLAUSE.split(sentence)[1:]] if ended else [said]
    found = ended + [
        replace(claim, value=_NOW.sub("", claim.value))
        for one in holds
        if not any(endings(one))
        for rule in _RULES
        for claim in rule(one)
        if "…" not in claim.value and any(map(str.isalnum, claim.value))
    ]
    yield from found
    if not found and is_lasting_order(sentence):
        yield _instruction(as_instruction(sentence))


def _instruction(order: str) -> Claim:
    return Claim("instruction", "instruction", order, many=True, confidence=0.9)
