"""The line that says what is being written where it is no message."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

from agents.text import visible

_SEPARATOR = " · "


def fitted(label: str, width: int) -> str:
    """A label of parts such as `Editing … · enter sends · esc goes back` in so many columns.

    The parts in the middle go first; the last, which says how to get away, stays whole.
    """
    *before, last = visible(label).replace("\n", " ").split(_SEPARATOR)
    while len(before) > 1 and Content(_SEPARATOR.join([*before, last])).cell_length > width:
        before.pop()
    if before:
        last = _SEPARATOR + last
    room = max(0, width - Content(last).cell_length)
    first = Content(_SEPARATOR.join(before)).truncate(room, ellipsis=True).plain
    return first + last


class PurposeLine(Widget):
    """Draws as much of its label as the width holds."""

    def __init__(self) -> None:
        super().__init__(id="purpose")
        self._label = ""

    def show(self, label: str) -> None:
        """Draw a label, or nothing for an empty one."""
        self._label = label
        self.display = bool(label)
        self.refresh()

    def render(self) -> Content:
        """Draw the label."""
        return Content(fitted(self._label, self.content_size.width))
