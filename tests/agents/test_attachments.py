"""Files that are named in a message, appended to it, and taken out of it again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.attachments import (
    LARGEST_BYTES,
    Attachment,
    Words,
    attach,
    expand,
    fold,
    mention,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "notes.md").write_text("# Notes\n\ntwo of them\n")
    (tmp_path / "a b.txt").write_text("blank in the name")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "plan.md").write_text("the plan\n")
    return tmp_path


def names(text: str, folder: Path) -> list[str]:
    return [attachment.name for attachment in expand(text, folder).attachments]


def test_a_file_stands_after_the_words_fenced_and_named(folder: Path) -> None:
    expanded = expand("sum up @notes.md, please\n", folder)
    assert expanded.problems == ()
    assert expanded.text == (
        "sum up @notes.md, please\n\n\n"
        "Attached file notes.md (3 lines):\n```\n# Notes\n\ntwo of them\n```"
    )
    assert expanded.attachments == (Attachment("notes.md", "# Notes\n\ntwo of them"),)
    assert expanded.attachments[0].label == "notes.md · 3 lines"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@notes.md", ["notes.md"]),
        ("look at @docs/plan.md and @notes.md", ["docs/plan.md", "notes.md"]),
        ("(@notes.md) “@docs/plan.md”", ["notes.md", "docs/plan.md"]),
        ("is it @notes.md?!", ["notes.md"]),
        ('both: @"a b.txt", @"notes.md"', ["a b.txt", "notes.md"]),
        ("twice @notes.md and @notes.md and @./notes.md", ["notes.md"]),
        ("line\n@notes.md\nline", ["notes.md"]),
    ],
)
def test_names_are_found_at_the_start_of_words(text: str, found: list[str], folder: Path) -> None:
    assert names(text, folder) == found


@pytest.mark.parametrize(
    "text",
    [
        "ana@notes.md",
        "me@example.org and @ana",
        "@ notes.md",
        "@@notes.md",
        "@",
        "@. @.. @/ @~",
        '@"" @"',
        '@"hello world"',
        "@nobody.md",
        "@notes.md/deeper",
        "@" + "x" * 5000,
        "@no\0body",
        "@~nobody-of-that-name/x",
        "@property\ndef f(): ...",
        "@@ -1,3 +1,4 @@",
    ],
)
def test_what_names_no_file_is_text(text: str, folder: Path) -> None:
    expanded = expand(text, folder)
    assert (expanded.text, expanded.attachments, expanded.problems) == (text, (), ())


def test_a_path_may_be_absolute_or_begin_at_home(folder: Path, monkeypatch) -> None:
    monkeypatch.setenv("HOME", str(folder / "docs"))
    assert names(f"@{folder}/notes.md @~/plan.md", Path("/")) == [f"{folder}/notes.md", "~/plan.md"]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\xef\xbb\xbfwith a mark\n", "with a mark"),
        (b"one\r\ntwo\rthree", "one\ntwo\nthree"),
        (b"", ""),
        ("日本語 🚢\n".encode(), "日本語 🚢"),
        (b"kept\n\n", "kept\n"),
    ],
)
def test_text_is_read_as_it_is(data: bytes, text: str, folder: Path) -> None:
    (folder / "given").write_bytes(data)
    (attachment,) = expand("@given", folder).attachments
    assert attachment.text == text


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("docs", "it is a folder"),
        ("docs/", "it is a folder"),
        ("picture.png", "it is not text in UTF-8"),
        ("zeros.txt", "it is not text in UTF-8"),
        ("latin.txt", "it is not text in UTF-8"),
        ("big.log", "it has 257 kB"),
        ("pipe", "it is no regular file"),
        ('"not there.txt"', "no such file or directory"),
    ],
)
def test_what_cannot_be_attached_is_said_in_one_line(name: str, reason: str, folder: Path) -> None:
    (folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n\xff")
    (folder / "zeros.txt").write_bytes(b"text\0text")
    (folder / "latin.txt").write_bytes("café".encode("latin-1"))
    (folder / "big.log").write_bytes(b"x" * (LARGEST_BYTES + 1024))
    os.mkfifo(folder / "pipe")
    expanded = expand(f"see @{name} and @notes.md", folder)
    assert (expanded.text, expanded.attachments) == (f"see @{name} and @notes.md", ())
    (problem,) = expanded.problems
    assert problem.startswith(f"{name.strip(chr(34))} cannot be attached: {reason}")
    assert problem.endswith(", or put a space after the @ to send it as text")
    assert "\n" not in problem


def test_the_largest_file_is_attached(folder: Path) -> None:
    (folder / "big.log").write_bytes(b"x" * LARGEST_BYTES)
    assert names("@big.log", folder) == ["big.log"]


def test_a_file_that_may_not_be_read_is_a_problem(folder: Path, monkeypatch) -> None:
    def refuse(path, flags):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "open", refuse)
    (problem,) = expand("@notes.md", folder).problems
    assert problem.startswith("notes.md cannot be attached: permission denied; check the name")


def test_every_problem_has_its_line(folder: Path) -> None:
    (folder / "x.bin").write_bytes(b"\0")
    assert [p.partition(" ")[0] for p in expand("@docs/ @x.bin", folder).problems] == [
        "docs/",
        "x.bin",
    ]


def test_files_are_attached_by_their_path_too(folder: Path) -> None:
    expanded = attach("sum up", ["notes.md", str(folder / "docs/plan.md")], folder)
    assert [a.text for a in expanded.attachments] == ["# Notes\n\ntwo of them", "the plan"]
    assert fold(expanded.text) == [Words("sum up"), *expanded.attachments]
    (problem,) = attach("sum up", ["nobody.md"], folder).problems
    assert problem == "nobody.md cannot be attached: no such file or directory; check the name"


def test_a_control_character_in_a_name_is_shown(folder: Path) -> None:
    (folder / "\x1b[31m.txt").write_text("x")
    (attachment,) = attach("", ["\x1b[31m.txt"], folder).attachments
    assert attachment.label == "␛[31m.txt · 1 line"
    (folder / "two\nlines").write_text("x")
    expanded = attach("words", ["two\nlines"], folder)
    assert fold(expanded.text) == [Words("words"), Attachment("two␊lines", "x")]


def test_a_fence_in_the_file_does_not_end_it(folder: Path) -> None:
    inner = expand("inner @notes.md", folder).text
    (folder / "chat.md").write_text(inner)
    expanded = expand("outer @chat.md", folder)
    assert fold(expanded.text) == [Words("outer @chat.md"), Attachment("chat.md", inner)]
    assert "\n````\n" in expanded.text


def test_a_message_that_carries_its_files_is_not_given_them_again(folder: Path) -> None:
    first = expand("see @notes.md", folder).text
    (folder / "notes.md").write_text("altered")
    assert expand(first, folder).text == first
    more = expand(f"{first}\n\nand @docs/plan.md", folder)
    assert [a.name for a in more.attachments] == ["docs/plan.md"]
    assert fold(more.text) == [
        Words("see @notes.md"),
        Attachment("notes.md", "# Notes\n\ntwo of them"),
        Words("\nand @docs/plan.md"),
        Attachment("docs/plan.md", "the plan"),
    ]


def test_names_inside_an_attached_file_attach_nothing(folder: Path) -> None:
    (folder / "chain.md").write_text("see @notes.md\n")
    assert names("@chain.md", folder) == ["chain.md"]
    assert names(expand("@chain.md", folder).text, folder) == []


@pytest.mark.parametrize(
    "text",
    [
        "Attached file a.md (1 line):\n```\none\ntwo\n```",
        "Attached file a.md (2 line):\n```\none\ntwo\n```",
        "Attached file a.md (1 lines):\n```\none\n```",
        "Attached file a.md (1 line):\n````\none\n````",
        "Attached file a.md (1 line):\n```py\none\n```",
        "Attached file a.md (1 line):\n```\none\n``` ",
        "Attached file a.md (1 line):\n```\none",
        "Attached file a.md (3 lines):\n```\n```\n````\nx\n```",
        "Attached file a.md (99999999 lines):\n```\none\n```",
        "Attached file a.md (٣ lines):\n```\none\ntwo\nthree\n```",
        "Attached file a.md (1 line):",
        " Attached file a.md (1 line):\n```\none\n```",
        "",
    ],
)
def test_what_only_looks_like_an_attachment_is_words(text: str) -> None:
    assert fold(text) == ([Words(text)] if text else [])


def test_taking_a_large_look_alike_apart_takes_no_time() -> None:
    text = "Attached file a.md (300000 lines):\n```\n" * 20_000 + "x\n" * 300_000
    assert fold(text) == [Words(text)]


_CONTENT = st.text(st.sampled_from("ab`\n@ .():")) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\r")
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.text(min_size=1), contents=st.lists(_CONTENT, min_size=1, max_size=3))
def test_any_words_and_files_come_apart_as_they_were(
    words: str, contents: list[str], tmp_path: Path
) -> None:
    paths = [f"file {number}.txt" for number in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        (tmp_path / path).write_bytes(content.encode())
    expanded = attach(words, paths, tmp_path)
    assert expanded.text.startswith(words)
    *before, last = fold(expanded.text)
    assert last == expanded.attachments[-1]
    assert [part for part in before if isinstance(part, Attachment)] == [*expanded.attachments[:-1]]
    assert expand(expanded.text, tmp_path).text == expanded.text


@pytest.mark.parametrize(
    ("path", "written"),
    [("notes.md", "@notes.md"), ("docs/plan.md", "@docs/plan.md"), ("a b.txt", '@"a b.txt"')],
)
def test_a_file_is_named_so_that_it_is_found(path: str, written: str, folder: Path) -> None:
    assert mention(path) == written
    assert names(f"see {written} now", folder) == [path]
