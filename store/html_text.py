"""The text of a page of HTML, cut at its headings; scripts, styles and menus are left out."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from typing import Any

from store.passages import Headings, Section

_DROPPED = [
    "script", "style", "noscript", "template", "head", "nav", "svg", "iframe", "object", "form",
    "button", "select", "textarea", "canvas", "audio", "video",
]  # fmt: skip
_BLOCKS = frozenset(
    """p div section article main header footer aside blockquote pre ul ol li dl dt dd table tr
    figure figcaption address hr details summary body html""".split()
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLANKS = re.compile(r"[ \t\r\f\v\u00a0]+")
_LINES = re.compile(r" ?\n[ \n]*\n ?")


def html_sections(text: str) -> Iterator[Section]:
    """Give the parts of a page between its headings, named by the path of headings."""
    from bs4 import BeautifulSoup

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        soup = BeautifulSoup(text, "html.parser")
    path = Headings(soup.title.get_text(" ", strip=True) if soup.title else "")
    for name in _DROPPED:
        for tag in soup.find_all(name):
            tag.decompose()
    parts: list[str] = []
    for level, piece in _walk(soup):
        if level == 0:
            parts.append(piece)
            continue
        yield from path.section(_plain(parts))
        parts = []
        path.enter(level, " ".join(piece.split()))
    yield from path.section(_plain(parts))


def _walk(soup: Any) -> Iterator[tuple[int, str]]:
    """Pieces of text in order with level 0, and headings with theirs; without recursion."""
    from bs4.element import Comment, Doctype, NavigableString, Tag

    stack: list[Any] = [soup]
    while stack:
        node = stack.pop()
        if isinstance(node, str) and not isinstance(node, NavigableString):
            yield 0, node
        elif isinstance(node, NavigableString):
            if not isinstance(node, (Comment, Doctype)):
                inside = node.parent is not None and node.parent.name == "pre"
                yield 0, str(node) if inside else str(node).replace("\n", " ")
        elif isinstance(node, Tag) and node.name in _HEADINGS:
            yield _HEADINGS[node.name], node.get_text()
        elif isinstance(node, Tag) and node.name == "br":
            yield 0, "\n"
        elif isinstance(node, Tag):
            block = "\n\n" if node.name in _BLOCKS else " " if node.name in ("td", "th") else ""
            stack += [block, *reversed(node.contents), block]


def _plain(parts: list[str]) -> str:
    return _LINES.sub("\n\n", _BLANKS.sub(" ", "".join(parts)))
