"""The documents of conversations and messages, looked up by id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from store.answers import RunningAnswers
from store.database import Database
from store.errors import UnknownIdError

Fields = Mapping[str, Any]


class MessageTables:
    """The tables of conversations and messages, and what the running answers have so far.

    What is looked up is the document itself, to be read only. A conversation that was deleted
    is not there, nor are its messages.
    """

    def __init__(self, database: Database) -> None:
        self.conversations = database.table("conversations")
        self.messages = database.table("messages")
        self.messages.index("conversation")
        self.running = RunningAnswers(self.messages, database.table("pieces"))
        self._database = database

    def conversation(self, conversation_id: int) -> Fields:
        """Give a conversation's document. Raises UnknownIdError."""
        fields = self.conversations.peek(conversation_id)
        if fields is None or "deleted" in fields:
            raise UnknownIdError(
                f"there is no conversation {conversation_id}; "
                "`soma conversations list` shows those there are"
            )
        return fields

    def message(self, message_id: int) -> Fields:
        """Give a message's document. Raises UnknownIdError."""
        fields = self.messages.peek(message_id)
        if fields is None or self.is_hidden(fields["conversation"]):
            raise UnknownIdError(f"there is no message {message_id}; it may have been deleted")
        return fields

    def message_of(self, conversation_id: int, message_id: int) -> Fields:
        """Give the document of a message of this very conversation. Raises UnknownIdError."""
        self.conversation(conversation_id)
        fields = self.messages.peek(message_id)
        if fields is None or fields["conversation"] != conversation_id:
            raise UnknownIdError(
                f"there is no message {message_id} in conversation {conversation_id}; "
                f"`soma conversations show {conversation_id} --branches` shows those there are"
            )
        return fields

    def ids(self, conversation_id: int) -> list[int]:
        """Give the ids of a conversation's messages on all branches, oldest first."""
        return self.messages.find("conversation", conversation_id)

    def last(self, conversation_id: int) -> int | None:
        """Give the id of a conversation's newest message, on whichever branch."""
        return self.messages.last("conversation", conversation_id)

    def visible(self) -> Iterator[tuple[int, Fields]]:
        """Give the conversations that were not deleted."""
        for conversation_id, fields in self.conversations.peek_all():
            if "deleted" not in fields:
                yield conversation_id, fields

    def is_hidden(self, conversation_id: int) -> bool:
        """Whether a conversation was deleted and can be restored."""
        return "deleted" in (self.conversations.peek(conversation_id) or {})

    def with_text(self, message_id: int, fields: Fields) -> Fields:
        """Add to a running answer's document what has come so far."""
        if fields["state"] != "streaming":
            return fields
        shown = dict(fields) | self.running.so_far(message_id)
        if message_id in self._database.interrupted:
            shown["state"] = "interrupted"
        return shown
