"""The record of an evaluation."""

from __future__ import annotations

import json
from typing import Any

import pytest

from store.errors import SomaError
from training.evaluation import Evaluation, Outcome, Side, read_evaluation

FOUND = Evaluation(
    Side("base", "b" * 64),
    Side("train-3", "b" * 64, "a" * 64),
    "s" * 64,
    "c" * 64,
    (
        Outcome("one", "personal", "conversation:1", "likelihood", -2.5, -2.0),
        Outcome("two", "identity", "who", "check", 1.0, None, "Who are you?", "SOMA.", ""),
        Outcome("three", "loops", "poem", "check", 1.0, 1.0),
    ),
    {"new.kl_to_base": 0.02, "old.entropy": None},
)


def test_an_evaluation_is_read_as_it_was_written() -> None:
    assert read_evaluation(json.loads(json.dumps(FOUND.as_json()))) == FOUND


def test_outcomes_are_found_by_group_and_measure() -> None:
    assert [outcome.item for outcome in FOUND.of("personal", "likelihood")] == ["one"]
    assert FOUND.of("personal", "check") == ()
    assert FOUND.canaries == ("identity", "loops")


@pytest.mark.parametrize(
    "content",
    [
        None,
        {},
        {**FOUND.as_json(), "outcomes": [{"item": "one"}]},
        {**FOUND.as_json(), "old": {}},
        {**FOUND.as_json(), "outcomes": [{**FOUND.as_json()["outcomes"][0], "measure": "guess"}]},
    ],
)
def test_what_is_no_evaluation_is_refused(content: Any) -> None:
    with pytest.raises(SomaError, match="evaluate again"):
        read_evaluation(content)
