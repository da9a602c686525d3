from __future__ import annotations

import time
from datetime import datetime

import pytest

from store.recall_query import LONGEST, read_query

NOW = datetime(2025, 11, 20, 12).timestamp()
PEOPLE = {"Ana", "Mark", "Caroline Smith", "Will"}


def days(text: str) -> list[tuple[str, str]]:
    spans = read_query(text, PEOPLE, NOW).spans
    return [
        (
            datetime.fromtimestamp(span.start).date().isoformat(),
            datetime.fromtimestamp(span.end).date().isoformat(),
        )
        for span in spans
    ]


@pytest.mark.parametrize(
    ("text", "speakers", "bare"),
    [
        ("What did Ana say?", {"Ana"}, "What did say?"),
        ("ana's dog", {"Ana"}, "dog"),
        ("did Caroline's boat sink", {"Caroline Smith"}, "did boat sink"),
        ("Does Caroline Smith sail?", {"Caroline Smith"}, "Does sail?"),
        ("When will Mark go?", {"Mark"}, "When will go?"),
        ("When does Will go?", {"Will"}, "When does go?"),
        ("Will it rain?", set(), "Will it rain?"),
        ("mark my words, She said", set(), "mark my words, She said"),
        ("the banana", set(), "the banana"),
        ("Ana", {"Ana"}, "Ana"),
    ],
)
def test_speakers_are_found_and_taken_out(text: str, speakers: set[str], bare: str) -> None:
    query = read_query(text, PEOPLE, NOW)
    assert query.speakers == speakers
    assert query.bare.split() == bare.split()


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("what is my dog called?", "user"),
        ("what did you tell me?", "assistant"),
        ("what did Ana tell me?", ""),
        ("the harbour", ""),
    ],
)
def test_i_and_you_say_whose_words_are_wanted(text: str, role: str) -> None:
    assert read_query(text, PEOPLE, NOW).role == role


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("on 3 November", [("2025-11-03", "2025-11-04")]),
        ("in march 2025", [("2025-03-01", "2025-04-01")]),
        ("in December", [("2024-12-01", "2025-01-01")]),
        ("on June 5th, 2024", [("2024-06-05", "2024-06-06")]),
        ("2025-03-04", [("2025-03-04", "2025-03-05")]),
        ("2025-03", [("2025-03-01", "2025-04-01")]),
        ("in 2023", [("2023-01-01", "2024-01-01")]),
        ("yesterday", [("2025-11-19", "2025-11-20")]),
        ("today", [("2025-11-20", "2025-11-21")]),
        ("last week", [("2025-11-06", "2025-11-21")]),
        ("I may march", []),
        ("on 31 February 2024", []),
        ("2025-13-01 and 99 May 2024", []),
        ("in 9999", []),
    ],
)
def test_days_are_found(text: str, found: list[tuple[str, str]]) -> None:
    assert days(text) == found


def test_a_query_of_any_length_is_read_at_once() -> None:
    text = "Ana sailed in May 2024 with a boat " * 3000
    started = time.process_time()
    query = read_query(text, PEOPLE, NOW)
    assert time.process_time() - started < 5
    assert len(query.text) == LONGEST
    assert query.speakers == {"Ana"}
