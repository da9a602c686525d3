"""Texts cut into passages of a few sentences, each with its page and heading."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

LENGTH = 900  # characters that a passage has at most, where a sentence is not longer
LEAST = 200  # characters below which a passage takes in the paragraph that follows

_HEADING = re.compile(r"^(#{1,6})[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$")
_UNDERLINE = re.compile(r"^(=+|-+)[ \t]*$")
_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})")
_SENTENCE_END = re.compile(
    r"(?<=[.!?\u3002\uff01\uff1f…])"
    r"[\"'”’)\]]*(?:\s+|(?<=[\u3002\uff01\uff1f]))"
)
_SOFT_HYPHEN = re.compile(r"(?<=[^\W\d_])[-\u00ad]\n(?=[a-z\u00df-\u00ff])")


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a document: its text, its page where it has pages, the headings above it."""

    text: str
    page: int | None = None
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Cut:
    """A passage as it is cut out of a section."""

    text: str
    page: int | None
    heading: str


class Headings:
    """The headings that a place in a document stands under, the outermost first."""

    def __init__(self, title: str = "") -> None:
        self._path = [(0, title)] if title else []

    def enter(self, level: int, title: str) -> None:
        """Come to a heading, which ends those of its level and of lower ones."""
        self._path = [(above, name) for above, name in self._path if above < level]
        self._path.append((level, title))

    def section(self, text: str) -> Iterator[Section]:
        """Give the text that stands here as a section, unless it is blank."""
        if text.strip():
            heading = " › ".join(name for _, name in self._path if name)
            yield Section(text.strip(), heading=heading)


def markdown_sections(text: str) -> Iterator[Section]:
    """Give the parts of a Markdown text between its headings, named by the path of headings."""
    path = Headings()
    lines: list[str] = []
    fence = ""
    for line in text.splitlines():
        opened = _FENCE.match(line)
        if opened and (not fence or opened[1].startswith(fence)):
            fence = "" if fence else opened[1][:3]
        found = None if fence else _HEADING.match(line)
        if not fence and found is None and _UNDERLINE.match(line) and lines and lines[-1].strip():
            title = lines.pop().strip()
            level = 1 if line.startswith("=") else 2
        elif found is not None:
            level, title = len(found[1]), found[2].strip()
        else:
            lines.append(line)
            continue
        yield from path.section("\n".join(lines))
        lines = []
        path.enter(level, title)
    yield from path.section("\n".join(lines))


def cut(sections: Iterable[Section]) -> Iterator[Cut]:
    """Give the passages of sections in order; one that was given before is left out."""
    seen: set[str] = set()
    for section in sections:
        for text in _pieces(section.text):
            plain = " ".join(text.casefold().split())
            if plain not in seen and any(map(str.isalnum, plain)):
                seen.add(plain)
                yield Cut(text, section.page, section.heading)


def _pieces(text: str) -> Iterator[str]:
    """Paragraphs, joined where they are short and split at sentences where they are long."""
    text = _SOFT_HYPHEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    kept = ""
    for paragraph in re.split(r"\n[ \t]*\n", text):
        paragraph = paragraph.strip("\n").rstrip()
        if not paragraph.strip():
            continue
        if kept and len(kept) + len(paragraph) + 2 > LENGTH:
            yield kept
            kept = ""
        kept = f"{kept}\n\n{paragraph}" if kept else paragraph
        if len(kept) > LENGTH:
            *whole, kept = _split(kept)
            yield from whole
        if len(kept) >= LEAST:
            yield kept
            kept = ""
    if kept:
        yield kept


def _split(paragraph: str) -> list[str]:
    """A long paragraph in parts that end with sentences, else with words, else anywhere."""
    parts: list[str] = []
    kept = ""
    for sentence in _sentences(paragraph):
        if kept and len(kept) + len(sentence) > LENGTH:
            parts.append(kept.strip())
            kept = ""
        kept += sentence
    return [*parts, kept.strip()] if kept.strip() else parts


def _sentences(paragraph: str) -> Iterator[str]:
    at = 0
    for found in _SENTENCE_END.finditer(paragraph):
        yield from _short(paragraph[at : found.end()])
        at = found.end()
    yield from _short(paragraph[at:])


def _short(sentence: str) -> Iterator[str]:
    while len(sentence) > LENGTH:
        at = sentence.rfind(" ", LENGTH // 2, LENGTH)
        at = at + 1 if at > 0 else LENGTH
        yield sentence[:at]
        sentence = sentence[at:]
    if sentence:
        yield sentence
