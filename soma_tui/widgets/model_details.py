"""Everything about the highlighted model."""

from __future__ import annotations

from pathlib import Path

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from agents.model_listing import KnownModel
from agents.model_settings import ModelSettings
from agents.text import visible
from soma_tui.model_rows import details

MUTED = "$foreground 60%"
_COLOURS = {"tight": "$text-warning", "does not fit": "$text-error"}


class ModelDetails(VerticalScroll):
    """Path, kind, memory by part, the largest context that fits, settings, problem."""

    def __init__(self) -> None:
        super().__init__(id="models-details", can_focus=False)
        self._text = Static("", id="models-details-text", markup=False)

    def compose(self) -> ComposeResult:
        """Make room for the text."""
        yield self._text

    def show(self, model: KnownModel | None, settings: ModelSettings, home: Path) -> None:
        """Draw one model; None draws nothing."""
        text = Content("")
        if model is not None:
            lines = [Content.styled(visible(model.name), "bold")]
            for name, value in details(model, settings, home):
                colour = "$text-error" if name == "problem" else ""
                colour = _COLOURS.get(model.fits, "") if name == "free" else colour
                label = Content.styled(f"{name}  " if name else "", MUTED)
                lines.append(Content.assemble(label, (value, colour or ("" if name else MUTED))))
            text = Content("\n").join(lines)
        self._text.update(text)
        self.scroll_home(animate=False)
