"""Asks who is talking: one of those SOMA knows, or somebody new."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from agents.text import visible
from soma_tui.figures import counted
from soma_tui.screens.dialogs import key_hints

if TYPE_CHECKING:
    from pathlib import PurePath

    from soma_tui.app import SomaApp


class PersonChoice(ModalScreen[str | None]):
    """The result is a name, or None where the user went back."""

    app: SomaApp

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Back")]
    CSS_PATH: ClassVar[list[str | PurePath]] = ["../styles/memory.tcss"]

    def compose(self) -> ComposeResult:
        """Draw the persons, a line for another name, and keys."""
        self.list = OptionList(id="persons", compact=True, markup=False)
        line = Input(placeholder="somebody new: type a name", compact=True)
        line.cursor_blink = False
        with Vertical(classes="dialog"):
            yield Static("Who is talking?", classes="dialog-title", markup=False)
            yield self.list
            yield line
            yield Static(
                key_hints(("enter", "choose"), ("tab", "somebody new"), ("esc", "back")),
                classes="dialog-keys",
            )

    def on_mount(self) -> None:
        """Look whom SOMA knows."""
        self._names: list[str] = []
        self.list.focus()
        self._look()

    @work(name="look at the persons", group="persons")
    async def _look(self) -> None:
        memory = self.app.runtime.remembering.memory

        def read() -> tuple[str, list[tuple[str, int]]]:
            active = memory.person.handle
            known = memory.profiles.list()
            return active, [(one.handle, len(memory.profiles.facts(one.id))) for one in known]

        active, persons = await asyncio.to_thread(read)
        self._names = [name for name, _ in persons]
        self.list.set_options(
            Option(
                Content.assemble(
                    "● " if name == active else "  ",
                    visible(name),
                    (f"  {counted(facts, 'fact')}", "$foreground 60%"),
                )
            )
            for name, facts in persons
        )
        self.list.highlighted = self._names.index(active) if active in self._names else None

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Give the chosen name back."""
        event.stop()
        self.dismiss(self._names[event.option_index])

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Give the typed name back."""
        event.stop()
        if event.value.strip():
            self.dismiss(event.value.strip())
