"""Where a further run is offered: what was deployed was trained on what is forgotten, or belongs to
another base than the one that is open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Offer:
    """A run that is offered for a specialist, the version that it is to replace, and why."""

    specialist: str
    version: str
    reason: str


def offers(rows: Sequence[Row], deployed: Mapping[str, str], model: str) -> list[Offer]:
    """Give the runs that are offered.

    `rows` are those of `versions.list`, `deployed` names the version of each specialist that is to
    serve, and `model` is the name of the one that is open, "" where there is none.
    """
    known = {row["name"]: row for row in rows if not row["problem"]}
    found = ((whose, known[name]) for whose, name in deployed.items() if name in known)
    return [
        Offer(whose, row["name"], reason) for whose, row in found if (reason := _why(row, model))
    ]


def _why(row: Row, model: str) -> str:
    name, base = row["name"], row["base_name"]
    if row["other_base"]:
        of = f"an earlier {base}" if base == model else f"{base}, and {model} is open"
        return f"{name} is of {of}; a new run makes one for this one"
    if row["retrain"]:
        return f"{name} learned what is forgotten since; a new run makes one without it"
    return ""
