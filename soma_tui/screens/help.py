"""The page of help, made from the registry of actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from soma_tui.actions import ACTIONS, BY_ID, Action, key_name
from soma_tui.actions.keymap import DEFAULT, Keymap
from soma_tui.screens.dialogs import key_hints

if TYPE_CHECKING:
    from soma_tui.app import SomaApp

_KEYS_WIDTH = 24


def help_text(width: int, keymap: Keymap = DEFAULT) -> Content:
    """All actions by group: keys, title, slash command, and below it what it does."""
    parts: list[Content] = []
    groups = list(dict.fromkeys(action.group for action in ACTIONS))
    for group in groups:
        parts.append(Content.styled(f"\n{group}" if parts else group, "bold $text-primary"))
        parts += [_entry(action, width, keymap) for action in ACTIONS if action.group == group]
    return Content("\n").join(parts)


def _entry(action: Action, width: int, keymap: Keymap) -> Content:
    keys = ", ".join(key_name(key) for key in keymap.keys(action)) or "by name"
    slash = ""
    if action.slash:
        slash = f"  /{action.slash}" + (f" {action.argument}" if action.argument else "")
    narrow = width < 2 * _KEYS_WIDTH
    gap = "  " if narrow or len(keys) >= _KEYS_WIDTH else " " * (_KEYS_WIDTH - len(keys))
    indent = "  " if narrow else " " * _KEYS_WIDTH
    return Content.assemble(
        keys, gap, (action.title, "bold"), (slash, "$text-primary"), "\n",
        (_wrapped(action.help, width, indent), "$foreground 60%"),
    )  # fmt: skip


def _wrapped(text: str, width: int, indent: str) -> str:
    import textwrap

    return textwrap.fill(text, max(20, width), initial_indent=indent, subsequent_indent=indent)


class HelpScreen(ModalScreen[None]):
    """Scrolls; Esc closes it."""

    app: SomaApp

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(",".join(("escape", "q", *BY_ID["help"].keys)), "dismiss", "Close")
    ]

    def compose(self) -> ComposeResult:
        """Draw the page."""
        with Vertical(classes="dialog page"):
            yield Static("Help", classes="dialog-title", markup=False)
            with VerticalScroll(id="help-scroll"):
                yield Static("", id="help-text", markup=False)
            yield Static(
                key_hints(("↑ ↓ PgUp PgDn", "scroll"), ("esc", "close")), classes="dialog-keys"
            )

    def on_mount(self) -> None:
        """Let the keys scroll at once."""
        self.query_one("#help-scroll").focus()

    def on_resize(self) -> None:
        """Wrap the page for the width there is."""
        width = self.query_one("#help-scroll").scrollable_content_region.width or 60
        self.query_one("#help-text", Static).update(help_text(width, self.app.keymap))
