"""A Markdown text that grows, laid out as it comes, at a cost that does not grow with it."""

from __future__ import annotations

import re

from soma_tui.markdown.blocks import Block, Reader, gap
from soma_tui.markdown.code import Code, Growing
from soma_tui.markdown.rows import Page, Part
from soma_tui.markdown.table import Table

_UNDECIDED = re.compile(r"(?:^|\n)[ \t]*(?:`{1,2}|~{1,2}|[-=]+|[*+>]|#{1,6}|\|)[ \t]*\Z")
_DEFINITION = re.compile(r"^ {0,3}\[[^\]\n]+\]:", re.MULTILINE)
_FINAL = ("fence", "heading", "hr")
_TABLE_HEAD = 2


class Document:
    """The parts of a Markdown text.

    Only the last block is read again when text is added, of a list only its last item and of a
    table only its last record; the lines of a code block that is open are not parsed at all. What
    the next characters may turn into something else, such as the first hyphens of a line, is
    held back until they come. All of the text is read again at its end only if it defines link
    targets.
    """

    def __init__(self, text: str = "", *, whole: bool = True) -> None:
        self.page = Page()
        self._pieces: list[str] = []
        self._length = 0
        self._tail = ""
        self._begin = 0
        self._item: int | None = None
        self._table: Table | None = None
        self._records = 0
        self._growing: Growing | None = None
        self._since: list[str] = []
        self._reader = Reader()
        self.append(text)
        if whole:
            self.close()

    def __len__(self) -> int:
        return self._length

    @property
    def source(self) -> str:
        """The whole text."""
        if len(self._pieces) > 1:
            self._pieces = ["".join(self._pieces)]
        return "".join(self._pieces)

    @property
    def codes(self) -> list[Code]:
        """The code blocks in their order."""
        return [part for part in self.page.parts if isinstance(part, Code)]

    def append(self, text: str) -> None:
        """Take the next piece of the text."""
        if not text:
            return
        self._pieces.append(text)
        self._length += len(text)
        if self._growing is not None:
            self._follow(self._growing, text)
        else:
            self._tail += text
            self._read()

    def close(self) -> None:
        """No more will come: draw what was held back."""
        if self._growing is not None and self._growing.partial:
            self._follow(self._growing, "\n")
        if self._growing is not None:
            self._growing.code.close()
            self._growing = None
            self._tail = ""
        if _DEFINITION.search(self.source):
            self._tail = self.source
            self._forget(0)
        if self._tail:
            self._read(closing=True)
            self._tail = ""

    def _follow(self, growing: Growing, text: str) -> None:
        self._since.append(text)
        after = growing.feed(text)
        self.page.changed(len(self.page.parts) - 1)
        if after is None:
            return
        if growing.nested:
            self._tail += "".join(self._since)
        else:
            self._tail = after
            self._forget(len(self.page.parts))
        self._growing = None
        if self._tail:
            self._read()

    def _forget(self, begin: int) -> None:
        """What stands in the tail begins with part `begin`, and goes on with no list or table."""
        self._begin = begin
        self._item = None
        self._table, self._records = None, 0

    def _read(self, *, closing: bool = False) -> None:
        held = None if closing else _UNDECIDED.search(self._tail)
        source = self._tail[: held.start()] if held else self._tail
        blocks = self._reader.read(source, self._item)
        if self._table is not None and blocks and blocks[0].table is not None:
            self._table.put(self._records, blocks[0].table.records)
            blocks[0].table.table = self._table
            blocks[0].parts = [self._table]
        parts: list[Part] = []
        begins: list[int] = []
        for block in blocks:
            begins.append(self._begin + len(parts))
            if not block.tight and begins[-1]:
                parts.append(gap())
            parts += block.parts
        begins.append(self._begin + len(parts))
        self.page.replace(self._begin, parts)
        if blocks and not closing and not self._opens_code(source):
            number = len(blocks) - 1
            if number and blocks[number].begin >= source.count("\n"):
                number -= 1
            self._settle(blocks[number], begins[number : number + 2], source)

    def _opens_code(self, source: str) -> bool:
        """Whether the source ends in a code block that can be followed line by line."""
        fence = self._reader.fence
        if fence is None or fence.quoted or fence.begin >= source.count("\n"):
            return False
        lines = self._tail.split("\n")
        indent = lines[fence.begin].find(fence.marker)
        if "\t" in lines[fence.begin][:indent]:
            return False
        code = fence.code.emptied()
        growing = Growing(code, fence.marker, indent, nested=fence.nested)
        if growing.feed("\n".join(lines[fence.begin + 1 :])) is not None:
            return False
        self.page.replace(len(self.page.parts) - 1, [code])
        self._growing = growing
        self._since = []
        return True

    def _settle(self, last: Block, begins: list[int], source: str) -> None:
        """Leave in the tail this block, if further text may alter it, and what follows it."""
        lines = self._tail.split("\n")
        self._item = last.item - 1 if last.item is not None and last.tight else None
        if last.kind in _FINAL and last.end <= source.count("\n"):
            self._begin = begins[1]
            self._tail = "\n".join(lines[last.end :])
        else:
            self._begin = begins[0]
            head, kept = self._keep(last)
            self._tail = "\n".join(lines[last.begin : last.begin + head] + lines[kept:])

    def _keep(self, last: Block) -> tuple[int, int]:
        """How many of the last block's first lines must be read again, and from which line on."""
        if last.table is None or last.table.table is not self._table:
            self._table, self._records = None, 0
        if last.table is None or len(last.table.records) < 2:
            return 0, last.begin
        self._table = last.table.table
        self._records += len(last.table.records) - 1
        return _TABLE_HEAD, last.table.lines[-1]
