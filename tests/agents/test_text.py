from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.text import visible


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain text, ünïcödé, 日本語, 👩‍👩‍👧", "plain text, ünïcödé, 日本語, 👩‍👩‍👧"),
        ("a\tb\nc", "a\tb\nc"),
        ("\x1b[31mred\x1b[0m", "␛[31mred␛[0m"),
        ("\x1b]0;title\x07", "␛]0;title␇"),
        ("\x1b]8;;http://x\x1b\\link", "␛]8;;http://x␛\\link"),
        ("\x00\x01\x1f", "␀␁␟"),
        ("a\r\nb\x0b\x0c", "a␍\nb␋␌"),
        ("\x7f", "␡"),
        ("\x9b31m\x85", "⟨U+009B⟩31m⟨U+0085⟩"),
        ("abc\u202edef\u2066", "abc⟨U+202E⟩def⟨U+2066⟩"),
        ("one\u2028two\u2029", "one⟨U+2028⟩two⟨U+2029⟩"),
        ("lone \ud83d half", "lone ⟨U+D83D⟩ half"),
        ("zero\u200bwidth\u200djoined", "zero\u200bwidth\u200djoined"),
    ],
)
def test_controls_are_shown_and_text_is_left_alone(raw: str, shown: str) -> None:
    assert visible(raw) == shown


_ANY = st.text(st.characters(exclude_categories=[]))


@given(_ANY, _ANY)
def test_pieces_give_the_same_as_the_whole(first: str, second: str) -> None:
    assert visible(first + second) == visible(first) + visible(second)


@given(_ANY)
def test_nothing_a_terminal_would_execute_is_left(text: str) -> None:
    shown = visible(text)
    assert visible(shown) == shown
    shown.encode("utf-8")
    assert not any((ord(c) < 32 and c not in "\n\t") or 0x7F <= ord(c) <= 0x9F for c in shown)
    assert shown.count("\n") == text.count("\n")
