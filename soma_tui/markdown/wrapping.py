"""Where a line of text is broken so that it fits a number of columns."""

from __future__ import annotations

import re

from rich.cells import cell_len, split_graphemes

_WIDE = "\u2e80-\u9fff\ua000-\ua4cf\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef"
_CLOSING = (
    "\u3001\u3002\uff0c\uff0e\uff01\uff1f\uff1a\uff1b\uff09\u300d\u300f\u3011\u3009\u300b\u2026"
)
_CHUNK = re.compile(rf"[{_WIDE}][{_CLOSING}]*\s*|[^\s{_WIDE}]+\s*|\s+")
_WORTH_FILLING = 8


def breaks(text: str, width: int) -> list[int]:
    """Where the rows of a line begin that is broken between words, and within none that fits.

    East Asian text is broken between any two characters, but not before closing punctuation. What
    is wider than a row, or than what its indentation leaves, begins on the row that is being
    filled. Blanks at the end of a row may reach past `width`; they are not to be drawn.
    """
    starts = [0]
    if _fits(text, width):
        return starts
    column = 0
    for match in _CHUNK.finditer(text):
        chunk = match[0]
        size = cell_len(chunk.rstrip())
        if column + size <= width:
            column += cell_len(chunk)
        elif size <= width and not text[starts[-1] : match.start()].isspace():
            starts.append(match.start())
            column = cell_len(chunk)
        else:
            if column and width - column < min(_WORTH_FILLING, (width + 1) // 2):
                starts.append(match.start())
                column = 0
            cuts, column = _cuts(chunk, column, width)
            starts += [match.start() + cut for cut in cuts]
    return starts


def folds(text: str, width: int) -> list[int]:
    """Where the rows of a line begin that is broken wherever a row is full."""
    if _fits(text, width):
        return [0]
    return [0, *_cuts(text, 0, width)[0]]


def _fits(text: str, width: int) -> bool:
    return (len(text) <= width and text.isascii()) or cell_len(text) <= width


def _cuts(text: str, column: int, width: int) -> tuple[list[int], int]:
    """Where a text that begins at `column` is cut, never within a character, and where it ends."""
    if text.isascii():
        cuts = list(range(width - column, len(text), width))
        return cuts, (len(text) - cuts[-1]) if cuts else column + len(text)
    cuts = []
    for start, _, cells in split_graphemes(text)[0]:
        if column + cells > width and column:
            cuts.append(start)
            column = 0
        column += cells
    return cuts, column
