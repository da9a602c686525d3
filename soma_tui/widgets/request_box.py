"""The editor for a request to the team: enter sends it, up and down leave it at its ends."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from soma_tui.widgets.chip_editor import ChipEditor


class RequestBox(ChipEditor):
    """A request of one line or several; a large paste is one unit in it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "send", "Begin", priority=True),
        Binding("ctrl+j", "new_line", "New line", priority=True),
    ]

    class Sent(Message):
        """Enter was pressed."""

    class Stepped(Message):
        """The cursor was to go past the first line, a `step` of -1, or the last, one of 1."""

        def __init__(self, step: int) -> None:
            super().__init__()
            self.step = step

    def __init__(self, text: str) -> None:
        super().__init__(id="team-request", placeholder="what the team is to do")
        self._first = text

    def on_mount(self) -> None:
        """Show what was typed before."""
        self.put(self._first)

    def action_send(self) -> None:
        """Say that the request is written."""
        self.post_message(self.Sent())

    def action_new_line(self) -> None:
        """Begin another line."""
        self.insert("\n")

    def action_cursor_up(self, select: bool = False) -> None:
        """Go up a line; from the first one, say so."""
        if not select and self.navigator.is_first_wrapped_line(self.cursor_location):
            self.post_message(self.Stepped(-1))
        else:
            super().action_cursor_up(select)

    def action_cursor_down(self, select: bool = False) -> None:
        """Go down a line; from the last one, say so."""
        if not select and self.navigator.is_last_wrapped_line(self.cursor_location):
            self.post_message(self.Stepped(1))
        else:
            super().action_cursor_down(select)
