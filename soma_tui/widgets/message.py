"""One message in the transcript: who, when, what, and how it ended; drawn row by row."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from rich.segment import Segment
from textual import events, work
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.selection import Selection
from textual.strip import Strip
from textual.style import Style
from textual.widget import Widget

from soma_tui.markdown.code import WANT, Code
from soma_tui.markdown.document import Document
from soma_tui.markdown.rows import Page, Part, Row
from soma_tui.state import Entry
from soma_tui.widgets.body import Note, clipped, typed
from soma_tui.widgets.head import Head
from soma_tui.widgets.inks import Inks
from soma_tui.widgets.reading import Mark

GUTTER = 2
_BAR = "▎"
_DROPPED = "older messages no longer fit the model's context"


class MessageView(Widget):
    """A message, of which only the rows in view are drawn.

    It consists of three pages of parts: the head with what stands above it, the text, and what
    stands below. The gutter on its left marks it, or one of its code blocks, as highlighted.
    """

    class Picked(Message):
        """A click on a message or one of its code blocks, and the action it asks for, if any."""

        def __init__(self, message: int, code: int | None, want: str) -> None:
            super().__init__()
            self.message = message
            self.code = code
            self.want = want

    class LinkClicked(Message):
        """A click on a link of an answer."""

        def __init__(self, href: str) -> None:
            super().__init__()
            self.href = href

    def __init__(
        self, entry: Entry, inks: Inks, *, first_in_context: bool = False, unfolded: bool = False
    ) -> None:
        super().__init__()
        self._inks = inks
        self.auto_links = False
        self.entry = entry
        self.unfolded = unfolded
        self._head = Head(entry)
        self._above, self._text, self._below = Page(), Page(), Page()
        self._notes: list[Part] = []
        self._marked: int | None = None
        self._colouring: set[Code] = set()
        self.begin_context(first_in_context)
        self.read()
        self.end(entry.ending)

    @property
    def message(self) -> int:
        """The id of the message."""
        return self.entry.message

    # --- what it says

    def read(self) -> None:
        """Take the text of the message apart."""
        self._notes = []
        if self.entry.role == "user":
            self._text = Page()
            self._text.replace(0, typed(self.entry, self.unfolded))
        else:
            shown, note = clipped(self.entry.text)
            self._text = Document(shown).page
            self._notes += [Note(note)] if note else []

    def begin_context(self, begins: bool) -> None:
        """Draw, or take away, the line that says that what stands above no longer fits."""
        dropped: list[Part] = [Note(_DROPPED), Note("")] if begins else []
        self._above.replace(0, [*dropped, self._head])
        self._relaid()

    def end(self, ending: str) -> None:
        """Say how the answer ended."""
        endings: list[Part] = [Note(ending, style=".message--ending")] if ending else []
        self._below.replace(0, [*self._notes, *endings])
        self._relaid()

    def update(self, entry: Entry) -> None:
        """Draw the message as it is now: only its head, unless its words or its end are others."""
        before, self.entry = self.entry, entry
        self._head.entry = entry
        self.refresh()
        if entry.text != before.text:
            self.read()
        if (entry.text, entry.ending) != (before.text, before.ending):
            self.end(entry.ending)

    def fold(self) -> bool:
        """Fold what is open, open what is folded; False if there is nothing to fold."""
        if not any(isinstance(part, Note) and part.want for part in self._text.parts):
            return False
        self.unfolded = not self.unfolded
        self.read()
        self._relaid()
        return True

    # --- its blocks

    @property
    def codes(self) -> list[Code]:
        """Its code blocks in their order."""
        return [part for part in self._text.parts if isinstance(part, Code)]

    def mark(self, code: int | None) -> None:
        """Highlight the message, or its code block of that number."""
        self._marked = code
        self._head.highlighted = True
        self.refresh()

    def unmark(self) -> None:
        """Highlight nothing."""
        self._head.highlighted = False
        self.refresh()

    def span(self, code: int | None, width: int) -> tuple[int, int]:
        """The first row of the message, or of a code block, and the first row after it.

        `width` is that of the widget's content, in columns.
        """
        width = max(1, width - GUTTER)
        above, text, below = (page.height(width) for page in self._pages)
        codes = [n for n, part in enumerate(self._text.parts) if isinstance(part, Code)]
        if code is None or code >= len(codes):
            return 0, above + text + below
        top, bottom = self._text.span(width, codes[code])
        return above + top, above + bottom

    def mark_of(self, row: int) -> Mark:
        """What a row shows: the page, its part, and how far down in it."""
        width = self._width
        for number, page in enumerate(self._pages):
            height = page.height(width)
            if row < height:
                part, inner = page.at(width, row)
                begin, end = page.span(width, part)
                return number, part, inner / (end - begin)
            row -= height
        return len(self._pages), 0, 0.0

    def row_of(self, mark: Mark, width: int) -> int:
        """The row that shows a place at a width of the widget's content, in columns."""
        width = max(1, width - GUTTER)
        number, part, share = mark
        above = sum(page.height(width) for page in self._pages[:number])
        if number == len(self._pages) or part >= len(self._pages[number].parts):
            return above
        begin, end = self._pages[number].span(width, part)
        return above + begin + int(share * (end - begin) + 0.5)

    # --- how it is drawn

    @property
    def _pages(self) -> tuple[Page, Page, Page]:
        return self._above, self._text, self._below

    @property
    def _width(self) -> int:
        return max(1, self.size.width - GUTTER)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """The number of rows at a width in columns."""
        return sum(page.height(max(1, width - GUTTER)) for page in self._pages)

    def render_line(self, y: int) -> Strip:
        """Draw one row."""
        base = self.visual_style
        width = self._width
        found = self._find(y, width)
        if found is None:
            return Strip.blank(GUTTER + width, base.rich_style)
        part, row, line = found
        if isinstance(part, Code) and part.wants_colours:
            self._colour(part)
        marked = self._head.highlighted and (
            self._marked is None or part in self.codes[self._marked : self._marked + 1]
        )
        bar = base + self._inks(".message--bar") if marked else base
        gutter = Segment(f"{_BAR if marked else '':<{GUTTER}}", bar.rich_style)
        return Strip([gutter, *self._segments(row, line, width)], GUTTER + width)

    def _find(self, y: int, width: int) -> tuple[Part, Row, int | None] | None:
        """The part that row `y` belongs to, the row, and the number of its line."""
        lines = 0
        for page in self._pages:
            height = page.height(width)
            if y < height:
                number, inner = page.at(width, y)
                part = page.parts[number]
                row = part.row(width, inner)
                above = lines + page.line_top(number)
                return part, row, None if row.line is None else above + row.line
            y -= height
            lines += page.line_top(len(page.parts))
        return None

    def _segments(self, row: Row, line: int | None, width: int) -> list[Segment]:
        base = self.visual_style
        style = base + self._inks(row.style) if row.style else base
        content = row.content
        if line is not None and (selection := self.text_selection) is not None:
            content = self._selected(content, selection, line, row.start)
        segments = [Segment(text, piece.rich_style) for text, piece in self._pieces(row.lead, base)]
        x = row.start
        for text, piece in self._pieces(content, style):
            drawn = piece.rich_style if line is None else piece.rich_style_with_offset(x, line)
            segments.append(Segment(text, drawn))
            x += len(text)
        strip = Strip(segments, row.lead.cell_length + content.cell_length)
        return list(strip.adjust_cell_length(width, style.rich_style))

    def _pieces(self, content: Content, base: Style) -> Iterator[tuple[str, Style]]:
        if content:
            yield from content.render(base, end="", parse_style=self._inks)

    def _selected(self, content: Content, selection: Selection, line: int, start: int) -> Content:
        span = selection.get_span(line)
        if span is None:
            return content
        begin = max(0, span[0] - start)
        end = len(content) if span[1] == -1 else min(len(content), span[1] - start)
        if begin >= end:
            return content
        styles = self.screen.get_component_styles("screen--selection")
        return content.stylize(Style.from_styles(styles), begin, end)

    def _colour(self, code: Code) -> None:
        if code.quick:
            code.colour()
        elif code not in self._colouring:
            self._colouring.add(code)
            self._colour_later(code)

    @work(name="highlight code", group="highlight")
    async def _colour_later(self, code: Code) -> None:
        await asyncio.to_thread(code.colour)
        self._colouring.discard(code)
        self.refresh()

    def _relaid(self) -> None:
        if self.is_mounted:
            self.refresh(layout=True)

    # --- the mouse

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The text that is selected, in lines that are not broken by the layout."""
        lines = [line for page in self._pages for line in page.lines]
        return (selection.extract("\n".join(lines)), "\n\n") if lines else None

    def on_click(self, event: events.Click) -> None:
        """Say what was clicked, unless text was selected by dragging."""
        offset = event.get_content_offset(self)
        if offset is None or self.text_selection is not None:
            return
        found = self._find(offset.y, self._width)
        code = None if found is None or found[0] not in self.codes else self.codes.index(found[0])
        self.post_message(self.Picked(self.entry.message, code, event.style.meta.get(WANT, "")))

    def action_link(self, href: str) -> None:
        """A link was clicked."""
        self.post_message(self.LinkClicked(href))
