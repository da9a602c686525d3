"""The message of the user's that an answer is given to: stored for it, or found."""

from __future__ import annotations

from agents.attachments import Words, fold
from agents.persona import SYSTEM_PROMPT
from store.conversations import HEAD, Conversations, Message
from store.errors import SomaError
from store.message import Work


def store_question(
    conversations: Conversations,
    text: str,
    conversation: int | None,
    instead_of: int | None,
    work: Work | None = None,
) -> Message:
    """Stores a message, its new conversation and what is left of the draft, in one commit.

    It follows the last message shown; with `instead_of`, a message of the user's in that
    conversation, it becomes an alternative to it. `work` says whom it is given to.
    """
    with conversations.transaction():
        if conversation is None:
            into, after = conversations.create(system_prompt=SYSTEM_PROMPT).id, None
        elif instead_of is None:
            into, after = conversation, HEAD
        else:
            into, after = conversation, _place_of(conversations, conversation, instead_of)
        message = conversations.add_user(into, text, after=after, work=work)
        named = "".join(f"@{name} " for name in (work.specialists if work else ()))
        conversations.drafts.sent(conversation, text, _typed(text), named + _typed(text))
        return message


def find_question(conversations: Conversations, conversation: int, message: int | None) -> Message:
    """The message that a further answer is for: `message`, or what that one answers.

    Without one, it is the last message shown. Raises SomaError where there is none.
    """
    if message is not None:
        found: Message | None = conversations.message(message, of=conversation)
    else:
        found = next(reversed(conversations.messages(conversation)), None)
    if found is not None and found.role == "assistant":
        found = conversations.message(found.parent) if found.parent else None
    if found is None or found.role != "user":
        raise SomaError(
            f"there is nothing to answer in conversation {conversation}; write a message first"
        )
    return found


def _typed(text: str) -> str:
    """The words of a message as they were typed, before files were appended to them."""
    first = fold(text)[0]
    return first.text if isinstance(first, Words) else ""


def _place_of(conversations: Conversations, conversation: int, message: int) -> int | None:
    """What an alternative to a message of the user's follows."""
    found = conversations.message(message, of=conversation)
    if found.role != "user":
        raise SomaError(
            f"message {message} is an answer; only what you wrote can be edited and sent again"
        )
    return found.parent
