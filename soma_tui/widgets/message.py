"""One message in the transcript: who, when, what, and how it ended."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import date, datetime

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from textual import work
from textual.app import ComposeResult
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Markdown, Static

from agents.text import visible
from soma_tui.state import Entry

_LONGEST_SHOWN = 20_000
_PACE = 0.05
_REST = 3.0


def when(created: float, today: date) -> str:
    """The time of a message, with its day unless that is today."""
    moment = datetime.fromtimestamp(created)
    clock = f"{moment:%H:%M}"
    return clock if moment.date() == today else f"{moment.day} {moment:%b} {clock}"


def clipped(text: str) -> tuple[str, str]:
    """The text made safe to draw, and a note on what was left out of a very long one."""
    shown = visible(text[:_LONGEST_SHOWN])
    left = len(text) - _LONGEST_SHOWN
    note = f"… {left:,} more characters are stored and not drawn" if left > 0 else ""
    return shown, note


def markdown_parser() -> MarkdownIt:
    """A parser that takes HTML for text, makes no links of bare addresses and keeps line ends."""
    parser = MarkdownIt("gfm-like", {"html": False, "linkify": False})
    parser.core.ruler.push("keep_line_ends", _keep_line_ends)
    return parser


def _keep_line_ends(state: StateCore) -> None:
    for token in state.tokens:
        for child in token.children or ():
            if child.type == "softbreak":
                child.type = "hardbreak"


class Head(Widget):
    """The line over a message: its author on the left, its time on the right."""

    def __init__(self, author: str, created: float, style: str) -> None:
        super().__init__()
        self._author = author
        self._created = created
        self._style = style

    def render(self) -> Content:
        """Draw both at the ends of the line."""
        moment = when(self._created, date.today())
        gap = self.content_size.width - len(self._author) - len(moment)
        return Content.assemble(
            (self._author, self._style), " " * max(1, gap), (moment, "$foreground 60%")
        )


class MessageView(Widget):
    """A message that is whole: the user's as plain text, an answer as Markdown."""

    def __init__(self, entry: Entry, *, first_in_context: bool = False) -> None:
        super().__init__(classes=entry.role)
        self.entry = entry
        self._first_in_context = first_in_context
        self._ending = Static(entry.ending, classes="ending", markup=False)
        self._ending.display = bool(entry.ending)

    def compose(self) -> ComposeResult:
        """Draw the line of dropped turns, the head, the text and the ending."""
        if self._first_in_context:
            yield _dropped_line()
        mine = self.entry.role == "user"
        yield Head(
            "You" if mine else "SOMA", self.entry.created, "bold" if mine else "bold $text-primary"
        )
        yield from self.body()
        yield self._ending

    def body(self) -> Iterator[Widget]:
        """The widgets that hold the text."""
        shown, note = clipped(self.entry.text)
        if self.entry.role == "user" or note:
            yield Static(Content(shown), classes="plain", markup=False)
        else:
            yield AnswerText(shown)
        if note:
            yield Static(note, classes="ending", markup=False)

    async def begin_context(self) -> None:
        """Draw the line that says that what stands above no longer fits."""
        if not self._first_in_context:
            self._first_in_context = True
            await self.mount(_dropped_line(), before=0)

    async def end_context(self) -> None:
        """Take that line away."""
        if self._first_in_context:
            self._first_in_context = False
            await self.query(".dropped").remove()

    def end(self, ending: str) -> None:
        """Say how the answer ended."""
        self._ending.update(ending)
        self._ending.display = bool(ending)


def _dropped_line() -> Static:
    return Static(
        "older messages no longer fit the model's context", classes="dropped", markup=False
    )


class AnswerText(Markdown):
    """Markdown that opens no links and shows HTML as it was written."""

    def __init__(self, text: str) -> None:
        super().__init__(text, open_links=False, parser_factory=markdown_parser)


class RunningView(MessageView):
    """An answer while it is being said.

    What arrives is drawn at most every 50 ms, and after a slow drawing there is a rest of thrice
    its time, so that a long answer leaves the keyboard alive.
    """

    def __init__(self, entry: Entry, *, first_in_context: bool = False) -> None:
        super().__init__(entry, first_in_context=first_in_context)
        self._text = AnswerText(visible(entry.text))
        self._waiting: list[str] = []
        self._news = asyncio.Event()
        self._final: tuple[str | None, str] | None = None

    def body(self) -> Iterator[Widget]:
        """The Markdown that grows."""
        yield self._text

    def on_mount(self) -> None:
        """Begin to draw what arrives."""
        self._draw()

    @property
    def said(self) -> str:
        """All that arrived so far."""
        return self._text.source + visible("".join(self._waiting))

    def feed(self, text: str) -> None:
        """Take the next piece."""
        self._waiting.append(text)
        self._news.set()

    def finish(self, text: str | None, ending: str) -> None:
        """Take the whole text as it was stored, or None where what was said is all there is."""
        self._final = (text, ending)
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
                await self._text.append(text)
                if self._final is None:
                    await asyncio.sleep(max(_PACE, _REST * (time.monotonic() - begun)))
        text_stored, ending = self._final
        if text_stored is not None and visible(text_stored) != self._text.source:
            await self._text.update(visible(text_stored))
        self.end(ending)
