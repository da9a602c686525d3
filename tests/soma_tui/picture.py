"""The screen as text that a person can read in a diff: what stands there, then how it is drawn."""

from __future__ import annotations

from typing import Any


def picture(app: Any) -> str:
    """Every row of the screen between bars, and below them the styles, each with a letter.

    The letters of a row stand for runs of columns: `a12 b3` is twelve columns in style a, then
    three in style b.
    """
    rows: list[str] = []
    runs: list[str] = []
    letters: dict[str, str] = {}
    for strip in app.screen._compositor.render_strips():
        rows.append(f"|{strip.text}|")
        row: list[tuple[str, int]] = []
        for segment in strip:
            style = str(segment.style.without_color) + _colours(segment.style)
            letter = letters.setdefault(style, _letter(len(letters)))
            if row and row[-1][0] == letter:
                row[-1] = (letter, row[-1][1] + segment.cell_length)
            else:
                row.append((letter, segment.cell_length))
        runs.append(" ".join(f"{letter}{length}" for letter, length in row))
    legend = [f"{letter}: {style}" for style, letter in letters.items()]
    return "\n".join([*rows, *_folded(runs), *legend])


def _colours(style: Any) -> str:
    parts = (("", style.color), (" on ", style.bgcolor))
    return "".join(before + colour.name for before, colour in parts if colour is not None)


def _letter(number: int) -> str:
    alphabet = "abcdefghijklmnopqrstuvwxyz"
    return alphabet[number % 26] * (number // 26 + 1)


def _folded(runs: list[str]) -> list[str]:
    """Rows of the same runs in one line, by their numbers."""
    by_runs: dict[str, list[int]] = {}
    for number, run in enumerate(runs):
        by_runs.setdefault(run, []).append(number)
    return [f"{','.join(map(str, numbers))}: {run}" for run, numbers in by_runs.items()]
