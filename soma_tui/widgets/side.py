"""The side of the chat: the conversations, and the search among them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from textual import events, on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Static

from soma_tui.widgets.conversation_list import ConversationList

if TYPE_CHECKING:
    from soma_tui.widgets.search_box import SearchBox
    from store.conversations import SearchHit

Find = Callable[[str], Awaitable[Sequence["SearchHit"]]]
_PATIENCE = 0.12  # seconds without a key before the search begins


class Side(Vertical):
    """A list that is either all conversations or what a search has found."""

    class SearchEnded(Message):
        """The list is to show all conversations again."""

    class SearchWanted(Message):
        """The user clicked the line that offers the search."""

    def __init__(self, find: Find) -> None:
        super().__init__(id="side")
        self.list = ConversationList()
        self._find = find
        self._offer = Static("⌕ search", id="offer", markup=False)
        self._box: SearchBox | None = None

    def compose(self) -> ComposeResult:
        """Make the list, and the line that offers to search it."""
        yield self.list
        yield self._offer

    @property
    def searching(self) -> bool:
        """Whether the list shows what a search has found."""
        return self._box is not None

    async def search(self, text: str = "") -> None:
        """Open the line of search, or go back to it."""
        if self._box is None:
            from soma_tui.widgets.search_box import SearchBox

            self._box = SearchBox()
            self._offer.display = False
            await self.mount(self._box, before=0)
        if text:
            self._box.value = text
        self._box.focus()

    async def end_search(self) -> None:
        """Close the line of search."""
        if self._box is not None:
            box, self._box = self._box, None
            self._offer.display = True
            await box.remove()
            self.post_message(self.SearchEnded())

    async def on_search_box_left(self) -> None:
        """Esc in the line of search ends it."""
        await self.end_search()

    def on_search_box_hits_wanted(self) -> None:
        """Down goes to the hits."""
        self.list.focus()

    def on_input_changed(self) -> None:
        """Look for what stands in the line now."""
        self._look()

    def on_input_submitted(self) -> None:
        """Enter takes the highlighted hit."""
        self.list.action_select()

    @on(events.Click, "#offer")
    def _offer_clicked(self) -> None:
        self.post_message(self.SearchWanted())

    @work(name="search conversations", group="search", exclusive=True)
    async def _look(self) -> None:
        await asyncio.sleep(_PATIENCE)
        if self._box is None:
            return
        text = self._box.value
        if not text.strip():
            self.post_message(self.SearchEnded())
            return
        hits = await self._find(text)
        if self._box is not None and self._box.value == text:
            self.list.fill_hits(hits, text)
