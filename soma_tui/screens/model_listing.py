"""The list of the place for models: known, found, filtered, with the details of one."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING

from textual import events, on, work
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.widgets import Input, OptionList, Static

from agents.model_listing import KnownModel
from agents.model_settings import ModelSettings
from agents.text import visible
from soma_tui.model_rows import ModelRows, short_path
from soma_tui.screens.place import Place
from soma_tui.state import ViewState
from soma_tui.streams import from_thread
from soma_tui.widgets.model_details import ModelDetails
from soma_tui.widgets.model_list import ColumnTitles, ModelList

if TYPE_CHECKING:
    from agents.events import Event

_SECONDS_TO_GATHER = 0.1


class ModelListing(Place):
    """Draws the models, those of other programs as they are found, and filters them."""

    def __init__(self, state: ViewState, classes: str = "") -> None:
        super().__init__(state, classes)
        self.rows = ModelRows()
        self._list_due = False

    def body(self) -> ComposeResult:
        """Make the list and the details; what there is comes after they were drawn."""
        self.filter = Input(placeholder="filter", compact=True, id="models-filter")
        self.filter.cursor_blink = False
        self.titles = ColumnTitles()
        self.list = ModelList()
        self.doing = Static("", id="models-doing", markup=False)
        self.details = ModelDetails()
        with Container(id="models-body"):
            with Vertical(id="models-left"):
                yield self.filter
                yield self.titles
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
        """Draw what an event altered; another model in use is marked."""
        from agents.events import ModelFailed, ModelReady

        super().happened(event)
        if isinstance(event, ModelReady | ModelFailed) and self.is_current:
            self.look()

    @work(name="look for models", group="look", exclusive=True)
    async def look(self, wanted: str | None = None) -> None:
        """List what is known, then what other programs have; the cursor goes to `wanted`."""
        from agents.found_models import Looking

        await self.app.opened()
        models = self.app.runtime.models
        loaded = self.state.model.path if self.state.model is not None else None
        self.rows.opened, self.rows.loaded = True, loaded
        self.rows.known = await asyncio.to_thread(models.known, loaded)
        self.fill(wanted)
        found: list[KnownModel] = []
        async with aclosing(from_thread(lambda: models.found(loaded))) as findings:
            async for finding in findings:
                if isinstance(finding, Looking):
                    folder = visible(short_path(str(finding.folder), Path.home()))
                    self.rows.looking = f"{finding.source}: {folder}"
                else:
                    found.append(finding)
                if not self.rows.complete:
                    self.rows.found = found
                self._fill_later()
        self.rows.found, self.rows.looking, self.rows.complete = found, None, True
        self.fill(wanted)

    def fill(self, wanted: str | None = None) -> None:
        """Draw the list and the details as the rows have them."""
        self._list_due = False
        self.titles.show(self.list.scrollable_content_region.width)
        self.list.fill(self.rows, wanted)
        self._show_details()

    def _fill_later(self) -> None:
        if not self._list_due:
            self._list_due = True
            self.set_timer(_SECONDS_TO_GATHER, self.fill)

    @on(OptionList.OptionHighlighted)
    def _show_details(self) -> None:
        model = self.highlighted
        settings = ModelSettings()
        if model is not None:
            settings = self.app.runtime.models.model_settings.get(model.name)
        self.details.show(model, settings, Path.home())

    def on_resize(self) -> None:
        """Fit the columns to the width."""
        self.call_after_refresh(self.fill)

    @property
    def highlighted(self) -> KnownModel | None:
        """The model under the cursor of the list."""
        return self.rows.model(self.list.highlighted_key)

    # --- the filter

    @on(Input.Changed, "#models-filter")
    def _filter_changed(self, event: Input.Changed) -> None:
        self.rows.filter = event.value
        self.fill()

    @on(Input.Submitted, "#models-filter")
    def _filter_done(self) -> None:
        self.list.focus()

    def clear_filter(self) -> None:
        """Show all models again."""
        self.rows.filter = self.filter.value = ""
        self.filter.remove_class("-shown")

    def on_key(self, event: events.Key) -> None:
        """Go from the filter down to the list."""
        if event.key == "down" and self.focused is self.filter:
            event.stop()
            self.list.focus()

    def _focus_moved(self) -> None:
        self.keys.place = "filter" if self.focused is self.filter else "models"
        self.keys.refresh()

    def action_filter(self) -> None:
        """Show only models whose name, source or quantisation holds what is typed."""
        self.filter.add_class("-shown")
        self.filter.focus()

    def action_again(self) -> None:
        """Look through all folders again."""
        self.look()
