"""The frame that all places share: header, body, status, keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.screen import Screen

from soma_tui.actions import Focus
from soma_tui.places import PlaceId
from soma_tui.state import ViewState
from soma_tui.widgets.lines import Header, KeyLine, Notices, StatusLine

if TYPE_CHECKING:
    from agents.events import Event
    from soma_tui.app import SomaApp


class Place(Screen[None]):
    """One of the places: draws the state and turns keys into intentions for the application.

    A place gives its `body` and, where it has more to draw than the frame, extends `happened` and
    `draw_lines`. `notices` is drawn by the place itself, somewhere in its body.
    """

    PLACE: ClassVar[PlaceId]
    FOCUS: ClassVar[Focus]

    app: SomaApp

    def __init__(self, state: ViewState, classes: str = "") -> None:
        super().__init__(id=self.PLACE, classes=classes)
        self.state = state
        self.header = Header(state, self.PLACE, "header")
        self.notices = Notices(state)
        self.status = StatusLine(state, "status")
        self.keys = KeyLine(state, self.FOCUS, "keys")

    def compose(self) -> ComposeResult:
        """Make the frame; all that is slow comes after it has been drawn."""
        yield self.header
        yield from self.body()
        yield self.status
        yield self.keys

    def body(self) -> ComposeResult:
        """Give what stands between the header and the line of status."""
        yield self.notices

    def concerns(self, event: Event) -> bool:
        """Whether the place is told of an event; of the words of a team's tasks it is not."""
        return event.kind != "task_text"

    def happened(self, event: Event) -> None:
        """Draw what an event altered. The state has folded it already."""
        self.draw_lines()

    def draw_lines(self) -> None:
        """Draw header, notices, status and keys as the state has them."""
        self.notices.show()
        self.header.refresh()
        self.status.refresh()
        self.keys.refresh()

    def tell(self, text: str, severity: str = "information") -> None:
        """Show one line to the user."""
        self.state.tell(text, severity)
        self.draw_lines()
