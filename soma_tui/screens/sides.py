"""Shows what two models answer, side by side; one above the other on a narrow screen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from soma_tui.screens.dialogs import key_hints
from soma_tui.version_rows import Difference

if TYPE_CHECKING:
    from pathlib import PurePath

_MOST = 60
_COLOURS = {"won": "$text-primary", "lost": "$text-error"}


class SidesScreen(ModalScreen[None]):
    """A title, a few words, the lines of a table, and for each question both answers, under the
    names of the models."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,enter", "dismiss", "Back")]
    CSS_PATH: ClassVar[list[str | PurePath]] = ["../styles/training.tcss"]

    def __init__(
        self,
        title: str,
        told: str,
        names: tuple[str, str],
        items: Iterable[Difference],
        table: Sequence[str] = (),
    ) -> None:
        super().__init__()
        self._heading = title
        self._told = told
        self._names = names
        self._items = list(items)
        self._table = table

    def compose(self) -> ComposeResult:
        """Draw everything; what is beyond the most that is shown is counted."""
        with Vertical(classes="dialog page"):
            yield Static(self._heading, classes="dialog-title", markup=False)
            with VerticalScroll(id="sides-body"):
                yield Static(self._told, classes="dialog-text", markup=False)
                if self._table:
                    yield Static("\n".join(self._table), classes="sides-table", markup=False)
                for item in self._items[:_MOST]:
                    yield from self._item(item)
                if len(self._items) > _MOST:
                    more = f"and {len(self._items) - _MOST:,} more; `soma versions show` has all"
                    yield Static(more, classes="sides-question", markup=False)
            yield Static(key_hints(("↑ ↓", "read"), ("esc", "back")), classes="dialog-keys")

    def on_mount(self) -> None:
        """Let the arrows scroll."""
        self.query_one("#sides-body").focus()

    def _item(self, item: Difference) -> ComposeResult:
        mark = (f"{item.outcome} · " if item.outcome else "", _COLOURS.get(item.outcome, ""))
        yield Static(Content.assemble(mark, item.question), classes="sides-question", markup=False)
        with Horizontal(classes="sides"):
            for name, text in zip(self._names, (item.old, item.new), strict=True):
                said = Content.assemble((f"{name}\n", "bold"), text or "(nothing)")
                yield Static(said, classes="side", markup=False)
