"""Where a message is written: several lines, Enter sends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar
from unicodedata import category

from textual import events
from textual.binding import BindingType
from textual.message import Message
from textual.widgets.text_area import Selection

from agents.text import visible
from soma_tui.actions import bindings
from soma_tui.composing.chips import Chips
from soma_tui.widgets.chip_editor import PutAside, edit_history
from soma_tui.widgets.completing_editor import CompletingEditor

if TYPE_CHECKING:
    from soma_tui.composing.history import History
    from soma_tui.widgets.purpose_line import PurposeLine

_UNPRINTABLE_TEXT = frozenset({"Cf", "Co", "Zs"})


def is_text(event: events.Key) -> bool:
    """Whether a key is text; a letter with Alt arrives with its character and is none.

    Text are the joiners of Persian and of emoji and the blanks of French too, which Python does
    not call printable.
    """
    character = event.character
    if character is None or len(character) != 1 or "+" in event.key:
        return False
    if character.isprintable():
        return True
    return category(character) in _UNPRINTABLE_TEXT and visible(character) == character


def _after(text: str, sent: str) -> str:
    return text[len(sent) :].removeprefix("\n")


class Composer(CompletingEditor):
    """An editor that grows with its text; only whoever stored the text empties it.

    `earlier` gives the messages that Up goes through, the newest first, and `folder` is where the
    files are that `@` offers. `purpose` says what is being written: "" is a message. While it is
    another, the message is put aside, and `draft` still gives its text.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("composer"),
        *bindings("chat", "screen."),
        *bindings("app", "app."),
    ]

    class Submitted(Message):
        """The user wants `text` sent for a `purpose`; it still stands in the composer."""

        def __init__(self, text: str, purpose: str) -> None:
            super().__init__()
            self.text = text
            self.purpose = purpose

    class Left(Message):
        """The user went back from a `purpose`; what was written for it is kept until it is begun
        again."""

        def __init__(self, purpose: str) -> None:
            super().__init__()
            self.purpose = purpose

    class Scroll(Message):
        """The user wants the transcript moved by `pages`."""

        def __init__(self, pages: int) -> None:
            super().__init__()
            self.pages = pages

    def __init__(
        self, history: Callable[[], Sequence[str]] | None = None, folder: Path | None = None
    ) -> None:
        super().__init__(id="composer", placeholder="Write a message", folder=folder or Path())
        self.earlier = history or tuple
        self.purpose = ""
        self._message: PutAside | None = None
        self._given = ""
        self._left: dict[str, str] = {}
        self._history: History | None = None
        self._before_history: PutAside | None = None
        self._from_history = ""
        self._line: PurposeLine | None = None

    @property
    def draft(self) -> str:
        """The whole text of the message, also while something else is being written."""
        return self.whole_text if self._message is None else self._message.whole_text

    @property
    def unsent(self) -> str:
        """All that would be lost with the composer: the message, and below it what is written for
        another purpose."""
        if self._message is None or self.whole_text == self._given:
            return self.draft
        return "\n\n".join(text for text in (self.draft, self.whole_text) if text)

    def put(self, text: str) -> None:
        """Replace all by a whole text and place the cursor at its end."""
        self._history = None
        super().put(text)

    def take_back(self, aside: PutAside) -> None:
        """Replace all by what was put aside."""
        self._history = None
        super().take_back(aside)

    def forget_sent(self, text: str) -> None:
        """Take away what was stored, and keep what was typed after it."""
        message = self._message
        if message is not None and message.whole_text.startswith(text):
            chips = Chips(message.chips.remembered)
            raw = chips.fold_again(_after(message.whole_text, text))
            self._message = PutAside(raw, chips, Selection(), edit_history())
        elif self.whole_text.startswith(text):
            column = self.document.end[1] - self.cursor_location[1]
            on_last_line = self.cursor_at_last_line
            self.put(_after(self.whole_text, text))
            if on_last_line:
                row, end = self.document.end
                self.move_cursor((row, max(0, end - column)))

    # --- sending and scrolling

    def action_send(self) -> None:
        """Ask for the text to be sent."""
        self.post_message(self.Submitted(self.whole_text, self.purpose))

    def action_new_line(self) -> None:
        """Begin a new line where the cursor stands."""
        self._replace_via_keyboard("\n", *self.selection)

    def action_unfold(self) -> None:
        """Unfold the pasted text at the cursor."""
        self.unfold()

    def action_scroll_up(self) -> None:
        """Move the transcript one page up."""
        self.post_message(self.Scroll(-1))

    def action_scroll_down(self) -> None:
        """Move the transcript one page down."""
        self.post_message(self.Scroll(1))

    # --- other purposes

    def begin(self, purpose: str, text: str, label: str = "") -> None:
        """Write something else than a message; what stands here comes back at `end`.

        The line above the composer shows the label, or else the purpose. A text that was left
        unfinished for the same purpose is taken up in the place of `text`.
        """
        if self.purpose:
            self.end(keep=True)
        self._message = self.put_aside()
        self.purpose = purpose
        self._given = text
        self.put(self._left.pop(purpose, text))
        if self._line is None:
            from soma_tui.widgets.purpose_line import PurposeLine

            self._line = PurposeLine()
            self.screen.mount(self._line, before=self)
        self._line.show(label or purpose)

    def end(self, *, keep: bool = False) -> None:
        """Go back to the message; `keep` what was written, until its purpose is begun again."""
        if self._message is None:
            return
        if keep and self.whole_text != self._given:
            self._left[self.purpose] = self.whole_text
        self.purpose = ""
        message, self._message = self._message, None
        self.take_back(message)
        if self._line is not None:
            self._line.show("")

    # --- earlier messages

    def action_cursor_up(self, select: bool = False) -> None:
        """Go up a line, and from the first line to an earlier message."""
        first = self.navigator.is_first_wrapped_line(self.cursor_location)
        if select or not first or not self._go_back():
            super().action_cursor_up(select)

    def action_cursor_down(self, select: bool = False) -> None:
        """Go down a line, and from the last line to a later message."""
        last = self.navigator.is_last_wrapped_line(self.cursor_location)
        if select or not last or not self._go_forward():
            super().action_cursor_down(select)

    def _go_back(self) -> bool:
        if not self._shows_history():
            if self.text.strip():
                return False
            from soma_tui.composing.history import History

            self._history = History(self.earlier())
            self._before_history = self.put_aside()
        assert self._history is not None
        text = self._history.older()
        if text is not None:
            self._show_entry(text)
            self.move_cursor((0, 0))
            self.action_cursor_line_end()
        return text is not None

    def _go_forward(self) -> bool:
        if not self._shows_history() or self._history is None:
            return False
        text = self._history.newer()
        if text is not None:
            self._show_entry(text)
            self.move_cursor(self.document.end)
        elif self._before_history is not None:
            self.take_back(self._before_history)
        return True

    def _shows_history(self) -> bool:
        """Whether an earlier message stands here as it was."""
        return self._history is not None and self.whole_text == self._from_history

    def _show_entry(self, text: str) -> None:
        history = self._history
        self.put(text)
        self._history = history
        self._from_history = self.whole_text

    # --- keys

    def action_complete(self) -> None:
        """Take the highlighted entry of the list; without a list, go to the next part."""
        if not self.take_completion():
            self.screen.focus_previous()

    async def _on_key(self, event: events.Key) -> None:
        """Do a bound action before the next key is taken, so that no key overtakes another."""
        if is_text(event):
            if event.is_printable or event.character is None:
                return
            self._replace_via_keyboard(event.character, *self.selection)
            event.stop()
            event.prevent_default()
            return
        meant = self.key_of_list(event.key)
        if meant == "send":
            self.action_send()
        elif not meant and event.key == "escape" and self.purpose:
            self.post_message(self.Left(self.purpose))
            self.end(keep=True)
        elif not meant:
            active = self.screen.active_bindings.get(event.key)
            if active is None or (active.binding.id is None and active.node is not self):
                return
            await self.app.run_action(active.binding.action, active.node)
        event.stop()
        event.prevent_default()
