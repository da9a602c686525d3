"""Curves drawn with the dots of braille: two across and four down in each cell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

Points = Sequence[tuple[float, float]]
NOBODY = -1
_ACROSS, _DOWN = 2, 4
_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
_BLANK = 0x2800
_DASH = 4  # columns of dots in a period of a dashed line, half of them drawn


@dataclass(frozen=True, slots=True)
class Series:
    """Points with rising x, drawn as one line."""

    points: Points
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """What was drawn: for each cell, by rows, its sign and the number of its series, `NOBODY` for a
    blank; and the values that the highest and the lowest dots stand for."""

    rows: tuple[tuple[tuple[str, int], ...], ...]
    top: float
    bottom: float


def chart(series: Sequence[Series], last: float, width: int, height: int) -> Chart | None:
    """Draw series from x = 0 to `last` into so many cells; None where there is nothing to draw.

    Points that fall into the same column of dots are drawn as their mean. Where several series meet
    in a cell, it is the last one's.
    """
    if width < 1 or height < 1:
        return None
    means = [_columns(one.points, last, width * _ACROSS) for one in series]
    values = [value for columns in means for value in columns.values()]
    if not values:
        return None
    top, bottom = max(values), min(values)
    dots = [[0] * width for _ in range(height)]
    owner = [[NOBODY] * width for _ in range(height)]
    for number, (one, columns) in enumerate(zip(series, means, strict=True)):
        for x, y in _line(columns, top, bottom, height * _DOWN):
            if one.dashed and x % _DASH >= _DASH // 2:
                continue
            dots[y // _DOWN][x // _ACROSS] |= _DOTS[x % _ACROSS][y % _DOWN]
            owner[y // _DOWN][x // _ACROSS] = number
    rows = (
        tuple((chr(_BLANK + bits), whose) for bits, whose in zip(*both, strict=True))
        for both in zip(dots, owner, strict=True)
    )
    return Chart(tuple(rows), top, bottom)


def _columns(points: Points, last: float, count: int) -> dict[int, float]:
    """The mean value in each column of dots that a point falls into."""
    found: dict[int, list[float]] = {}
    for x, y in points:
        place = min(count - 1, max(0, int(x / last * count))) if last > 0 else 0
        found.setdefault(place, []).append(y)
    return {place: sum(values) / len(values) for place, values in found.items()}


def _line(
    columns: dict[int, float], top: float, bottom: float, height: int
) -> Iterator[tuple[int, int]]:
    """The dots of a line through columns: straight between them, and without gaps."""

    def row(value: float) -> int:
        share = (top - value) / (top - bottom) if top > bottom else 0.5
        return min(height - 1, int(share * height))

    places = sorted(columns)
    before: int | None = None
    for x, value in _filled(places, columns):
        y = row(value)
        for between in _towards(before, y):
            yield x, between
        before = y


def _filled(places: Sequence[int], columns: dict[int, float]) -> Iterator[tuple[int, float]]:
    for one, other in pairwise(places):
        step = (columns[other] - columns[one]) / (other - one)
        for x in range(one, other):
            yield x, columns[one] + step * (x - one)
    if places:
        yield places[-1], columns[places[-1]]


def _towards(before: int | None, now: int) -> Iterable[int]:
    """The rows from beside `before` to `now`."""
    if before is None or before == now:
        return (now,)
    return range(before + 1, now + 1) if now > before else range(now, before)
