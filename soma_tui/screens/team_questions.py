"""What the place for the team asks: a request with its kind of graph, or one of several lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from agents.graph_kinds import KINDS
from soma_tui.screens.dialogs import key_hints
from soma_tui.widgets.request_box import RequestBox

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
    back. `keep` is told of both as they alter."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Back")]
    CSS_PATH: ClassVar[list[str | PurePath]] = ["../styles/team.tcss"]

    def __init__(
        self, text: str, graph: str | None, keep: Callable[[str, str | None], None]
    ) -> None:
        super().__init__()
        self._keep = keep
        self._graph = graph
        self._box = RequestBox(text)

    def compose(self) -> ComposeResult:
        """Draw the editor, the graph and keys."""
        keys = (("enter", "begin"), ("^J", "new line"), ("↑ ↓", "who works on it"), ("esc", "back"))
        with Vertical(classes="dialog"):
            yield Static("New request to the team", classes="dialog-title", markup=False)
            yield self._box
            yield Static("", id="team-graph", markup=False)
            yield Static(key_hints(*keys), classes="dialog-keys")

    def on_mount(self) -> None:
        """Say which graph is chosen."""
        self._show_graph()

    @on(RequestBox.Stepped)
    def _stepped(self, event: RequestBox.Stepped) -> None:
        """Choose another kind of graph."""
        graphs = (None, *KINDS)
        self._graph = graphs[(graphs.index(self._graph) + event.step) % len(graphs)]
        self._keep(self._box.whole_text, self._graph)
        self._show_graph()

    def _show_graph(self) -> None:
        graph = self._graph
        shown = Content.assemble((graph or "as it fits", "bold"), (f"  {_WORDS[graph]}", _MUTED))
        self.query_one("#team-graph", Static).update(shown)

    @on(RequestBox.Changed)
    def _changed(self) -> None:
        """Have what is typed kept."""
        self._keep(self._box.whole_text, self._graph)

    @on(RequestBox.Sent)
    def _sent(self) -> None:
        """Give the request back."""
        text = self._box.whole_text.strip()
        if text:
            self.dismiss((text, self._graph))


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
