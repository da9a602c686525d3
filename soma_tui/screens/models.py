"""The place for models: what is on this machine, what fits, what answers."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.worker import Worker

from agents.model_listing import ADDED, IN_THE_BOX
from agents.models import own_values
from agents.text import visible
from soma_tui.actions import bindings
from soma_tui.model_rows import key_of
from soma_tui.screens.model_listing import ModelListing
from soma_tui.state import ViewState
from soma_tui.widgets.model_list import ModelList
from store.errors import SomaError

if TYPE_CHECKING:
    from pathlib import PurePath

    from soma_tui.screens.model_settings import Changes

_log = logging.getLogger(__name__)


class ModelsScreen(ModelListing):
    """Turns keys into intentions, one at a time; the runtime does what they say."""

    PLACE = "models"
    FOCUS = "models"
    BINDINGS = bindings("models")
    AUTO_FOCUS = "#models-list"
    CSS_PATH: ClassVar[list[str | PurePath]] = ["../styles/models.tcss"]

    def __init__(self, state: ViewState, classes: str = "") -> None:
        super().__init__(state, classes)
        self._trial: Worker[None] | None = None
        self._busy = ""
        self._refused = ""
        self._doing = ""

    # --- what is being done

    def say_doing(self, text: str) -> None:
        """Say what is done at this moment."""
        self._doing = text
        self.draw_lines()

    def draw_lines(self) -> None:
        """Draw the frame, and what this place is busy with."""
        super().draw_lines()
        text = self._doing
        if not text and self._trial is not None:
            text = f"trying {self._busy} in a process of its own · esc stops it"
        elif self._busy and self.state.loading is None and self.state.answers:
            text = f"{self._busy} is loaded once the answer that runs has ended"
        self.doing.update(text)
        self.doing.set_class(bool(text), "-shown")

    def _begin(self, name: str) -> bool:
        """Whether the place is free to be busy with a model; otherwise it says with which it is."""
        if self._busy:
            self.tell(f"Wait for {self._busy} first.")
            return False
        self._busy = visible(name)
        self.state.notices.clear()
        return True

    def _end(self, text: str = "", severity: str = "information") -> None:
        self._trial, self._busy, self._doing = None, "", ""
        if text:
            self.state.tell(text, severity)
        self.draw_lines()

    @work(name="add a model", group="add")
    async def _add(self, path: Path, name: str | None = None, *, use: bool = False) -> None:
        shown = name or path.name
        try:
            added = await self.app.runtime.models.add(path, name)
        except asyncio.CancelledError:
            if self.is_running:
                self._end(f"The trial of {visible(shown)} was stopped; it was not added.")
            raise
        except SomaError as error:
            self._refused = "" if name else str(path)
            self._end(str(error), "error")
            return
        self._refused = ""
        self.clear_filter()
        self.rows.take_in(added)
        self.fill(key_of(added))
        self._end("" if use else f"{visible(added.name)} is added; enter uses it.")
        self.look(key_of(added))
        if use:
            self._use(added.name)

    @work(name="get a model", group="add")
    async def _get(self, reference: str) -> None:
        from soma_tui.screens.downloading import download, stopped_line

        try:
            added = await download(self, reference)
        except asyncio.CancelledError:
            if self.is_running:
                self._end(stopped_line(reference))
            raise
        except SomaError as error:
            self._end(visible(str(error)), "error")
            return
        if added is None:
            self._end()
            return
        self._end(f"{visible(added.name)} is added; enter uses it.")
        self.look(key_of(added))

    @work(name="use a model", group="use")
    async def _use(self, name: str) -> None:
        if not self._begin(name):
            return
        self.draw_lines()
        runtime = self.app.runtime
        try:
            known = await runtime.models.keep(name)
        except SomaError as error:
            self._end(str(error), "error")
            return
        try:
            await runtime.use_model(known)
        except SomaError as error:
            _log.error("the model could not be used: %s", error)  # ModelFailed has told it
        self._end()

    @work(name="keep settings of a model", group="use")
    async def _keep(self, name: str, changes: Changes) -> None:
        if not self._begin(name):
            return
        self.draw_lines()
        try:
            await self.app.runtime.change_model_settings(name, changes, reset=True)
        except SomaError as error:
            self._end(f"The settings of {visible(name)} stay as they were: {error}", "error")
        else:
            self._end(f"The settings of {visible(name)} are kept.")
        self.look()

    @work(name="forget a model", group="use")
    async def _forget(self, name: str) -> None:
        try:
            await asyncio.to_thread(self.app.runtime.models.remove, name)
        except SomaError as error:
            self.tell(str(error), "error")
        self.look()

    # --- what widgets tell

    @on(ModelList.Wanted)
    def _wanted(self) -> None:
        self.action_use()

    # --- actions, by the names of the registry

    def action_use(self) -> None:
        """Change over to the highlighted model; one that was found is tried and added first."""
        model = self.highlighted
        if model is None:
            return
        if model.problem:
            self.tell(model.problem, "error")
        elif self.state.model is not None and model.path == self.state.model.path:
            self.tell(f"{visible(model.name)} is in use.")
        elif not model.is_found:
            self._use(model.name)
        elif self._begin(model.name):
            self._trial = self._add(Path(model.path), model.name, use=True)
            self.draw_lines()

    def action_add(self) -> None:
        """Ask for a file, then try and add it."""
        from soma_tui.screens.path_question import PathQuestion

        def answered(path: str | None) -> None:
            if path is not None and self._begin(Path(path).name):
                self._trial = self._add(Path(path))
                self.draw_lines()

        self.app.push_screen(PathQuestion("Path of a GGUF file", self._refused, ".gguf"), answered)

    def action_get(self) -> None:
        """Offer real models, then download the one that is chosen."""
        from agents.model_offers import OFFERS
        from soma_tui.screens.offers import OffersQuestion

        def answered(reference: str | None) -> None:
            if reference is not None and self._begin(reference):
                self._trial = self._get(reference)

        self.app.push_screen(OffersQuestion(OFFERS), answered)

    def action_forget(self) -> None:
        """Ask, then forget the highlighted model."""
        from soma_tui.screens.dialogs import Confirmation

        model = self.highlighted
        if model is None:
            return
        name = visible(model.name)
        if model.source == IN_THE_BOX:
            self.tell("The starter is in the box and stays.")
            return
        if model.source != ADDED:
            self.tell(f"{name} lies in the folder of {model.source}; SOMA was not told to keep it.")
            return

        def answered(agreed: bool | None) -> None:
            if agreed:
                self._forget(model.name)

        follows = "Its settings are forgotten too; its file stays where it is."
        if self.rows.in_use(model):
            follows += " It answers until SOMA is closed."
        self.app.push_screen(Confirmation(f"Forget “{name}”?", follows, "forget"), answered)

    @work(name="open settings of a model", group="settings", exclusive=True)
    async def action_settings(self) -> None:
        """Show the form for the highlighted model's settings."""
        from agents.engine.headers import header_of
        from agents.engine.memory import fit
        from soma_tui.screens.model_settings import ModelSettingsForm

        model = self.highlighted
        if model is None:
            return
        if model.problem:
            self.tell(model.problem, "error")
            return
        models = self.app.runtime.models
        try:
            header = await asyncio.to_thread(header_of, Path(model.path))
        except SomaError as error:
            self.tell(str(error), "error")
            return
        form = ModelSettingsForm(
            model.name,
            models.model_settings.get(model.name),
            own_values(model.name, header),
            lambda context: fit(header, context, model.free_bytes),
        )

        def answered(changes: Changes | None) -> None:
            if changes is not None:
                self._keep(model.name, changes)

        self.app.push_screen(form, answered)

    def action_stop(self) -> None:
        """Stop what runs here; otherwise take the filter away, and the notices."""
        if self._trial is not None:
            self._trial.cancel()
            return
        self.clear_filter()
        self.list.focus()
        self.state.notices.clear()
        self.draw_lines()
