"""The models of this machine in groups, one a line, in columns that fit the width."""

from __future__ import annotations

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from agents.model_listing import KnownModel
from agents.text import visible
from soma_tui.model_rows import (
    COLUMNS,
    LEAST_NAME,
    MARK_WIDTH,
    Line,
    ModelRows,
    cell,
    columns_for,
    key_of,
)

MUTED = "$foreground 60%"
_COLOURS = {"tight": "$foreground", "does not fit": "$text-error", "unusable": "$text-error"}


class ColumnTitles(Static):
    """The titles of the columns, above the list."""

    def __init__(self) -> None:
        super().__init__("", id="models-titles", markup=False)

    def show(self, width: int) -> None:
        """Draw the titles of the columns that a list of this width has."""
        columns = columns_for(width)
        cells = [_fitted("name", _name_width(width, columns), right=False)]
        cells += [
            _fitted(COLUMNS[name].title, COLUMNS[name].width, COLUMNS[name].right)
            for name in columns
        ]
        self.update(Content.styled(" " * MARK_WIDTH + " ".join(cells), MUTED))


class ModelList(OptionList):
    """A list that says which model is wanted; a click only moves its cursor there first."""

    class Wanted(Message):
        """The user chose a model to use."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self) -> None:
        super().__init__(id="models-list", compact=True, markup=False)
        self._rows = ModelRows()

    @property
    def highlighted_key(self) -> str | None:
        """The key of the row under the cursor."""
        option = self.highlighted_option
        return None if option is None else option.id

    def fill(self, rows: ModelRows, wanted: str | None = None) -> None:
        """Show these rows; the cursor goes to `wanted`, else stays, else goes to the one in use."""
        self._rows = rows
        kept, top = wanted or self.highlighted_key, self.scroll_y
        options: list[Option] = []
        seen: dict[str, None] = {}
        in_use = None
        for line in rows.lines():
            if isinstance(line, Line):
                text = line.text if line.heading else f"  {line.text}"
                options.append(Option(Content.styled(text, MUTED), disabled=True))
            elif (key := key_of(line)) not in seen:
                seen[key] = None
                options.append(Option(self._row(line), id=key))
                in_use = key if rows.in_use(line) else in_use
        self.set_options(options)
        chosen = next((key for key in (kept, in_use, *seen) if key in seen), None)
        if chosen is not None:
            self.highlighted = self.get_option_index(chosen)
        if wanted is None:
            self.scroll_to(y=top, animate=False)

    def on_resize(self) -> None:
        """Choose the columns for the new width."""
        self.fill(self._rows)

    def _row(self, model: KnownModel) -> Content:
        width = self.scrollable_content_region.width
        columns = columns_for(width)
        in_use = self._rows.in_use(model)
        mark = "● " if in_use else "! " if model.problem else "  "
        name = _fitted(visible(model.name), _name_width(width, columns), right=False)
        style = "bold $text-primary" if in_use else ""
        cells = [Content.styled(mark + name, style)]
        for column in columns:
            text = cell(model, column)
            fitted = _fitted(text, COLUMNS[column].width, COLUMNS[column].right)
            cells.append(Content.styled(fitted, _COLOURS.get(text, MUTED)))
        return Content(" ").join(cells)

    async def _on_click(self, event: events.Click) -> None:
        """Move the cursor to a row; choose the row if the cursor stands there already."""
        event.prevent_default()
        clicked = event.style.meta.get("option")
        if clicked is None or self.get_option_at_index(clicked).disabled:
            return
        if clicked == self.highlighted and event.chain > 1:
            self.action_select()
        self.highlighted = clicked

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Turn the choice of a line into the wish for its model."""
        event.stop()
        if event.option_id is not None:
            self.post_message(self.Wanted(event.option_id))


def _name_width(width: int, columns: list[str]) -> int:
    rest = sum(COLUMNS[name].width + 1 for name in columns)
    return max(LEAST_NAME if columns else 0, width - MARK_WIDTH - rest)


def _fitted(text: str, width: int, right: bool) -> str:
    """The text in exactly so many cells, cut off with an ellipsis where it is longer."""
    content = Content(text).truncate(width, ellipsis=True)
    space = " " * (width - content.cell_length)
    return f"{space}{content.plain}" if right else f"{content.plain}{space}"
