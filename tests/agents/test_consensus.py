"""When answers say the same, how they are voted on, and when a text only repeats itself."""

from __future__ import annotations

import json

import numpy as np
import pytest

from agents.consensus import Draft, confidence, numbers_in, same, vote
from agents.repetition import repeated_tail


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Paris", "paris."),
        ("It is Paris.", "The answer is Paris"),
        ("**42**", "42"),
        ("1,204", "It is 1204."),
        ("0.5", "1/2"),
        ("The result is 12.0", "12"),
        ("−3", "It is -3."),
        ("", ""),
        ("!!!", "!!!"),
    ],
)
def test_answers_that_say_the_same(one: str, other: str) -> None:
    assert same(one, other)


@pytest.mark.parametrize(
    ("one", "other", "cosine"),
    [
        ("Paris", "London", None),
        ("5", "-5", None),
        ("12", "13", 0.99),
        ("12 and 13", "12", 0.99),
        ("The meeting is at 9 because Tom said so and nobody was against it that day",
         "The meeting is at 10 because Tom said so and nobody was against it that day", 0.99),
        ("You should buy the house", "You should not buy the house", 0.97),
        ("Cats sleep a lot", "Dogs bark at night", 0.4),
        ("yes", "no", None),
        ("!!!", "???", None),
    ],
)  # fmt: skip
def test_answers_that_differ(one: str, other: str, cosine: float | None) -> None:
    assert not same(one, other, cosine)


def test_meaning_decides_where_words_differ() -> None:
    assert same("Cats sleep most of the day", "A cat spends its days asleep", 0.9)
    assert not same("Cats sleep most of the day", "A cat spends its days asleep")


def test_numbers_are_found_in_a_text() -> None:
    found = numbers_in("From 1,204 take 1/2, then −3.5; not v2 or 7/0.")
    assert [float(number) for number in found] == [1204.0, 0.5, -3.5]


def draft(task: str, text: str, sure: float | None = 0.8) -> Draft:
    return Draft(task, "coder", text, sure)


def test_the_vote_is_weighed_by_confidence() -> None:
    verdict = vote([draft("a", "Paris", 0.3), draft("b", "paris", 0.3), draft("c", "Rome", 0.9)])
    assert [len(group) for group in verdict.groups] == [1, 2]
    assert verdict.winner.task == "c"
    assert not verdict.decided


def test_a_majority_decides_and_the_dissent_is_kept_whole() -> None:
    verdict = vote([draft("a", "Paris", 0.7), draft("b", "Rome"), draft("c", "Paris.", 0.9)])
    assert verdict.decided
    assert verdict.winner.task == "c"
    told = json.loads(json.dumps(verdict.to_json("most drafts agree")))
    assert told["dissent"] == [{"task": "b", "specialist": "coder", "text": "Rome"}]
    assert [vote["tasks"] for vote in told["votes"]] == [["a", "c"], ["b"]]
    assert told["confidence"] == pytest.approx(1.6 / 2.4, abs=0.001)


@pytest.mark.parametrize(
    ("sure", "outstanding", "decided"),
    [(0.8, 1, True), (0.8, 2, False), (0.4, 1, False), (0.4, 0, True)],
)
def test_it_is_decided_once_nothing_to_come_can_change_it(
    sure: float, outstanding: int, decided: bool
) -> None:
    verdict = vote([draft("a", "4", sure), draft("b", "4", sure)], outstanding)
    assert verdict.decided is decided


def test_one_draft_decides_nothing_while_others_may_come() -> None:
    assert not vote([draft("a", "4", 1.0)], 1).decided
    assert vote([draft("a", "4", None)]).decided


def test_drafts_without_any_confidence_in_them_are_voted_on() -> None:
    assert vote([draft("a", "4", 0.0), draft("b", "5", 0.0)]).share == 0.5


def test_meaning_is_asked_once_for_all_drafts() -> None:
    asked: list[list[str]] = []

    def embed(texts: list[str]) -> object:
        asked.append(list(texts))
        return np.array([[1.0, 0.0], [0.0, 1.0], [0.995, 0.1]])

    drafts = [draft("a", "cats sleep"), draft("b", "dogs bark"), draft("c", "felines rest")]
    verdict = vote(drafts, embed=embed)  # type: ignore[arg-type]
    assert [[one.task for one in group] for group in verdict.groups] == [["a", "c"], ["b"]]
    assert len(asked) == 1


def test_confidence_is_the_geometric_mean_of_the_probabilities() -> None:
    assert confidence([np.log(0.5), np.log(0.125)]) == pytest.approx(0.25)
    assert confidence([]) is None


@pytest.mark.parametrize("period", [1, 2, 7, 12, 40, 96])
def test_a_text_that_goes_round_in_circles_is_found(period: int) -> None:
    circle = list(range(period))
    assert repeated_tail([500, 501, *(circle * 60)]) > 0
    assert repeated_tail([500, 501, *circle]) == 0


def test_a_list_and_a_refrain_are_no_circle() -> None:
    items = [token for number in range(40) for token in (1, 2, 100 + number, 3)]
    assert repeated_tail(items) == 0
    refrain = list(range(20))
    verses = [range(1000 * verse, 1000 * verse + 30) for verse in range(1, 7)]
    song = [token for verse in verses for token in (*refrain, *verse)]
    assert repeated_tail([*song, *refrain]) == 0
    assert repeated_tail([9] * 40) == 0
    assert repeated_tail([]) == 0
