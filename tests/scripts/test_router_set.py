"""The labelled set by which the router is measured."""

from __future__ import annotations

import json
from collections import Counter, defaultdict

from scripts.bench.make_router_set import SET, has_keyword, rows

ROWS = [json.loads(line) for line in SET.read_text(encoding="utf-8").splitlines()]


def test_the_file_is_what_the_maker_writes() -> None:
    assert rows() == ROWS


def test_a_template_is_in_one_split_alone() -> None:
    splits = defaultdict(set)
    for row in ROWS:
        splits[row["template"]].add(row["split"])
    assert all(len(found) == 1 for found in splits.values())
    assert {row["split"] for row in ROWS} == {"dev", "report"}


def test_half_of_each_group_holds_no_keyword() -> None:
    counts = Counter((tuple(row["specialists"]), row["keywords"]) for row in ROWS)
    for specialists in {tuple(row["specialists"]) for row in ROWS}:
        assert counts[specialists, True] == counts[specialists, False]
    assert all(has_keyword(row["text"]) == row["keywords"] for row in ROWS)


def test_no_request_is_there_twice() -> None:
    assert len({row["text"] for row in ROWS}) == len(ROWS)
