"""How single examples are put into lines, and the words that they are found by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from agents.text import visible
from soma_tui.figures import counted
from training.example import PERSONAL

Row = Mapping[str, Any]
REFUSED = "refused by you"
_WHERE, _KIND = 15, 11
_LONGEST = 300


def rows_of(found: Mapping[str, Any]) -> list[Row]:
    """All rows of what `examples.list` gives: what would be learned, what is rejected below it."""
    return [*found["examples"], *found["left_out"]]


def in_the_order_of(before: Sequence[Row], now: Sequence[Row]) -> list[Row]:
    """Rows in the places where they stood before, also where they are rejected since; the new ones
    last."""
    places = {_key(row): place for place, row in enumerate(before)}
    return sorted(now, key=lambda row: places.get(_key(row), len(places)))


def _key(row: Row) -> tuple[str, ...]:
    return str(row["source"]), str(row["question"]), str(row["answer"])


def matching(rows: Sequence[Row], query: str) -> list[Row]:
    """The rows in which every word of a query stands somewhere."""
    words = query.casefold().split()
    return [row for row in rows if all(word in _searched(row) for word in words)]


def _searched(row: Row) -> str:
    names = ("source", "kind", "split", "specialist", "reason", "question", "answer")
    return " ".join(str(row[name]) for name in names).casefold()


def where(row: Row) -> str:
    """The split of an example, or why it is in none."""
    return str(row["split"] or row["reason"])


def cells(row: Row) -> tuple[str, str]:
    """What stands in the columns of a row, and then its words in one line."""
    said = " → ".join(filter(None, (row["question"][:_LONGEST], row["answer"][:_LONGEST])))
    known = f"{where(row):<{_WHERE}} {row['kind']:<{_KIND}} "
    return known, " ".join(visible(said).split()) or visible(row["source"])


def title(found: Mapping[str, Any]) -> str:
    """How many examples there are, and how many were rejected."""
    rejected = sum(found["rejected"].values())
    return f"{counted(found['accepted'], 'example')} to learn from, {rejected:,} rejected"


def details(row: Row) -> Iterator[tuple[str, str]]:
    """Everything about an example, in pairs of what and how; the first is its title."""
    parts = [row["source"], row["kind"], where(row)]
    if row["specialist"] != PERSONAL:
        parts.append(row["specialist"])
    yield "", visible(" · ".join(parts))
    if row["reason"]:
        from training.filters import REASONS

        yield "rejected", REASONS[row["reason"]]
    elif row["split"] == "sealed":
        yield "sealed", "set aside to measure by; it is never trained on"
    elif row["split"] == "dev":
        yield "dev", "steers the training; it is not trained on"
    if row["earlier"]:
        yield "after", counted(row["earlier"], "earlier turn")
    if row["question"]:
        yield "asked", visible(row["question"])
    if row["answer"]:
        yield "to be said", visible(row["answer"])
