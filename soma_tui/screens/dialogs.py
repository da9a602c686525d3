"""Small screens that ask one thing."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static


def key_hints(*hints: tuple[str, str]) -> Content:
    """A line of keys and what they do, as in the line of keys of the places."""
    return Content("  ").join(
        Content.assemble((key, "$text-primary"), f" {meaning}") for key, meaning in hints
    )


class Confirmation(ModalScreen[bool]):
    """Asks once; the result is whether the user agreed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,y", "dismiss(True)", "Yes"),
        Binding("escape,n", "dismiss(False)", "No"),
    ]

    def __init__(self, question: str, consequence: str, verb: str, back: str = "keep") -> None:
        super().__init__()
        self._question = question
        self._consequence = consequence
        self._verb = verb
        self._back = back

    def compose(self) -> ComposeResult:
        """Draw question, consequence and keys."""
        with Vertical(classes="dialog"):
            yield Static(self._question, classes="dialog-title", markup=False)
            yield Static(self._consequence, classes="dialog-text", markup=False)
            yield Static(
                key_hints(("enter", self._verb), ("esc", self._back)), classes="dialog-keys"
            )


class Question(ModalScreen[str | None]):
    """Asks for one line; the result is that line, or None where the user went back."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Back")]

    def __init__(self, question: str, value: str) -> None:
        super().__init__()
        self._question = question
        self._value = value

    def compose(self) -> ComposeResult:
        """Draw question, line and keys."""
        with Vertical(classes="dialog"):
            yield Static(self._question, classes="dialog-title", markup=False)
            line = Input(self._value, compact=True, select_on_focus=True)
            line.cursor_blink = False
            yield line
            yield Static(key_hints(("enter", "keep"), ("esc", "back")), classes="dialog-keys")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Give the line back."""
        event.stop()
        self.dismiss(event.value.strip() or None)
