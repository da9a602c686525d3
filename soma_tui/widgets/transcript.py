"""The messages of one conversation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.widget import Widget
from textual.widgets import Static

from soma_tui.state import Entry
from soma_tui.widgets.choosing import Choosing
from soma_tui.widgets.inks import NAMES, Inks

if TYPE_CHECKING:
    from soma_tui.widgets.message import MessageView
    from soma_tui.widgets.running import RunningView


class Transcript(Choosing):
    """What was said in a conversation, and what is being said."""

    COMPONENT_CLASSES: ClassVar[set[str]] = set(NAMES)

    def __init__(self, welcome: str) -> None:
        super().__init__("transcript")
        self._inks = Inks(self)
        self._said: dict[int, list[str]] = {}
        self._unfolded: set[int] = set()
        self._window_start = 0
        self._welcome_text = welcome
        self._welcome = Static(welcome, id="welcome", markup=False)

    def compose(self) -> ComposeResult:
        """Draw the welcome, which an empty conversation shows."""
        yield self._welcome

    def on_mount(self) -> None:
        """Highlight nothing once something else has the focus."""
        self.watch(self.screen, "focused", self._focus_moved, init=False)

    @property
    def last_answer(self) -> str:
        """The text of the newest answer that is whole or was stopped; empty if there is none."""
        for entry in reversed(self.entries):
            if entry.role == "assistant" and not entry.running:
                return entry.text
        return ""

    def welcome(self, text: str) -> None:
        """What an empty conversation shows."""
        if text != self._welcome_text:
            self._welcome_text = text
            self._welcome.update(text)

    def show(self, entries: list[Entry], window_start: int, *, at: int | None = None) -> None:
        """Draw another conversation: its end, or its message `at`, which is highlighted."""
        self._window_start = window_start
        self._said = {}
        self._unfolded = set()
        self._welcome.display = not entries
        self.choose(None)
        self.set_entries(entries, around=at)
        if at is not None:
            self.choose(at)

    def add(self, entry: Entry) -> None:
        """Draw a message after the last one, unless it stands there already."""
        if self.number_of(entry.message) is None:
            self._welcome.display = False
            self.append_entry(entry)
            self._new_text()

    def feed(self, message: int, text: str) -> None:
        """Take the next piece of a running answer."""
        number = self.number_of(message)
        if number is None or not self.entries[number].running:
            return
        self._said.setdefault(message, [self.entries[number].text]).append(text)
        if (view := self._running_view(message)) is not None:
            view.feed(text)
        self._new_text()

    def finish(self, message: int, text: str | None, ending: str) -> None:
        """The answer is whole, or no more of it will come (`text` None: what was said stays)."""
        number = self.number_of(message)
        if number is None or not self.entries[number].running:
            return
        whole = self.text_of(self.entries[number]) if text is None else text
        self._said.pop(message, None)
        entry = replace(self.entries[number], text=whole, ending=ending, running=False)
        self.entries[number] = entry
        if (view := self._running_view(message)) is not None:
            view.finish(entry)

    def update_entry(self, entry: Entry) -> None:
        """Draw the head of a message anew, as for a rating; its text only if that was altered."""
        number = self.number_of(entry.message)
        if number is None:
            return
        self.entries[number] = entry
        if (view := self.views.get(entry.message)) is not None:
            view.update(entry)

    def set_window_start(self, message: int) -> None:
        """Draw the line of dropped turns above this message."""
        for known in (self._window_start, message):
            if (view := self.views.get(known)) is not None:
                view.begin_context(known == message)
        self._window_start = message

    def text_of(self, entry: Entry) -> str:
        """The text of a message, of an answer that runs what was said so far."""
        return "".join(self._said.get(entry.message, [entry.text]))

    def make_view(self, entry: Entry) -> MessageView:
        """Make the widget of a message."""
        from soma_tui.widgets.message import MessageView
        from soma_tui.widgets.running import RunningView

        begins = entry.message == self._window_start
        view: MessageView
        if entry.running:
            said = replace(entry, text=self.text_of(entry))
            view = RunningView(said, self._inks, first_in_context=begins)
        else:
            unfolded = entry.message in self._unfolded
            view = MessageView(entry, self._inks, first_in_context=begins, unfolded=unfolded)
        self.mark(view)
        return view

    def folded(self, message: int, unfolded: bool) -> None:
        """Remember what is unfolded, for when the message is mounted again."""
        (self._unfolded.add if unfolded else self._unfolded.discard)(message)

    def notify_style_update(self) -> None:
        """Draw the messages in other colours, as of another theme."""
        super().notify_style_update()
        self._inks.forget()
        for view in self.views.values():
            view.refresh()

    def _running_view(self, message: int) -> RunningView | None:
        from soma_tui.widgets.running import RunningView

        view = self.views.get(message)
        return view if isinstance(view, RunningView) else None

    def _new_text(self) -> None:
        if not self.following:
            self.behind = True

    def _focus_moved(self, focused: Widget | None) -> None:
        if focused is not None and focused is not self:
            self.choose(None)
