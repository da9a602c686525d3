"""The colours of code, line by line."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from pygments.lexers import get_lexer_by_name
from pygments.token import Token
from pygments.util import ClassNotFound
from textual.content import Content, Span

_STYLES: dict[Any, str] = {
    Token.Comment: ".code--comment",
    Token.Comment.Preproc: ".code--keyword",
    Token.Generic.Deleted: ".code--error",
    Token.Generic.Emph: "italic",
    Token.Generic.Error: ".code--error",
    Token.Generic.Heading: "bold",
    Token.Generic.Inserted: ".code--string",
    Token.Generic.Prompt: ".code--comment",
    Token.Generic.Strong: "bold",
    Token.Generic.Subheading: "bold",
    Token.Keyword: ".code--keyword",
    Token.Literal.Number: ".code--number",
    Token.Literal.String: ".code--string",
    Token.Literal.String.Doc: ".code--comment",
    Token.Name.Attribute: ".code--name",
    Token.Name.Builtin: ".code--keyword",
    Token.Name.Class: ".code--name",
    Token.Name.Decorator: ".code--name",
    Token.Name.Function: ".code--name",
    Token.Name.Tag: ".code--keyword",
    Token.Operator.Word: ".code--keyword",
}


@lru_cache(maxsize=32)
def highlight(language: str, code: str) -> tuple[Content, ...] | None:
    """The lines of `code` in colours; None if the language is unknown or its lexer alters text."""
    try:
        lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None
    lines: list[Content] = []
    text, spans = "", list[Span]()
    for kind, token in lexer.get_tokens(code):
        style = _style(kind)
        for number, piece in enumerate(token.split("\n")):
            if number:
                lines.append(Content(text, spans, strip_control_codes=False))
                text, spans = "", []
            if piece and style:
                spans.append(Span(len(text), len(text) + len(piece), style))
            text += piece
    lines.append(Content(text, spans, strip_control_codes=False))
    if "\n".join(line.plain for line in lines) != code:
        return None
    return tuple(lines)


def _style(kind: Any) -> str:
    while kind is not Token:
        if kind in _STYLES:
            return _STYLES[kind]
        kind = kind.parent
    return ""
