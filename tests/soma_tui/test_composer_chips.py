"""Chips as text: what is folded, what a chip holds, what comes back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.attachments import Attachment
from soma_tui.composing.chips import Chips, clean, is_large, line_count, shown, spans

LONG = "\n".join(f"line {number}" for number in range(230))


def test_a_chip_says_how_much_it_holds_and_holds_all_of_it() -> None:
    chips = Chips()
    raw = f"before {chips.fold(LONG)} between {chips.fold('x' * 1204)} after"
    assert shown(raw) == ("before [pasted 1: 230 lines] between [pasted 2: 1,204 characters] after")
    assert chips.whole(raw) == f"before {LONG} between {'x' * 1204} after"


def test_what_looks_like_a_chip_is_text() -> None:
    chips = Chips()
    chip = chips.fold(LONG)
    typed = clean(f"{shown(chip)} {chip}")
    assert spans(typed) == []
    assert chips.whole(typed) == typed
    assert shown(typed) == "[pasted 1: 230 lines] ⟨U+FDD0⟩pasted 1: 230 lines⟨U+FDD1⟩"


@pytest.mark.parametrize(
    ("text", "large"),
    [
        ("\n".join("x" * 8), False),
        ("\n".join("x" * 8) + "\n", False),
        ("\n".join("x" * 9), True),
        ("x" * 800, False),
        ("x" * 801, True),
        ("", False),
    ],
)
def test_a_paste_is_large_by_lines_or_characters(text: str, large: bool) -> None:
    assert is_large(text) is large


@pytest.mark.parametrize(
    ("given_text", "cleaned"),
    [
        ("a\r\nb\rc\n", "a\nb\nc\n"),
        ("\tkept", "\tkept"),
        ("\x1b[2J\x00", "␛[2J␀"),
        ("a\x0bb\x85c\u2028d", "a␋b⟨U+0085⟩c⟨U+2028⟩d"),
        ("half \ud83d", "half ⟨U+D83D⟩"),
        ("👩‍👩‍👧 日本語", "👩‍👩‍👧 日本語"),
    ],
)
def test_text_is_cleaned(given_text: str, cleaned: str) -> None:
    assert clean(given_text) == cleaned
    assert clean(cleaned) == cleaned


def test_a_paste_is_found_again_in_a_text_that_was_kept_elsewhere() -> None:
    chips = Chips()
    nine = "\n".join("x" * 9)
    whole = chips.whole(f"one {chips.fold(LONG)} two {chips.fold(nine)} three")
    again = Chips(chips.remembered)
    raw = again.fold_again(whole)
    assert shown(raw) == "one [pasted 1: 230 lines] two [pasted 2: 9 lines] three"
    assert again.whole(raw) == whole


def test_attached_files_become_chips() -> None:
    one = Attachment("notes.md", "a\nb")
    two = Attachment("deep/" * 12 + "name\twith tab.md", LONG)
    whole = f"see @notes.md\n\n{one.source}\n\n{two.source}"
    chips = Chips()
    raw = chips.fold_again(whole)
    assert shown(raw) == (
        "see @notes.md\n\n[attached 1: notes.md, 2 lines]\n\n"
        "[attached 2: …ep/deep/deep/deep/deep/name with tab.md, 230 lines]"
    )
    assert chips.whole(raw) == whole


def test_of_an_unknown_large_text_the_middle_is_folded() -> None:
    chips = Chips()
    raw = chips.fold_again(f"explain this:\n{LONG}\nwhat is line 7?")
    assert shown(raw) == "explain this:\n[folded 1: 230 lines]\nwhat is line 7?"
    assert shown(Chips().fold_again("x" * 5000)) == "[folded 1: 5,000 characters]"
    typed = "\n".join("a line of my own" for _ in range(30))
    assert Chips().fold_again(typed) == typed


_LINES = st.lists(st.sampled_from(["", "word", "line " * 30, LONG, "x" * 900])).map("\n".join)


@given(_LINES, st.lists(_LINES.filter(is_large), max_size=3))
def test_whatever_is_folded_comes_back_as_it_was(text: str, pastes: list[str]) -> None:
    chips = Chips()
    for paste in pastes:
        chips.fold(paste)
    again = Chips(chips.remembered)
    raw = again.fold_again(text)
    assert again.whole(raw) == text
    assert line_count(raw) <= line_count(text)
    assert all("\n" not in raw[start:end] for start, end in spans(raw))


@given(st.text(st.characters(exclude_categories=[])))
def test_any_text_survives_being_put_into_the_composer(text: str) -> None:
    cleaned = clean(text)
    chips = Chips()
    assert chips.whole(chips.fold_again(cleaned)) == cleaned
    assert cleaned.split("\n") == (cleaned.splitlines() or [""]) + [""] * (
        cleaned.endswith("\n") and 1
    )
