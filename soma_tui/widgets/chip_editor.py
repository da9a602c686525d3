"""An editor in which a large paste is one unit that can be unfolded."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from rich.text import Text
from textual import events
from textual.widgets import TextArea
from textual.widgets.text_area import Edit, EditHistory, EditResult, Location, Selection

from soma_tui.composing.chips import Chips, clean, end_of_words, is_large, shown, spans

_WRAPPED_UP_TO = 100_000
_UNDO_STEPS = 200


def edit_history() -> EditHistory:
    """What can be undone in a text that nobody has altered yet: nothing."""
    return EditHistory(
        max_checkpoints=_UNDO_STEPS, checkpoint_timer=2.0, checkpoint_max_characters=100
    )


class PutAside(NamedTuple):
    """What stood in the editor, with its chips, its cursor and all that can be undone."""

    raw: str
    chips: Chips
    selection: Selection
    edits: EditHistory

    @property
    def whole_text(self) -> str:
        """The text with its chips unfolded."""
        return self.chips.whole(self.raw)


class ChipEditor(TextArea):
    """Text with chips. `text` is raw, with chips in it; `whole_text` has them unfolded."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"chip-editor--chip"}

    def __init__(self, *, id: str, placeholder: str) -> None:
        super().__init__(id=id, compact=True, highlight_cursor_line=False, placeholder=placeholder)
        self.cursor_blink = False
        self.chips = Chips()
        self.history = edit_history()

    # --- what stands there

    @property
    def whole_text(self) -> str:
        """The text with its chips unfolded."""
        return self.chips.whole(self.text)

    @property
    def selected_text(self) -> str:
        """The selected text with its chips unfolded."""
        return self.chips.whole(super().selected_text)

    def put(self, text: str) -> None:
        """Replace all by a whole text, folding what is large; undoing does not bring it back.

        The cursor stands at the end, but before the files that were attached after the words.
        """
        chips = Chips(self.chips.remembered)
        raw = chips.fold_again(clean(text))
        self._show(PutAside(raw, chips, Selection(), edit_history()))
        words = raw[: end_of_words(raw)]
        self.move_cursor((words.count("\n"), len(words) - words.rfind("\n") - 1))

    def put_aside(self) -> PutAside:
        """Give all that stands here, to be taken back later."""
        return PutAside(self.text, self.chips, self.selection, self.history)

    def take_back(self, aside: PutAside) -> None:
        """Replace all by what was put aside, as if it had never been away."""
        self._show(aside)
        self.selection = aside.selection

    def _show(self, aside: PutAside) -> None:
        self.chips = aside.chips
        # Loading clears the history that is in place, which another text may still need.
        self.history = edit_history()
        self._make_room(len(aside.raw))
        self.load_text(aside.raw)
        self.history = aside.edits

    def _make_room(self, length: int) -> None:
        """Give up wrapping before a text comes that is too long for it."""
        if length > _WRAPPED_UP_TO:
            self.soft_wrap = False

    def update_suggestion(self) -> None:
        """Wrap lines again once what stands here is short enough; called after every change."""
        self.soft_wrap = len(self.text) <= _WRAPPED_UP_TO

    # --- chips are one unit

    def edit(self, edit: Edit) -> EditResult:
        """Perform an edit; it takes a chip whole or not at all."""
        (top_row, top_column), (bottom_row, bottom_column) = edit.top, edit.bottom
        if edit.top == edit.bottom:
            edit.from_location = edit.to_location = self._outside(edit.top)
        else:
            top = self._chip_around(edit.top)
            bottom = self._chip_around(edit.bottom)
            edit.from_location = (top_row, top[0] if top else top_column)
            edit.to_location = (bottom_row, bottom[1] if bottom else bottom_column)
        self._make_room(len(edit.text) + len(self.text))
        return super().edit(edit)

    def _chip_around(self, location: Location) -> tuple[int, int] | None:
        """The columns of the chip that a location lies within, not at its ends."""
        row, column = location
        if row >= self.document.line_count:
            return None
        found = spans(self.document.get_line(row))
        return next((span for span in found if span[0] < column < span[1]), None)

    def _outside(self, location: Location) -> Location:
        """The location, or an end of the chip that it lies in.

        A key leads to the end at which the cursor is not yet, the mouse to the nearer one.
        """
        chip = self._chip_around(location)
        if chip is None:
            return location
        row, column = location
        start, end = chip
        came_from = None if self._selecting else self.selection.end
        if came_from == (row, start):
            return row, end
        if came_from == (row, end) or column - start < end - column:
            return row, start
        return row, end

    def _validate_selection(self, selection: Selection) -> Selection:
        start, end = super()._validate_selection(selection)
        return Selection(self._outside(start), self._outside(end))

    def get_line(self, line_index: int) -> Text:
        """Draw a line, its chips in a style of their own."""
        raw = self.document.get_line(line_index)
        line = Text(shown(raw), end="", no_wrap=True)
        for start, end in spans(raw):
            line.stylize(self.get_component_rich_style("chip-editor--chip"), start, end)
        return line

    def find_matching_bracket(self, bracket: str, search_from: Location) -> None:
        """Look for no brackets: it is prose, and a long text would hold up every key."""

    def _recompute_cursor_offset(self) -> None:
        # Undoing shortens the text before it moves the cursor.
        location = self.clamp_visitable(self.cursor_location)
        self._cursor_offset = self.wrapped_document.location_to_offset(location)

    # --- unfolding

    def unfold(self, location: Location | None = None) -> bool:
        """Put in the place of a chip what it stands for; gives whether there was one.

        Without a location it is the chip beside the cursor, else the last before it, else the
        next. Undoing folds it again.
        """
        chip = self._chip_at(location) if location else self._nearest_chip()
        if chip is None:
            return False
        row, (start, end) = chip
        text = self.chips.text_of(self.document.get_line(row)[start:end])
        self.edit(Edit(text, (row, start), (row, end), maintain_selection_offset=False))
        return True

    def _chip_at(self, location: Location) -> tuple[int, tuple[int, int]] | None:
        row, column = location
        found = spans(self.document.get_line(row))
        return next(((row, span) for span in found if span[0] <= column < span[1]), None)

    def _nearest_chip(self) -> tuple[int, tuple[int, int]] | None:
        cursor = self.cursor_location
        every = [
            (row, span) for row, line in enumerate(self.document.lines) for span in spans(line)
        ]
        before = [chip for chip in every if (chip[0], chip[1][0]) < cursor]
        after = every[len(before) :]
        beside = after and (after[0][0], after[0][1][0]) == cursor
        touched = before and (before[-1][0], before[-1][1][1]) == cursor
        if before and (touched or not beside):
            return before[-1]
        return after[0] if after else None

    async def on_click(self, event: events.Click) -> None:
        """Unfold the chip that was clicked."""
        if event.button == 1 and self.selection.is_empty:
            self.unfold(self.get_target_document_location(event))

    # --- the clipboard

    async def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        self._paste(event.text)
        self.focus()

    def action_paste(self) -> None:
        """Paste what was copied or cut here."""
        self._paste(self.app.clipboard)

    def _paste(self, text: str) -> None:
        text = clean(text)
        self._replace_via_keyboard(
            self.chips.fold(text) if is_large(text) else text, *self.selection
        )

    def action_cut(self) -> None:
        """Take away the selected text, or the line of the cursor, and put it on the clipboard."""
        if self.selection.is_empty:
            result = self._delete_cursor_line()
        else:
            result = self._delete_via_keyboard(*self.selection)
        if result is not None:
            self.app.copy_to_clipboard(self.chips.whole(result.replaced_text))
