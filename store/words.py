"""Words of a text in the form in which they are compared: folded, without accents, stemmed.

English words are reduced to their stem by Snowball's algorithm; other words that it leaves alone
still match as they are written. Scripts that put no space between words give pairs of neighbouring
characters, so that any text can be found.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Any

LONGEST_WORD = 64
_PLAIN = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003ffff]+"  # Thai, Lao, Burmese, Khmer, kana, ideographs
)
_SENTENCE_END = re.compile(r"(?<=[.!?\u3002])\s+")
_ACCENT = "\u0300", "\u036f"
_APOSTROPHES = str.maketrans("\u2018\u2019\u02bc\u2032", "''''")

COMMON = frozenset(
    "a about after again all also am an and any are as at be because been before being but by can "
    "could did do does doing don't down for from get got had has have having he her here hers him "
    "his how i i'd i'll i'm i've if in into is it it's its just let's me more most my no nor not "
    "now of off on once only or other our ours out over own really s same she so some such t than "
    "that that's the their theirs them then there these they this those through to too under until "
    "up us very was we we're were what what's when where which while who whom whose why will with "
    "would yes yet you you'd you'll you're you've your yours".split()
)
"""English words that tell next to nothing about what a text is about."""


def terms(text: str) -> list[str]:
    """Give the stems of the words of a text, in order, without the most common words."""
    known, stem = _stems(), _stemmer().stemWord
    found = []
    for word in words(text):
        if word in COMMON:
            continue
        stemmed = known.get(word)
        if stemmed is None:
            stemmed = stem(word.replace("'s", "").replace("'", "")) if word.isascii() else word
            if len(known) > 200_000:
                known.clear()
            known[word] = stemmed
        if stemmed:
            found.append(stemmed)
    return found


def words(text: str) -> Iterator[str]:
    """Give the words of a text, folded, in order; what is longer than 64 characters is cut."""
    if text.isascii():
        for word in _PLAIN.findall(text.lower()):
            yield word[:LONGEST_WORD]
        return
    text = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES)).casefold()
    for word in unicodedata.normalize("NFC", text.translate(_letters())).split():
        if word.isascii():
            for plain in _PLAIN.findall(word):
                yield plain[:LONGEST_WORD]
        elif _UNSPACED.search(word):
            yield from _pairs(word)
        else:
            yield word[:LONGEST_WORD]


def only_asks(text: str) -> bool:
    """Whether a text is nothing but questions."""
    sentences = _SENTENCE_END.split(text.strip())
    return all(sentence.endswith(("?", "\uff1f", "\u061f")) for sentence in sentences)


def _pairs(word: str) -> Iterator[str]:
    place = 0
    for run in _UNSPACED.finditer(word):
        if run.start() > place:
            yield word[place : run.start()][:LONGEST_WORD]
        characters = run[0]
        if len(characters) == 1:
            yield characters
        for index in range(len(characters) - 1):
            yield characters[index : index + 2]
        place = run.end()
    if place < len(word):
        yield word[place:][:LONGEST_WORD]


class _Letters(dict[int, str | None]):
    """For `str.translate`: letters, digits and their marks stay, accents go, the rest is space."""

    def __missing__(self, code: int) -> str | None:
        character = chr(code)
        kept: str | None = " "
        if _ACCENT[0] <= character <= _ACCENT[1]:
            kept = None
        elif unicodedata.category(character)[0] in "LNM" or character == "'":
            kept = character
        self[code] = kept
        return kept


@cache
def _letters() -> _Letters:
    return _Letters()


@cache
def _stems() -> dict[str, str]:
    return {}


@cache
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english")
