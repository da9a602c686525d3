"""The curves of a run: the loss of each step, and over it the dev loss, dashed."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from soma_tui.line_chart import NOBODY, Series, chart
from soma_tui.training_state import RunState

MUTED = "$foreground 60%"
DEV = "$text-primary"
_INKS = (MUTED, DEV)
_LABEL = 7


class LossChart(Static):
    """Draws as large as it is."""

    def __init__(self) -> None:
        super().__init__("", id="training-chart", markup=False)
        self._run: RunState | None = None

    def show(self, run: RunState | None) -> None:
        """Draw the curves of a run."""
        self._run = run
        self._draw()

    def on_resize(self) -> None:
        """Draw in the new size."""
        self._draw()

    def _draw(self) -> None:
        run, size = self._run, self.content_size
        drawn = None
        if run is not None:
            series = Series(run.losses), Series(run.dev_losses, dashed=True)
            last = run.steps if run.runs else run.step
            drawn = chart(series, last, size.width - _LABEL - 2, size.height)
        if drawn is None:
            self.update("")
            return
        lines = []
        for number, row in enumerate(drawn.rows):
            value = {0: drawn.top, size.height - 1: drawn.bottom}.get(number)
            label = "" if value is None else f"{value:.3g}"
            cells = [
                (sign if whose != NOBODY else " ", _INKS[whose] if whose != NOBODY else "")
                for sign, whose in row
            ]
            edge = f"{label:>{_LABEL}} {'┤' if label else '│'}"
            lines.append(Content.assemble((edge, MUTED), *cells))
        self.update(Content("\n").join(lines))
