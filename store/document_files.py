"""Reading a file that somebody wants taken in: text, Markdown, HTML or PDF, or why it cannot be."""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from store.errors import SomaError
from store.passages import Section, markdown_sections

Kind = Literal["text", "markdown", "html", "pdf"]

LARGEST_BYTES = 64 * 1024 * 1024
LARGEST_HTML = 16 * 1024 * 1024
MOST_CHARACTERS = 20_000_000
PDF_SECONDS = 300.0
SUFFIXES: dict[str, Kind] = {
    ".txt": "text", ".text": "text", ".md": "markdown", ".markdown": "markdown",
    ".html": "html", ".htm": "html", ".xhtml": "html", ".pdf": "pdf", ".rst": "text",
    ".org": "text", ".tex": "text",
}  # fmt: skip
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
_MOST_CONTROLS = 0.002  # share of the characters of a text


class DocumentError(SomaError):
    """A file cannot be taken in; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """What a file says: its sections, the hash of its bytes, and its size in bytes.

    `notice` is a line about what could not be read of it, or empty.
    """

    path: Path
    kind: Kind
    hash: str
    size: int
    sections: tuple[Section, ...]
    notice: str = ""


def files_at(paths: Iterable[Path]) -> Iterator[Path]:
    """Give the files that paths mean: a folder means all in it of a known kind, hidden ones not."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        for folder, folders, names in os.walk(path):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(names):
                if not name.startswith(".") and Path(name).suffix.lower() in SUFFIXES:
                    yield Path(folder, name)


def read_document(path: Path) -> ReadDocument:
    """Read a file whole. Raises DocumentError with the reason where that cannot be."""
    data = _bytes(path)
    code = hashlib.sha256(data).hexdigest()
    kind = _kind(path, data)
    notice = ""
    if kind == "pdf":
        sections, notice = _pdf(path, data)
    else:
        text = _decoded(path, data)
        if kind == "html":
            sections = tuple(_html(path, text))
        elif kind == "markdown":
            sections = tuple(markdown_sections(text))
        else:
            sections = (Section(text),)
    if not any(any(map(str.isalnum, section.text)) for section in sections):
        raise DocumentError(f"{path.name} holds no words; there is nothing to take in")
    length = sum(len(section.text) for section in sections)
    if length > MOST_CHARACTERS:
        raise DocumentError(
            f"{path.name} has {length:,} characters of text and a document may have "
            f"{MOST_CHARACTERS:,}; split it and take in the parts you need"
        )
    return ReadDocument(path, kind, code, len(data), sections, notice)


def _bytes(path: Path) -> bytes:
    try:
        # A pipe or a device would make an ordinary open wait for somebody.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            before = os.fstat(descriptor)
            _check(path, before)
            with open(descriptor, "rb", closefd=False) as file:
                data = file.read(LARGEST_BYTES + 1)
            after = os.fstat(descriptor)
        finally:
            os.close(descriptor)
    except FileNotFoundError as error:
        raise DocumentError(f"there is no file {path}; check the name") from error
    except (ValueError, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DocumentError(f"{path} cannot be read: {reason.lower()}; check it") from error
    if (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns) or (
        len(data) != after.st_size
    ):
        raise DocumentError(f"{path.name} changed while it was read; take it in again")
    if after.st_nlink == 0:
        raise DocumentError(f"{path.name} vanished while it was read; bring it back first")
    if not data:
        raise DocumentError(f"{path.name} is empty; there is nothing to take in")
    return data


def _check(path: Path, found: os.stat_result) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise DocumentError(f"{path} is a folder; name a file in it")
    if not stat.S_ISREG(found.st_mode):
        raise DocumentError(f"{path} is no regular file; name another one")
    if found.st_size > LARGEST_BYTES:
        raise DocumentError(
            f"{path.name} has {found.st_size / 1e6:,.0f} MB and a document may have "
            f"{LARGEST_BYTES / 1e6:,.0f}; split it and take in the parts you need"
        )


def _kind(path: Path, data: bytes) -> Kind:
    if data[:1024].lstrip().startswith(b"%PDF-"):
        return "pdf"
    kind = SUFFIXES.get(path.suffix.lower(), "text")
    if kind == "pdf":
        raise DocumentError(f"{path.name} is called a PDF and is none; save it again as one")
    begins = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if kind == "text" and begins.startswith((b"<!doctype html", b"<html")):
        return "html"
    return kind


def _decoded(path: Path, data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = data.decode("utf-16", "replace")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            # Every byte stands for something in Latin-1, so what is binary shows in its controls.
            text = data.decode("cp1252", "replace") if b"\0" not in data else "\0"
    if "\0" in text or len(_CONTROLS.findall(text)) > _MOST_CONTROLS * len(text):
        raise DocumentError(
            f"{path.name} is no text, whatever it is called; save it as text, Markdown, HTML or PDF"
        )
    return text.replace("\f", "\n\n")


def _html(path: Path, text: str) -> Iterator[Section]:
    if len(text) > LARGEST_HTML:
        raise DocumentError(
            f"{path.name} has {len(text) / 1e6:,.0f} MB and a page of HTML may have "
            f"{LARGEST_HTML / 1e6:,.0f}; save it as text"
        )
    from store.html_text import html_sections

    yield from html_sections(text)


def _pdf(path: Path, data: bytes) -> tuple[tuple[Section, ...], str]:
    """Read a PDF in a process of its own, which may hang or die of it."""
    command = [sys.executable, "-m", "store.pdf_text"]
    try:
        done = subprocess.run(
            command, input=data, capture_output=True, timeout=PDF_SECONDS, check=False
        )
        told = json.loads(done.stdout)
    except subprocess.TimeoutExpired as error:
        raise DocumentError(
            f"{path.name} was not read within {PDF_SECONDS / 60:.0f} minutes; save it anew, or "
            "as text"
        ) from error
    except ValueError as error:
        raise DocumentError(
            f"{path.name} is damaged or needs too much memory to be read; save it anew, or as text"
        ) from error
    if "problem" in told:
        raise DocumentError(f"{path.name} {told['problem']}")
    sections = tuple(Section(text, page) for page, text in told["pages"])
    silent = told["silent"]
    notice = f"{silent} of {told['count']} pages of {path.name} hold no text" if silent else ""
    return sections, notice
