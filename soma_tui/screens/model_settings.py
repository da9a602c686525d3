"""The form for the settings of one model."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import DescendantFocus
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from agents.engine.memory import Fit
from agents.model_settings import FIELDS, ModelSettings, SettingError, Value, parse
from agents.text import visible
from soma_tui.figures import byte_count
from soma_tui.screens.dialogs import key_hints

Changes = dict[str, Value | None]
_LABELS = {name: name.replace("_", " ") for name in FIELDS}


class ModelSettingsForm(ModalScreen[Changes | None]):
    """A line for each setting; the result is all of them, None where the user went back.

    An empty line leaves a setting to the model. `own` are the model's values, as far as they are
    known, and `judge` says whether the model fits the memory at a context.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back"),
        Binding("ctrl+s", "keep", "Keep"),
        Binding("ctrl+r", "clear", "All to the model’s own"),
        # With priority, so that what is typed next goes to the next line.
        Binding("down", "app.focus_next", "Next", priority=True),
        Binding("up", "app.focus_previous", "Previous", priority=True),
    ]

    def __init__(
        self,
        name: str,
        settings: ModelSettings,
        own: dict[str, Value],
        judge: Callable[[int], Fit] | None = None,
    ) -> None:
        super().__init__()
        self._model = name
        self._settings = settings
        self._own = own
        self._judge = judge
        self._wrong: set[str] = set()

    def compose(self) -> ComposeResult:
        """Draw the lines, what is to be said about the one with the cursor, and the keys."""
        with Vertical(classes="dialog"):
            yield Static(
                f"Settings of {visible(self._model)}", classes="dialog-title", markup=False
            )
            with VerticalScroll(classes="dialog-body", can_focus=False):
                for name, label in _LABELS.items():
                    value = getattr(self._settings, name)
                    with Horizontal(classes="settings-line"):
                        yield Static(label, classes="settings-label", markup=False)
                        line = Input(
                            "" if value is None else f"{value:g}" if value % 1 else f"{value:.0f}",
                            compact=True,
                            id=f"setting-{name}",
                            placeholder=self._placeholder(name),
                        )
                        line.cursor_blink = False
                        yield line
                        yield Static("", id=f"note-{name}", classes="settings-note", markup=False)
            yield Static("", id="settings-meaning", classes="dialog-text", markup=False)
            yield Static(
                key_hints(
                    ("enter", "keep"), ("↑ ↓", "move"), ("^R", "all default"), ("esc", "back")
                ),
                classes="dialog-keys",
            )

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Say what the setting under the cursor does."""
        if event.widget.id is not None:
            self._explain(event.widget.id.removeprefix("setting-"))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Judge the value as it is typed."""
        event.stop()
        name = (event.input.id or "").removeprefix("setting-")
        try:
            value = parse(name, event.value)
        except SettingError:
            self._wrong.add(name)
            self._note(name, FIELDS[name].range, "$text-error")
        else:
            self._wrong.discard(name)
            self._note(name, *self._about(name, value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep what stands in the form."""
        event.stop()
        self.action_keep()

    def action_keep(self) -> None:
        """Give the settings back; a wrong one takes the cursor instead."""
        for name in FIELDS:
            if name in self._wrong:
                self._line(name).focus()
                return
        self.dismiss({name: parse(name, self._line(name).value) for name in FIELDS})

    def action_clear(self) -> None:
        """Leave everything to the model."""
        for name in FIELDS:
            self._line(name).value = ""

    def _line(self, name: str) -> Input:
        return self.query_one(f"#setting-{name}", Input)

    def _placeholder(self, name: str) -> str:
        return f"{self._own[name]:g}" if name in self._own else "default"

    def _note(self, name: str, text: str, style: str) -> None:
        self.query_one(f"#note-{name}", Static).update(Content.styled(text, style))

    def _about(self, name: str, value: Value | None) -> tuple[str, str]:
        if name != "context" or value is None or self._judge is None:
            return "", ""
        fit = self._judge(int(value))
        if fit.need is None:
            return "memory unknown", ""
        style = {"tight": "$text-warning", "does not fit": "$text-error"}.get(fit.verdict, "")
        return f"{byte_count(fit.need.total)}: {fit.verdict}", style

    def _explain(self, name: str) -> None:
        field = FIELDS[name]
        self.query_one("#settings-meaning", Static).update(
            f"{_LABELS[name]}: {field.meaning}; {field.range}"
        )
