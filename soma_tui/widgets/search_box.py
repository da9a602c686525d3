"""The line in which conversations are searched for."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input


class SearchBox(Input):
    """Says what is looked for as it is typed; Enter takes the first hit, Down goes to the hits."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "to_hits", "Go to the hits"),
        Binding("escape", "leave", "Back"),
    ]

    class Left(Message):
        """The search is over."""

    class HitsWanted(Message):
        """The user wants to choose among the hits."""

    def __init__(self) -> None:
        super().__init__(id="search", placeholder="search titles and text", compact=True)
        self.cursor_blink = False

    def action_to_hits(self) -> None:
        """Go to the hits."""
        self.post_message(self.HitsWanted())

    def action_leave(self) -> None:
        """End the search."""
        self.post_message(self.Left())
