"""Curves in braille, cell by cell."""

from __future__ import annotations

import pytest

from soma_tui.line_chart import NOBODY, Series, chart


def rows(drawn) -> list[str]:
    return ["".join(sign for sign, _ in row).replace("\u2800", " ") for row in drawn.rows]


def test_a_falling_line_goes_from_the_top_left_to_the_bottom_right_without_a_gap() -> None:
    drawn = chart([Series([(0, 4.0), (8, 0.0)])], 8, 4, 2)
    assert drawn is not None
    assert (drawn.top, drawn.bottom) == (4.0, 0.0)
    assert rows(drawn) == ["⠑⢄  ", "  ⠑⢄"]
    steep = chart([Series([(0, 3.0), (1, 0.0)])], 1, 1, 3)
    assert rows(steep) == ["⢱", "⢸", "⢸"]


def test_what_is_to_come_stays_blank() -> None:
    drawn = chart([Series([(0, 1.0), (4, 1.0)])], 8, 6, 1)
    assert rows(drawn) == ["⠤⠤⠤⠄  "]
    assert [whose for _, whose in drawn.rows[0]] == [0, 0, 0, 0, NOBODY, NOBODY]


def test_points_of_one_column_are_drawn_as_their_mean() -> None:
    noisy = [(step, 2.0 + (-1) ** step) for step in range(1000)]
    drawn = chart([Series(noisy)], 1000, 10, 5)
    assert drawn is not None
    assert rows(drawn) == [" " * 10, " " * 10, "⠤" * 10, " " * 10, " " * 10]


def test_series_share_their_scale_and_the_later_one_owns_the_cell() -> None:
    loss, dev = Series([(0, 4.0), (9, 0.0)]), Series([(0, 4.0), (9, 4.0)], dashed=True)
    drawn = chart([loss, dev], 9, 8, 2)
    assert drawn.rows[0][0][1] == 1
    assert {whose for _, whose in drawn.rows[1]} == {0, NOBODY}
    assert [sign != "\u2800" for sign, _ in drawn.rows[0]][-4:] == [True, False, True, False]


@pytest.mark.parametrize(
    ("series", "width", "height"),
    [([], 8, 2), ([Series([])], 8, 2), ([Series([(0, 1)])], 0, 2), ([Series([(0, 1)])], 8, 0)],
)
def test_where_there_is_nothing_to_draw_nothing_is(series, width, height) -> None:
    assert chart(series, 8, width, height) is None


def test_one_point_alone_and_one_beyond_the_end_are_drawn() -> None:
    assert rows(chart([Series([(0, 1.0)])], 0, 2, 1)) == ["⠄ "]
    assert rows(chart([Series([(99, 1.0)])], 8, 2, 1)) == [" ⠠"]
