"""What stands within a paragraph: emphasis, code, links."""

from __future__ import annotations

import re

from markdown_it.token import Token
from textual.content import Content, Span
from textual.style import Style

from soma_tui.markdown.steady import steady

_BLANKS = re.compile(r"[ \t]+")
_STYLES = {"em": "italic", "strong": "bold", "s": "strike"}


def inline(token: Token) -> Content:
    """The text of an inline token with its styles; line ends of the source stay line ends."""
    text: list[str] = []
    spans: list[Span] = []
    open_at: list[tuple[str | Style, int]] = []
    length = 0

    def add(piece: str) -> None:
        nonlocal length
        text.append(piece)
        length += len(piece)

    for child in token.children or ():
        kind, _, end = child.type.rpartition("_")
        if child.type == "text":
            add(_BLANKS.sub(" ", steady(child.content)))
        elif child.type in ("softbreak", "hardbreak"):
            add("\n")
        elif child.type == "code_inline":
            begin = length
            add(steady(child.content).replace("\t", " "))
            spans.append(Span(begin, length, ".message--inline-code"))
        elif child.type == "image":
            begin = length
            add(f"[image: {steady(child.content)}]" if child.content else "[image]")
            spans += _link(begin, length, str(child.attrs.get("src", "")))
        elif child.type == "link_open":
            open_at.append((str(child.attrs.get("href", "")), length))
        elif child.type == "link_close":
            target, begin = open_at.pop()
            spans += _link(begin, length, str(target))
        elif end == "open":
            open_at.append((_STYLES.get(kind, ""), length))
        elif end == "close":
            style, begin = open_at.pop()
            spans.append(Span(begin, length, style))
        else:
            add(child.content)
    return Content("".join(text), spans)


def _link(begin: int, end: int, target: str) -> list[Span]:
    click = Style.from_meta({"@click": f"link({target!r})"})
    return [Span(begin, end, ".message--link"), Span(begin, end, click)]
