"""What stands under the head of a message: a user's words as they were typed, and short notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content
from textual.style import Style

from agents.attachments import Words, fold
from agents.text import visible
from soma_tui.markdown.code import WANT
from soma_tui.markdown.rows import Line, Lines, Part, Row
from soma_tui.markdown.steady import steady
from soma_tui.state import Entry

LONGEST = 200_000
_FOLDED_FROM_LINES = 16
_FOLDED_FROM_CHARACTERS = 2_000
_LINES_LEFT = 12
_CHARACTERS_LEFT = 1_200
_TAB = 4


@dataclass(frozen=True, slots=True)
class Note:
    """A muted row, which can be clicked if it has an action."""

    text: str
    want: str = ""
    style: str = ".message--note"

    @property
    def lines(self) -> Sequence[str]:
        """Nothing can be selected."""
        return ()

    @property
    def line_count(self) -> int:
        """Nothing can be selected."""
        return 0

    def height(self, width: int) -> int:
        """One row."""
        return 1

    def row(self, width: int, y: int) -> Row:
        """The text, cut where it does not fit."""
        content = Content.styled(self.text, self.style).truncate(max(1, width), ellipsis=True)
        return Row(content.stylize(Style.from_meta({WANT: self.want})) if self.want else content)


def clipped(text: str) -> tuple[str, str]:
    """The text made safe to draw, and a note on what was left out of a very long one."""
    left = len(text) - LONGEST
    note = f"… {left:,} more characters are stored and not drawn" if left > 0 else ""
    return visible(text[:LONGEST]), note


def folded(text: str) -> tuple[str, str]:
    """The beginning of a long text, and a line on what is folded away; all of a short one."""
    lines = text.split("\n")
    if len(lines) <= _FOLDED_FROM_LINES and len(text) <= _FOLDED_FROM_CHARACTERS:
        return text, ""
    kept = "\n".join(lines[:_LINES_LEFT])[:_CHARACTERS_LEFT]
    more = len(lines) - kept.count("\n") - 1
    if more:
        return kept, f"… {more:,} more line{'' if more == 1 else 's'}"
    return kept, f"… {len(text) - len(kept):,} more characters"


def typed(entry: Entry, unfolded: bool) -> list[Part]:
    """The parts of a message of the user; a file that goes with it is one row until unfolded."""
    parts: list[Part] = []
    for piece in fold(entry.text):
        if isinstance(piece, Words):
            parts += _words(piece.text, unfolded)
        else:
            parts.append(Note(f"@ {piece.label}", "fold", ".message--word"))
            if unfolded:
                parts.append(_plain(clipped(piece.text)[0]))
    return parts


def _words(text: str, unfolded: bool) -> list[Part]:
    shown, note = folded(text)
    if note and unfolded:
        shown, note = text, "fold"
    shown, clip = clipped(shown)
    parts: list[Part] = [_plain(shown)]
    if note:
        parts.append(Note(note, "fold", ".message--word"))
    if clip:
        parts.append(Note(clip))
    return parts


def _plain(text: str) -> Lines:
    return Lines([Line(Content(steady(line).expandtabs(_TAB))) for line in text.split("\n")])
