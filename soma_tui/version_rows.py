"""How versions are put into lines: the cells of one, its lineage, its verdict, what differs."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agents.text import visible
from soma_tui.line_chart import Points
from soma_tui.verdict_rows import WORDS, signed

Json = Mapping[str, Any]
BASE = "base"
_ARROW = " ← "
_LONGEST, _HEAD, _TAIL = 160, 60, 90


@dataclass(frozen=True, slots=True)
class Difference:
    """An item that two models answered differently, and what became of it: "won", "lost" or ""."""

    question: str
    old: str
    new: str
    outcome: str


def verdict(row: Json) -> str:
    """What was decided about a version, in a word."""
    if row["problem"]:
        return "unreadable"
    decision = row["decision"]
    return WORDS.get(str((decision or {}).get("verdict")), "not measured")


def version_cells(row: Json) -> tuple[str, ...]:
    """The cells of a version: name, day, what was decided or that it serves, the sealed measure's
    change by it, and the measure before and after, in nats a token."""
    if row["problem"]:
        return visible(row["name"]), "", verdict(row), "", ""
    moment = time.localtime(row["created"])
    when = f"{moment.tm_mday} {time.strftime('%b %H:%M', moment)}"
    measured = row["measured"]
    change = both = ""
    if measured is not None and None not in (measured["old"], measured["new"]):
        change = signed(measured["new"] - measured["old"])
        both = f"{measured['old']:.2f} → {measured['new']:.2f}".replace("-", "−")
    state = due(row) or ("serving" if row["serving"] else verdict(row))
    return visible(row["name"]), when, state, change, both


def due(row: Json) -> str:
    """Why a version has to be trained again, in a word or two; "" where it has not."""
    if row["problem"]:
        return ""
    return "other base" if row["other_base"] else "retrain due" if row["retrain"] else ""


def offered(offers: Sequence[Json]) -> str:
    """What is said of the runs that are offered; "" where none is."""
    return "; ".join(f"{visible(one['reason'])} (t)" for one in offers)


def version_title(rows: Sequence[Json], name: str) -> str:
    """What a version is: whether it serves, what it came of, and what it came after."""
    row = by_name(rows, name)
    if row is None or row["problem"]:
        return visible(name)
    parts = ["serving"] if row["serving"] else []
    parts += [row["run"]] if row["run"] else []
    if len(trend(rows, name)[1]) > 1:
        parts.append("nats a token: ┄ version, ─ before it")
    return " · ".join([_ARROW.join(lineage(rows, name)), *map(visible, parts)])


def lineage(rows: Sequence[Json], name: str) -> list[str]:
    """A version, the one that served before it, and so on to the base."""
    found = [visible(name)]
    seen = {name}
    row = by_name(rows, name)
    while row is not None and not row["problem"]:
        parent = row["parent"]
        if not parent or parent in seen:
            return [*found, visible(row["base_name"] or BASE)]
        seen.add(parent)
        found.append(visible(parent))
        row = by_name(rows, parent)
    return found


def version_told(row: Json) -> str:
    """What is to be said about a version: what is wrong, else why it was decided as it was."""
    if row["problem"]:
        return visible(row["problem"])
    decision = row["decision"]
    told = [visible(str((decision or {}).get("sentence") or "It was not measured yet."))]
    if row["retrain"]:
        told.append("Something that it was trained on is forgotten since: train again (t).")
    if row["other_base"]:
        told.append(
            f"It was made for {visible(row['base_name'])} as it was then, which is not the model "
            "that is open: train again (t)."
        )
    return " ".join(told)


def trend(rows: Sequence[Json], name: str) -> tuple[Points, Points]:
    """The sealed measure over versions, as the model before each and it itself have it: of those
    whose trend is that of the named one."""
    row = by_name(rows, name)
    if row is None or row["problem"] or row["measured"] is None:
        return (), ()
    wanted = row["specialist"], row["measured"]["start"]
    old, new = [], []
    for one in rows:
        measured = None if one["problem"] else one["measured"]
        if measured is None or (one["specialist"], measured["start"]) != wanted:
            continue
        if None not in (measured["level"], measured["old"], measured["new"]):
            level = measured["level"]
            old.append((one["number"], level + measured["old"] - measured["new"]))
            new.append((one["number"], level))
    return sorted(old), sorted(new)


def by_name(rows: Sequence[Json], name: str) -> Json | None:
    """The row of a version."""
    return next((row for row in rows if row["name"] == name), None)


def differences(evaluation: Json | None) -> Iterator[Difference]:
    """The items of an evaluation that were answered differently: lost ones first, then won."""
    found = []
    for item in (evaluation or {}).get("outcomes", ()):
        if item["measure"] != "check" or item["old_text"] == item["new_text"]:
            continue
        old, new = item["old"], item["new"]
        outcome = "" if None in (old, new) or old == new else "won" if new > old else "lost"
        found.append(
            Difference(
                _short(item["question"]), visible(item["old_text"]), visible(item["new_text"]),
                outcome,
            )
        )  # fmt: skip
    return iter(sorted(found, key=lambda one: ("lost", "won", "").index(one.outcome)))


def _short(question: str) -> str:
    """A question in one line: its beginning and, where it is long, its end."""
    line = " ".join(visible(question).split())
    return line if len(line) <= _LONGEST else f"{line[:_HEAD].rstrip()} … {line[-_TAIL:].lstrip()}"
