"""Answers that go round in circles."""

from __future__ import annotations

import re

_ROUNDS = 4
_LEAST_WORDS = 12
_LONGEST_ROUND = 60
_LEAST_CHARACTERS = 32
_CHARACTERS = re.compile(r"(?=\S)(.{1,16}?)\1{7,}", re.DOTALL)


def is_looping(text: str) -> bool:
    """Whether a text says the same four times or more, one right after the other.

    Of words it is a round of up to 60, in 12 words at least; within words a run of up to 16
    characters, eight times. Rules and tables, which have no letters, may repeat themselves.
    """
    words = [word.casefold() for word in text.split()]
    for length in range(1, min(_LONGEST_ROUND, len(words) // _ROUNDS) + 1):
        needed = max((_ROUNDS - 1) * length, _LEAST_WORDS - length)
        if _is_repeated(words, length, needed):
            return True
    return any(
        len(found[0]) >= _LEAST_CHARACTERS and any(map(str.isalpha, found[1]))
        for found in _CHARACTERS.finditer(text)
    )


def _is_repeated(words: list[str], length: int, needed: int) -> bool:
    """Whether `needed` words in a row are each the same as the one `length` words before.

    There must be a letter in them.
    """
    run = 0
    for at in range(length, len(words)):
        run = run + 1 if words[at] == words[at - length] else 0
        if run >= needed and any(map(str.isalpha, "".join(words[at - length + 1 : at + 1]))):
            return True
    return False
