"""Large pastes as one unit: the chip that stands for a text, and the text that it stands for."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator

from agents.text import visible

FOLDED_LINES = 8
FOLDED_CHARACTERS = 800
_UNKNOWN_LINES = 40
_UNKNOWN_CHARACTERS = 4_000
_LONGEST_EDGE = 400
_LONGEST_NAME = 40
_REMEMBERED = 20

# Noncharacters: no keyboard types them, and `clean` lets none in from anywhere else.
_OPEN, _CLOSE = "\ufdd0", "\ufdd1"
_CHIP = re.compile(f"{_OPEN}[^{_OPEN}{_CLOSE}\n]*{_CLOSE}")
_FILES_AT_THE_END = f"(?:\n\n{_OPEN}attached [^{_OPEN}{_CLOSE}\n]*{_CLOSE})+\\Z"
_SHOWN = str.maketrans({_OPEN: "[", _CLOSE: "]"})
_MARKS = str.maketrans({_OPEN: "⟨U+FDD0⟩", _CLOSE: "⟨U+FDD1⟩"})
_ATTACHED = "Attached file "


def clean(text: str) -> str:
    """The text as it may stand in the composer: line feeds end lines, nothing is executed."""
    return visible(text.replace("\r\n", "\n").replace("\r", "\n")).translate(_MARKS)


def line_count(text: str) -> int:
    """How many lines a text has; a line end at its end begins no further one."""
    return text.count("\n") + (not text.endswith("\n"))


def is_large(text: str) -> bool:
    """Whether a paste is folded: more than 8 lines, or more than 800 characters."""
    return len(text) > FOLDED_CHARACTERS or line_count(text) > FOLDED_LINES


def spans(raw: str) -> list[tuple[int, int]]:
    """Where the chips of a raw text begin and end."""
    return [match.span() for match in _CHIP.finditer(raw)]


def shown(raw: str) -> str:
    """The raw text as it is drawn, character by character."""
    return raw.translate(_SHOWN)


def end_of_words(raw: str) -> int:
    """Where the words of a raw text end and the files begin that were attached after them."""
    files = re.search(_FILES_AT_THE_END, raw)
    return len(raw) if files is None else files.start()


class Chips:
    """The chips of one text.

    A raw text holds chips; the whole text has in their place what they stand for. A chip is a
    stretch of raw text that nobody can type, so that it moves, goes and comes back as text does.
    """

    def __init__(self, remembered: Iterable[str] = ()) -> None:
        self._texts: dict[str, str] = {}
        self._made = 0
        self.remembered: deque[str] = deque(remembered, maxlen=_REMEMBERED)

    def fold(self, text: str) -> str:
        """Make the chip of a paste. It is found again in a whole text by `fold_again`."""
        if text in self.remembered:
            self.remembered.remove(text)
        self.remembered.append(text)
        return self._chip("pasted", _size(text), text)

    def fold_again(self, text: str) -> str:
        """The raw text of a whole one that was kept elsewhere.

        Attached files and pastes that are remembered become chips as they were; of what is left,
        stretches of more than 40 lines or 4,000 characters do, but for a short first and last line.
        """
        raw = text
        if _ATTACHED in text:
            from agents.attachments import Attachment, fold

            for part in fold(text):
                if isinstance(part, Attachment):
                    name = visible(part.name).expandtabs(1)
                    name = name if len(name) <= _LONGEST_NAME else f"…{name[1 - _LONGEST_NAME :]}"
                    size = f"{name}, {_lines(part.lines)}"
                    raw = raw.replace(part.source, self._chip("attached", size, part.source), 1)
        for paste in sorted(self.remembered, key=len, reverse=True):
            if paste in raw:
                raw = raw.replace(paste, self._chip("pasted", _size(paste), paste))
        return "".join(self._fold_stretches(raw))

    def _fold_stretches(self, raw: str) -> Iterator[str]:
        end = 0
        for start, stop in [*spans(raw), (len(raw), len(raw))]:
            yield self._fold_middle(raw[end:start])
            yield raw[start:stop]
            end = stop

    def _fold_middle(self, text: str) -> str:
        first, last = text.find("\n") + 1, text.rfind("\n")
        head = first if first <= _LONGEST_EDGE else 0
        tail = last if first <= last and len(text) - last <= _LONGEST_EDGE else len(text)
        middle = text[head:tail]
        if line_count(middle) <= _UNKNOWN_LINES and len(middle) <= _UNKNOWN_CHARACTERS:
            return text
        return text[:head] + self._chip("folded", _size(middle), middle) + text[tail:]

    def _chip(self, kind: str, size: str, text: str) -> str:
        self._made += 1
        chip = f"{_OPEN}{kind} {self._made}: {size.translate(_MARKS)}{_CLOSE}"
        self._texts[chip] = text
        return chip

    def text_of(self, chip: str) -> str:
        """What a chip stands for."""
        return self._texts.get(chip, shown(chip))

    def whole(self, raw: str) -> str:
        """The raw text with what its chips stand for in their place."""
        return _CHIP.sub(lambda match: self.text_of(match[0]), raw)


def _size(text: str) -> str:
    lines = line_count(text)
    return _lines(lines) if lines > FOLDED_LINES else f"{len(text):,} characters"


def _lines(count: int) -> str:
    return "1 line" if count == 1 else f"{count:,} lines"
