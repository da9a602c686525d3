"""Markdown as rows of text, whole and while it grows."""

from __future__ import annotations

import random

import pytest
from rich.cells import cell_len

from soma_tui.markdown.code import Code
from soma_tui.markdown.document import Document
from soma_tui.markdown.wrapping import breaks, folds

FAMILY = "👨\u200d👩\u200d👧\u200d👦"
PIECES = [
    "text words", "**bold", "`co", "- item", "* star", "  - nested", "1. one", "2. two", "   cont",
    "    ind", "```", "```py", "````", "~~~", "   ```", "> q", ">", "| a | b |", "|---|---|",
    "| 1 | 2 |", "# h", "===", "---", "", "", "\t tab", "[x]: http://a.b", "[x]", "<div>",
    "- ```sh", "  code", "![i](u)", "***", "10) ten", "\\", "+", "日本", "1.", "-",
]  # fmt: skip


def rows(document: Document, width: int) -> list[str]:
    page = document.page
    drawn = []
    for y in range(page.height(width)):
        number, inner = page.at(width, y)
        row = page.parts[number].row(width, inner)
        drawn.append((row.lead.plain + row.content.plain).rstrip())
    return drawn


def drawn(text: str, width: int = 40) -> list[str]:
    return rows(Document(text), width)


@pytest.mark.parametrize("seed", range(300))
def test_a_text_that_grows_is_drawn_as_the_whole_text(seed: int) -> None:
    chance = random.Random(seed)
    text = "\n".join(chance.choice(PIECES) for _ in range(chance.randint(1, 14)))
    document = Document(whole=False)
    done = 0
    while done < len(text):
        step = chance.choice([1, 1, 2, 3, 8])
        document.append(text[done : done + step])
        done += step
        if chance.random() < 0.3:
            document.page.height(40)
    document.close()
    assert document.source == text
    assert rows(document, 40) == drawn(text)


@pytest.mark.parametrize("seed", range(60))
def test_no_row_is_wider_than_there_is_room(seed: int) -> None:
    chance = random.Random(seed)
    words = [FAMILY, "e\u0301", "漢字漢字", "word", "x" * 90, "مرحبا", "שלום", "🇩🇪", "tab\tbed"]
    lines = [
        chance.choice(["", "- ", "> ", "1. ", "      - ", "| ", "    ", "# "])
        + " ".join(chance.choice(words) for _ in range(chance.randint(1, 30)))
        for _ in range(12)
    ]
    text = "\n".join(lines)
    for width in (6, 11, 36, 77):
        assert max(map(cell_len, drawn(text, width))) <= max(width, 8)


def test_the_blocks_of_an_answer() -> None:
    text = (
        "# Title\nText with **bold** and\na second line.\n\n"
        "- one\n- two is longer than the row is wide\n  1. deep\n\n> said\n> twice\n\n---\n"
    )
    assert drawn(text, 24) == [
        "Title", "", "Text with bold and", "a second line.", "",
        "• one", "• two is longer than the", "  row is wide", "   1. deep", "",
        "▎ said", "▎ twice", "", "─" * 24,
    ]  # fmt: skip


def test_code_stands_under_its_language_and_is_folded_not_cut() -> None:
    assert drawn("```python title\n\tx = 1\n" + "y" * 30 + "\n```", 20) == [
        " python        copy",
        "     x = 1",
        " " + "y" * 18,
        " " + "y" * 12,
    ]


def test_the_bare_code_keeps_its_tabs() -> None:
    (code,) = Document("1. Do:\n\n   ```sh\n   \tmake\n\n   ls\n   ```\n").codes
    assert code.text == "\tmake\n\nls"
    assert code.lines == ["    make", "", "ls"]


def test_a_code_block_that_is_open_ends_with_the_answer() -> None:
    document = Document("```python\ndef f():\n    pass\n``", whole=False)
    (code,) = document.codes
    assert code.text == "def f():\n    pass"
    assert not code.whole
    document.append("`")
    document.close()
    assert document.codes == [code]
    assert code.text == "def f():\n    pass"
    assert code.whole


@pytest.mark.parametrize("start", ["", "text\n\n", "1. Do it:\n\n"])
def test_a_further_line_of_code_is_neither_parsed_nor_laid_out_again(start, monkeypatch) -> None:
    indent = "   " if start.startswith("1") else ""
    document = Document(f"{start}{indent}```python\n", whole=False)
    above = document.page.height(60)

    def fail(*_: object) -> None:
        raise AssertionError("parsed")

    folded = []
    monkeypatch.setattr(document._reader, "read", fail)
    monkeypatch.setattr(
        "soma_tui.markdown.code.folds", lambda line, width: folded.append(line) or [0]
    )
    for number in range(50):
        document.append(f"{indent}line {number}\n")
        assert folded == [f"line {number}"]
        folded.clear()
        assert document.page.height(60) == above + number + 1


