"""Choosing a message or a code block by key or click, and what can be done with it here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import BindingType
from textual.message import Message
from textual.widget import Widget

from soma_tui.actions import BY_ID, bindings
from soma_tui.state import Entry
from soma_tui.widgets.reading import RowsAt
from soma_tui.widgets.window import Window

if TYPE_CHECKING:
    from soma_tui.markdown.code import Code
    from soma_tui.widgets.message import MessageView

_OWNER = "transcript"


@dataclass(frozen=True, slots=True)
class Spot:
    """A block: a message, or the code block of that number in it."""

    message: int
    code: int | None = None


class Choosing(Window):
    """Messages of which one block at a time can be highlighted.

    While one is, the keys of the transcript's actions are taken here, letters too.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("transcript"),
        *bindings("chat", "screen.", letters=True),
    ]

    class Wanted(Message):
        """A click asks for an action of the registry to be done with a message."""

        def __init__(self, action_id: str, message: int) -> None:
            super().__init__()
            self.action_id = action_id
            self.message = message

    class Copy(Message):
        """The user wants a text on the clipboard."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class LinkClicked(Message):
        """The user clicked a link in an answer."""

        def __init__(self, href: str) -> None:
            super().__init__()
            self.href = href

    def __init__(self, id: str) -> None:
        super().__init__(id)
        self._spot: Spot | None = None
        self._aim: Spot | None = None
        self._keeps = False

    def text_of(self, entry: Entry) -> str:
        """The text of a message, of an answer that runs what was said so far."""
        return entry.text

    @property
    def selected(self) -> tuple[int, str | None] | None:
        """The highlighted message, and the bare code if it is a code block of it; None if none."""
        if self._spot is None:
            return None
        code = self._code(self._spot)
        return self._spot.message, None if code is None else code.text

    def choose(self, message: int | None) -> None:
        """Highlight a message, and bring it into view; None: highlight nothing."""
        self._aim = None
        if message is not None and self.number_of(message) is not None:
            self._go(Spot(message))
        elif self._spot is not None:
            self._mark(None)
            self._keeps = False
            self._follow_at_end()

    # --- moving

    def action_block_up(self) -> None:
        """Go to the block above, at first to the last one in view."""
        spots = self._in_view()
        if self._spot is not None and (self._aim is not None or self._spot in spots):
            self._go(self._beside(self._spot, -1) or self._spot)
        elif spots:
            self._go(spots[-1])

    def action_block_down(self) -> None:
        """Go to the block below, at first to the first one in view; after the last to the end."""
        spots = self._in_view()
        if self._spot is not None and (self._aim is not None or self._spot in spots):
            below = self._beside(self._spot, 1)
            if below is None:
                self.action_block_last()
            else:
                self._go(below)
        elif spots:
            self._go(spots[0])

    def action_block_first(self) -> None:
        """Go to the first block of the conversation."""
        if self.entries:
            self._go(Spot(self.entries[0].message))

    def action_block_last(self) -> None:
        """Go to the last block of the conversation, and to its end."""
        if self.entries:
            self._mark(self._last_in(len(self.entries) - 1))
            self._aim = None
            self.to_end()

    def _go(self, spot: Spot) -> None:
        """Highlight a block and bring it into view."""
        self._mark(spot)
        self._keeps = not self._is_last(spot)
        self._aim = spot
        self.refresh(layout=True)
        self.fill()

    def _is_last(self, spot: Spot) -> bool:
        return spot.message == self.entries[-1].message

    def _beside(self, spot: Spot, step: int) -> Spot | None:
        """The block next to another one, below or above; None at either end."""
        inner = (-1 if spot.code is None else spot.code) + step
        if -1 <= inner < len(self._codes(spot.message)):
            return Spot(spot.message, None if inner < 0 else inner)
        number = self.number_of(spot.message)
        if number is None or not 0 <= number + step < len(self.entries):
            return None
        return Spot(self.entries[number + 1].message) if step > 0 else self._last_in(number - 1)

    def _last_in(self, number: int) -> Spot:
        message = self.entries[number].message
        codes = len(self._codes(message))
        return Spot(message, codes - 1 if codes else None)

    def _in_view(self) -> list[Spot]:
        """The blocks in view; those that begin there if there are any."""
        height = self.scrollable_content_region.height
        begun: list[Spot] = []
        seen: list[Spot] = []
        for widget, top in self.in_view():
            view = self.views.get(getattr(widget, "message", -1))
            if view is None:
                continue
            for code in (None, *range(len(view.codes))):
                begin, end = (top + row for row in view.span(code, view.size.width))
                if begin < height and end > 0:
                    spot = Spot(view.message, code)
                    seen.append(spot)
                    begun += [spot] if begin >= 0 else []
        if self._spot in seen:
            return seen
        return begun or seen

    # --- the highlighted block

    def wanted(self) -> int | None:
        """The message that is to be brought into view."""
        return None if self._aim is None else self.number_of(self._aim.message)

    def aim(self) -> tuple[Widget, RowsAt] | None:
        """The block that is to be brought into view."""
        if self._aim is None or (view := self.views.get(self._aim.message)) is None:
            return None
        return view, partial(view.span, self._aim.code)

    def aimed(self) -> None:
        """The block is in view."""
        self._aim = None

    def may_follow(self) -> bool:
        """Not where messages below are not mounted, nor while a chosen one is kept in view."""
        return super().may_follow() and not self._keeps

    def release_anchor(self) -> None:
        """The reader scrolls; what is chosen need not stay in view."""
        self._keeps = False
        super().release_anchor()

    def to_end(self) -> None:
        """Go to the newest text and follow it, whatever is chosen."""
        self._keeps = False
        super().to_end()

    def mark(self, view: MessageView) -> None:
        """Draw a view that was made anew as it was before."""
        if self._spot is not None and self._spot.message == view.message:
            view.mark(self._spot.code)

    def _mark(self, spot: Spot | None) -> None:
        if self._spot is not None and (view := self.views.get(self._spot.message)) is not None:
            view.unmark()
        self._spot = spot
        if spot is not None and (view := self.views.get(spot.message)) is not None:
            view.mark(spot.code)

    def _codes(self, message: int) -> Sequence[Code]:
        """The code blocks of a message, mounted or not."""
        if (view := self.views.get(message)) is not None:
            return view.codes
        number = self.number_of(message)
        if number is None or self.entries[number].role == "user":
            return ()
        from soma_tui.markdown.document import Document
        from soma_tui.widgets.body import clipped

        return Document(clipped(self.text_of(self.entries[number]))[0]).codes

    def _code(self, spot: Spot) -> Code | None:
        codes = self._codes(spot.message)
        return codes[spot.code] if spot.code is not None and spot.code < len(codes) else None

    # --- keys, clicks and what they do

    async def _on_key(self, event: events.Key) -> None:
        """Do an action of the transcript before the next key is taken, while a block is chosen."""
        active = self.screen.active_bindings.get(event.key)
        action = None if active is None else BY_ID.get(active.binding.id or "")
        if active is None or action is None or action.owner not in (_OWNER, "chat"):
            return
        if self._spot is not None or not event.is_printable:
            event.stop()
            event.prevent_default()
            await self.app.run_action(active.binding.action, active.node)

    def on_message_view_picked(self, event: MessageView.Picked) -> None:
        """Highlight what was clicked, and do what the click asks for."""
        event.stop()
        if self.number_of(event.message) is None:
            return
        spot = Spot(event.message, event.code)
        self._aim = None
        self._mark(spot)
        if not self._is_last(spot):
            self.release_anchor()
            self._keeps = True
        action = BY_ID.get(event.want)
        if action is None:
            return
        own = getattr(self, f"action_{action.method}", None) if action.owner == _OWNER else None
        if own is not None:
            own()
        else:
            self.post_message(self.Wanted(action.id, event.message))

    def on_message_view_link_clicked(self, event: MessageView.LinkClicked) -> None:
        """Say which link was clicked."""
        event.stop()
        self.post_message(self.LinkClicked(event.href))

    def action_copy_block(self) -> None:
        """Copy the highlighted block: the source of a message, or bare code."""
        if self._spot is None or (number := self.number_of(self._spot.message)) is None:
            return
        code = self._code(self._spot)
        self.post_message(self.Copy(code.text if code else self.text_of(self.entries[number])))

    def action_fold(self) -> None:
        """Open what is folded in the highlighted message, or fold it again."""
        view = None if self._spot is None else self.views.get(self._spot.message)
        if view is not None and view.fold():
            self.folded(view.message, view.unfolded)

    def folded(self, message: int, unfolded: bool) -> None:
        """A message was folded or unfolded."""
