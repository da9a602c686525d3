"""The phases of a run in one line, with a bar where there is room for one."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from soma_tui.training_rows import Phase

MUTED = "$foreground 60%"
_BAR = 16
_LEAST_BAR = 6
_COLOURS = {"●": "bold $text-primary", "✗": "$text-error", "○": MUTED}


def phase_line(phases: Sequence[Phase], width: int) -> Content:
    """Give the line; where it is narrow the words of what is done go, then of what is to come,
    but not of where the run is."""
    for gap, wordless in ((3, ""), (2, ""), (1, ""), (1, "✓"), (1, "✓○")):
        line = _joined(phases, gap, wordless, 0)
        if line.cell_length <= width:
            break
    room = min(_BAR, width - line.cell_length - 1)
    if gap == 1 or room < _LEAST_BAR:
        return line
    return _joined(phases, gap, wordless, room)


def _joined(phases: Sequence[Phase], gap: int, wordless: str, bar: int) -> Content:
    here = max((number for number, phase in enumerate(phases) if phase.mark != "○"), default=0)
    return Content(" " * gap).join(
        _drawn(phase, "" if number == here else wordless, bar)
        for number, phase in enumerate(phases)
    )


def _drawn(phase: Phase, wordless: str, bar: int) -> Content:
    text = phase.mark if phase.mark in wordless else f"{phase.mark} {phase.word}"
    drawn = Content.styled(text, _COLOURS.get(phase.mark, ""))
    if bar and phase.share is not None:
        done = round(phase.share * bar)
        parts = ("━" * done, "$primary"), ("━" * (bar - done), "$border-blurred")
        drawn = Content.assemble(drawn, " ", *parts)
    return Content.assemble(drawn, f" {phase.note}") if phase.note else drawn
