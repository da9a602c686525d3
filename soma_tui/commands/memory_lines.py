"""Profile, personality, previews and receipts as lines of text."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from agents.profile_lines import person_in_words
from agents.text import visible
from soma_tui.figures import counted

Row = Mapping[str, Any]
_KINDS = {
    "name": "Name", "instruction": "Standing instructions", "preference": "Preferences",
    "relationship": "People and pets", "fact": "Facts", "topic": "Topics",
}  # fmt: skip
_WIDTH = 20  # characters of a bar
_OUTCOMES = {
    "new": "taken in", "changed": "taken in anew", "unchanged": "not changed",
    "known": "known already, from another file with the same content",
}  # fmt: skip


def profile(shown: Row) -> str:
    """The facts of a person under the headings of their kinds."""
    if not shown["facts"]:
        who = person_in_words(shown["person"]["handle"])
        return f"nothing is known of {visible(who)} yet"
    parts = []
    for kind, heading in _KINDS.items():
        rows = [fact(row) for row in shown["facts"] if row["kind"] == kind]
        if rows:
            parts.append("\n".join([heading, *rows]))
    return "\n\n".join(parts)


def fact(row: Row) -> str:
    """A fact on a line: its id, what it says, when it was said, and what became of it."""
    what = row["value"] if row["kind"] == "instruction" else f"{row['attribute']}: {row['value']}"
    ended = {"superseded": f"  (until fact {row['successor']})", "retracted": "  (no longer)"}
    pinned = "  pinned" if row["pinned"] else ""
    return f"{row['id']:>6}  {visible(what)}  ({_said(row)}){ended.get(row['state'], '')}{pinned}"


def _said(row: Row) -> str:
    if not row["evidence"]:
        return "its evidence was forgotten"
    newest = row["evidence"][-1]
    day = time.strftime("%Y-%m-%d", time.localtime(newest["at"]))
    if newest["by"] == "hand":
        return f"kept by you on {day}"
    read = ", read by the model" if newest["by"] == "model" else ""
    return f"message {newest['message']}, {day}{read}"


def personality(states: Any) -> str:
    """The traits as bars in which the baseline is marked, under the names of their groups."""
    rows: list[str] = []
    group = ""
    for state in states:
        if state["group"] != group:
            group = state["group"]
            rows += ["", group] if rows else [group]
        rows.append(_trait(state))
    return "\n".join(rows)


def _trait(state: Row) -> str:
    value, baseline = state["value"], state["baseline"]
    filled, mark = round(value * _WIDTH), min(_WIDTH - 1, int(baseline * _WIDTH))
    bar = "".join(
        "|" if place == mark else "█" if place < filled else "·" for place in range(_WIDTH)
    )
    moved = f" ({value - baseline:+.2f})" if abs(value - baseline) >= 0.005 else ""
    evidence = state["evidence"]
    pieces = f"  {counted(evidence, 'piece')} of evidence" if evidence else ""
    pinned = "  pinned" if state["pinned"] else ""
    chosen = "  set by you" if baseline != state["default"] else ""
    name = state["name"].replace("_", " ")
    return f"  {name:<22} {bar} {value:.2f}{moved}{pieces}{chosen}{pinned}"


def change(row: Row) -> str:
    """One change of a trait on a line, with its evidence."""
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(row["at"]))
    moved = f"{row['before']:.3f} → {row['after']:.3f}"
    evidence = row["evidence"]
    why = row["kind"]
    if evidence:
        why = f"{evidence['source']}: {visible(evidence['quote'])}"
    undone = "  (taken back)" if row["undone"] else ""
    return f"{row['id']:>6}  {when}  {row['trait'].replace('_', ' '):<22} {moved}  {why}{undone}"


def log(rows: Any) -> str:
    """The changes, one a line."""
    return "\n".join(map(change, rows)) if rows else "nothing has changed yet"


def preview(shown: Row) -> str:
    """What would go, in words."""
    return "\n".join(["this would go:", *_would_go(shown)])


def _would_go(shown: Row) -> Iterator[str]:
    for value in shown["facts"]:
        yield f"  fact: {visible(value)}"
    if shown["conversations"]:
        yield "  the whole conversation"
    if shown["messages"]:
        yield f"  whole messages: {shown['messages']}"
    for name in shown["documents"]:
        yield f"  document: {visible(name)}"
    for sentence in shown["sentences"][:20]:
        yield f"  sentence: {visible(sentence)}"
    if len(shown["sentences"]) > 20:
        yield f"  and {len(shown['sentences']) - 20} more sentences"
    if shown["runs"]:
        yield f"  sentences in {_count(shown['runs'], 'run')} of the team"
    if shown["elsewhere"]:
        yield f"and {shown['elsewhere']} messages that hold the same common words would stay"


def receipt(row: Row) -> str:
    """What was forgotten and what remains."""
    gone = [
        _count(row["facts"], "fact"),
        _count(row["conversations"], "conversation"),
        _count(row["messages"], "message"),
        _count(row["documents"], "document"),
        _count(row["runs"], "run") and f"sentences in {_count(row['runs'], 'run')} of the team",
    ]
    rows = [f"forgotten: {', '.join(filter(None, gone))}"]
    if row["prompts"]:
        rows.append(f"told anew at the next turn: {_count(row['prompts'], 'conversation')}")
    rows += [f"taken off the disk: {visible(name)}" for name in row["files"]]
    rows.append(f"looked through {_count(row['searched'], 'file')}")
    rows += [f"remains: {visible(line)}" for line in row["remaining"]]
    rows += [f"to be retrained: {visible(name)}" for name in row["retrain"]]
    if row["retrain"]:
        rows.append("`soma train`, or t in Training, makes a version without it")
    else:
        rows.append("no model was trained on it")
    return "\n".join(rows)


def _count(number: int, name: str) -> str:
    return counted(number, name) if number else ""


def taken(row: Row) -> str:
    """What became of one file."""
    if row["outcome"] == "refused":
        return f"soma: {visible(row['note'])}"
    if row["outcome"] == "forgotten":
        return visible(row["note"])
    note = f" ({visible(row['note'])})" if row["note"] else ""
    outcome = _OUTCOMES[row["outcome"]]
    return f"{visible(row['path'])}: {outcome}, {counted(row['passages'], 'passage')}{note}"
