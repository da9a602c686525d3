"""The training runs, the newest first, one a line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from soma_tui.training_rows import COLUMNS, MARKS, aligned, columns_for, run_cells

if TYPE_CHECKING:
    from training.jobs import RunView

MUTED = "$foreground 60%"
_COLOURS = {"●": "$text-primary", "✗": "$text-error"}


class RunList(OptionList):
    """A list of runs that is drawn anew while its cursor stays."""

    class Resized(Message):
        """There is another width to draw the lines for."""

    def __init__(self) -> None:
        super().__init__(id="training-list", compact=True, markup=False)

    @property
    def run(self) -> str | None:
        """The name of the run under the cursor."""
        option = self.highlighted_option
        return None if option is None else option.id

    def fill(self, views: Sequence[RunView], wanted: str | None = None) -> None:
        """Show these runs; the cursor goes to `wanted`, else stays, else goes to the newest."""
        width = self.scrollable_content_region.width
        lines = {view.name: _line(view, width) for view in views}
        kept = next((one for one in (wanted, self.run, *lines) if one in lines), None)
        if list(lines) != [option.id for option in self.options]:
            self.set_options(Option(line, id=name) for name, line in lines.items())
        else:
            for name, line in lines.items():
                if self.get_option(name).prompt != line:
                    self.replace_option_prompt(name, line)
        if kept is not None and kept != self.run:
            self.highlighted = self.get_option_index(kept)

    def on_resize(self) -> None:
        """Say that the lines do not fit any more."""
        self.post_message(self.Resized())


def titles(width: int) -> Content:
    """The titles of the columns of a list of this width."""
    names = tuple(title for title, _ in COLUMNS)
    return Content.styled("  " + aligned(names, columns_for(width)), MUTED)


def _line(view: RunView, width: int) -> Content:
    mark = MARKS.get(view.state, " ")
    cells = aligned(run_cells(view), columns_for(width))
    name, rest = cells[: COLUMNS[0][1]], cells[COLUMNS[0][1] :]
    return Content.assemble((f"{mark} ", _COLOURS.get(mark, "")), name, (rest, MUTED))
