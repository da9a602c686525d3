"""Ratings: what the user thinks of an answer, kept with it."""

from __future__ import annotations

import pytest

from store.conversations import Conversations, Rating
from store.database import Database
from store.errors import StoreError
from store.paths import Home
from tests.store.talk import ask, finish


def test_a_rating_is_kept_with_the_answer(home: Home) -> None:
    with Database.open(home) as database:
        conversations = Conversations(database)
        answer = ask(conversations, conversations.create().id, "2+2?", "five")
        assert answer.rating is None
        conversations.rate(answer.id, 1)
        rated = conversations.rate(answer.id, -1, "four \ud800\n")
    with Database.open(home) as database:
        kept = Conversations(database).message(answer.id)
        assert kept == rated
        assert kept.rating == Rating(-1, "four \ufffd", kept.rating.at)
        assert (kept.text, kept.token_ids) == (answer.text, answer.token_ids)


def test_it_can_be_taken_away(conversations: Conversations) -> None:
    answer = ask(conversations, conversations.create().id, "2+2?", "five")
    conversations.rate(answer.id, -1, "four")
    assert conversations.rate(answer.id, 0, "four").rating is None
    assert conversations.message(answer.id).rating is None


@pytest.mark.parametrize("better", ["", " \n", "five", " five\n"])
def test_a_better_answer_that_is_none(conversations: Conversations, better: str) -> None:
    answer = ask(conversations, conversations.create().id, "2+2?", "five")
    assert conversations.rate(answer.id, -1, better).rating.better == ""


def test_only_a_whole_answer_is_rated(conversations: Conversations) -> None:
    conversation = conversations.create().id
    user = conversations.add_user(conversation, "2+2?").id
    with pytest.raises(StoreError, match=f"^message {user} is yours; only answers are rated$"):
        conversations.rate(user, 1)
    answer = conversations.begin_answer(conversation, "m", "v").id
    conversations.append_piece(answer, "fo", [1])
    with pytest.raises(StoreError, match="still runs"):
        conversations.rate(answer, 1)
    finish(conversations, answer, state="cancelled")
    assert conversations.rate(answer, 1).rating.value == 1
