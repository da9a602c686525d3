"""The tasks of a run, one a line, those that others need above these."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from soma_tui.team_rows import Row, columns_for, rows, width_of
from soma_tui.team_state import RunState

ANSWER = "answer"
"""The id of the line that stands for the answer of a run that ended."""
MUTED = "$foreground 60%"
_TASK = "task:"
_COLOURS = {"●": "$text-primary", "✗": "$text-error"}
_MARK_WIDTH = 3


class TaskList(OptionList):
    """A list in which lines are drawn anew while they stay what they stand for."""

    class Entered(Message):
        """Enter was pressed, on whatever line, or on none."""

    class Resized(Message):
        """There is another width to draw the lines for."""

    def __init__(self) -> None:
        super().__init__(id="team-list", compact=True, markup=False)
        self._led: str | None = None

    @property
    def task_id(self) -> str | None:
        """The id of the task under the cursor; None where it stands on no task."""
        option = self.highlighted_option
        id = "" if option is None else option.id or ""
        return id.removeprefix(_TASK) if id.startswith(_TASK) else None

    def fill(self, run: RunState | None, now: float) -> None:
        """Draw the tasks of a run; unless it was moved, the cursor follows the work."""
        lines = {} if run is None else self._lines_of(run, now)
        if list(lines) != [option.id for option in self.options]:
            kept = None if self.highlighted_option is None else self.highlighted_option.id
            self.set_options(Option(line, id=id) for id, line in lines.items())
            if kept in lines and kept is not None:
                self.highlighted = self.get_option_index(kept)
        else:
            for id, line in lines.items():
                if self.get_option(id).prompt != line:
                    self.replace_option_prompt(id, line)
            self.refresh()
        if run is not None:
            self._lead(run)

    def action_select(self) -> None:
        """Say that enter was pressed; there is nothing here to be selected."""
        self.post_message(self.Entered())

    async def _on_click(self, event: events.Click) -> None:
        """Move the cursor to a line, and no more."""
        event.prevent_default()
        clicked = event.style.meta.get("option")
        if clicked is not None:
            self.highlighted = clicked

    def on_resize(self) -> None:
        """Say that the lines do not fit any more."""
        self.post_message(self.Resized())

    def lead_again(self) -> None:
        """Let the cursor follow the work of the run that is shown from now on."""
        self._led = None
        self.highlighted = None

    def _lead(self, run: RunState) -> None:
        option = self.highlighted_option
        if option is not None and option.id != self._led:
            return
        here = self.task_id
        if run.state != "running":
            self._led = ANSWER
        elif run.running and (here is None or here not in {one.view.id for one in run.running}):
            self._led = _TASK + run.running[0].view.id
        elif option is None and self.options:
            self._led = self.options[0].id
        if self._led is not None:
            self.highlighted = self.get_option_index(self._led)

    def _lines_of(self, run: RunState, now: float) -> dict[str, Content]:
        width = self.scrollable_content_region.width
        columns = columns_for(width)
        lines = {
            _TASK + name: _line(row, columns, width)
            for name, row in rows(run, now, columns).items()
        }
        if run.state != "running":
            done = run.state == "done"
            mark = Content.styled(" ✓ " if done else " ✗ ", "" if done else "$text-error")
            said = "the answer" if done else "no answer"
            lines[ANSWER] = Content.assemble(mark, (said, "bold"))
        return lines


def titles(width: int) -> Content:
    """The titles of the columns of a list of this width."""
    columns = columns_for(width)
    cells = [f"{title:>{width_of(title)}}" for title in columns]
    gap = width - _MARK_WIDTH - len("task") - sum(len(cell) + 1 for cell in cells)
    text = " " * _MARK_WIDTH + "task" + " " * max(0, gap)
    return Content.styled(text + "".join(f" {cell}" for cell in cells), MUTED)


def _line(row: Row, columns: Sequence[str], width: int) -> Content:
    cells = "".join(
        f" {figure:>{width_of(title)}}" for title, figure in zip(columns, row.figures, strict=True)
    )
    left = Content.assemble(
        (row.indent, MUTED),
        (row.mark, _COLOURS.get(row.mark, "")),
        f" {row.name}",
        (f"  {row.specialist}" if row.specialist else "", MUTED),
    )
    room = max(0, width - len(cells) - 1)
    left = left.truncate(room, ellipsis=True)
    return Content.assemble(" ", left, " " * (room - left.cell_length), (cells, MUTED))
