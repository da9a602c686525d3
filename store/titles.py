"""Titles of conversations: one line, no control characters, short."""

from __future__ import annotations

import unicodedata

from store.message import whole_text

_LONGEST = 200
_FROM_MESSAGE = 40


def clean_title(title: str) -> str:
    """Give a title as one line without control characters, at most 200 characters long."""
    visible = (" " if unicodedata.category(c) == "Cc" else c for c in whole_text(title))
    return " ".join("".join(visible).split())[:_LONGEST].rstrip()


def title_from(text: str) -> str:
    """Make a title of a message: its first line, cut at a word where it is long."""
    first = next((line for line in map(clean_title, text.splitlines()) if line), "")
    if len(first) <= _FROM_MESSAGE:
        return first
    cut = first[:_FROM_MESSAGE]
    if first[_FROM_MESSAGE] != " " and " " in cut:
        cut = cut[: cut.rindex(" ")]
    return cut.rstrip(" ,;:.-") + "…"
