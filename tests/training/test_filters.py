"""Loops, secrets and likeness, each on its own."""

from __future__ import annotations

import pytest

from training.credentials import holds_credentials
from training.likeness import ALIKE, Sketches, alike, sketch
from training.loops import is_looping

# Put together here, so that no file holds what looks like a key.
KEY = "sk-" + "a1B2c3D4" * 5


@pytest.mark.parametrize(
    "text",
    [
        "I am here. " * 5,
        "no " * 12,
        "so\nso\nso\nso\n" * 3,
        "one two three four five six " * 4,
        "A fine beginning, and then " + "around and around we go " * 6,
        "ahahah" * 20,
        "これは同じです。" * 9,
        "The End the end " * 6,
    ],
)
def test_answers_that_go_round_in_circles_are_found(text: str) -> None:
    assert is_looping(text)


@pytest.mark.parametrize(
    "text",
    [
        "No, no, no!",
        "ha ha ha ha",
        "| a | b |\n| --- | --- |\n| 1 | 2 |\n" + "-" * 80,
        "\n".join(f"- item {n}: value" for n in range(40)),
        "1 1 1 1 1 1 1 1 1 1 1 1 1 1",
        "Row, row, row your boat, gently down the stream. Merrily, merrily, merrily, merrily.",
        "}\n" * 14,
        "",
    ],
)
def test_what_only_repeats_as_texts_do_is_no_loop(text: str) -> None:
    assert not is_looping(text)


@pytest.mark.parametrize(
    "text",
    [
        f"use {KEY} for it",
        "ghp_" + "x" * 36,
        "AKIA" + "ABCDEFGH12345678",
        "-----BEGIN " + "RSA PRIVATE KEY-----",
        "my password is rosebud",
        "Password: hunter2",
        'api_key = "9f8e7d6c"',
        "the pin for the front door is 4711",
        "postgres://me:s3cretword@db.example/x",
        "pay with 4111 1111 1111 1111",
        "send it to GB82 WEST 1234 5698 7654 32",
    ],
)
def test_secrets_are_found(text: str) -> None:
    assert holds_credentials(text)


@pytest.mark.parametrize(
    "text",
    [
        "the password is wrong, and a token is required",
        "A password is a word that lets somebody in.",
        "call 0044 20 7946 0958 or order 4111 1111 1111 1112",
        "it was 2026-11-24, version 1.2.3.4567890123456",
        "see https://example.org:8080/a@b",
        "The pinnacle is high; skis are long.",
    ],
)
def test_what_only_speaks_of_secrets_is_let_through(text: str) -> None:
    assert not holds_credentials(text)


def test_sketches_estimate_what_texts_have_in_common() -> None:
    text = " ".join(f"w{n * n}" for n in range(200))
    changed = text.replace("w900 ", "something else ")
    half = text[: len(text) // 2]
    assert alike(sketch(text), sketch(text)) == 1
    assert alike(sketch(text), sketch(changed)) > 0.9
    assert alike(sketch(text), sketch(half)) == pytest.approx(0.5, abs=0.2)
    assert alike(sketch(text), sketch("an unlike text, about other things")) < 0.1
    assert sketch("Hello, WORLD!!  again") == sketch("hello world again")
    assert len(sketch("")) == len(sketch("a")) == 512


def test_a_sketch_is_the_same_on_every_machine() -> None:
    # Sealed examples are told by it for good.
    assert sketch("what was ever sealed is never trained on")[:24] == "018187840ef79d8e04b8a353"


def test_near_texts_are_found_among_many() -> None:
    sketches = Sketches()
    for number in range(300):
        sketches.add(sketch(f"number {number} is followed by {number * 7919}, as said"))
    base = " ".join(f"word{n}" for n in range(60))
    near = sketch(base.replace("word30", "other"))
    sketches.add(sketch(base), "fact")
    assert alike(sketch(base), near) >= ALIKE
    assert sketches.holds_like(near)
    assert not sketches.holds_like(near, but="fact")
    assert not sketches.holds_like(sketch("nothing of the kind was ever said here"))
