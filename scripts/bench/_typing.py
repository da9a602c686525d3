"""Typing as a person does, and when each letter was seen."""

from __future__ import annotations

import random
import string
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scripts.bench._terminal import Screen, Terminal

MARK = "QXZJ"
LETTERS_A_LINE = 50
SHORTEST_S, LONGEST_S = 0.12, 0.25
_SETTLING_S = 1.0
_PATIENCE_S = 30.0


@dataclass(frozen=True, slots=True)
class Press:
    """A letter that was typed at the time `at`; `line` is all that then stands on its line."""

    at: float
    line: str


class Echoes:
    """Finds the echo of each press in what is written to a screen; `times` are in seconds.

    The echo is the first part of what was written after which one row of the screen holds the whole
    line up to the pressed letter. Lines begin with a mark that stands nowhere else, so that the
    letter is known by its place.
    """

    def __init__(self, screen: Screen, presses: Sequence[Press]) -> None:
        self.times: list[float] = []
        self._screen = screen
        self._presses = presses

    def read(self, written: Iterable[tuple[float, bytes]]) -> bool:
        """Takes the next parts with the times they came; whether every press has its echo."""
        for moment, data in written:
            rows = self._screen.feed(data)
            for press in self._presses[len(self.times) :]:
                if moment < press.at or not any(press.line in row for row in rows):
                    break
                self.times.append(moment - press.at)
        return len(self.times) == len(self._presses)


def lines_of_letters(count: int, seed: int) -> list[str]:
    """`count` letters in lines, no letter like the one before it."""
    chooser = random.Random(seed)
    letters: list[str] = []
    for _ in range(count):
        others = [letter for letter in string.ascii_uppercase if letter != "".join(letters[-1:])]
        letters.append(chooser.choice(others))
    whole = "".join(letters)
    return [whole[i : i + LETTERS_A_LINE] for i in range(0, count, LETTERS_A_LINE)]


def type_and_time(terminal: Terminal, count: int, seed: int) -> list[float]:
    """Types `count` letters into an empty composer; seconds from each press to its echo.

    A letter comes 120 to 250 ms after the one before it, whether or not that one was seen. A line
    of 50 is taken back by the backspace key; mark and backspaces are not counted. What is written
    meanwhile is understood only after the line. Raises RuntimeError for a letter that is not shown.
    """
    chooser = random.Random(seed)
    times: list[float] = []
    for line in lines_of_letters(count, seed):
        terminal.type(MARK)
        terminal.until(lambda text: MARK in text, "the first letters of a line")
        presses = []
        due = time.perf_counter() + _SETTLING_S
        for number, letter in enumerate(line, 1):
            terminal.watch(due)
            presses.append(Press(terminal.type(letter), MARK + line[:number]))
            due += chooser.uniform(SHORTEST_S, LONGEST_S)
        terminal.watch(due)
        echoes = Echoes(terminal.screen, presses)
        deadline = time.perf_counter() + _PATIENCE_S
        while not echoes.read(terminal.take()):
            if time.perf_counter() > deadline:
                raise RuntimeError(f"a letter of {line} was never shown:\n{terminal.shown()}")
            terminal.watch(time.perf_counter() + _SETTLING_S / 2)
        times += echoes.times
        terminal.type("\x7f" * (len(MARK) + len(line)))
        terminal.until(lambda text: MARK not in text, "the empty composer")
    return times
