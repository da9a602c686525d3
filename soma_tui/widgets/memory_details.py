"""Everything about the highlighted thing that is remembered."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from soma_tui.memory_details import Details

MUTED = "$foreground 60%"


class MemoryDetails(VerticalScroll):
    """Evidence, history, and what it does in the prompt."""

    def __init__(self) -> None:
        super().__init__(id="memory-details", can_focus=False)
        self._text = Static("", id="memory-details-text", markup=False)

    def compose(self) -> ComposeResult:
        """Make room for the text."""
        yield self._text

    def show(self, shown: Details | None) -> None:
        """Draw what there is to say; None draws nothing."""
        text = Content("")
        if shown is not None:
            lines = [Content.styled(shown.title, "bold")]
            for name, value in shown.pairs:
                label = Content.styled(f"{name}  " if name else "", MUTED)
                lines.append(Content.assemble(label, value))
            text = Content("\n").join(lines)
        self._text.update(text)
        self.scroll_home(animate=False)
