"""Titles: by rule from what was said, by a model, by the user."""

from __future__ import annotations

import pytest

from store.conversations import Conversations
from store.database import Database
from store.errors import StoreError
from store.small_talk import is_small_talk


def title(conversations: Conversations, *messages: str) -> str:
    conversation = conversations.create().id
    for text in messages:
        conversations.add_user(conversation, text)
    return conversations.get(conversation).title


@pytest.mark.parametrize(
    "text",
    [
        "hello", "Hi!", "Hello, SOMA 👋", "hi there, how are you?", "Good morning", "👋", "???",
        "thanks a lot!!", "thank you very much", "ok great, thanks", "What’s up?", "are you there?",
        "Guten Tag", "Wie geht’s dir?", "Vielen Dank!", "Bonjour, ça va ?", "¡Hola, buenos días!",
        "Olá, tudo bem?", "Cześć", "Привет!", "こんにちは", "नमस्ते", "مرحبا", "谢谢", "❤️",
    ],
)  # fmt: skip
def test_greetings_and_thanks_are_small_talk(text: str) -> None:
    assert is_small_talk(text)


@pytest.mark.parametrize(
    "text",
    [
        "hello, plan a trip", "who are you?", "1+1", "thanks, and what about Norway?", "C++",
        "hithere", "danke für nichts", "good question", "hello " * 30, "日本語", "hint",
    ],
)  # fmt: skip
def test_everything_else_is_not(text: str) -> None:
    assert not is_small_talk(text)


def test_a_greeting_names_a_conversation_until_more_is_said(conversations: Conversations) -> None:
    assert title(conversations, "Hello!") == "Hello!"
    assert title(conversations, "Hello!", "how are you?") == "Hello!"
    assert title(conversations, "Hello!", "thanks", "Plan a trip") == "Plan a trip"
    assert title(conversations, "Hello!", "Plan a trip", "to Norway") == "Plan a trip"
    assert title(conversations, "Plan a trip", "thanks") == "Plan a trip"


def test_a_title_of_the_user_s_is_never_replaced(conversations: Conversations) -> None:
    named = conversations.create("Mine").id
    renamed = conversations.create().id
    conversations.add_user(renamed, "hello")
    conversations.rename(renamed, "Mine")
    for conversation in (named, renamed):
        conversations.add_user(conversation, "Plan a trip")
        assert not conversations.wants_title(conversation)
        assert not conversations.keep_title(conversation, "A model's")
        assert conversations.get(conversation).title == "Mine"


def test_one_of_older_data_counts_as_the_user_s(
    conversations: Conversations, database: Database
) -> None:
    older = database.table("conversations").insert(
        {"title": "hello", "created": 1.0, "system_prompt": ""}
    )
    conversations.add_user(older, "Plan a trip")
    assert conversations.get(older).title == "hello"
    assert not conversations.wants_title(older)


def test_a_model_s_title_comes_in_the_place_of_one_by_rule(conversations: Conversations) -> None:
    conversation = conversations.create().id
    assert not conversations.wants_title(conversation)
    conversations.add_user(conversation, "hello")
    assert not conversations.wants_title(conversation)
    conversations.add_user(conversation, "I want to sail to Norway")
    assert conversations.wants_title(conversation)
    assert conversations.keep_title(conversation, " Sailing\nto Norway ")
    assert conversations.get(conversation).title == "Sailing to Norway"
    assert not conversations.wants_title(conversation)
    assert not conversations.keep_title(conversation, "Another")
    conversations.add_user(conversation, "and back")
    assert conversations.get(conversation).title == "Sailing to Norway"


def test_a_model_that_had_none_to_give_is_not_asked_again(conversations: Conversations) -> None:
    conversation = conversations.create().id
    conversations.add_user(conversation, "I want to sail")
    assert not conversations.keep_title(conversation, "")
    assert not conversations.wants_title(conversation)
    assert conversations.get(conversation).title == "I want to sail"


def test_an_empty_name_is_refused(conversations: Conversations) -> None:
    conversation = conversations.create().id
    conversations.add_user(conversation, "I want to sail")
    with pytest.raises(StoreError, match="an empty title is not kept"):
        conversations.rename(conversation, " ")
    assert conversations.wants_title(conversation)
