"""The list of completions that lies over the transcript, directly above the composer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import events
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from soma_tui.composing.completion import Entry

_MARK = "▸ "
_WIDEST_TITLE = 24


class CompletionList(Widget):
    """Draws entries and tells which was clicked; it never has the focus."""

    ALLOW_SELECT = False

    def __init__(self, clicked: Callable[[int], None]) -> None:
        super().__init__(id="completions")
        self._clicked = clicked
        self._entries: Sequence[Entry] = ()
        self._at = 0
        self._first = 0
        self._note = ""

    def show(self, entries: Sequence[Entry], at: int, note: str = "") -> None:
        """Draw the entries, the one at `at` highlighted, or a note where there are none."""
        resized = len(entries) != len(self._entries) or not self.display
        self._entries, self._at, self._note = entries, at, note
        self.display = bool(entries or note)
        self.refresh(layout=resized)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """One line an entry, as far as the style sheet lets it grow."""
        return max(1, len(self._entries))

    def render(self) -> Content:
        """Draw the entries around the highlighted one."""
        width, height = self.content_size
        if not self._entries:
            return Content.styled(self._note, "$foreground 60%")
        last = max(0, len(self._entries) - height)
        self._first = min(max(self._first, self._at - height + 1), self._at, last)
        shown = self._entries[self._first : self._first + height]
        titles = [Content(entry.title).cell_length for entry in shown if entry.note]
        column = min(max(titles, default=0), _WIDEST_TITLE)
        return Content("\n").join(
            self._line(entry, width, column, number == self._at)
            for number, entry in enumerate(shown, self._first)
        )

    def _line(self, entry: Entry, width: int, column: int, highlighted: bool) -> Content:
        mark = _MARK if highlighted else " " * len(_MARK)
        if not entry.note:
            title = _end_of(entry.title, width - len(_MARK))
            line = Content.assemble(mark, title)
        else:
            gap = " " * (max(0, column - Content(entry.title).cell_length) + 2)
            line = Content.assemble(mark, entry.title, gap, (entry.note, "$foreground 60%"))
        line = line.truncate(width, ellipsis=True, pad=True)
        return (
            line.stylize("bold $text-primary", 0, len(mark + entry.title)) if highlighted else line
        )

    async def on_click(self, event: events.Click) -> None:
        """Tell which entry was clicked."""
        event.stop()
        offset = event.get_content_offset(self)
        if offset is not None and self._first + offset.y < len(self._entries):
            self._clicked(self._first + offset.y)


def _end_of(path: str, width: int) -> str:
    """The end of a path that is too long; that is where it differs from others."""
    if Content(path).cell_length <= width:
        return path
    while path and Content(path).cell_length > width - 1:
        path = path[1:]
    return f"…{path}"
