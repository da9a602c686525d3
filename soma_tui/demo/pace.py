"""How fast the demo goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds for a letter that is typed, for a word that is read, for a look at a place."""

    letter: float
    word: float
    look: float

    def reading(self, text: str) -> float:
        """How long a text stands to be read, in seconds."""
        return self.word * (_WORDS_TO_BEGIN + min(len(text.split()), _MOST_WORDS))


_WORDS_TO_BEGIN = 4
_MOST_WORDS = 40
READING: Final = Pace(letter=0.03, word=0.2, look=8.0)
FAST: Final = Pace(letter=0.0, word=0.0, look=1.5)
