"""The line over a message: its author, what is known of it, what can be done with it, its time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from textual.content import Content
from textual.style import Style

from agents.text import visible
from soma_tui.actions import BY_ID
from soma_tui.markdown.code import WANT
from soma_tui.markdown.rows import Row
from soma_tui.state import Entry

_WORD = ".message--word"
_MUTED = ".message--note"
_BETWEEN = Content.styled(" · ", _MUTED)
_GAP = 2


def when(created: float, today: date) -> str:
    """The time of a message, with its day unless that is today."""
    moment = datetime.fromtimestamp(created)
    clock = f"{moment:%H:%M}"
    return clock if moment.date() == today else f"{moment.day} {moment:%b} {clock}"


def branch(entry: Entry) -> str:
    """Which of how many branches this message is, as 2/3; empty where there is but one."""
    if len(entry.siblings) < 2 or entry.message not in entry.siblings:
        return ""
    return f"{entry.siblings.index(entry.message) + 1}/{len(entry.siblings)}"


def rating(entry: Entry) -> str:
    """The mark of a rating, and whether a better answer was written; empty if not rated."""
    mark = "▲" if entry.rating > 0 else "▼" if entry.rating < 0 else ""
    return f"{mark} corrected".lstrip() if entry.better else mark


def workers(entry: Entry) -> str:
    """Who was named for a message, or worked on an answer; empty where nobody was named."""
    return " + ".join(map(visible, entry.specialists))


class Head:
    """The first row of a message.

    While the message is highlighted, the words of what can be done stand there to be clicked.
    """

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self.highlighted = False

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
        """Author, marks and words on the left, as many as there is room for, and the time right."""
        entry = self.entry
        mine = entry.role == "user"
        author = ("You", ".message--you") if mine else ("SOMA", ".message--soma")
        left = Content.assemble(author, *((f" {mark}", _MUTED) for mark in self._marks()))
        if not self.highlighted and (known := list(self._known())):
            left = Content.assemble(left, " ", _BETWEEN.join(known))
        moment = Content.styled(when(entry.created, date.today()), _MUTED)
        if self.highlighted:
            left, moment = self._with_words(left, moment, width)
        gap = width - left.cell_length - moment.cell_length
        return Row(Content.assemble(left, " " * max(1, gap), moment))

    def _marks(self) -> Iterator[str]:
        if mark := rating(self.entry):
            yield mark
        if self.entry.role == "user" and (who := workers(self.entry)):
            yield f"→ {who}"
        if not self.highlighted and (place := branch(self.entry)):
            yield f"‹{place}›"

    def _known(self) -> Iterator[Content]:
        """What is known of an answer, to be clicked where there is more of it to be seen."""
        if self.entry.role == "user":
            return
        if self.entry.recalled:
            yield Content.styled(f"recalled {self.entry.recalled}", _MUTED)
        if who := workers(self.entry):
            yield Content.styled(who, _MUTED)
        if self.entry.version:
            yield Content.styled(visible(self.entry.version), _MUTED)
        if self.entry.run is not None:
            yield from _group(("open_run", "▸"))

    def _with_words(self, left: Content, moment: Content, width: int) -> tuple[Content, Content]:
        groups = list(self._words())
        while groups:
            words = Content.assemble(left, "  ", _BETWEEN.join(groups))
            if words.cell_length + _GAP + moment.cell_length <= width:
                return words, moment
            if words.cell_length <= width:
                return words, Content("")
            groups.pop()
        return left, moment

    def _words(self) -> Iterator[Content]:
        entry = self.entry
        mine = entry.role == "user"
        yield from _group(("copy_block", "copy"))
        if entry.running:
            return
        yield from _group(("edit", "edit") if mine else ("regenerate", "regenerate"))
        if place := branch(entry):
            yield from _group(("branch_previous", "‹"), ("", place), ("branch_next", "›"))
        if not mine:
            yield from _group(("rate_up", "+"), ("rate_down", "−"))
        if entry.recalled:
            yield from _group(("recalled", f"recalled {entry.recalled}"))
        if not mine and entry.run is not None:
            yield from _group(("open_run", f"{workers(entry)} ▸"))
        elif not mine and (who := workers(entry)):
            yield Content.styled(who, _MUTED)


def _group(*words: tuple[str, str]) -> Iterator[Content]:
    """Words side by side, if what they stand for is among the actions."""
    if any(id and id not in BY_ID for id, _ in words):
        return
    yield Content(" ").join(
        Content.styled(word, _WORD).stylize(Style.from_meta({WANT: id}))
        if id
        else Content.styled(word, _MUTED)
        for id, word in words
    )
