"""The messages of one conversation, of which a bounded window is mounted."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from typing import TYPE_CHECKING

from textual import work
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.widget import AwaitMount, Widget
from textual.widgets import Static

from soma_tui.actions import bindings
from soma_tui.state import Entry

if TYPE_CHECKING:
    from textual.await_remove import AwaitRemove
    from textual.layout import DockArrangeResult

    from soma_tui.widgets.message import MessageView, RunningView

_FIRST_MOUNTED = 6
_MOUNTED = 30
_MOST_MOUNTED = 60
_MORE = 10
_AT_ONCE = 4
_NEAR_TOP = 4
_OVERLAP = 2


class Transcript(VerticalScroll):
    """Follows new text while its end is in view; otherwise it stays where the reader is.

    Messages that are mounted, or grow, above the reader move nothing: the first line in view is
    held in place while the layout is made.
    """

    BINDINGS = bindings("chat", "screen.")

    behind: reactive[bool] = reactive(False, init=False)

    class Behind(Message):
        """Whether there is new text below what is in view."""

        def __init__(self, behind: bool) -> None:
            super().__init__()
            self.behind = behind

    def __init__(self, welcome: str) -> None:
        super().__init__(id="transcript")
        self._entries: list[Entry] = []
        self._first = 0
        self._views: dict[int, MessageView] = {}
        self._window_start = 0
        self._reading = False
        self._held: tuple[Widget, int] | None = None
        self._places: DockArrangeResult | None = None
        self._mounting = False
        self._welcome_text = welcome
        self._welcome = Static(welcome, id="welcome", markup=False)

    def compose(self) -> ComposeResult:
        """Draw the welcome, which an empty conversation shows."""
        yield self._welcome

    @property
    def following(self) -> bool:
        """Whether the end is in view, and stays so when text is added."""
        return not self._reading

    @property
    def last_answer(self) -> str:
        """The text of the newest answer that is whole or was stopped; empty if there is none."""
        for entry in reversed(self._entries):
            if entry.role == "assistant" and not entry.running:
                return entry.text
        return ""

    def welcome(self, text: str) -> None:
        """What an empty conversation shows."""
        if text != self._welcome_text:
            self._welcome_text = text
            self._welcome.update(text)

    def show(self, entries: list[Entry], window_start: int) -> None:
        """Draw another conversation, its end first."""
        self._entries = list(entries)
        self._window_start = window_start
        self._first = max(0, len(entries) - _FIRST_MOUNTED)
        self._views = {}
        self._reading = False
        self.behind = False
        self._welcome.display = not entries
        views = [self._view(entry) for entry in self._entries[self._first :]]
        batch = ExitStack()
        batch.enter_context(self.app.batch_update())
        removed = self.query("Transcript > MessageView").remove()
        mounted = self.mount(*views)
        self._settle(removed, mounted, batch)

    def add(self, entry: Entry) -> None:
        """Draw a message after the last one, unless it stands there already."""
        if any(entry.message == known.message for known in self._entries[-4:]):
            return
        self._entries.append(entry)
        self._welcome.display = False
        self.mount(self._view(entry))
        self._new_text()
        if self.following and len(self._entries) - self._first > _MOST_MOUNTED:
            self._take_down(len(self._entries) - _MOUNTED)

    def feed(self, message: int, text: str) -> None:
        """Take the next piece of a running answer."""
        view = self._running_view(message)
        if view is not None:
            view.feed(text)
            self._new_text()

    def finish(self, message: int, text: str | None, ending: str) -> None:
        """The answer is whole, or no more of it will come (`text` None: what was said stays)."""
        view = self._running_view(message)
        if view is None:
            return
        whole = view.said if text is None else text
        for index, entry in enumerate(self._entries):
            if entry.message == message:
                self._entries[index] = Entry(message, entry.role, whole, entry.created, ending)
        view.finish(text, ending)

    @work(name="mark dropped turns", group="mark")
    async def set_window_start(self, message: int) -> None:
        """Draw the line of dropped turns above this message."""
        if message == self._window_start:
            return
        for marked, begin in ((self._window_start, False), (message, True)):
            view = self._views.get(marked)
            if view is not None:
                await (view.begin_context() if begin else view.end_context())
        self._window_start = message

    def to_end(self) -> None:
        """Go to the newest text and follow it."""
        self._reading = False
        self.behind = False
        self.scroll_end(animate=False, immediate=True)

    def page(self, pages: int) -> None:
        """Scroll by whole pages, up when negative."""
        step = pages * max(1, self.container_size.height - _OVERLAP)
        if self.scroll_y + step >= self.max_scroll_y - _OVERLAP:
            self.to_end()
        else:
            self.scroll_relative(y=step, animate=False)

    def release_anchor(self) -> None:
        """The reader scrolls; following goes on once that has led to the end."""
        super().release_anchor()
        self._reading = True
        self.call_next(self._follow_at_end)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Keep in mind what is in view, and bring older messages when the top comes near."""
        super().watch_scroll_y(old_value, new_value)
        if not self._reading:
            return
        self._hold()
        self._follow_at_end()
        if new_value <= _NEAR_TOP and self._first > 0 and not self._mounting:
            self._bring_older()

    def watch_behind(self, behind: bool) -> None:
        """Tell the screen."""
        self.post_message(self.Behind(behind))

    def arrange(self, size: Size, optimal: bool = False) -> DockArrangeResult:
        """Lay out with the end in view, or with the reader's first line where it was."""
        result = super().arrange(size, optimal)
        self._places = result
        if not self._reading:
            self._place_view(max(0, result.total_region.bottom - size.height))
        elif self._held is not None:
            held, above = self._held
            for placement in result.placements:
                if placement.widget is held:
                    self._place_view(max(0, placement.region.y + above))
                    break
        return result

    def _place_view(self, y: int) -> None:
        """Scroll without a further layout; for use while the layout is made."""
        self.set_reactive(Widget.scroll_y, y)
        self.set_reactive(Widget.scroll_target_y, y)
        bar = self.vertical_scrollbar
        bar.set_reactive(type(bar).position, y)

    def _hold(self) -> None:
        self._held = None
        top = round(self.scroll_y)
        for placement in self._places.placements if self._places else ():
            if placement.region.bottom > top:
                self._held = (placement.widget, top - placement.region.y)
                return

    def _follow_at_end(self) -> None:
        if self._reading and self.scroll_target_y >= self.max_scroll_y:
            self.to_end()

    def _new_text(self) -> None:
        if self._reading:
            self.behind = True

    def _running_view(self, message: int) -> RunningView | None:
        from soma_tui.widgets.message import RunningView

        view = self._views.get(message)
        return view if isinstance(view, RunningView) else None

    def _view(self, entry: Entry) -> MessageView:
        from soma_tui.widgets.message import MessageView, RunningView

        kind = RunningView if entry.running else MessageView
        view = kind(entry, first_in_context=entry.message == self._window_start)
        self._views[entry.message] = view
        return view

    @work(name="draw a conversation", group="show", exclusive=True)
    async def _settle(self, removed: AwaitRemove, mounted: AwaitMount, batch: ExitStack) -> None:
        """Show the exchanged messages all at once, then bring the older ones."""
        try:
            await removed
            await mounted
        finally:
            if self.is_running:
                batch.close()
        await self._mount_to(_MOUNTED)

    @work(name="draw older messages", group="show")
    async def _bring_older(self) -> None:
        await self._mount_to(len(self._entries) - self._first + _MORE)

    async def _mount_to(self, wanted: int) -> None:
        """Mount older messages, a few at a time, until `wanted` stand there."""
        self._mounting = True
        try:
            while self._first > 0 and len(self._entries) - self._first < wanted:
                upto = self._first
                self._first = max(0, upto - _AT_ONCE)
                views = [self._view(entry) for entry in self._entries[self._first : upto]]
                await self.mount(*views, before=self._oldest_view())
                await asyncio.sleep(0)
        finally:
            self._mounting = False

    def _oldest_view(self) -> Widget | int:
        from soma_tui.widgets.message import MessageView

        return next((child for child in self.children if isinstance(child, MessageView)), -1)

    def _take_down(self, first: int) -> None:
        gone = [self._views.pop(e.message, None) for e in self._entries[self._first : first]]
        self._first = first
        self.app.call_later(self.remove_children, [view for view in gone if view is not None])
