"""Two curves: the loss of each step or what was before, and over it, dashed, dev loss or new."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from soma_tui.line_chart import NOBODY, Points, Series, chart

MUTED = "$foreground 60%"
DEV = "$text-primary"
_INKS = (MUTED, DEV)
_LABEL = 7


class LossChart(Static):
    """Draws as large as it is."""

    def __init__(self) -> None:
        super().__init__("", id="training-chart", markup=False)
        self._shown: tuple[Points, Points, float, float] = ((), (), 0, 0)

    def show(self, under: Points, over: Points, first: float, last: float) -> None:
        """Draw curves from x = `first` to `last`."""
        self._shown = (under, over, first, last)
        self._draw()

    def on_resize(self) -> None:
        """Draw in the new size."""
        self._draw()

    def _draw(self) -> None:
        under, over, first, last = self._shown
        size = self.content_size
        series = (
            Series([(x - first, y) for x, y in under]),
            Series([(x - first, y) for x, y in over], dashed=True),
        )
        drawn = chart(series, last - first, size.width - _LABEL - 2, size.height)
        if drawn is None:
            self.update("")
            return
        lines = []
        for number, row in enumerate(drawn.rows):
            value = {size.height - 1: drawn.bottom, 0: drawn.top}.get(number)
            label = "" if value is None else f"{value:.3g}".replace("-", "−")
            cells = [
                (sign if whose != NOBODY else " ", _INKS[whose] if whose != NOBODY else "")
                for sign, whose in row
            ]
            edge = f"{label:>{_LABEL}} {'┤' if label else '│'}"
            lines.append(Content.assemble((edge, MUTED), *cells))
        self.update(Content("\n").join(lines))
