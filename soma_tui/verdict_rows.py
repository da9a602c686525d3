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


# --- what was found, by group

HEADING = f"  {'group':<16} {'better by':>9}  {'95 %':<16} {'won':>4} {'lost':>4} {'of':>5}"
_HOLDS = {True: "✓", False: "✗"}


def findings(decision: Json | None, *, narrow: bool = False) -> list[str]:
    """What was found in each group, a line each below a heading, if there is anything: by how much
    it is better, with its interval, and the items won and lost."""
    found = decision or {}
    groups = [one for one in (found.get("personal"), *found.get("findings", ())) if one]
    if narrow:
        return [_sentence(one) for one in groups]
    return [HEADING, *map(_row, groups)] if groups else []


def _row(one: Json) -> str:
    better, interval = _numbers(one)
    counts = f"{len(one['won']):>4} {len(one['lost']):>4} {one['items']:>5}"
    return f"{_mark(one)} {_name(one):<16} {better:>9}  {interval:<16} {counts}"


def _sentence(one: Json) -> str:
    better, interval = _numbers(one)
    counts = f"{len(one['won'])} won, {len(one['lost'])} lost of {one['items']}"
    return f"{_mark(one)} {_name(one)} {better}{f' ({interval})' if interval else ''}, {counts}"


def _mark(one: Json) -> str:
    return _HOLDS.get(one["holds"], " ")


def _name(one: Json) -> str:
    unit = " (nats)" if one["measure"] == "likelihood" else ""
    return f"{visible(str(one['group']))}{unit}"


def _numbers(one: Json) -> tuple[str, str]:
    both = one["interval"]
    better = "unknown" if one["difference"] is None else signed(one["difference"])
    return better, f"{signed(both[0])} to {signed(both[1])}" if both else ""


def signed(value: float) -> str:
    """A number with its sign, as +0.12."""
    return f"{value:+.2f}".replace("-", "−")