def test_only_the_last_block_is_read_again(monkeypatch) -> None:
    document = Document(whole=False)
    read = document._reader.read
    sources: list[str] = []
    monkeypatch.setattr(
        document._reader,
        "read",
        lambda source, follows: (sources.append(source), read(source, follows))[1],
    )
    for kind in ("Paragraph {} of it.\n\n", "- item {}\n", "{}. item\n", "| {} | cell |\n"):
        document.append("\n\nNext:\n\n")
        document.append("| a | b |\n|---|---|\n" if kind.startswith("|") else "")
        for number in range(1, 40):
            sources.clear()
            document.append(kind.format(number))
            if number > 3:
                assert max(map(len, sources)) < 80


def test_what_may_become_something_else_is_held_back() -> None:
    document = Document("A list:\n", whole=False)
    for piece, seen in (("-", ["A list:"]), (" a", ["A list:", "", "• a"]), ("\n\n``", None)):
        document.append(piece)
        assert rows(document, 20) == (seen or ["A list:", "", "• a"])
    document.close()
    assert rows(document, 20)[-1] == "``"


def test_a_link_whose_target_is_defined_later_is_one_in_the_end() -> None:
    document = Document("See [this].\n\nMore.\n\n", whole=False)
    document.append("[this]: https://example.invalid\n")
    assert rows(document, 40)[0] == "See [this]."
    document.close()
    assert rows(document, 40) == ["See this.", "", "More."]


def test_a_table_has_columns_that_share_the_room() -> None:
    table = (
        "| Name | Number | Note |\n|---|---:|---|\n| a | 1 | some words to wrap |\n| b | 22 | |\n"
    )
    assert drawn(table, 60) == [
        "Name  Number  Note",
        "────  ──────  ──────────────────",
        "a          1  some words to wrap",
        "b         22",
    ]
    assert drawn(table, 26) == [
        "Name  Number  Note",
        "────  ──────  ────────────",
        "a          1  some words",
        "              to wrap",
        "",
        "b         22",
    ]


def test_a_table_that_is_too_wide_becomes_records() -> None:
    table = "|" + "|".join(f"column {n}" for n in range(8)) + "|\n" + "|---" * 8 + "|\n"
    table += "|" + "|".join(f"value {n}" for n in range(8)) + "|\n"
    assert drawn(table, 36)[:2] == ["column 0: value 0", "column 1: value 1"]


@pytest.mark.parametrize(
    ("text", "width", "pieces"),
    [
        ("one two three", 7, ["one two", "three"]),
        ("one  two", 3, ["one", "two"]),
        ("a " + "x" * 12, 10, ["a " + "x" * 8, "xxxx"]),
        ("日本語、です", 6, ["日本", "語、で", "す"]),
        ("日本語です", 5, ["日本", "語で", "す"]),
        (FAMILY * 3, 4, [FAMILY * 2, FAMILY]),
        ("e\u0301" * 5, 3, ["e\u0301" * 3, "e\u0301" * 2]),
        ("", 5, [""]),
        ("    indented text", 10, ["    indent", "ed text"]),
        ("a" + " " * 30 + "b", 10, ["a", "b"]),
        (" " * 30 + "b", 10, ["", "b"]),
    ],
)
def test_lines_are_broken_where_a_person_would(text, width, pieces) -> None:
    starts = breaks(text, width)
    cut = [text[a:b].rstrip() for a, b in zip(starts, [*starts[1:], None], strict=True)]
    assert cut == pieces


@pytest.mark.parametrize(
    ("text", "drawn_as"),
    [
        (FAMILY, "👨👩👧👦"),
        ("👍🏽 ❤\ufe0f 1\ufe0f\u20e3", "👍 ❤ 1\u20e3"),
        ("🏴\U000e0067\U000e0062\U000e007f", "🏴"),
        ("می\u200dخ 🏽 🇩🇪 é漢", "می\u200dخ 🏽 🇩🇪 é漢"),
    ],
)
def test_only_signs_of_a_steady_width_are_drawn(text: str, drawn_as: str) -> None:
    assert drawn(f"{text} `{text}`") == [f"{drawn_as} {drawn_as}"]
    (code,) = Document(f"```\n{text}\n```").codes
    assert code.lines == [drawn_as]
    assert code.text == text


def test_code_is_folded_wherever_a_row_is_full() -> None:
    assert folds("ab cd ef", 3) == [0, 3, 6]
    assert folds("漢字漢", 3) == [0, 1, 2]


def test_colours_alter_no_character() -> None:
    code = Code("python")
    code.extend(["def f(x):", "    '''doc", "    string'''", "", "    return x  # é漢"])
    code.close()
    before = [code.row(60, y).content.plain for y in range(1, code.height(60))]
    assert code.wants_colours
    code.colour()
    assert not code.wants_colours
    assert [code.row(60, y).content.plain for y in range(1, code.height(60))] == before
    assert any(code.row(60, 1).content.spans)


@pytest.mark.parametrize("language", ["", "no-such-language"])
def test_code_of_no_known_language_is_drawn_plain(language: str) -> None:
    code = Code(language)
    code.extend(["x = 1"])
    code.close()
    code.colour()
    assert not code.row(40, 1).content.spans
