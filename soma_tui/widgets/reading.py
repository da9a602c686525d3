"""A scrolling text that follows its end, or stays where its reader is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from textual.containers import VerticalScroll
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

if TYPE_CHECKING:
    from textual.layout import DockArrangeResult, WidgetPlacement

_OVERLAP = 2
_MARGIN = 1

Mark = tuple[int, int, float]
"""A place in a text, whatever its width."""
RowsAt = Callable[[int], tuple[int, int]]
"""The first row, and the first row after it, of something at a width in columns."""


@runtime_checkable
class Reflowing(Protocol):
    """A widget that knows where a row of it goes when its width changes."""

    def mark_of(self, row: int) -> Mark:
        """The place that a row shows."""

    def row_of(self, mark: Mark, width: int) -> int:
        """The row that shows a place at a width in columns."""


class Reading(VerticalScroll):
    """Follows new text while its end is in view; otherwise it stays where the reader is.

    What is mounted, taken down or grows above the reader moves nothing: the first row in view is
    held in place while the layout is made.
    """

    behind: reactive[bool] = reactive(False, init=False)

    class Behind(Message):
        """Whether there is new text below what is in view."""

        def __init__(self, behind: bool) -> None:
            super().__init__()
            self.behind = behind

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self._reading = False
        self._held: tuple[Widget, int] | None = None
        self._held_mark: Mark | None = None
        self._held_width = 0
        self._held_at = 0.0
        self._placements: list[WidgetPlacement] = []

    @property
    def following(self) -> bool:
        """Whether the end is in view, and stays so when text is added."""
        return not self._reading

    # --- for the class that knows the text

    def may_follow(self) -> bool:
        """Whether what can be scrolled to ends with the end of the text."""
        return True

    def moved(self) -> None:
        """Another part of the text is in view."""

    def aim(self) -> tuple[Widget, RowsAt] | None:
        """Rows of a child that the next layout is to bring into view; None if there are none."""
        return None

    def aimed(self) -> None:
        """What was aimed at is in view."""

    # --- scrolling

    def to_end(self) -> None:
        """Go to the newest text and follow it."""
        self._reading = False
        self.behind = False
        self.scroll_end(animate=False, immediate=True)

    def page(self, pages: int) -> None:
        """Scroll by whole pages, up when negative."""
        step = pages * max(1, self.container_size.height - _OVERLAP)
        if self.scroll_y + step >= self.max_scroll_y - _OVERLAP and self.may_follow():
            self.to_end()
        else:
            self.scroll_relative(y=step, animate=False, immediate=True)

    def action_page_up(self) -> None:
        """Scroll one page up."""
        self.page(-1)

    def action_page_down(self) -> None:
        """Scroll one page down."""
        self.page(1)

    def release_anchor(self) -> None:
        """The reader scrolls; following goes on once that has led to the end."""
        super().release_anchor()
        self._reading = True
        self._hold()
        self.call_next(self._follow_at_end)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Keep in mind what is in view."""
        super().watch_scroll_y(old_value, new_value)
        if self._reading:
            self._hold()
            self._follow_at_end()
            self.moved()

    def watch_behind(self, behind: bool) -> None:
        """Tell the screen."""
        self.post_message(self.Behind(behind))

    def in_view(self) -> list[tuple[Widget, int]]:
        """The children in view, and the row, counted from the view's first, where each begins."""
        top = round(self.scroll_y)
        bottom = top + self.scrollable_content_region.height
        return [
            (placement.widget, placement.region.y - top)
            for placement in self._placements
            if placement.region.bottom > top and placement.region.y < bottom
        ]

    # --- the layout

    def arrange(self, size: Size, optimal: bool = False) -> DockArrangeResult:
        """Lay out with the end in view, or with the reader's first row where it was."""
        result = super().arrange(size, optimal)
        self._placements = result.placements
        if not self._reading:
            self._place_view(max(0, result.total_region.bottom - size.height))
        # Elsewhere, the reader is on the way, and what is held is where they come from.
        elif self.scroll_y == self._held_at and (row := self._held_row()) is not None:
            self._place_view(max(0, row))
        if (aim := self.aim()) is not None and (placement := self._placement(aim[0])) is not None:
            width = placement.region.width - aim[0].gutter.width
            begin, end = (placement.region.y + row for row in aim[1](width))
            self._reveal(begin, end, size.height, result.total_region.bottom)
            self.aimed()
        return result

    def _reveal(self, begin: int, end: int, height: int, bottom: int) -> None:
        top = round(self.scroll_y)
        if end + _MARGIN >= bottom and end - begin < height:
            top = max(0, bottom - height)
        elif begin < top or end - begin > height:
            top = begin
        elif end > top + height:
            top = end - height
        self._reading = True
        self._place_view(top)
        self._hold()
        self.call_next(self._follow_at_end)
        self.call_next(self.moved)

    def _placement(self, widget: Widget) -> WidgetPlacement | None:
        return next((place for place in self._placements if place.widget is widget), None)

    def _place_view(self, y: int) -> None:
        """Scroll without a further layout; for use while the layout is made."""
        self._held_at = y
        self.set_reactive(Widget.scroll_y, y)
        self.set_reactive(Widget.scroll_target_y, y)
        bar = self.vertical_scrollbar
        bar.set_reactive(type(bar).position, y)

    def _hold(self) -> None:
        """Remember what the first row in view shows."""
        self._held, self._held_at = None, self.scroll_y
        top = round(self.scroll_y)
        for placement in self._placements:
            if placement.region.bottom > top:
                widget, row = placement.widget, top - placement.region.y
                self._held = (widget, row)
                self._held_width = placement.region.width
                self._held_mark = None
                if isinstance(widget, Reflowing) and row > 0:
                    self._held_mark = widget.mark_of(row)
                return

    def _held_row(self) -> int | None:
        """The row that must be the first in view; None if nothing is held."""
        if self._held is None or (placement := self._placement(self._held[0])) is None:
            return None
        widget, row = self._held
        if placement.region.width != self._held_width and self._held_mark is not None:
            assert isinstance(widget, Reflowing)
            row = widget.row_of(self._held_mark, placement.region.width - widget.gutter.width)
        return placement.region.y + row

    def _follow_at_end(self) -> None:
        if self._reading and self.scroll_target_y >= self.max_scroll_y and self.may_follow():
            self.to_end()
