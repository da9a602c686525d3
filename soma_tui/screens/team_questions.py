"""What the place for the team asks: a request with its kind of graph, or one of several lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from agents.graph_kinds import KINDS
from soma_tui.screens.dialogs import key_hints

if TYPE_CHECKING:
    from pathlib import PurePath

_MUTED = "$foreground 60%"
_WORDS = {
    None: "whom it fits, side by side if several",
    "single": "the one whom it fits best",
    "parallel": "several side by side, then a synthesis",
    "consensus": "several drafts; what most of them say",
    "chain": "research, then a draft, then a check",
    "planned": "the model divides it into tasks",
}
Request = tuple[str, str | None]


class RequestQuestion(ModalScreen[Request | None]):
    """Asks for a request and the kind of its graph, None for what fits; None where the user went
    back. `keep` is told of what is typed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back"),
        Binding("down", "graph(1)", "Next graph"),
        Binding("up", "graph(-1)", "Previous graph"),
    ]
    CSS_PATH: ClassVar[list[str | PurePath]] = ["../styles/team.tcss"]

    def __init__(self, text: str, keep: Callable[[str], None]) -> None:
        super().__init__()
        self._text = text
        self._keep = keep
        self._graphs = (None, *KINDS)
        self._graph = 0

    def compose(self) -> ComposeResult:
        """Draw the line, the graph and keys."""
        line = Input(self._text, placeholder="what the team is to do", compact=True)
        line.cursor_blink = False
        with Vertical(classes="dialog"):
            yield Static("New request to the team", classes="dialog-title", markup=False)
            yield line
            yield Static("", id="team-graph", markup=False)
            yield Static(
                key_hints(("enter", "begin"), ("↑ ↓", "who works on it"), ("esc", "back")),
                classes="dialog-keys",
            )

    def on_mount(self) -> None:
        """Say which graph is chosen."""
        self.action_graph(0)

    def action_graph(self, step: int) -> None:
        """Choose another kind of graph."""
        self._graph = (self._graph + step) % len(self._graphs)
        graph = self._graphs[self._graph]
        shown = Content.assemble((graph or "as it fits", "bold"), (f"  {_WORDS[graph]}", _MUTED))
        self.query_one("#team-graph", Static).update(shown)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Have what is typed kept."""
        self._keep(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Give the request back."""
        event.stop()
        if event.value.strip():
            self.dismiss((event.value.strip(), self._graphs[self._graph]))


class LineQuestion(ModalScreen[str | None]):
    """Asks for one of several lines; the result is its id, or None where the user went back."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Back")]
    CSS_PATH: ClassVar[list[str | PurePath]] = ["../styles/team.tcss"]

    def __init__(self, question: str, lines: Sequence[tuple[str, Content]], verb: str) -> None:
        super().__init__()
        self._question = question
        self._lines = lines
        self._verb = verb

    def compose(self) -> ComposeResult:
        """Draw question, lines and keys."""
        with Vertical(classes="dialog page"):
            yield Static(self._question, classes="dialog-title", markup=False)
            options = (Option(line, id=id) for id, line in self._lines)
            yield OptionList(*options, id="team-lines", compact=True, markup=False)
            yield Static(key_hints(("enter", self._verb), ("esc", "back")), classes="dialog-keys")

    def on_mount(self) -> None:
        """Begin at the first line."""
        self.query_one(OptionList).focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Give the chosen line back."""
        event.stop()
        self.dismiss(event.option_id)
