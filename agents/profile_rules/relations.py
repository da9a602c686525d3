"""The people and animals around somebody, by their names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agents.profile_rules.phrases import END, I_AM, MY, NAME, PROPER, Said, as_name, is_proper, rule
from agents.profile_rules.words import RELATION, SAME_RELATION, SEVERAL
from store.claims import Claim

_MY = (
    rf"{MY}(?: (?:little|big|older|younger|elder|eldest|youngest|oldest|new|late|other|dear|own"
    "|pet|baby|twin|second|first))*"
)
_IS_CALLED = rule(
    rf"{_MY} (?P<r>{RELATION})(?P<s>(?:'s name)?(?:'s| is| are)(?: called| named)?) {NAME}{END}"
)
_NAMED = rule(rf"(?<!\w)(?:I|we) (?:named|called) {MY} (?P<r>{RELATION}) {NAME}{END}")
_MARRIED = rule(rf"(?:{I_AM}|we're|I got) (?:married|engaged) to {NAME}{END}")
_HAVING = rule(
    r"(?<!\w)(?:I|we)(?:'ve| have|'ve got| have got| own| got| adopted)(?: got)? (?P<rest>.+)"
)
_ONE_CALLED = rule(
    rf"(?:an?|one|two|three|four|another)(?: [\w-]+){{0,2}}? (?P<r>{RELATION})s?"
    rf"(?:,| called| named|:| whose names? (?:is|are))+ {NAME}"
    r"(?P<more>(?:(?:,|,? and) (?!an? |my |our |i |the )[\w'-]+)*)"
)
_IS_MY = rule(rf"^{NAME} is (?:my|our)(?: (?:older|younger|little|big))? (?P<r>{RELATION}){END}")
_BESIDE = re.compile(rf"(?i:{_MY}) (?P<r>{RELATION}),? {PROPER}(?=[,.!;]|\s|$)")


def relations(said: Said) -> Iterator[Claim]:
    """Find the names of relatives, friends and pets."""
    if found := _MARRIED.search(said.text):
        yield from _related("partner", found["v"])
    for found in _NAMED.finditer(said.text):
        yield from _related(found["r"], found["v"])
    for found in _IS_CALLED.finditer(said.text):
        introduced = re.search("called|named|name", found["s"])
        if introduced or is_proper(found["v"], said):
            yield from _related(found["r"], found["v"])
    if having := _HAVING.search(said.text):
        yield from _owned(having["rest"])
    if (found := _IS_MY.search(said.text)) and is_proper(found["v"], said):
        yield from _related(found["r"], found["v"])
    for found in _BESIDE.finditer(said.text):
        yield from _related(found["r"], found["v"], several=True)


def _owned(rest: str) -> Iterator[Claim]:
    for found in _ONE_CALLED.finditer(rest):
        introduced = re.search("called|named|whose", found[0])
        others = [part.strip(" ,") for part in re.split(r",? and |, ", found["more"])]
        for name in filter(None, (found["v"], *others)):
            if introduced or name[:1].isupper():
                yield from _related(found["r"], name, several=bool(found["more"]))


def _related(relation: str, name: str, several: bool = False) -> Iterator[Claim]:
    relation = relation.casefold()
    relation = SAME_RELATION.get(relation, relation)
    if known := as_name(name):
        many = several or relation in SEVERAL
        yield Claim("relationship", relation, known, many=many, confidence=0.9)
