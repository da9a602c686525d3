"""Conversations as tests hold them, and what they cost in records of the journal."""

from __future__ import annotations

from store.conversations import Conversations, Message
from store.journal import scan
from store.paths import Home


def finish(conversations: Conversations, answer: int, **changes: object) -> Message:
    arguments = {"state": "done", "finish": "stop", "figures": {"prompt": 3, "first_token_s": 0.5}}
    return conversations.finish_answer(answer, **(arguments | changes))


def ask(
    conversations: Conversations, conversation: int, question: str, answer: str, **place: int | None
) -> Message:
    """A question and its whole answer, at the end of the shown branch or `after` a message."""
    user = conversations.add_user(conversation, question, **place)
    return give(conversations, user, answer)


def give(conversations: Conversations, user: Message, answer: str) -> Message:
    """A whole answer to a message of the user's."""
    message = conversations.begin_answer(user.conversation, "starter", "v1", after=user.id)
    conversations.append_piece(message.id, answer, [len(answer)])
    return finish(conversations, message.id)


def texts(conversations: Conversations, conversation: int) -> list[str]:
    """What the shown branch says."""
    return [message.text for message in conversations.messages(conversation)]


def records(home: Home) -> int:
    """How many records the journal has."""
    path = home.db / "journal.jsonl"
    return len(scan(path.read_bytes(), path).records)
