"""A bounded window of mounted messages over a conversation of any length."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import work
from textual.widget import AwaitMount

from soma_tui.state import Entry
from soma_tui.widgets.reading import Reading

if TYPE_CHECKING:
    from textual.await_remove import AwaitRemove

    from soma_tui.widgets.message import MessageView

_FIRST = 6
_AHEAD = 12
_SLACK = 12
_AT_ONCE = 4


@dataclass(slots=True)
class _Exchange:
    """Messages that are taken down while others are mounted in their place."""

    removed: AwaitRemove
    mounted: AwaitMount


class Window(Reading):
    """Keeps the messages around the reader mounted: those in view, and some above and below.

    Farther ones are taken down, and come back when the reader comes near.
    """

    def __init__(self, id: str) -> None:
        super().__init__(id)
        self.entries: list[Entry] = []
        self.views: dict[int, MessageView] = {}
        self._numbers: dict[int, int] = {}
        self._first = 0
        self._last = 0
        self._batch: ExitStack | None = None
        self._filler: object = None

    def make_view(self, entry: Entry) -> MessageView:
        """Make the widget of a message."""
        raise NotImplementedError

    def wanted(self) -> int | None:
        """The number of a message that must be mounted wherever the reader is, if there is one."""
        return None

    def number_of(self, message: int) -> int | None:
        """Which of the conversation's messages this is, counted from 0; None if it is none."""
        return self._numbers.get(message)

    def set_entries(self, entries: list[Entry], around: int | None = None) -> None:
        """Show other messages: their end, or those around one of them."""
        self.entries = list(entries)
        self._numbers = {entry.message: number for number, entry in enumerate(entries)}
        self._reading = False
        self._held = None
        self.behind = False
        self._begin(self._exchange(None if around is None else self.number_of(around)))

    def append_entry(self, entry: Entry) -> None:
        """Add a message after the last one."""
        number = len(self.entries)
        self.entries.append(entry)
        self._numbers[entry.message] = number
        if self._last == number:
            self._last += 1
            self.mount(self._view(entry))
        self.fill()

    def to_end(self) -> None:
        """Go to the newest text and follow it."""
        super().to_end()
        if self._last < len(self.entries):
            self._begin(self._exchange(None))
        else:
            self.fill()

    def may_follow(self) -> bool:
        """Not where messages below are not mounted."""
        return self._last == len(self.entries)

    def moved(self) -> None:
        """Mount what has come near."""
        self.fill()

    def fill(self) -> None:
        """See to it that the messages around the reader are mounted, and those far off are not."""
        if self._filler is None and self.is_running and self._next_step():
            self._begin(None)

    def on_unmount(self) -> None:
        """Let the screen be drawn again, whatever was under way."""
        self._end_batch()

    # --- which messages

    def _around(self) -> tuple[int, int]:
        """The numbers of the first and the last message that the reader needs."""
        if (wanted := self.wanted()) is not None:
            return wanted, wanted
        end = len(self.entries) - 1
        messages = [getattr(widget, "message", -1) for widget, _ in self.in_view()]
        seen = [number for m in messages if (number := self._numbers.get(m)) is not None]
        if not seen:
            return end, end
        return seen[0], seen[-1] if self._reading else end

    def _next_step(self) -> str:
        if not self.entries:
            return ""
        first, last = self._around()
        if last < self._first or first >= self._last:
            return "exchange"
        if self._first < first - _AHEAD - _SLACK:
            return "drop above"
        if self._last > last + 1 + _AHEAD + _SLACK:
            return "drop below"
        if self._first > max(0, first - _AHEAD):
            return "above"
        if self._last < min(len(self.entries), last + 1 + _AHEAD):
            return "below"
        return ""

    # --- mounting and taking down

    def _begin(self, exchange: _Exchange | None) -> None:
        self._filler = object()
        self._work(self._filler, exchange)

    @work(name="mount what is near", group="fill", exclusive=True)
    async def _work(self, mine: object, exchange: _Exchange | None) -> None:
        try:
            if exchange is not None:
                await self._finish(exchange)
            while step := self._next_step():
                if step == "exchange":
                    await self._finish(self._exchange(self.wanted()))
                else:
                    await self._take(step)
                laid_out = asyncio.Event()
                self.call_after_refresh(laid_out.set)
                await laid_out.wait()
        finally:
            if self._filler is mine:
                self._filler = None

    async def _take(self, step: str) -> None:
        first, last = self._around()
        if step == "above":
            upto, self._first = self._first, max(0, self._first - _AT_ONCE)
            views = [self._view(entry) for entry in self.entries[self._first : upto]]
            await self.mount(*views, before=self.views[self.entries[upto].message])
        elif step == "below":
            start, self._last = self._last, min(len(self.entries), self._last + _AT_ONCE)
            await self.mount(*(self._view(entry) for entry in self.entries[start : self._last]))
        elif step == "drop above":
            start, self._first = self._first, first - _AHEAD
            await self._take_down(start, self._first)
        else:
            upto, self._last = self._last, last + 1 + _AHEAD
            await self._take_down(self._last, upto)

    async def _take_down(self, start: int, upto: int) -> None:
        gone = [self.views.pop(entry.message) for entry in self.entries[start:upto]]
        await self.remove_children(gone)

    def _view(self, entry: Entry) -> MessageView:
        view = self.views[entry.message] = self.make_view(entry)
        return view

    def _exchange(self, around: int | None) -> _Exchange:
        """Mount other messages in place of all; nothing is drawn before that is done."""
        if self._batch is None:
            self._batch = ExitStack()
            self._batch.enter_context(self.app.batch_update())
        end = len(self.entries) if around is None else min(len(self.entries), around + _FIRST)
        self._first = max(0, end - _FIRST if around is None else around - _FIRST)
        self._last = end
        removed = self.remove_children(list(self.views.values()))
        self.views = {}
        views = [self._view(entry) for entry in self.entries[self._first : end]]
        return _Exchange(removed, self.mount(*views))

    async def _finish(self, exchange: _Exchange) -> None:
        await exchange.removed
        await exchange.mounted
        self._end_batch()

    def _end_batch(self) -> None:
        if self._batch is not None:
            self._batch.close()
            self._batch = None
