"""Taking words out of texts: whole sentences go, so that nothing can be read between the gaps."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator

FORGOTTEN = "[forgotten]"
_MOST_AS_PATTERN = 20  # alternatives beyond which a pattern is slower than a search for each
_SENTENCE = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|St|Sr|Jr|vs|etc|e\.g|i\.e|No)\.|[^.!?…\u3002\uff01\uff1f\n])+[.!?…\u3002\uff01\uff1f]*"
)
_MARKS = re.compile(re.escape(FORGOTTEN) + r"(?:\s*" + re.escape(FORGOTTEN) + ")+")


class Needles:
    """Words to be found whole, whatever their case and the spaces in them.

    Of very many, which are sentences then, each may also stand within another.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        folded = {" ".join(text.casefold().split()) for text in texts}
        self.texts = sorted(filter(None, folded), key=len, reverse=True)
        few = 0 < len(self.texts) <= _MOST_AS_PATTERN
        self._pattern = re.compile("|".join(map(_whole, self.texts))) if few else None

    def __bool__(self) -> bool:
        return bool(self.texts)

    def are_in(self, text: str) -> bool:
        """Whether a text holds one of the words."""
        folded = text.casefold()
        if self._pattern is not None:
            return self._pattern.search(folded) is not None
        plain = " ".join(folded.split())
        return any(needle in plain for needle in self.texts)

    def going(self, text: str, quotes: Iterable[str] = ()) -> list[str]:
        """Give the sentences of a text that hold a word, and those that are one of `quotes`."""
        return [text[start:end] for start, end in self._spans(text, quotes)]

    def redact(self, text: str, quotes: Iterable[str] = ()) -> str:
        """Give the text with "[forgotten]" in the place of the sentences that go.

        What cannot be taken out sentence by sentence takes the whole text with it.
        """
        parts, at = [], 0
        for start, end in self._spans(text, quotes):
            parts += [text[at:start], FORGOTTEN]
            at = end
        redacted = _MARKS.sub(FORGOTTEN, "".join([*parts, text[at:]]))
        return FORGOTTEN if self.are_in(redacted) else redacted

    def _spans(self, text: str, quotes: Iterable[str]) -> Iterator[tuple[int, int]]:
        wanted = [plain for plain in map(_plain, quotes) if plain]
        for found in _SENTENCE.finditer(text):
            sentence = found[0]
            plain = _plain(sentence)
            quoted = any(one in plain or (len(plain) > 3 and plain in one) for one in wanted)
            if quoted or self.are_in(sentence):
                yield found.start() + len(sentence) - len(sentence.lstrip()), found.end()


def sentences(text: str) -> list[str]:
    """Give the sentences of a text as `Needles.going` gives them."""
    return [found[0].strip() for found in _SENTENCE.finditer(text)]


def without_sentences(text: str, is_gone: Callable[[str], bool]) -> str:
    """Give the text with "[forgotten]" in the place of the sentences that are gone."""

    def put(found: re.Match[str]) -> str:
        sentence = found[0].strip()
        if not sentence or not is_gone(sentence):
            return found[0]
        return found[0][: len(found[0]) - len(found[0].lstrip())] + FORGOTTEN

    return _MARKS.sub(FORGOTTEN, _SENTENCE.sub(put, text))


def _plain(text: str) -> str:
    """The letters and digits of a text alone, for comparing what was quoted."""
    return "".join(c for c in text.casefold() if c.isalnum())


def _whole(needle: str) -> str:
    """A pattern for a word; one in a script with cases does not begin or end inside another."""
    body = r"\s+".join(map(re.escape, needle.split(" ")))
    before = r"(?<!\w)" if _has_cases(needle[0]) else ""
    after = r"(?!\w)" if _has_cases(needle[-1]) else ""
    return before + body + after


def _has_cases(character: str) -> bool:
    return character.isdigit() or unicodedata.category(character) in ("Ll", "Lu", "Lt")


def is_distinctive(value: str) -> bool:
    """Whether a value is so much somebody's own that it means the same wherever it stands.

    Names and the like are, and long numbers and phrases; "tea" and "34" are not.
    """
    words = value.split()
    digits = sum(character.isdigit() for character in value)
    return (
        any(word[:1].isupper() for word in words)
        or digits >= 4
        or len(words) >= 3
        or not value.isascii()
    )
