"""The form for the options of the next training run, those of `soma train`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import DescendantFocus
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from soma_tui.commands.train_arguments import NUMBERS
from soma_tui.screens.dialogs import key_hints

if TYPE_CHECKING:
    from pathlib import PurePath

_KINDS: dict[str, Callable[[str], Any]] = {name: kind for name, kind, _ in NUMBERS}
_MEANINGS = {
    "specialist": "whose examples (personal)",
    "base": "a checkpoint's folder (the starter)",
    **{name: meaning for name, _, meaning in NUMBERS},
}


class RunOptionsForm(ModalScreen[dict[str, Any] | None]):
    """A line for each option; the result holds those that are set, None where the user went
    back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back"),
        Binding("down", "app.focus_next", "Next", priority=True),
        Binding("up", "app.focus_previous", "Previous", priority=True),
    ]
    CSS_PATH: ClassVar[list[str | PurePath]] = ["../styles/training.tcss"]

    def __init__(self, options: dict[str, Any]) -> None:
        super().__init__()
        self._options = options
        self._meaning = Static("", id="options-meaning", classes="dialog-text", markup=False)

    def compose(self) -> ComposeResult:
        """Draw the lines, what is to be said about the one with the cursor, and the keys."""
        with Vertical(classes="dialog"):
            yield Static("The next training run", classes="dialog-title", markup=False)
            with VerticalScroll(classes="dialog-body", can_focus=False):
                for name in _MEANINGS:
                    value = self._options.get(name.replace("-", "_"))
                    with Horizontal(classes="options-line"):
                        yield Static(name.replace("-", " "), classes="options-label", markup=False)
                        line = Input(
                            "" if value is None else str(value),
                            compact=True,
                            id=f"option-{name}",
                            placeholder="default",
                        )
                        line.cursor_blink = False
                        yield line
            yield self._meaning
            yield Static(
                key_hints(("enter", "keep"), ("↑ ↓", "move"), ("esc", "back")),
                classes="dialog-keys",
            )

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Say what the option under the cursor does."""
        if event.widget.id is not None:
            self._meaning.update(_MEANINGS[event.widget.id.removeprefix("option-")])

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Give the options back; a wrong one takes the cursor instead."""
        event.stop()
        options: dict[str, Any] = {}
        for name in _MEANINGS:
            line = self.query_one(f"#option-{name}", Input)
            text = line.value.strip()
            if not text:
                continue
            kind = _KINDS.get(name, str)
            try:
                options[name.replace("-", "_")] = kind(text)
            except ValueError:
                line.focus()
                what = "a whole number" if kind is int else "a number"
                told = f"{name.replace('-', ' ')}: {what}, not “{text}”"
                self._meaning.update(Content.styled(told, "$text-error"))
                return
        self.dismiss(options)
