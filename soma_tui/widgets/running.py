"""An answer while it is being said."""

from __future__ import annotations

import asyncio
import time

from textual import work

from agents.text import visible
from soma_tui.markdown.document import Document
from soma_tui.state import Entry
from soma_tui.widgets.body import LONGEST
from soma_tui.widgets.inks import Inks
from soma_tui.widgets.message import MessageView

_PACE = 0.05
_REST = 3.0


class RunningView(MessageView):
    """A message that grows.

    What arrives is drawn at most every 50 ms, and after a slow drawing there is a rest of thrice
    its time, so that a long answer leaves the keyboard alive.
    """

    def __init__(self, entry: Entry, inks: Inks, *, first_in_context: bool = False) -> None:
        self._document = Document(visible(entry.text[: LONGEST + 1]), whole=False)
        self._waiting: list[str] = []
        self._news = asyncio.Event()
        self._final: Entry | None = None
        super().__init__(entry, inks, first_in_context=first_in_context)

    def read(self) -> None:
        """Show the text as it grows, and as any other once it is whole."""
        if self._final is None:
            self._text = self._document.page
        else:
            super().read()

    def on_mount(self) -> None:
        """Begin to draw what arrives."""
        self._draw()

    def feed(self, text: str) -> None:
        """Take the next piece."""
        self._waiting.append(text)
        self._news.set()

    def finish(self, entry: Entry) -> None:
        """Take the message as it was stored: its whole text, and how it ended."""
        self._final = entry
        self._news.set()

    @work(name="draw an answer", group="draw")
    async def _draw(self) -> None:
        while self._final is None or self._waiting:
            await self._news.wait()
            self._news.clear()
            text = visible("".join(self._waiting))
            self._waiting.clear()
            if text:
                begun = time.monotonic()
                self.append(text)
                await self._drawn()
                if self._final is None:
                    await asyncio.sleep(max(_PACE, _REST * (time.monotonic() - begun)))
        self._settle(self._final)

    def append(self, text: str) -> None:
        """Draw a piece at once."""
        if len(self._document) > LONGEST:
            return
        laid_out = bool(self.size.width)
        height = self._text.height(self._width) if laid_out else 0
        self._document.append(text)
        self.refresh(layout=not laid_out or self._text.height(self._width) != height)

    async def _drawn(self) -> None:
        drawn = asyncio.Event()
        self.call_after_refresh(drawn.set)
        await drawn.wait()

    def _settle(self, entry: Entry) -> None:
        """Become the message as it was stored, with nothing drawn anew that stands there."""
        shown = visible(entry.text)
        source = self._document.source
        self.entry = self._head.entry = entry
        if len(shown) > LONGEST or not shown.startswith(source.rstrip()):
            self.read()
        else:
            self._document.append(shown[len(source) :])
            self._document.close()
        self.end(entry.ending)
