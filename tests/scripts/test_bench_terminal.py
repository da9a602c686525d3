"""What the benchmarks see of a terminal: screens, echoes, typed letters."""

from __future__ import annotations

import string
from itertools import pairwise

import pytest

from scripts.bench._common import percentile, summary
from scripts.bench._terminal import COLUMNS, LINES, Screen, Terminal
from scripts.bench._typing import LETTERS_A_LINE, MARK, Echoes, Press, lines_of_letters
from scripts.bench.stream import rate_shown


def at(row: int, column: int, text: str) -> bytes:
    return f"\x1b[{row};{column}H{text}".encode()


def test_an_echo_ends_with_the_part_that_completes_its_line() -> None:
    presses = [Press(1.0, MARK + "A"), Press(1.2, MARK + "AB"), Press(1.4, MARK + "ABC")]
    echoes = Echoes(Screen(), presses)
    assert not echoes.read([(0.9, at(5, 3, MARK)), (1.01, at(20, 1, "some text of an answer"))])
    assert echoes.times == []
    assert not echoes.read([(1.05, at(5, 3 + len(MARK), "\x1b[1mA\x1b[0m"))])
    # One frame may show two letters.
    assert echoes.read([(1.45, at(5, 4 + len(MARK), "B")), (1.5, at(5, 5 + len(MARK), "C"))])
    assert echoes.times == pytest.approx([0.05, 0.25, 0.1])

    both = Echoes(Screen(), presses)
    assert both.read([(1.6, at(5, 3, MARK + "ABC"))])
    assert both.times == pytest.approx([0.6, 0.4, 0.2])


def test_a_letter_elsewhere_or_before_its_press_is_no_echo() -> None:
    echoes = Echoes(Screen(), [Press(2.0, MARK + "A")])
    assert not echoes.read([(1.0, at(3, 1, MARK + "A"))])
    assert not echoes.read([(2.1, at(9, 1, "A")), (2.2, at(10, 1, "A" + MARK))])
    assert not echoes.read([(2.3, at(3, 1, MARK + "B"))])
    assert echoes.read([(2.5, at(3, 1 + len(MARK), "A"))])
    assert echoes.times == pytest.approx([0.5])


def test_a_screen_gives_the_rows_it_was_altered_in() -> None:
    screen = Screen()
    rows = screen.feed(at(2, 1, "two") + at(4, 1, "four"))
    assert sorted(row.strip() for row in rows) == ["four", "two"]
    assert screen.text.splitlines()[:4] == ["", "two", "", "four"]
    assert all(len(row) == COLUMNS for row in rows)


def test_a_letter_that_is_cut_in_two_is_still_a_letter() -> None:
    screen = Screen()
    first, second = "é".encode()[:1], "é".encode()[1:]
    screen.feed(b"caf" + first)
    screen.feed(second)
    assert screen.text.splitlines()[0] == "café"


@pytest.mark.parametrize("count", [1, LETTERS_A_LINE, 120])
def test_typed_letters_differ_from_their_neighbours(count: int) -> None:
    lines = lines_of_letters(count, seed=3)
    assert lines == lines_of_letters(count, seed=3)
    whole = "".join(lines)
    assert len(whole) == count
    assert max(map(len, lines)) <= LETTERS_A_LINE
    assert set(whole) <= set(string.ascii_uppercase)
    assert all(one != next_one for one, next_one in pairwise(whole))


def test_percentiles_are_samples() -> None:
    samples = [number / 1000 for number in range(200, 0, -1)]
    assert percentile(samples, 50) == 0.1
    assert percentile([0.5], 99) == 0.5
    assert percentile([0.1, 0.2, 0.3], 50) == 0.2
    assert summary(samples) == {"p50_ms": 100, "p95_ms": 190, "p99_ms": 198, "max_ms": 200}


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("saved · stopped · 21 tok/s · first", 21.0),
        ("ready, 1,538.4 tok/s", 1538.4),
        ("saved", None),
    ],
)
def test_the_rate_is_read_from_the_screen(text: str, rate: float | None) -> None:
    assert rate_shown(text) == rate


def test_a_terminal_shows_what_its_program_writes_and_types_to_it() -> None:
    program = "stty size; printf 'name? '; read name; printf \"hello $name\"; read end"
    with Terminal(["/bin/sh", "-c", program], {}) as terminal:
        shown = terminal.until(lambda text: "name?" in text, "the question")
        assert f"{LINES} {COLUMNS}" in shown
        pressed = terminal.type("Ana\r")
        assert terminal.when(lambda text: "hello Ana" in text, "the answer") >= pressed
        assert "hello Ana" in terminal.shown()
        terminal.type("\r")
        with pytest.raises(RuntimeError, match=r"sh: a miracle; it ended:[\s\S]*hello Ana"):
            terminal.until(lambda text: "miracle" in text, "a miracle")
