"""A table: columns side by side where they fit, else one record below the other."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from soma_tui.markdown.rows import NOTHING, Line, Lines, Row, cut_lead
from soma_tui.markdown.wrapping import breaks

_GAP = "  "
_LEAST = 5
_RULE = ".message--rule"
_HEAD = ".message--table-head"

Cells = Sequence[Content]


class Table:
    """A table whose rows may still come."""

    def __init__(
        self,
        head: Cells,
        aligned: Sequence[str],
        *,
        first: Content = NOTHING,
        rest: Content = NOTHING,
    ) -> None:
        self._head = [cell.stylize(_HEAD) for cell in head]
        self._aligned = aligned
        self._first = first
        self._rest = rest
        self._records: list[Cells] = []
        self._natural = [_cells_wide(cell) for cell in head]
        self._width = 0
        self._columns: list[int] = []
        self._stacked: Lines | None = None
        self._rows: list[tuple[int, int]] = []
        self._spaced = False

    def put(self, start: int, records: Sequence[Cells]) -> None:
        """Put these in place of all records from `start` on."""
        self._records[start:] = records
        for record in records:
            widths = map(_cells_wide, record)
            self._natural = [max(pair) for pair in zip(self._natural, widths, strict=True)]
        self._width = 0

    @property
    def lines(self) -> Sequence[str]:
        """The rows as they can be selected."""
        if self._stacked is not None:
            return self._stacked.lines
        return [self._grid_row(y).plain for y in range(len(self._rows))]

    @property
    def line_count(self) -> int:
        """The number of rows that can be selected."""
        return len(self._rows) if self._stacked is None else self._stacked.line_count

    def height(self, width: int) -> int:
        """The number of rows at a width in columns."""
        if width != self._width:
            self._width = width
            self._lay_out(width - self._leads(width))
        return len(self._rows) if self._stacked is None else self._stacked.height(width)

    def row(self, width: int, y: int) -> Row:
        """The row `y` at a width in columns."""
        self.height(width)
        if self._stacked is not None:
            return self._stacked.row(width, y)
        return Row(self._grid_row(y), cut_lead(self._rest if y else self._first, width), y)

    def _leads(self, width: int) -> int:
        return max(cut_lead(lead, width).cell_length for lead in (self._first, self._rest))

    def _lay_out(self, room: int) -> None:
        room -= len(_GAP) * (len(self._head) - 1)
        self._rows = []
        self._stacked = None
        self._columns = _shares(self._natural, room)
        if sum(self._columns) > room or min(self._columns, default=0) < 1:
            self._stacked = self._stack()
            return
        heights = [self._record_height(record) for record in self._records]
        spaced = any(height > 1 for height in heights)
        self._rows = [(-2, y) for y in range(self._record_height(self._head))]
        self._rows.append((-1, 0))
        for number, height in enumerate(heights):
            if spaced and number:
                self._rows.append((-3, 0))
            self._rows += [(number, y) for y in range(height)]

    def _record_height(self, record: Cells) -> int:
        pairs = zip(record, self._columns, strict=True)
        return max((len(_cut(cell, width)) for cell, width in pairs), default=1)

    def _grid_row(self, y: int) -> Content:
        number, part = self._rows[y]
        if number == -1:
            return Content.styled(_GAP.join("─" * width for width in self._columns), _RULE)
        if number == -3:
            return NOTHING
        record = self._head if number == -2 else self._records[number]
        cells = []
        for cell, width, side in zip(record, self._columns, self._aligned, strict=True):
            pieces = _cut(cell, width)
            piece = pieces[part] if part < len(pieces) else NOTHING
            free = max(0, width - piece.cell_length)
            left = {"right": free, "center": free // 2}.get(side, 0)
            cells.append(piece.pad(left, free - left))
        return Content(_GAP).join(cells).rstrip(" ")

    def _stack(self) -> Lines:
        lines: list[Line] = []
        for number, record in enumerate(self._records):
            if number:
                lines.append(Line(NOTHING, self._rest, self._rest))
            for title, cell in zip(self._head, record, strict=True):
                text = Content.assemble(title, ": " if title else "", cell.plain.replace("\n", " "))
                first = self._rest if lines else self._first
                lines.append(Line(text, first, Content.assemble(self._rest, "  ")))
        return Lines(lines or [Line(Content(", ").join(self._head), self._first, self._rest)])


def _cells_wide(cell: Content) -> int:
    return max(line.cell_length for line in cell.split("\n", allow_blank=True))


def _cut(cell: Content, width: int) -> list[Content]:
    pieces = []
    for line in cell.split("\n", allow_blank=True):
        starts = breaks(line.plain, max(2, width))
        for start, end in zip(starts, [*starts[1:], None], strict=True):
            pieces.append(line[start:end].rstrip(" "))
    return pieces


def _shares(natural: Sequence[int], room: int) -> list[int]:
    """A width for each column: its own where that fits, else the widest give way together.

    They may take more than `room` where that is not enough for the least that can be read.
    """
    if sum(natural) <= room:
        return [max(1, width) for width in natural]
    cap = max(natural)
    while cap > _LEAST and sum(min(width, cap) for width in natural) > room:
        cap -= 1
    widths = [max(1, min(width, cap)) for width in natural]
    for number, width in enumerate(natural):
        if width > cap and sum(widths) < room:
            widths[number] += 1
    return widths
