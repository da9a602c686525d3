"""The system prompt that a conversation is told, and when it was made anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from store.database import Database
from store.message_tables import MessageTables


@dataclass(frozen=True, slots=True)
class KeptPrompt:
    """A conversation's system prompt; `stamp` says of what it was made, "" where nobody said.

    `shift` is what the personality moves sampling settings by, by their names.
    """

    text: str
    stamp: str
    shift: Mapping[str, float]


class SystemPrompts:
    """The system prompts of all conversations. Methods may be called from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._documents = MessageTables(database)

    def get(self, conversation_id: int) -> KeptPrompt:
        """Give a conversation's prompt. Raises UnknownIdError."""
        fields = self._documents.conversation(conversation_id)
        return KeptPrompt(
            fields["system_prompt"], fields.get("prompt_stamp", ""), fields.get("sampling", {})
        )

    def keep(self, conversation_id: int, prompt: KeptPrompt) -> bool:
        """Let a conversation be told another prompt from its next turn on.

        Where the text differs, what the messages that carry it were sent as is dropped, since it
        is not what they will be sent as. Gives whether it differs.
        """
        with self._database.transaction():
            before = self._documents.conversation(conversation_id)["system_prompt"]
            fields = {
                "system_prompt": prompt.text,
                "prompt_stamp": prompt.stamp,
                "sampling": dict(prompt.shift),
            }
            self._documents.conversations.update(fields, doc_ids=[conversation_id])
            if before == prompt.text:
                return False
            self.drop_openings(conversation_id)
            return True

    def drop_openings(self, conversation_id: int) -> None:
        """Drop the token ids of the messages that a conversation's prompt can begin with."""
        start = self._documents.conversation(conversation_id).get("window_start")
        self._drop(
            [
                message_id
                for place, message_id in enumerate(self._documents.ids(conversation_id))
                if self._is_opening(place, message_id, start)
            ]
        )

    def _is_opening(self, place: int, message_id: int, start: int | None) -> bool:
        fields = self._documents.messages.peek(message_id) or {}
        if fields.get("window") or message_id == start:
            return True
        return place == 0 if "parent" not in fields else fields["parent"] is None

    def drop_sent(self, conversation_id: int) -> None:
        """Drop the token ids of all messages of a conversation, so that none is sent again."""
        self._drop(self._documents.ids(conversation_id))

    def _drop(self, message_ids: list[int]) -> None:
        sent = [
            message_id
            for message_id in message_ids
            if (self._documents.messages.peek(message_id) or {}).get("token_ids")
        ]
        if sent:
            self._documents.messages.update({"token_ids": ""}, doc_ids=sent)
