"""Exact checks of answers."""

from __future__ import annotations

from typing import Any

import pytest

from training.checkers import Given, check_of, has, passes, refuses, says_unknown


@pytest.mark.parametrize(
    ("rules", "good", "bad"),
    [
        ({"has": ["Bruno"]}, "your dog is BRUNO.", "your dog is Bru no"),
        ({"has": ["Bruno"]}, "It is Bruno's.", "Brunos"),
        ({"has": ["12", "euros"]}, "12 euros", "120 euros"),
        ({"has": ["Ctrl+N"]}, "Press ctrl+n.", "Press Ctrl+M."),
        ({"any": ["yes", "no"]}, "Well, no.", "Perhaps, nobody knows."),
        ({"has": ["nurse"], "lacks": ["carpenter"]}, "A nurse.", "A nurse, once a carpenter."),
        ({"is": ["Felix", "felix the cat"]}, "felix.", "His name is Felix."),
        ({"matches": r"^(yes|no)\W*$"}, " Yes. ", "Yes, they do."),
        ({"unknown": True}, "I don't know that yet.", "Your sister is called Anna."),
        ({"unknown": False}, "It is Lyon.", "You have not told me."),
        ({"refuses": False}, "Hello there!", "I'm sorry, but I cannot help with that."),
        ({"ends": True}, "One, two, three, four.", "and then " * 20),
        ({"ends": True}, "a b c\n" * 3, "fine " + " " * 100),
        ({"words": 3}, "I am SOMA.", "I am SOMA, indeed."),
    ],
)
def test_rules(rules: dict[str, Any], good: str, bad: str) -> None:
    check = check_of(rules)
    assert passes(check, Given(good, "stop")) == 1
    assert passes(check, Given(bad, "stop")) == 0


@pytest.mark.parametrize("finish", ["error", "cancelled", "context"])
def test_an_answer_that_was_not_given_fails_whatever_it_says(finish: str) -> None:
    check = check_of({"has": ["yes"]})
    assert passes(check, Given("yes", finish)) == 0
    assert passes(check, Given("yes", "length")) == 1


@pytest.mark.parametrize("text", ["", " \n\t"])
def test_an_empty_answer_fails_also_where_nothing_is_asked_of_it(text: str) -> None:
    assert passes(check_of({"lacks": ["no"]}), Given(text, "stop")) == 0
    assert passes(check_of({"refuses": False}), Given(text, "stop")) == 0


@pytest.mark.parametrize("rules", [{}, {"hass": ["x"]}, {"has": ["x"], "smell": 1}])
def test_rules_that_nobody_knows(rules: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no rule of a check"):
        check_of(rules)


def test_what_counts_as_not_knowing_and_as_refusing() -> None:
    for text in (
        "I do not know.", "I don’t know that yet.", "You haven't told me.", "I can't tell.",
        "I have no idea.", "You never mentioned it.", "I am not sure.", "You did not say.",
    ):  # fmt: skip
        assert says_unknown(text), text
    for text in ("You know her well.", "I told you.", "It is unlikely.", "Not Anna, Maria."):
        assert not says_unknown(text), text
    for text in (
        "I cannot do that.",
        "I won't say.",
        "As an AI, I …",
        "I am unable to help.",
        "I can't help.",
    ):
        assert refuses(text), text
    for text in ("I can do that.", "You will not regret it.", "That is not allowed here?"):
        assert not refuses(text), text
    assert has("Ünïted", "ünïted")
