"""What counts as evidence for the personality, and what does not."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from agents.style_evidence import (
    MESSAGES_OF_A_HABIT,
    from_correction,
    from_message,
    from_rating,
    from_writing,
)
from agents.style_requests import style_requests
from store.traits import BASELINES, Evidence

WORDINGS = Path(__file__).parent / "wordings"
LEAST_FOUND = 0.9
MOST_FALSE = 0.05


def wordings(name: str) -> list[tuple[str, str]]:
    lines = (WORDINGS / name).read_text(encoding="utf-8").splitlines()
    return [(line.partition("\t")[0], line.partition("\t")[2]) for line in lines]


def asked(text: str) -> list[str]:
    return [f"{wish.trait}{'+' if wish.more else '-'}" for wish in style_requests(text)]


def targets(evidence: list[Evidence]) -> dict[str, float]:
    return {piece.trait: piece.target for piece in evidence}


@pytest.mark.parametrize(("text", "wish"), wordings("style_known.tsv"))
def test_a_known_wording_is_understood(text: str, wish: str) -> None:
    assert asked(text) == ([wish] if wish else [])


def test_wordings_the_rules_were_not_written_for_are_understood() -> None:
    held_out = wordings("style_held_out.tsv")
    wanted = [(text, wish) for text, wish in held_out if wish]
    others = [text for text, wish in held_out if not wish]
    found = sum(asked(text) == [wish] for text, wish in wanted)
    false = sum(bool(asked(text)) for text in others)
    assert found >= LEAST_FOUND * len(wanted), (found, len(wanted))
    assert false <= MOST_FALSE * len(others), (false, len(others))


def test_every_trait_can_be_asked_for_both_ways_or_the_one_that_has_words() -> None:
    lines = wordings("style_known.tsv") + wordings("style_held_out.tsv")
    reached = {wish[:-1] for text, wish in lines if wish and asked(text) == [wish]}
    assert reached == BASELINES.keys()


@pytest.mark.parametrize(
    "text",
    [
        'she wrote "shorter, please"',
        "> be more formal\n\nwhat does this person want?",
        "```\nbe brief\n```",
        "“keep it short” is what my editor always tells me",
        "x" * 3000 + ". be brief",
    ],
)
def test_quoted_and_pasted_text_asks_for_nothing(text: str) -> None:
    assert asked(text) == []


def test_the_last_word_counts() -> None:
    assert asked("be brief. No, longer please") == ["verbosity+"]


@pytest.mark.parametrize(
    "text", ["短くしてください", "Короче, пожалуйста", "אל תתבדח", "", "\x00\ud800", "🙂" * 50]
)
def test_any_script_is_read_without_harm(text: str) -> None:
    assert from_message(1, text) == []
    assert from_correction(1, text, text) == []


def test_a_message_that_never_ends_is_read_in_no_time() -> None:
    words = ["be", "more", "less", "too", "so", "don't", "you", "please", "short", "a", "bit", ","]
    rng = random.Random(3)
    text = " ".join(rng.choice(words) for _ in range(450))[:1999]
    start = time.process_time()
    style_requests(text)
    style_requests("please " * 280)
    style_requests("a little " * 200)
    assert time.process_time() - start < 5


def test_a_request_names_its_message_and_its_words() -> None:
    (piece,) = from_message(7, "Thanks. Shorter, please! And what is a sloop?")
    assert (piece.message, piece.quote, piece.source) == (7, "Shorter, please!", "request")
    assert (piece.trait, piece.target) == ("verbosity", 0.0)


LONG = (
    "Well, I think that the harbour opens at eight, perhaps a little later, and you should be "
    "careful on the pier! Would you like to know more about it? I am happy to help!"
)


def test_a_correction_speaks_by_what_is_different() -> None:
    found = targets(from_correction(4, LONG, "At eight."))
    assert found["verbosity"] == 0.0
    found = targets(from_correction(4, "At eight.", LONG))
    assert found["verbosity"] == found["curiosity"] == found["enthusiasm"] == 1.0
    found = targets(from_correction(4, "Hey, it's gonna open at 8, ok!", "It is open from eight."))
    assert found["formality"] == 1.0
    assert found["enthusiasm"] == 0.0


def test_a_correction_of_a_fact_alone_says_nothing_of_style() -> None:
    assert from_correction(4, "The harbour opens at eight.", "The harbour opens at nine.") == []


def test_a_bad_rating_speaks_against_what_has_moved() -> None:
    values = BASELINES | {"humor": 0.75, "formality": 0.305}
    assert targets(from_rating(4, -1, values, BASELINES)) == {"humor": 0.6}
    assert from_rating(4, 1, values, BASELINES) == []


def test_how_somebody_writes_shows_after_ten_messages() -> None:
    curt = ["yeah ok", "gonna go", "nope", "cool", "what's that", "hey u"] * 2
    assert from_writing(9, curt[: MESSAGES_OF_A_HABIT - 1]) == []
    found = targets(from_writing(9, curt[:MESSAGES_OF_A_HABIT]))
    assert found["verbosity"] < 0.5
    assert found["formality"] < BASELINES["formality"]
    stately = ["I would kindly request that you provide the documents regarding this matter."] * 10
    assert targets(from_writing(9, stately))["formality"] > 0.5
    plain = ["The harbour opens at eight in the morning and closes at nine."] * 10
    assert from_writing(9, plain) == []
