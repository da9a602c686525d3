"""Whom a request goes to, by examples that are like it, and why."""

from __future__ import annotations

import json

import pytest

from agents.router import Route, Router
from agents.specialists import BUILT_IN
from scripts.bench.make_router_set import SET
from store.specialists import Override, Specialist
from tests.store.fake_embedder import FakeEmbedder

ROUTERS = {"words": Router(), "meaning": Router(FakeEmbedder().embed)}


def route(text: str, by: str = "words") -> Route:
    return ROUTERS[by].route(text, BUILT_IN)


@pytest.mark.parametrize("by", ROUTERS)
def test_a_request_goes_to_whom_its_like_went_with_a_reason(by: str) -> None:
    found = route("Write a function that checks whether a number is a palindrome", by)
    assert found.specialists == ("coder",)
    assert found.by == by
    assert "coder: like “Write a function that checks whether a word" in found.reason
    assert not found.abstained


@pytest.mark.parametrize("by", ROUTERS)
def test_what_nobody_fits_goes_to_personal(by: str) -> None:
    found = route("zyzzyva quokka", by)
    assert found.specialists == ("personal",)
    assert [choice.specialist for choice in found.choices if choice.score >= 0.4] in (
        [], ["personal"]
    )  # fmt: skip
    assert {choice.specialist for choice in found.choices} == {"personal", "coder", "researcher"}


def test_small_talk_is_personal() -> None:
    assert route("Hello, how are you?").reason == "small talk"
    assert route("").specialists == ("personal",)
    assert route("❤️").specialists == ("personal",)


def test_several_specialists_where_several_fit() -> None:
    team = (
        *BUILT_IN,
        Specialist("painter", "pictures", examples=("Paint a red boat on a lake",)),
        Specialist("sailor", "boats", examples=("Sail a red boat on a lake",)),
    )
    found = Router().route("a red boat on a lake", team)
    assert set(found.specialists) == {"painter", "sailor"}


def test_a_specialist_without_examples_is_known_by_its_role() -> None:
    team = (*BUILT_IN, Specialist("cook", "recipes, cooking, baking bread"))
    assert Router().route("recipes for baking bread", team).specialists == ("cook",)


@pytest.mark.parametrize("by", ROUTERS)
def test_an_override_is_learned_from(by: str) -> None:
    text = "Explain how the carburettor of my moped works"
    before = ROUTERS[by].route(text, BUILT_IN)
    assert before.specialists != ("coder",)
    learned = [Override(text, "coder")]
    after = ROUTERS[by].route("How does the carburettor of my moped work?", BUILT_IN, learned)
    assert after.specialists[0] == "coder"


def test_without_an_embedding_model_it_goes_by_words() -> None:
    assert Router(lambda texts: None).route("Fix this SQL statement", BUILT_IN).by == "words"


def test_examples_are_embedded_once() -> None:
    embedder = FakeEmbedder()
    router = Router(embedder.embed)
    router.route("Write a function", BUILT_IN)
    first = len(embedder.texts)
    router.route("Write a program", BUILT_IN)
    assert len(embedder.texts) == first + 1


def test_no_example_stands_in_the_set_that_the_router_is_measured_with() -> None:
    measured = {json.loads(line)["text"] for line in SET.read_text(encoding="utf-8").splitlines()}
    assert not measured & {example for one in BUILT_IN for example in one.examples}
