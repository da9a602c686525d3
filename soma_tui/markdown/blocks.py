"""From a Markdown source to blocks that can be laid out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from textual.content import Content

from soma_tui.markdown.code import Code
from soma_tui.markdown.inline import inline
from soma_tui.markdown.rows import NOTHING, Line, Lines, Part, Rule
from soma_tui.markdown.table import Cells, Table

_BULLETS = "•▪‣"
_BAR = Content.styled("▎ ", ".message--quote")
_TITLES = ("h1", "h2")
_LISTS = ("bullet_list", "ordered_list")


@dataclass(slots=True)
class Block:
    """One block of the outermost level; an item of an outermost list is a block of its own.

    `begin` and `end` are its lines in the source, `item` the number of a list's item, and `table`
    what was read of a table. `tight` leaves no gap above it.
    """

    kind: str
    begin: int
    end: int
    parts: list[Part]
    item: int | None = None
    tight: bool = False
    table: Records | None = None


@dataclass(slots=True)
class Records:
    """A table, its records that were read, and the source line of each."""

    table: Table
    records: list[Cells] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Fence:
    """A code block between marks that is the last thing of its source; `end` is its last line.

    `nested` says that it stands within a list, and `quoted` within a quotation.
    """

    code: Code
    marker: str
    begin: int
    end: int
    nested: bool
    quoted: bool


@dataclass(frozen=True, slots=True)
class _Place:
    """What stands left of a block: of its first row, and of the others; and what it lies in."""

    first: Content = NOTHING
    rest: Content = NOTHING
    bullets: int = 0
    nested: bool = False
    quoted: bool = False


@cache
def parser() -> MarkdownIt:
    """The parser: HTML is text, and no bare address becomes a link."""
    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


class Reader:
    """Reads the blocks of a source, of which the first may go on with a list.

    `follows` is the number of the list's last item before the source, None if there is none.
    `fence` is the code block that stands at the very end of the source that was read last.
    """

    def __init__(self) -> None:
        self.fence: Fence | None = None

    def read(self, source: str, follows: int | None = None) -> list[Block]:
        """The blocks of a source."""
        self.fence = None
        tree = SyntaxTreeNode(parser().parse(source))
        return [block for node in tree.children for block in self._outermost(node, follows)]

    def _outermost(self, node: SyntaxTreeNode, follows: int | None) -> Iterator[Block]:
        begin, end = node.map or (0, 0)
        if node.type in _LISTS:
            goes_on = follows is not None and begin == 0
            for index, (child, number) in enumerate(_numbered(node, follows if goes_on else None)):
                parts = self._item(node, child, number, _Place())
                at, until = child.map or (begin, end)
                yield Block("item", at, until, parts, number, tight=goes_on or index > 0)
        elif node.type == "table":
            records = self._table(node, _Place())
            records.table.put(0, records.records)
            yield Block("table", begin, end, [records.table], table=records)
        else:
            yield Block(node.type, begin, end, self._parts(node, _Place()))

    def _parts(self, node: SyntaxTreeNode, place: _Place) -> list[Part]:
        if node.type in _LISTS:
            parts: list[Part] = []
            for child, number in _numbered(node, None):
                parts += self._item(node, child, number, place)
                place = replace(place, first=place.rest)
            return parts
        if node.type == "blockquote":
            inner = replace(place, first=place.first + _BAR, rest=place.rest + _BAR, quoted=True)
            return self._children(node, inner, gaps=True)
        if node.type in ("fence", "code_block"):
            return [self._code(node, place)]
        self.fence = None
        if node.type == "table":
            records = self._table(node, place)
            records.table.put(0, records.records)
            return [records.table]
        if node.type == "hr":
            return [Rule(place.first)]
        style = ""
        if node.type == "heading":
            style = ".message--title" if node.tag in _TITLES else ".message--heading"
        return [_lines(_text(node), style, place)]

    def _item(
        self, parent: SyntaxTreeNode, node: SyntaxTreeNode, number: int, place: _Place
    ) -> list[Part]:
        if parent.type == "bullet_list":
            mark = f"{_BULLETS[place.bullets % len(_BULLETS)]} "
            place = replace(place, bullets=place.bullets + 1)
        else:
            mark = f"{number:>2}{node.markup or '.'} "
        first = Content.assemble(place.first, (mark, ".message--mark"))
        inner = replace(place, first=first, rest=place.rest + " " * len(mark), nested=True)
        if not node.children:
            self.fence = None
            return [Lines([Line(NOTHING, inner.first, inner.rest)])]
        return self._children(node, inner, gaps=False)

    def _children(self, node: SyntaxTreeNode, place: _Place, *, gaps: bool) -> list[Part]:
        parts: list[Part] = []
        above = ""
        for child in node.children:
            if above and _gap_between(above, child.type, gaps):
                parts.append(Lines([Line(NOTHING, place.rest, place.rest)]))
            parts += self._parts(child, place)
            place = replace(place, first=place.rest)
            above = child.type
        return parts

    def _code(self, node: SyntaxTreeNode, place: _Place) -> Code:
        code = Code(node.info, first=place.first, rest=place.rest)
        lines = node.content.split("\n")
        code.extend(lines if lines[-1] else lines[:-1])
        code.close()
        begin, end = node.map or (0, 0)
        self.fence = None
        if node.type == "fence":
            self.fence = Fence(code, node.markup, begin, end, place.nested, place.quoted)
        return code

    def _table(self, node: SyntaxTreeNode, place: _Place) -> Records:
        self.fence = None
        head, *body = (row for section in node.children for row in section.children)
        aligned = [str(cell.attrs.get("style", "")).rpartition(":")[2] for cell in head.children]
        cells = [_text(cell) for cell in head.children]
        records = Records(Table(cells, aligned, first=place.first, rest=place.rest))
        for row in body:
            records.records.append([_text(cell) for cell in row.children])
            records.lines.append((row.map or (0, 0))[0])
        return records


def gap() -> Part:
    """The empty line between two blocks."""
    return Lines([Line(NOTHING)])


def _numbered(node: SyntaxTreeNode, follows: int | None) -> Iterator[tuple[SyntaxTreeNode, int]]:
    start = int(node.attrs.get("start", 1)) if follows is None else follows + 1
    return ((child, number) for number, child in enumerate(node.children, start))


def _text(node: SyntaxTreeNode) -> Content:
    """The text of a node that holds inline text."""
    return inline(node.children[0].token) if node.children and node.children[0].token else NOTHING


def _lines(text: Content, style: str, place: _Place) -> Lines:
    if style:
        text = text.stylize_before(style)
    pieces: Sequence[Content] = text.split("\n", allow_blank=True)
    return Lines(
        [
            Line(piece, place.rest if number else place.first, place.rest)
            for number, piece in enumerate(pieces)
        ]
    )


def _gap_between(above: str, below: str, gaps: bool) -> bool:
    if below in _LISTS:
        return gaps and above != "paragraph"
    return gaps or below not in ("fence", "code_block")
