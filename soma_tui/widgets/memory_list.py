"""What is remembered in groups, one a line; traits as bars in which the baseline is marked."""

from __future__ import annotations

from datetime import datetime

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from agents.profile_lines import fact_in_words
from agents.text import visible
from soma_tui.memory_rows import (
    Line,
    MemoryRows,
    Subject,
    is_pinned,
    key_of,
    moved,
    share,
    words_of,
)
from store.claims import Fact
from store.library import Document
from store.personality import TraitState

MUTED = "$foreground 60%"
_MARK, _NAME, _MOVED = 2, 20, 7
_LEAST_BAR, _MOST_BAR = 5, 24
_LEAST_WITH_DAY = 44


class MemoryList(OptionList):
    """A list that says which thing is wanted; a click only moves its cursor there first."""

    class Wanted(Message):
        """The user chose a line."""

    def __init__(self) -> None:
        super().__init__(id="memory-list", compact=True, markup=False)
        self._rows = MemoryRows()

    @property
    def highlighted_key(self) -> str | None:
        """The key of the row under the cursor."""
        option = self.highlighted_option
        return None if option is None else option.id

    def fill(self, rows: MemoryRows, wanted: str | None = None) -> None:
        """Show these rows; the cursor goes to `wanted`, else stays, else to what is now there."""
        self._rows = rows
        kept, place, top = wanted or self.highlighted_key, self.highlighted, self.scroll_y
        options: list[Option] = []
        for line in rows.lines():
            if isinstance(line, Line):
                text = line.text if line.heading else f"  {line.text}"
                options.append(Option(Content.styled(text, MUTED), disabled=True))
            else:
                options.append(Option(self._row(line), id=key_of(line)))
        self.set_options(options)
        keys = [option.id for option in options]
        if kept is not None and kept in keys:
            self.highlighted = keys.index(kept)
        else:
            free = [number for number, key in enumerate(keys) if key is not None]
            near = [number for number in free if number <= (place or 0)]
            self.highlighted = near[-1] if near else next(iter(free), None)
        if wanted is None and place is not None:
            self.scroll_to(y=top, animate=False)
            self.call_after_refresh(self.scroll_to_highlight)

    def action_first(self) -> None:
        """Go to the first row, with the heading above it in view."""
        super().action_first()
        self.scroll_home(animate=False)

    def on_resize(self) -> None:
        """Draw the rows for the new width."""
        self.fill(self._rows)

    def _row(self, subject: Subject) -> Content:
        width = self.scrollable_content_region.width
        mark = "● " if is_pinned(subject) else "  "
        if isinstance(subject, TraitState):
            return Content.assemble(mark, _trait(subject, width - _MARK))
        if isinstance(subject, Fact):
            text, seconds = fact_in_words(subject), subject.updated
        elif isinstance(subject, Document):
            text, seconds = subject.name, subject.taken
        else:
            text, seconds = subject.item.text, subject.item.time or 0.0
        moment = datetime.fromtimestamp(seconds)
        when = (
            f"{moment.day} {moment:%b %Y}".rjust(12) if seconds and width >= _LEAST_WITH_DAY else ""
        )
        fitted = _fitted(" ".join(visible(text).split()), width - _MARK - len(when))
        return Content.assemble(mark, fitted, (when, MUTED))

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
        """Turn the choice of a line into a wish."""
        event.stop()
        self.post_message(self.Wanted())


def _trait(trait: TraitState, width: int) -> Content:
    """Name, bar, value and departure; a width without room for a bar leaves that out."""
    room = min(_MOST_BAR, width - _NAME - 2 - 4 - 1 - _MOVED)
    bar = _bar(trait, room) if room >= _LEAST_BAR else Content("")
    name = _fitted(words_of(trait.name), _NAME)
    return Content.assemble(name, " ", bar, " ", share(trait.value), (f" {moved(trait)}", MUTED))


def _bar(trait: TraitState, width: int) -> Content:
    filled = round(trait.value * width)
    mark = min(width - 1, int(trait.baseline * width))
    return Content("").join(
        Content.styled("┃", "$foreground")
        if place == mark
        else Content.styled("━", "$primary" if place < filled else "$border-blurred")
        for place in range(width)
    )


def _fitted(text: str, width: int) -> str:
    """The text in exactly so many cells, cut off with an ellipsis where it is longer."""
    width = max(0, width)
    content = Content(text).truncate(width, ellipsis=True)
    return f"{content.plain}{' ' * (width - content.cell_length)}"
