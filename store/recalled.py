"""What was recalled for messages, kept with them, so that a prompt can be made again as it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from store.database import Database
from store.message import Memory, memory_fields
from store.message_tables import MessageTables


class Recalled:
    """The memories that stand in prompts before messages of the user's, or what a team is asked."""

    def __init__(self, database: Database) -> None:
        self._documents = MessageTables(database)
        self._lock = database.storage.lock
        self._database = database

    def keep(self, message_id: int, memories: Sequence[Memory]) -> None:
        """Keep what was recalled for a message. Raises UnknownIdError, StoreError."""
        with self._lock:
            self._documents.message(message_id)
            kept = {"recalled": memory_fields(memories)}
            self._documents.messages.update(kept, doc_ids=[message_id])

    def forget(self, ref: str) -> list[int]:
        """Take a memory away wherever it was recalled; gives the messages that it stood before.

        What those were sent as is taken away too, so that their prompts are made without it. It
        goes from the runs of the team as well.
        """
        with self._database.transaction():
            runs = self._database.table("runs")
            for run_id, fields in runs.peek_all():
                if any(memory["ref"] == ref for memory in fields.get("recalled", ())):
                    runs.update(_without(fields, ref), doc_ids=[run_id])
            held = [
                message_id
                for message_id, fields in self._documents.messages.peek_all()
                if any(memory["ref"] == ref for memory in fields.get("recalled", ()))
            ]
            for message_id in held:
                fields = self._documents.messages.peek(message_id) or {}
                changes = {**_without(fields, ref), "token_ids": ""}
                self._documents.messages.update(changes, doc_ids=[message_id])
            return held


def _without(fields: Mapping[str, Any], ref: str) -> dict[str, Any]:
    return {"recalled": [memory for memory in fields["recalled"] if memory["ref"] != ref]}
