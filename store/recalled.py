"""What was recalled for messages, kept with them, so that a prompt can be made again as it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from store.database import Database
from store.message import Memory, whole_text
from store.message_tables import MessageTables


class Recalled:
    """The memories that stand before messages of the user's in the prompt."""

    def __init__(self, database: Database) -> None:
        self._documents = MessageTables(database)
        self._lock = database.storage.lock
        self._database = database

    def keep(self, message_id: int, memories: Sequence[Memory]) -> None:
        """Keep what was recalled for a message. Raises UnknownIdError, StoreError."""
        with self._lock:
            self._documents.message(message_id)
            kept = [asdict(memory) | {"text": whole_text(memory.text)} for memory in memories]
            self._documents.messages.update({"recalled": kept}, doc_ids=[message_id])

    def forget(self, ref: str) -> list[int]:
        """Take a memory away wherever it was recalled; gives the messages that it stood before.

        What those were sent as is taken away too, so that their prompts are made without it.
        """
        with self._database.transaction():
            held = [
                message_id
                for message_id, fields in self._documents.messages.peek_all()
                if any(memory["ref"] == ref for memory in fields.get("recalled", ()))
            ]
            for message_id in held:
                fields = self._documents.messages.peek(message_id) or {}
                kept = [memory for memory in fields["recalled"] if memory["ref"] != ref]
                changes = {"recalled": kept, "token_ids": ""}
                self._documents.messages.update(changes, doc_ids=[message_id])
            return held
