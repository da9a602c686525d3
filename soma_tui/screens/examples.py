"""Lists what would be learned and what was rejected, one by one; refuses single examples."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from agents.text import visible
from soma_tui.example_rows import (
    REFUSED,
    Row,
    cells,
    details,
    in_the_order_of,
    matching,
    rows_of,
    title,
)
from soma_tui.screens.dialogs import key_hints
from store.errors import SomaError

if TYPE_CHECKING:
    from pathlib import PurePath

Ask = Callable[..., Awaitable[Any]]
_MUTED = "$foreground 60%"
_MOST = 1000
_HINTS = (("v", "refuse or allow"), ("/", "filter"), ("esc", "back"))


class ExamplesScreen(ModalScreen[None]):
    """What `examples.list` has found. `ask` performs an operation and gives its result."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "veto", "Refuse or allow"),
        Binding("slash", "filter", "Filter"),
        Binding("escape,b", "back", "Back"),
    ]
    CSS_PATH: ClassVar[list[str | PurePath]] = ["../styles/training.tcss"]

    def __init__(self, found: Mapping[str, Any], ask: Ask) -> None:
        super().__init__()
        self._found = found
        self._ask = ask
        self._rows: list[Row] = []
        self._shown: list[Row] = []
        self.title_line = Static("", classes="dialog-title", markup=False)
        self.box = Input(placeholder="filter", compact=True, id="examples-filter")
        self.box.cursor_blink = False
        self.list = OptionList(id="examples-list", compact=True, markup=False)
        self.text = Static("", id="examples-text", markup=False)
        self.said = Static("", id="examples-said", classes="dialog-text", markup=False)

    def compose(self) -> ComposeResult:
        """Draw title, filter, list, details and keys."""
        with Vertical(classes="dialog page"):
            yield self.title_line
            yield self.box
            yield self.list
            with VerticalScroll(id="examples-details", can_focus=False):
                yield self.text
            yield self.said
            yield Static(key_hints(*_HINTS), classes="dialog-keys")

    def on_mount(self) -> None:
        """Show what was found."""
        self.list.focus()
        self.fill()

    @property
    def highlighted(self) -> Row | None:
        """The row under the cursor."""
        number = self.list.highlighted
        return None if number is None or number >= len(self._shown) else self._shown[number]

    def fill(self) -> None:
        """Show the rows that the filter lets through; the cursor stays where it was."""
        self._rows = in_the_order_of(self._rows, rows_of(self._found))
        found = matching(self._rows, self.box.value)
        kept, top, self._shown = self.list.highlighted or 0, self.list.scroll_y, found[:_MOST]
        self.title_line.update(title(self._found))
        self.list.set_options(_option(row) for row in self._shown)
        self.list.highlighted = min(kept, len(self._shown) - 1) if self._shown else None
        self.list.scroll_to(y=top, animate=False)
        if len(found) > _MOST:
            self.say(f"The first {_MOST:,} of {len(found):,} are shown; filter for the others.")
        elif not found:
            self.say("None matches; esc shows all." if self.box.value else _NOTHING)
        self._describe()

    def say(self, text: str, style: str = "") -> None:
        """Show one line to the user."""
        self.said.update(Content.styled(visible(text), style))

    @on(OptionList.OptionHighlighted)
    def _describe(self) -> None:
        row = self.highlighted
        lines = []
        for number, (name, value) in enumerate(details(row) if row else ()):
            label = (f"{name}  " if name else "", _MUTED)
            lines.append(Content.assemble(label, (value, "" if number else "bold")))
        self.text.update(Content("\n").join(lines))

    @on(Input.Changed)
    def _filtered(self, event: Input.Changed) -> None:
        event.stop()
        self.say("")
        self.list.highlighted = None
        self.fill()

    @on(Input.Submitted)
    def _chosen(self, event: Input.Submitted) -> None:
        event.stop()
        self.list.focus()

    def action_filter(self) -> None:
        """Go to the filter."""
        self.box.focus()

    def action_back(self) -> None:
        """Take the filter away; without one, close."""
        if self.box.value or self.box.has_focus:
            self.box.value = ""
            self.list.focus()
        else:
            self.dismiss()

    def action_veto(self) -> None:
        """Refuse the highlighted example, or allow it again."""
        row = self.highlighted
        if row is not None:
            self._change(row["source"], refused=row["reason"] == REFUSED)

    @work(name="refuse an example", group="veto")
    async def _change(self, source: str, *, refused: bool) -> None:
        self.say("…")
        try:
            await self._ask("examples.unveto" if refused else "examples.veto", source=source)
            specialist = self._found["specialist"]
            self._found = await self._ask("examples.list", specialist=specialist)
        except SomaError as error:
            self.say(str(error), "$text-error")
            return
        if not self.is_running:
            return
        may = "may be learned from again" if refused else "is not learned from; v takes that back"
        self.say(f"What comes from {source} {may}.")
        self.fill()


_NOTHING = "Nothing yet: rate answers with Ctrl+↑, or write better ones with Alt+W."


def _option(row: Row) -> Option:
    known, said = cells(row)
    return Option(Content.assemble((known, _MUTED), (said, _MUTED if row["reason"] else "")))
