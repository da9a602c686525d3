"""Text from models and files, made safe to show in a terminal."""

from __future__ import annotations

import re

_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 without tab and line feed, DEL, C1
    "\u2028\u2029"  # line and paragraph separators
    "\u202a-\u202e\u2066-\u2069"  # embeddings, overrides and isolates of the writing direction
    "\ud800-\udfff]"  # lone surrogates, which no terminal encoding can carry
)


def visible(text: str) -> str:
    """The text with every control character replaced by a mark that can be read.

    C0 controls and DEL become the Unicode control pictures (ESC is ␛); C1 controls, line
    separators, marks that turn the writing direction and lone surrogates become ⟨U+009B⟩ and
    the like. Line feeds and tabs stay. Each character is judged alone, so the pieces of a
    stream give the same as the whole, and a second call alters nothing.
    """
    return _UNSAFE.sub(_mark, text)


def _mark(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    return f"⟨U+{code:04X}⟩"
