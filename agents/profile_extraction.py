"""From a message of the user's to claims on who they are: rules, and corrections of what is known.

Only the user's own sentences count. What SOMA said just before is looked at for one thing: which
fact a correction such as "no, it is Max" may mean.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from agents.own_words import sentences
from agents.profile_rules.corrections import corrections, spoken_of
from agents.profile_rules.statements import LONGEST_MESSAGE, claims
from store.claims import Claim, Fact, folded

_TURNED = re.compile(
    r"\b(?:always|never|don't ever|do not ever|don't|do not|please|from now on|ever|any)\b[, ]*"
)
_FORBIDS = re.compile(r"\b(?:never|don't|do not|no|stop|avoid)\b")


def claims_in(text: str, facts: Sequence[Fact], answer: str = "") -> list[tuple[Claim, str]]:
    """Give the claims in a message, each with the sentence it stands in.

    `facts` are those that are known of the person, `answer` is what SOMA said just before.
    """
    if len(text) > LONGEST_MESSAGE:
        return []
    corrected = corrections(text, facts, answer)
    stated = [
        (_in_context(claim, facts, answer, quote, text), quote)
        for claim, quote in claims(text)
        if not _is_corrected(claim, corrected)
    ]
    return corrected + stated


def _is_corrected(claim: Claim, corrected: Sequence[tuple[Claim, str]]) -> bool:
    """Whether a correction speaks of the same, and better."""
    return any(claim.attribute == one.attribute and not claim.retract for one, _ in corrected)


def _in_context(claim: Claim, facts: Sequence[Fact], answer: str, quote: str, text: str) -> Claim:
    """Say which fact a claim replaces where its words alone do not."""
    if claim.kind == "instruction":
        opposite = next((f for f in facts if _are_opposites(claim.value, f)), None)
        return replace(claim, replaces=opposite.value) if opposite else claim
    negated = any(one.follows_no for one in sentences(text) if one.text == quote)
    if claim.many and not claim.retract and (negated or re.match(r"no\b", quote, re.IGNORECASE)):
        rivals = [f for f in spoken_of(facts, answer) if f.attribute == claim.attribute]
        if len(rivals) == 1:
            return replace(claim, replaces=rivals[0].value)
    return claim


def _are_opposites(order: str, fact: Fact) -> bool:
    """Whether an order forbids what a standing instruction asks for, or the other way round."""
    if fact.kind != "instruction":
        return False
    one, other = folded(order), folded(fact.value)
    differs = bool(_FORBIDS.search(one)) != bool(_FORBIDS.search(other))
    return differs and _TURNED.sub("", one) == _TURNED.sub("", other)
