"""Taking words out of texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.redaction import FORGOTTEN, Needles, is_distinctive, without_sentences


@pytest.mark.parametrize(
    ("text", "needle", "left"),
    [
        ("My dog is Rex. Hello!", "Rex", "[forgotten] Hello!"),
        ("Hello! My dog is called REX", "Rex", "Hello! [forgotten]"),
        ("I like trexes.", "Rex", "I like trexes."),
        ("Rex's ball. And Rex.", "rex", "[forgotten]"),
        ("one\ntwo Rex\nthree", "Rex", "one\n[forgotten]\nthree"),
        ("New\nYork is big", "New York", "[forgotten]"),
        ("私の犬はポチです。元気。", "ポチ", "[forgotten]元気。"),
        ("Мой кот Васька. Да.", "васька", "[forgotten] Да."),
        ("Dr. Weber is ill. Really.", "Weber", "[forgotten] Really."),
        ("nothing", "Rex", "nothing"),
        ("", "Rex", ""),
    ],
)
def test_sentences_that_hold_a_word_go(text: str, needle: str, left: str) -> None:
    assert Needles([needle]).redact(text) == left


def test_quoted_sentences_go_however_they_were_marked() -> None:
    text = "Hello. I'm “really” called Max! Bye."
    assert Needles([]).redact(text, ["I'm … called Max!"]) == text
    assert Needles([]).redact(text, ["I'm really called Max!"]) == "Hello. [forgotten] Bye."


@given(st.text(max_size=200), st.text(min_size=1, max_size=10))
def test_no_word_is_left(text: str, needle: str) -> None:
    needles = Needles([needle])
    assert not needles.are_in(needles.redact(text)) or needles.are_in(FORGOTTEN)


def test_many_sentences_are_found_as_well_as_few() -> None:
    needles = Needles(f"sentence number {n} of many" for n in range(300))
    assert needles.are_in("here: Sentence number  42\nof many.")
    assert not needles.are_in("sentence number 300 of many")
    assert not Needles([]).are_in("anything")


@pytest.mark.parametrize("value", ["Rex", "Ana Maria", "4711", "the old red barn", "ポチ"])
def test_what_is_somebody_s_own(value: str) -> None:
    assert is_distinctive(value)


@pytest.mark.parametrize("value", ["tea", "34", "nurse", "green tea"])
def test_what_anybody_says(value: str) -> None:
    assert not is_distinctive(value)


def test_single_sentences_are_taken_out_and_the_rest_stays() -> None:
    text = "I live in Oslo. My dog is Rex.\nAnd you? My dog is Rex."
    left = without_sentences(text, lambda one: "Rex" in one)
    assert left == "I live in Oslo. [forgotten]\nAnd you? [forgotten]"
    assert without_sentences(text, lambda one: False) == text
