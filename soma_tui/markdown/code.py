"""A code block, which may still grow, and the reading of its source while it does."""

from __future__ import annotations

import re
from collections.abc import Sequence

from textual.content import Content
from textual.style import Style

from soma_tui.markdown.rows import NOTHING, Row, cut_lead
from soma_tui.markdown.steady import steady
from soma_tui.markdown.wrapping import folds

COPY = "copy"
WANT = "want"
"""The key, in the meta data of what is drawn, that holds the id of the action a click asks for."""
_STYLE = ".message--code"
_MUTED = ".message--code-note"
_TAB = 4
_AT_ONCE = 8_000


class Code:
    """A code block: a line with its language and a word to copy it, then its lines.

    Lines are folded where they are wider than the block. While it grows a further line costs the
    same however many there are, and nothing is highlighted.
    """

    def __init__(self, language: str, *, first: Content = NOTHING, rest: Content = NOTHING) -> None:
        self.language = steady((language.split() or [""])[0].strip("{}."))
        self.whole = False
        self._source: list[str] = []
        self._partial: str | None = None
        self._shown: list[str] = []
        self._colours: Sequence[Content] | None = None
        self._first = first
        self._rest = rest
        self._width = 0
        self._rows: list[tuple[int, int]] = []

    @property
    def text(self) -> str:
        """The bare code."""
        return "\n".join(self._source if self._partial is None else [*self._source, self._partial])

    @property
    def lines(self) -> Sequence[str]:
        """The lines as they can be selected: with blanks in place of tabs."""
        return self._shown

    @property
    def line_count(self) -> int:
        """The number of lines."""
        return len(self._shown)

    @property
    def wants_colours(self) -> bool:
        """Whether it is whole and can be highlighted, and was not."""
        return self.whole and self._colours is None and bool(self.language)

    @property
    def quick(self) -> bool:
        """Whether highlighting it takes no longer than drawing it."""
        return sum(map(len, self._shown)) <= _AT_ONCE

    def emptied(self) -> Code:
        """A code block of the same language at the same place, without lines."""
        return Code(self.language, first=self._first, rest=self._rest)

    def extend(self, lines: Sequence[str], partial: str | None = None) -> None:
        """Take further lines, and what is there of the line after them."""
        if self._partial is not None:
            self._partial = None
            number = len(self._shown) - 1
            del self._shown[number]
            while self._rows and self._rows[-1][0] == number:
                del self._rows[-1]
        self._source += lines
        for line in lines:
            self._show(line)
        if partial is not None:
            self._partial = partial
            self._show(partial)

    def close(self) -> None:
        """No more of it will come."""
        if self._partial is not None:
            self._source.append(self._partial)
            self._partial = None
        self.whole = True

    def colour(self) -> None:
        """Highlight it; to be called once it is whole, in any thread."""
        from soma_tui.markdown.highlight import highlight

        self._colours = highlight(self.language, "\n".join(self._shown)) or [
            Content(line) for line in self._shown
        ]

    def height(self, width: int) -> int:
        """The number of rows at a width in columns."""
        if width != self._width:
            self._width = width
            self._rows = []
            for number in range(len(self._shown)):
                self._fold(number)
        return 1 + len(self._rows)

    def row(self, width: int, y: int) -> Row:
        """The row `y` at a width in columns."""
        self.height(width)
        if y == 0:
            return self._title()
        number, start = self._rows[y - 1]
        follows = self._rows[y] if y < len(self._rows) else (-1, 0)
        end = follows[1] if follows[0] == number else None
        line = Content(self._shown[number]) if self._colours is None else self._colours[number]
        lead = Content.assemble(cut_lead(self._rest, width), (" ", _STYLE))
        return Row(line[start:end], lead, number, start, _STYLE)

    def _title(self) -> Row:
        lead = cut_lead(self._first, self._width)
        room = max(0, self._width - lead.cell_length - 2)
        click = Style.from_meta({WANT: "copy_block"})
        copy = Content.styled(COPY, _MUTED).stylize(click)
        language = Content.styled(self.language, _MUTED)
        language = language.truncate(max(0, room - len(COPY) - 1), ellipsis=True)
        gap = " " * max(0, room - language.cell_length - len(COPY))
        return Row(Content.assemble(" ", language, gap, copy, " "), lead, style=_STYLE)

    def _show(self, line: str) -> None:
        self._shown.append(steady(line).expandtabs(_TAB))
        if self._width:
            self._fold(len(self._shown) - 1)

    def _fold(self, number: int) -> None:
        room = self._width - cut_lead(self._rest, self._width).cell_length - 2
        self._rows += [(number, start) for start in folds(self._shown[number], max(2, room))]


class Growing:
    """The source of a code block whose end has not come."""

    def __init__(self, code: Code, marker: str, indent: int, *, nested: bool) -> None:
        self.code = code
        self.nested = nested
        self._indent = indent
        self._closing = re.compile(rf" {{0,3}}{re.escape(marker[0])}{{{len(marker)},}}[ \t]*")
        self._may_close = re.compile(rf"[ \t]*{re.escape(marker[0])}*[ \t]*")
        self.partial = ""

    def feed(self, text: str) -> str | None:
        """Take more of the source; gives what follows the block once it ended, None until then."""
        *lines, self.partial = (self.partial + text).split("\n")
        taken: list[str] = []
        for number, line in enumerate(lines):
            inner = self._inner(line)
            if inner is None or self._closing.fullmatch(inner):
                self.code.extend(taken)
                self.code.close()
                after = number + (inner is not None)
                return "\n".join([*lines[after:], self.partial])
            taken.append(inner)
        inner = self._inner(self.partial) if self.partial else None
        if inner is not None and self._may_close.fullmatch(inner):
            inner = None
        self.code.extend(taken, inner)
        return None

    def _inner(self, line: str) -> str | None:
        """The line without the indentation of the block; None if it stands outside of it."""
        if not self._indent:
            return line
        text = line.lstrip(" \t")
        blanks = line[: len(line) - len(text)].expandtabs(_TAB)
        if self.nested and len(blanks) < self._indent and text:
            return None
        return blanks[self._indent :] + text
