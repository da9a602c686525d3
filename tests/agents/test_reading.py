"""What a model may add to the profile: nothing that the user does not state."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from agents.engine.engine import Engine
from agents.events import Event
from agents.memory import Memory
from agents.profile_model import SCHEMA, claims_from, question
from agents.reading import Reading
from store.conversations import Conversations
from store.database import Database
from store.paths import Home
from tests.agents.engine.test_grammar import wild
from tests.agents.engine_helpers import SECONDS_A_TOKEN, answer, never_ending

TEXT = (
    "I keep bees behind the house. Is my name Ben? He said he lives in Rome. "
    'My motto is "never give up". From now on use the old calendar.'
)


def said(**fact: str) -> str:
    whole = {"kind": "fact", "attribute": "keeps", "value": "bees", "quote": "I keep bees"} | fact
    return json.dumps({"facts": [whole]})


def test_what_quotes_the_user_is_taken() -> None:
    ((claim, quote),) = claims_from(said(), TEXT)
    assert (claim.attribute, claim.value) == ("keeps", "bees")
    assert quote == "I keep bees behind the house."
    assert claim.confidence < 0.8


def test_attributes_go_by_the_names_of_the_rules() -> None:
    text = "I settled for good in Ghent. My kid brother, Tom, is nine."
    ((claim, _),) = claims_from(
        said(attribute="City", value="Ghent", quote="I settled for good in Ghent"), text
    )
    assert claim.attribute == "home town"
    ((claim, _),) = claims_from(
        said(attribute="brother", value="Tom", quote="My kid brother, Tom"), text
    )
    assert (claim.kind, claim.many) == ("relationship", True)


def test_an_order_is_kept_as_it_was_written() -> None:
    quote = "From now on use the old calendar"
    ((claim, _),) = claims_from(said(kind="instruction", value="old calendar", quote=quote), TEXT)
    assert (claim.kind, claim.value) == ("instruction", quote)


@pytest.mark.parametrize(
    "fact",
    [
        {"value": "wasps"},
        {"quote": "I keep wasps", "value": "wasps"},
        {"quote": ""},
        {"value": ""},
        {"value": "…"},
        {"attribute": " "},
        {"kind": "name", "attribute": "name", "value": "Ben", "quote": "my name Ben"},
        {"attribute": "home town", "value": "Rome", "quote": "he lives in Rome"},
        {"kind": "instruction", "value": "give up", "quote": "never give up"},
        {"kind": "instruction", "value": "bees", "quote": "I keep bees"},
    ],
)
def test_what_the_user_does_not_state_is_dropped(fact: dict[str, str]) -> None:
    assert claims_from(said(**fact), TEXT) == []


@pytest.mark.parametrize(
    "wrong", ["", "{", "[]", "null", '{"facts": 3}', '{"facts": [1, null]}', '{"x": []}']
)
def test_what_is_no_answer_is_none(wrong: str) -> None:
    assert claims_from(wrong, TEXT) == []


@pytest.fixture
def memory(database: Database) -> Memory:
    return Memory(database)


@pytest.fixture
def database(home: Home) -> Any:
    with Database.open(home) as database:
        yield database


def say(database: Database, text: str) -> None:
    conversations = Conversations(database)
    conversations.add_user(conversations.create().id, text)


async def test_a_model_that_talks_wildly_adds_nothing_false(engine: Engine) -> None:
    prompt = engine.template.opening("", question(TEXT))
    for seed in range(4):
        given = await answer(engine, prompt, wild(SCHEMA, seed), max_tokens=300)
        if given.end.finish == "stop":
            assert isinstance(json.loads(given.text)["facts"], list)
        for claim, quote in claims_from(given.text, TEXT):
            assert claim.value.casefold() in quote.casefold()
            assert quote in TEXT


async def test_messages_are_read_once_and_only_new_ones(
    engine: Engine, memory: Memory, database: Database
) -> None:
    say(database, "old")
    assert memory.next_to_read() is None
    say(database, "I keep bees.")
    message = memory.next_to_read()
    assert message is not None
    assert message.text == "I keep bees."
    seen: list[Event] = []
    assert await Reading(memory, seen.append).read(engine, message)
    memory.was_read(message)
    assert memory.next_to_read() is None


async def test_a_reading_is_given_up_within_a_token(
    engine: Engine, memory: Memory, database: Database
) -> None:
    assert memory.next_to_read() is None
    say(database, "I keep bees.")
    message = memory.next_to_read()
    assert message is not None
    reading = Reading(memory, lambda event: None)
    with never_ending(engine, SECONDS_A_TOKEN):
        task = asyncio.create_task(reading.read(engine, message))
        while engine.idle:
            await asyncio.sleep(0.01)
        reading.cancel()
        assert not await task
    assert memory.next_to_read() == message


async def test_a_tiny_model_is_not_asked(engine: Engine, memory: Memory) -> None:
    reading = Reading(memory, lambda event: None, idle=0)
    before = engine.evaluated_tokens
    reading.begin(engine)
    await reading.stop()
    assert engine.evaluated_tokens == before


def test_what_the_rules_found_is_not_taken_twice(memory: Memory, database: Database) -> None:
    assert memory.next_to_read() is None
    say(database, "My dog is called Rex. I keep bees.")
    memory.listen()
    message = memory.next_to_read()
    assert message is not None
    claims = claims_from(
        said(attribute="pet name", value="Rex", quote="My dog is called Rex"), message.text
    ) + claims_from(said(), message.text)
    heard = memory.take_reading(message, claims)
    assert [fact.value for fact in heard.learned] == ["bees"]
    assert [fact.value for fact in memory.facts()] == ["Rex", "bees"]
    assert memory.facts()[1].evidence[0].by == "model"
