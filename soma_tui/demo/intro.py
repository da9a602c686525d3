"""Says at first what will be seen."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from soma_tui.demo.words import INTRO, INTRO_TITLE
from soma_tui.screens.dialogs import key_hints


class IntroScreen(ModalScreen[None]):
    """A page of text, which the guide closes."""

    BINDINGS = [("enter,escape", "dismiss", "Close")]  # noqa: RUF012

    def __init__(self, conversations: int, go_on: str) -> None:
        super().__init__()
        self._conversations = conversations
        self._keys = key_hints(("esc", "takes the keyboard"), (go_on, "goes on"), ("^Q", "leaves"))

    def compose(self) -> ComposeResult:
        """Draw title, text and keys."""
        with Vertical(classes="dialog"):
            yield Static(INTRO_TITLE, classes="dialog-title", markup=False)
            with VerticalScroll(classes="dialog-body", can_focus=False):
                yield Static(INTRO.format(self._conversations), classes="dialog-text", markup=False)
            yield Static(self._keys, classes="dialog-keys", markup=False)
