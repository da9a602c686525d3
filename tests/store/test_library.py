"""Documents that are taken in: passages, sources, changes, and files that cannot be read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store import document_files
from store.database import Database
from store.document_files import DocumentError, files_at, read_document
from store.errors import UnknownIdError
from store.library import Library
from store.passages import LENGTH, Section, cut, markdown_sections
from store.paths import Home
from tests.store.pdf_files import encrypted, pdf

NOON = 1_800_000_000.0


@pytest.fixture
def library(database: Database) -> Library:
    return Library(database)


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def texts(library: Library, document: int) -> list[str]:
    return [passage.text for passage in library.passages(document)]


def refused(path: Path) -> str:
    with pytest.raises(DocumentError) as caught:
        read_document(path)
    said = str(caught.value)
    assert "\n" not in said
    return said


# --- passages


def test_paragraphs_are_joined_and_split_at_sentences() -> None:
    long = "The sea is calm today. " * 100
    pieces = list(cut([Section(f"Short.\n\nAlso short.\n\n{long}")]))
    assert pieces[0].text.startswith("Short.\n\nAlso short.")
    assert all(len(piece.text) <= LENGTH for piece in pieces)
    assert all(piece.text.endswith(".") for piece in pieces)


def test_the_same_passage_is_kept_once() -> None:
    sections = [Section(f"The footer of every page is the same.\n\nPage {n}", n) for n in (1, 1, 2)]
    pieces = list(cut(sections))
    assert [(piece.page, piece.text[-6:]) for piece in pieces] == [(1, "Page 1"), (2, "Page 2")]


@given(st.text(max_size=3000))
def test_no_letter_is_lost(text: str) -> None:
    def letters(of: str) -> set[str]:
        return {character for character in of if character.isalnum()}

    pieces = list(cut([Section(text)]))
    assert all(len(piece.text) <= LENGTH for piece in pieces)
    assert letters("".join(piece.text for piece in pieces)) == letters(text)


def test_headings_name_what_stands_below_them() -> None:
    text = (
        "before\n\n# Boats\n\nA sloop.\n\n## Sails ##\n\nA jib.\n\n```\n# no heading\n```\n\n"
        "Harbours\n========\n\nBergen.\n"
    )
    found = [(section.heading, section.text.split("\n")[0]) for section in markdown_sections(text)]
    assert found == [
        ("", "before"), ("Boats", "A sloop."), ("Boats › Sails", "A jib."), ("Harbours", "Bergen."),
    ]  # fmt: skip


# --- kinds of files


def test_text_is_read(tmp_path: Path) -> None:
    read = read_document(write(tmp_path / "a.txt", "\ufeffThe sea is calm.\r\n\r\nIt is blue."))
    assert (read.kind, [section.text for section in read.sections]) == (
        "text", ["The sea is calm.\r\n\r\nIt is blue."],
    )  # fmt: skip


@pytest.mark.parametrize(
    "text", ["日本語のテキスト。", "Кириллица здесь", "عربي وعبري עברית", "हिन्दी", "🐕 dog"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_text_in_any_script_is_read(tmp_path: Path, text: str, encoding: str) -> None:
    read = read_document(write(tmp_path / "a.txt", text.encode(encoding)))
    assert read.sections[0].text == text


def test_an_old_encoding_is_read(tmp_path: Path) -> None:
    read = read_document(write(tmp_path / "a.txt", "Köln – „über“ alles".encode("cp1252")))
    assert read.sections[0].text == "Köln – „über“ alles"


def test_html_is_read_without_scripts_and_menus(tmp_path: Path) -> None:
    page = (
        "<!DOCTYPE html><html><head><title>Boats</title><style>p{}</style></head><body>"
        "<nav>Home About</nav><p>A <b>sloop</b> has\none mast.<br>Really.</p><h2>Sails</h2>"
        "<script>alert('x')</script><ul><li>jib</li><li>main &amp; more</li></ul><!-- secret -->"
        "<h2>Ha<i>rbours</i></h2><table><tr><td>Bergen</td><td>north</td></tr></table></body></html>"
    )
    read = read_document(write(tmp_path / "a.html", page))
    assert [(section.heading, section.text) for section in read.sections] == [
        ("Boats", "A sloop has one mast.\nReally."),
        ("Boats › Sails", "jib\n\nmain & more"),
        ("Boats › Harbours", "Bergen north"),
    ]
    whole = " ".join(section.text for section in read.sections)
    for left_out in ("alert", "secret", "About", "p{}"):
        assert left_out not in whole


def test_html_by_its_content_or_nested_deeply_is_read(tmp_path: Path) -> None:
    deep = "<!doctype html>" + "<div>" * 20_000 + "deep down" + "</div>" * 20_000
    read = read_document(write(tmp_path / "page.txt", deep))
    assert (read.kind, read.sections[0].text) == ("html", "deep down")


def test_a_pdf_is_read_by_pages(tmp_path: Path) -> None:
    read = read_document(write(tmp_path / "a.pdf", pdf(["First (page).", "", "Third page."])))
    assert [(section.page, section.text.strip()) for section in read.sections] == [
        (1, "First (page)."), (3, "Third page."),
    ]  # fmt: skip
    assert read.notice == "1 of 3 pages of a.pdf hold no text"


def test_a_pdf_that_only_forbids_printing_is_read(tmp_path: Path) -> None:
    data = encrypted(pdf(["Open to read."]), "", "owner")
    assert (
        read_document(write(tmp_path / "a.pdf", data)).sections[0].text.strip() == "Open to read."
    )


# --- what cannot be taken in


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.txt"
    with path.open("wb") as file:
        file.truncate(500_000_000)
    assert "has 500 MB and a document may have 67" in refused(path)


def test_an_encrypted_pdf_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.pdf", encrypted(pdf(["secret"]), "password"))
    assert refused(path) == "a.pdf is protected by a password; save a copy without one"


def test_a_pdf_of_pictures_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.pdf", pdf(["", ""]))
    assert "holds pictures and no text; run text recognition" in refused(path)


@pytest.mark.parametrize(
    "data", [b"%PDF-1.4\n", b"%PDF-1.4\nnothing", pdf(["x"])[:300], b"%PDF-1.7\n" + b"\0" * 5000]
)
def test_a_damaged_pdf_is_refused(tmp_path: Path, data: bytes) -> None:
    said = refused(write(tmp_path / "a.pdf", data))
    assert "damaged" in said or "no words" in said or "no text" in said


def test_a_pdf_in_name_alone_is_refused(tmp_path: Path) -> None:
    assert "is called a PDF and is none" in refused(write(tmp_path / "a.pdf", "plain text"))


@pytest.mark.parametrize(
    "data",
    [os.urandom(5000), b"text\0text", b"\x7fELF" + b"\1\2\3\4" * 400, b"GIF89a" + bytes(300)],
)
def test_a_binary_called_txt_is_refused(tmp_path: Path, data: bytes) -> None:
    assert "is no text, whatever it is called" in refused(write(tmp_path / "a.txt", data))


def test_empty_and_wordless_files_are_refused(tmp_path: Path) -> None:
    assert "is empty" in refused(write(tmp_path / "a.txt", ""))
    assert "holds no words" in refused(write(tmp_path / "b.txt", " \n…\n"))
    assert "holds no words" in refused(
        write(tmp_path / "c.html", "<html><script>x</script></html>")
    )


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    assert "no regular file" in refused(tmp_path / "pipe.txt")
    assert "is a folder" in refused(tmp_path)
    assert "there is no file" in refused(tmp_path / "missing.txt")
    assert "cannot be read" in refused(Path("x" * 5000))
    assert "cannot be read" in refused(Path("a\0b"))


class FakeFile:
    """A file during whose reading something happens."""

    def __init__(self, file: Any, happens: Any) -> None:
        self._file, self._happens = file, happens

    def __enter__(self) -> FakeFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def read(self, size: int) -> bytes:
        data: bytes = self._file.read(size)
        self._happens()
        return data


@pytest.mark.parametrize("what", ["vanished", "changed"])
def test_a_file_that_vanishes_or_changes_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    path = write(tmp_path / "a.txt", "some words")

    def happens() -> None:
        path.unlink() if what == "vanished" else write(path, "other words, and more of them")

    def fake_open(descriptor: int, mode: str, closefd: bool) -> FakeFile:
        return FakeFile(os.fdopen(descriptor, mode, closefd=closefd), happens)

    monkeypatch.setattr(document_files, "open", fake_open, raising=False)
    assert f"{what} while it was read" in refused(path)


# --- the library


def test_a_document_is_kept_with_its_passages(home: Home, library: Library, tmp_path: Path) -> None:
    read = read_document(write(tmp_path / "boats.md", "# Sloops\n\nOne mast.\n\n# Ketches\n\nTwo."))
    taken = library.take_in(read, NOON)
    assert (taken.outcome, taken.document.passages, taken.document.kind) == ("new", 2, "markdown")
    one, two = library.passages(taken.document.id)
    assert (one.text, one.source, one.number) == ("One mast.", "boats.md › Sloops", 1)
    assert two.source == "boats.md › Ketches"
    assert library.list() == [taken.document]


def test_pages_are_named_as_the_source(library: Library, tmp_path: Path) -> None:
    read = read_document(write(tmp_path / "a.pdf", pdf(["One page.", "Another page."])))
    document = library.take_in(read, NOON).document
    assert document.pages == 2
    assert [p.source for p in library.passages(document.id)] == ["a.pdf p. 1", "a.pdf p. 2"]


def test_the_same_content_is_kept_once(library: Library, tmp_path: Path) -> None:
    one = library.take_in(read_document(write(tmp_path / "a.txt", "words")), NOON)
    again = library.take_in(read_document(tmp_path / "a.txt"), NOON + 1)
    copy = library.take_in(read_document(write(tmp_path / "b.txt", "words")), NOON + 2)
    assert (again.outcome, copy.outcome) == ("unchanged", "known")
    assert copy.document == again.document == one.document
    assert len(library.list()) == 1


def test_a_changed_file_takes_the_place_of_what_it_was(library: Library, tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "old words")
    one = library.take_in(read_document(path), NOON).document
    old = [passage.id for passage in library.passages(one.id)]
    write(path, "new words")
    taken = library.take_in(read_document(path), NOON + 1)
    assert (taken.outcome, taken.document.id) == ("changed", one.id)
    assert texts(library, one.id) == ["new words"]
    assert [library.passage(passage_id) for passage_id in old] == [None]


def test_a_document_is_removed_with_its_passages(library: Library, tmp_path: Path) -> None:
    document = library.take_in(read_document(write(tmp_path / "a.txt", "words")), NOON).document
    assert library.remove(document.id) == document
    assert library.list() == []
    assert list(library.passages()) == []
    with pytest.raises(UnknownIdError, match="no document"):
        library.remove(document.id)
    assert library.take_in(read_document(tmp_path / "a.txt"), NOON).outcome == "new"


def test_passages_are_pinned_and_every_change_is_seen(library: Library, tmp_path: Path) -> None:
    seen = {library.revision}
    document = library.take_in(read_document(write(tmp_path / "a.txt", "words")), NOON).document
    seen.add(library.revision)
    (passage,) = library.passages(document.id)
    assert library.pin(passage.id, True).pinned
    seen.add(library.revision)
    library.remove(document.id)
    seen.add(library.revision)
    assert len(seen) == 4
    with pytest.raises(UnknownIdError, match="no passage"):
        library.pin(passage.id, True)


def test_a_strange_name_is_shown_as_one_line(library: Library, tmp_path: Path) -> None:
    read = read_document(write(tmp_path / "a\nb\x1b[31m.txt", "words"))
    document = library.take_in(read, NOON).document
    assert "\n" not in document.name
    assert "\x1b" not in document.name


def test_it_outlives_a_restart(home: Home, tmp_path: Path) -> None:
    with Database.open(home) as database:
        library = Library(database)
        library.take_in(read_document(write(tmp_path / "a.txt", "words")), NOON)
        listed, passages = library.list(), list(library.passages())
    with Database.open(home) as database:
        assert Library(database).list() == listed
        assert list(Library(database).passages()) == passages


def test_a_folder_means_the_documents_in_it(tmp_path: Path) -> None:
    for name in ("b.md", "a.txt", "c.png", ".hidden.txt", "sub/d.PDF", ".git/e.txt"):
        write(tmp_path / name, "x")
    found = [str(path.relative_to(tmp_path)) for path in files_at([tmp_path])]
    assert found == ["a.txt", "b.md", "sub/d.PDF"]
    assert list(files_at([tmp_path / "c.png"])) == [tmp_path / "c.png"]
