"""Corrections of what SOMA knows: "no, it is Max", "not Rex but Max", "I meant Max"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from agents.own_words import is_stated, sentences
from agents.profile_rules.phrases import END, Said, as_name, is_proper, rule
from agents.profile_rules.words import MONTH
from store.claims import Claim, Fact, same

_NO = "(?:no|nope|nah|wrong|actually|sorry|correction|oops|wait|hm+|well|not quite|i mean)"
_IT_IS = (
    r"(?:(?:it|that|he|she|they|the name|(?:my|his|her|its|their) name)(?:'s| is| was|'re| are)"
    r"(?: (?:called|named|spelled|spelt|actually))*|i(?:'m| am)(?: called)?|called|i (?:said|meant|"
    r"mean)|it should (?:be|say)|make (?:it|that))"
)
_NEW = r"(?P<new>[^,;:!?()…]+?)"
_OLD = r"(?P<old>[^,;:!?()…]+?)"
_OPENING = rf"^(?:{_NO}[,.! ]+)*"
_BEFORE = "(?:(?:(?:is|am|'s|'m) )?(?:called|named)|name is|name's|is|am|in|as|to)"
_NAMED = (
    rule(rf"{_OPENING}(?:{_IT_IS} )?not {_OLD},? (?:but|it's|it is|he's|she's) {_NEW}{END}"),
    rule(rf"{_OPENING}(?:{_IT_IS} )?{_NEW}(?:,| and) not {_OLD}{END}"),
    rule(rf"\b{_BEFORE} not {_OLD} but {_NEW}{END}"),
    rule(rf"\b{_BEFORE} {_NEW},? (?:and )?not {_OLD}{END}"),
)
_POINTED = (
    rule(rf"{_OPENING}{_IT_IS} (?:an? )?{_NEW}\W*$"),
    rule(rf"^{_NO}[,.! ]+(?P<new>[\w'-]+(?: [\w'-]+)?)\W*$"),
)
_CONTRADICTS = rule(rf"^(?:{_NO}|i (?:said|meant|mean))\b")
_NAMES_OF_PLACES = ("home town", "from", "birthplace")
_WORD = re.compile(r"[^\W_]+")


def corrections(text: str, facts: Sequence[Fact], answer: str) -> list[tuple[Claim, str]]:
    """Give the claims that put another value in the place of one of `facts`, with their sentence.

    `answer` is what SOMA said just before; it only tells which fact "it" may be. Where that is
    not clear, or the new value is of another sort, nothing is corrected.
    """
    found: list[tuple[Claim, str]] = []
    lower = text == text.lower()
    for sentence in sentences(text):
        if not is_stated(sentence.text):
            continue
        said = Said(sentence.text, lower)
        claim = next(_by_name(said, facts), None)
        if claim is None and (sentence.follows_no or _CONTRADICTS.match(said.text)):
            claim = _by_pointing(said, facts, answer)
        if claim is not None:
            found.append((claim, sentence.text))
    return found


def spoken_of(facts: Sequence[Fact], answer: str) -> list[Fact]:
    """Give the facts whose values an answer of SOMA's holds, as whole words."""
    said = _as_words(answer)
    return [fact for fact in facts if _as_words(fact.value) in said]


def _as_words(text: str) -> str:
    return f" {' '.join(_WORD.findall(text.casefold()))} "


def _by_name(said: Said, facts: Sequence[Fact]) -> Iterator[Claim]:
    for pattern in _NAMED:
        for found in pattern.finditer(said.text):
            old, new = found["old"].strip(), found["new"].strip()
            for fact in facts:
                if same(fact.value, old) and _is_of_its_sort(new, fact, said):
                    yield _instead(fact, new)


def _by_pointing(said: Said, facts: Sequence[Fact], answer: str) -> Claim | None:
    meant = spoken_of(facts, answer)
    for pattern in _POINTED:
        found = pattern.search(said.text)
        if found is None:
            continue
        new = found["new"].strip()
        fitting = [fact for fact in meant if _is_of_its_sort(new, fact, said)]
        if len(fitting) == 1 and not same(fitting[0].value, new):
            return _instead(fitting[0], new)
    return None


def _is_of_its_sort(new: str, fact: Fact, said: Said) -> bool:
    """Whether a value could stand in the place of a fact's."""
    words = new.split()
    if not words or len(words) > 6 or fact.kind == "instruction":
        return False
    if fact.kind in ("name", "relationship") or fact.attribute in (
        "home town",
        "from",
        "birthplace",
    ):
        return bool(as_name(new)) and is_proper(new, said)
    if fact.attribute == "age":
        return new.isdigit()
    if fact.attribute == "birthday":
        return re.search(rf"\d|\b{MONTH}\b", new, re.IGNORECASE) is not None
    return len(words) <= 4


def _instead(fact: Fact, new: str) -> Claim:
    named = fact.kind in ("name", "relationship")
    value = as_name(new) if named else re.sub(r"^an? ", "", new)
    return Claim(fact.kind, fact.attribute, value, fact.many, 0.95, replaces=fact.value)
