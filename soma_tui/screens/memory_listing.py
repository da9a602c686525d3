"""The list of the place for memory: facts, traits and documents, and what a search finds."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import events, on, work
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.widgets import Input, OptionList, Static

from agents.profile_lines import person_in_words
from agents.text import visible
from soma_tui.memory_details import details
from soma_tui.memory_rows import MemoryRows, Subject
from soma_tui.screens.place import Place
from soma_tui.state import ViewState
from soma_tui.widgets.memory_details import MemoryDetails
from soma_tui.widgets.memory_list import MemoryList
from store.errors import SomaError

if TYPE_CHECKING:
    from agents.events import Event
    from store.claims import Fact
    from store.library import Document
    from store.personality import TraitState

_PATIENCE = 0.12  # seconds without a key before the search begins
_SECONDS_TO_INDEX = 1.0
_MOST_HITS = 30


class MemoryListing(Place):
    """Draws what is remembered, follows what changes, and searches."""

    def __init__(self, state: ViewState, classes: str = "") -> None:
        super().__init__(state, classes)
        self.rows = MemoryRows()
        self._cursor_to: str | None = None

    def body(self) -> ComposeResult:
        """Make search, list and details; what there is comes after they were drawn."""
        self.box = Input(
            placeholder="search messages, facts, documents", compact=True, id="memory-search"
        )
        self.box.cursor_blink = False
        self.who = Static("", id="memory-who", markup=False)
        self.list = MemoryList()
        self.doing = Static("", id="memory-doing", markup=False)
        self.details = MemoryDetails()
        with Container(id="memory-body"):
            with Vertical(id="memory-left"):
                yield self.box
                yield self.who
                yield self.list
                yield self.doing
                yield self.notices
            yield self.details

    def on_mount(self) -> None:
        """Follow the focus."""
        self.watch(self, "focused", self._focus_moved, init=False)

    # --- what there is

    def on_screen_resume(self) -> None:
        """Look again whenever the place is gone to."""
        self.look()

    def happened(self, event: Event) -> None:
        """Draw what an event altered."""
        from agents.events import (
            ConversationDeleted,
            DocumentTaken,
            PersonalityChanged,
            ProfileChanged,
        )

        super().happened(event)
        altered = ConversationDeleted | DocumentTaken | PersonalityChanged | ProfileChanged
        if isinstance(event, altered) and self.is_current:
            self.look()

    def look(self, wanted: str | None = None) -> None:
        """Read what is remembered; the cursor goes to `wanted`, even where another look follows."""
        self._cursor_to = wanted or self._cursor_to
        self._look()

    @work(name="look at the memory", group="look", exclusive=True)
    async def _look(self) -> None:
        await self.app.opened()
        person, facts, traits, documents = await asyncio.to_thread(self._read)
        self.rows.person, self.rows.facts = person, facts
        self.rows.traits, self.rows.documents = traits, documents
        self.rows.opened = True
        wanted, self._cursor_to = self._cursor_to, None
        if wanted is not None and self.rows.query:
            self.clear_search()
        who = visible(person_in_words(self.rows.person))
        self.who.update(f"talking with {who} · {self.app.key_of('memory_person')} somebody else")
        self.fill(wanted)
        if self.rows.query:
            self._search()

    def _read(self) -> tuple[str, list[Fact], list[TraitState], list[Document]]:
        remembering = self.app.runtime.remembering
        memory = remembering.memory
        traits = memory.personality.states(memory.now())
        return memory.person.handle, memory.facts(), traits, remembering.library.list()

    def fill(self, wanted: str | None = None) -> None:
        """Draw the list and the details as the rows have them."""
        self.list.fill(self.rows, wanted)
        self._describe()

    @on(OptionList.OptionHighlighted)
    def _moved(self) -> None:
        self._describe()

    @work(name="describe what is highlighted", group="describe", exclusive=True)
    async def _describe(self) -> None:
        subject = self.highlighted
        if subject is None:
            self.details.show(None)
            return
        remembering = self.app.runtime.remembering
        shown = await asyncio.to_thread(details, subject, remembering.memory, remembering.library)
        self.details.show(shown)

    @property
    def highlighted(self) -> Subject | None:
        """What is under the cursor of the list."""
        return self.rows.subject(self.list.highlighted_key)

    # --- the search

    @on(Input.Changed, "#memory-search")
    def _query_changed(self, event: Input.Changed) -> None:
        self.rows.query = event.value.strip()
        self.rows.hits, self.rows.searching = [], bool(self.rows.query)
        self.fill()
        self._search()

    @work(name="search the memory", group="search", exclusive=True)
    async def _search(self) -> None:
        query = self.rows.query
        await asyncio.sleep(_PATIENCE)
        await self.app.opened()
        if not query or query != self.rows.query:
            return
        recall = self.app.runtime.recall.recall
        try:
            self.rows.hits = await asyncio.to_thread(
                recall.search, query, limit=_MOST_HITS, patience=_SECONDS_TO_INDEX
            )
        except SomaError as error:
            self.tell(str(error), "error")
        self.rows.searching = False
        self.fill()

    @on(Input.Submitted, "#memory-search")
    def _query_done(self) -> None:
        self.list.focus()

    def clear_search(self) -> None:
        """Show everything again."""
        with self.prevent(Input.Changed):
            self.box.value = ""
        self.rows.query, self.rows.hits, self.rows.searching = "", [], False

    def on_key(self, event: events.Key) -> None:
        """Go from the search down to the list."""
        if event.key == "down" and self.focused is self.box:
            event.stop()
            self.list.focus()

    def _focus_moved(self) -> None:
        self.keys.place = "looking" if self.focused is self.box else "memory"
        self.keys.refresh()

    def action_search(self) -> None:
        """Look through messages, facts, traits and documents."""
        self.box.focus()
