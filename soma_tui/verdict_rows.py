"""How the verdicts on training runs are put into lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agents.text import visible
from soma_tui.training_state import Decided

Json = Mapping[str, Any]
WORDS = {"ship": "shipped", "refuse": "refused", "unknown": "not decided"}
"""Each verdict in a word."""
_NOW = {"ship": "serves from now on", "refuse": "was refused", "unknown": "was not decided"}
_BETTER = "better "


def word(verdict: str) -> str:
    """A verdict in a word."""
    return WORDS.get(verdict, visible(verdict))


def standing(decided: Decided) -> str:
    """A verdict as it stands, with all that was found."""
    does = f"was {word(decided.verdict)}"
    return f"{visible(decided.version)} {does}: {_why(decided)}"


def news(decided: Decided) -> str:
    """A verdict as it is told when it is new, with the first of what was found."""
    does = _NOW.get(decided.verdict, word(decided.verdict))
    why = _why(decided).split(";")[0].split(" (")[0].rstrip(".")
    return f"{visible(decided.version)} {does}: {why}."


def _why(decided: Decided) -> str:
    """What a sentence says after its verdict."""
    told = visible(decided.sentence)
    why = told.partition(": ")[2] or told
    return _BETTER + why if decided.verdict == "ship" and why.startswith("on ") else why
