"""Where a message is written: several lines, Enter sends."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.message import Message
from textual.widgets import TextArea

from agents.text import visible
from soma_tui.actions import bindings

_WRAPPED_UP_TO = 100_000


def is_text(event: events.Key) -> bool:
    """Whether a key is text; a letter with Alt arrives with its character and is none."""
    return event.is_printable and "+" not in event.key


class Composer(TextArea):
    """An editor that grows with its text; only whoever stored the text empties it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("composer"),
        *bindings("chat", "screen."),
        *bindings("app", "app."),
    ]

    class Submitted(Message):
        """The user wants `text` sent; it still stands in the composer."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Scroll(Message):
        """The user wants the transcript moved by `pages`."""

        def __init__(self, pages: int) -> None:
            super().__init__()
            self.pages = pages

    def __init__(self) -> None:
        super().__init__(
            id="composer",
            compact=True,
            highlight_cursor_line=False,
            placeholder="Write a message",
        )
        self.cursor_blink = False

    def action_send(self) -> None:
        """Ask for the text to be sent."""
        self.post_message(self.Submitted(self.text))

    def action_new_line(self) -> None:
        """Begin a new line where the cursor stands."""
        self.replace("\n", *self.selection)

    def action_scroll_up(self) -> None:
        """Move the transcript one page up."""
        self.post_message(self.Scroll(-1))

    def action_scroll_down(self) -> None:
        """Move the transcript one page down."""
        self.post_message(self.Scroll(1))

    def put(self, text: str) -> None:
        """Replace the whole text and place the cursor at its end."""
        if len(text) > _WRAPPED_UP_TO:
            self.soft_wrap = False
        self.load_text(text)
        if len(text) <= _WRAPPED_UP_TO:
            self.soft_wrap = True
        self.move_cursor(self.document.end)

    def forget_sent(self, text: str) -> None:
        """Take away what was stored, and keep what was typed after it."""
        if self.text.startswith(text):
            self.put(self.text[len(text) :].removeprefix("\n"))

    async def _on_key(self, event: events.Key) -> None:
        """Do a bound action before the next key is taken, so that no key overtakes another."""
        active = None if is_text(event) else self.screen.active_bindings.get(event.key)
        if active is not None and active.binding.id is not None:
            event.stop()
            event.prevent_default()
            await self.run_action(active.binding.action)

    async def _on_paste(self, event: events.Paste) -> None:
        text = visible(event.text.replace("\r\n", "\n").replace("\r", "\n"))
        if len(text) + len(self.text) > _WRAPPED_UP_TO:
            self.soft_wrap = False
        event.prevent_default()
        event.stop()
        await super()._on_paste(events.Paste(text))
