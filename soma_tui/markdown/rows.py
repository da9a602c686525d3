"""Rows that fit a width, the parts of a text that give them, and a page of such parts."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from textual.content import Content

from soma_tui.markdown.wrapping import breaks

NOTHING = Content("")
_LEAST_ROOM = 8


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it is drawn.

    `lead` stands left of the text and cannot be selected. `line` is the number of the part's line
    that the text was cut from, None where there is nothing to select, and `start` the place in
    that line. `style` is the style of the row from the end of `lead` to the right edge.
    """

    content: Content
    lead: Content = NOTHING
    line: int | None = None
    start: int = 0
    style: str = ""


class Part(Protocol):
    """A piece of a text that is laid out on its own: some paragraphs, a code block, a table."""

    @property
    def lines(self) -> Sequence[str]:
        """The lines that can be selected, without what the layout adds."""

    @property
    def line_count(self) -> int:
        """The number of `lines`."""

    def height(self, width: int) -> int:
        """The number of rows at a width in columns."""

    def row(self, width: int, y: int) -> Row:
        """The row `y` at a width in columns."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text with what stands left of its first row and of the others."""

    content: Content
    first: Content = NOTHING
    rest: Content = NOTHING

    @property
    def plain(self) -> str:
        """What can be selected: the text, and what stands before it."""
        return self.first.plain + self.content.plain


def cut_lead(lead: Content, width: int) -> Content:
    """As much of a lead as leaves room for text, the end of it rather than the beginning."""
    over = lead.cell_length - max(0, width - _LEAST_ROOM)
    return lead[min(over, len(lead.plain)) :] if over > 0 else lead


class Lines:
    """Lines that are broken between words."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines
        self._width = 0
        self._rows: list[tuple[int, int, int | None]] = []

    @property
    def lines(self) -> Sequence[str]:
        """The lines as they can be selected."""
        return [line.plain for line in self._lines]

    @property
    def line_count(self) -> int:
        """The number of lines."""
        return len(self._lines)

    def height(self, width: int) -> int:
        """The number of rows at a width in columns."""
        if width != self._width:
            self._width = width
            self._rows = [row for number in range(len(self._lines)) for row in self._cut(number)]
        return len(self._rows)

    def row(self, width: int, y: int) -> Row:
        """The row `y` at a width in columns."""
        self.height(width)
        number, start, end = self._rows[y]
        line = self._lines[number]
        content = line.content[start:end].rstrip(" ")
        if start == 0:
            return Row(Content.assemble(cut_lead(line.first, width), content), line=number)
        return Row(content, cut_lead(line.rest, width), number, len(line.first) + start)

    def _cut(self, number: int) -> list[tuple[int, int, int | None]]:
        line = self._lines[number]
        leads = (cut_lead(lead, self._width) for lead in (line.first, line.rest))
        room = self._width - max(lead.cell_length for lead in leads)
        starts = breaks(line.content.plain, max(2, room))
        return [
            (number, start, end) for start, end in zip(starts, [*starts[1:], None], strict=True)
        ]


class Page:
    """Parts one above the other, of which those at the end may still change."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self._width = 0
        self._tops = [0]
        self._line_tops = [0]

    def replace(self, start: int, parts: Sequence[Part]) -> None:
        """Put these in place of all parts from `start` on."""
        self.parts[start:] = parts
        self.changed(start)

    def changed(self, start: int) -> None:
        """The height of the parts from `start` on is to be taken anew."""
        del self._tops[start + 1 :]
        del self._line_tops[start + 1 :]

    def height(self, width: int) -> int:
        """The number of rows at a width in columns."""
        if width != self._width:
            self._width = width
            self.changed(0)
        for part in self.parts[len(self._tops) - 1 :]:
            self._tops.append(self._tops[-1] + part.height(width))
        return self._tops[-1]

    def at(self, width: int, y: int) -> tuple[int, int]:
        """The number of the part that row `y` belongs to, and the row within that part."""
        self.height(width)
        number = bisect_right(self._tops, y) - 1
        return number, y - self._tops[number]

    def span(self, width: int, number: int) -> tuple[int, int]:
        """The first row of a part, and the first row after it."""
        self.height(width)
        return self._tops[number], self._tops[number + 1]

    def line_top(self, number: int) -> int:
        """The number of lines above a part."""
        for part in self.parts[len(self._line_tops) - 1 : number]:
            self._line_tops.append(self._line_tops[-1] + part.line_count)
        return self._line_tops[number]

    @property
    def lines(self) -> list[str]:
        """All lines that can be selected."""
        return [line for part in self.parts for line in part.lines]


class Rule:
    """A line across the width."""

    def __init__(self, lead: Content) -> None:
        self._lead = lead

    @property
    def lines(self) -> Sequence[str]:
        """What can be selected: the marks of the source."""
        return ["---"]

    @property
    def line_count(self) -> int:
        """One line."""
        return 1

    def height(self, width: int) -> int:
        """One row."""
        return 1

    def row(self, width: int, y: int) -> Row:
        """The line."""
        lead = cut_lead(self._lead, width)
        return Row(Content.styled("─" * max(0, width - lead.cell_length), ".message--rule"), lead)
