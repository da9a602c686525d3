"""The versions and the training runs, the newest of each first, one a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from soma_tui.training_rows import COLUMNS, MARKS, STATE, aligned, columns_for, run_cells
from soma_tui.version_rows import due, verdict, version_cells

if TYPE_CHECKING:
    from training.jobs import RunView

MUTED = "$foreground 60%"
_COLOURS = {"●": "$text-primary", "✗": "$text-error"}
_VERSIONS = ("version", "made", "decided", "better by", "nats a token")
_RUNS = tuple(title for title, _ in COLUMNS)


class RunList(OptionList):
    """A list that is drawn anew while its cursor stays."""

    class Resized(Message):
        """There is another width to draw the lines for."""

    class Wanted(Message):
        """The user chose a line."""

    def __init__(self) -> None:
        super().__init__(id="training-list", compact=True, markup=False)

    @property
    def chosen(self) -> str | None:
        """The name of the version or run under the cursor."""
        option = self.highlighted_option
        return None if option is None or option.disabled else option.id

    def fill(
        self,
        versions: Sequence[Mapping[str, Any]],
        views: Sequence[RunView],
        wanted: str | None = None,
    ) -> None:
        """Show versions and runs; the cursor goes to `wanted`, else stays, else to the newest run,
        where there is none to the newest version."""
        width = self.scrollable_content_region.width
        lines = dict(_lines(versions, views, width))
        names = [view.name for view in views] + [row["name"] for row in versions]
        kept = next((one for one in (wanted, self.chosen, *names) if one in lines), None)
        if list(lines) != [option.id for option in self.options]:
            top = self.scroll_y
            self.set_options(
                Option(line, id=name, disabled=name in _HEADINGS) for name, line in lines.items()
            )
            self.scroll_to(y=top, animate=False)
        else:
            for name, line in lines.items():
                if self.get_option(name).prompt != line:
                    self.replace_option_prompt(name, line)
        if kept is not None and kept != self.chosen:
            self.highlighted = self.get_option_index(kept)

    def on_resize(self) -> None:
        """Say that the lines do not fit any more."""
        self.post_message(self.Resized())

    def action_first(self) -> None:
        """Go to the first row, with the heading above it in view."""
        super().action_first()
        self.scroll_home(animate=False)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Turn the choice of a line into a wish."""
        event.stop()
        self.post_message(self.Wanted())


_HEADINGS = ("versions", "runs")


def _lines(
    versions: Sequence[Mapping[str, Any]], views: Sequence[RunView], width: int
) -> Iterator[tuple[str, Content]]:
    if versions:
        yield _HEADINGS[0], _heading(_VERSIONS, width)
        for row in versions:
            mark = "✗" if row["problem"] else "●" if row["serving"] else " "
            yield row["name"], _line(mark, version_cells(row), width, bool(due(row)))
    if views:
        yield _HEADINGS[1], _heading(_RUNS, width)
        decided = {
            row["run"]: verdict(row) for row in versions if not row["problem"] and row["decision"]
        }
        for view in views:
            cells = run_cells(view, decided.get(view.name, ""))
            yield view.name, _line(MARKS.get(view.state, " "), cells, width)


def _heading(names: Sequence[str], width: int) -> Content:
    return Content.styled("  " + aligned(names, columns_for(width)), MUTED)


def _line(mark: str, texts: Sequence[str], width: int, due: bool = False) -> Content:
    """The cells in a line; a state that asks for something stands out."""
    cells = aligned(texts, columns_for(width))
    name, rest = cells[: COLUMNS[0][1]], cells[COLUMNS[0][1] :]
    line = Content.assemble((f"{mark} ", _COLOURS.get(mark, "")), name, (rest, MUTED))
    start = 2 + sum(size + 1 for _, size in COLUMNS[:STATE])
    return line.stylize("$text-warning", start, start + COLUMNS[STATE][1]) if due else line
