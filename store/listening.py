"""How far the user's messages have been listened to, for what they say of their author."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from store.claims import folded
from store.database import Database
from store.message_tables import MessageTables
from store.settings import Settings


@dataclass(frozen=True, slots=True)
class Unheard:
    """A message of the user's that was not listened to yet.

    `answer` is what SOMA said just before it, in the same branch; `created` is in Unix seconds.
    """

    id: int
    conversation: int
    text: str
    created: float
    answer: str


class Listening:
    """Gives the messages that came since the last one that was heard, under a name of its own."""

    def __init__(self, database: Database, name: str) -> None:
        self._documents = MessageTables(database)
        self._settings = Settings(database)
        self._lock = database.storage.lock
        self._key = f"heard by {name}"

    def unheard(self, limit: int, names: Collection[str] = ()) -> list[Unheard]:
        """Give the oldest messages that were not heard, whole ones alone; at most `limit`.

        One that is signed was imported, and may be by somebody else than the person who is here:
        it is given where it is signed by one of the `names`, folded, and passed over otherwise.
        """
        with self._lock:
            heard = self._settings.get(self._key, 0)
            newer = []
            for message_id, _ in reversed(self._documents.messages.peek_all()):
                if message_id <= heard:
                    break
                newer.append(message_id)
            found = (self._message(message_id, names) for message_id in reversed(newer))
            kept: list[Unheard] = []
            for message in found:
                if len(kept) == limit:
                    break
                if message is not None:
                    kept.append(message)
            return kept

    def heard(self, message_id: int) -> None:
        """Note that a message and all before it were heard."""
        with self._lock:
            if message_id > self._settings.get(self._key, 0):
                self._settings.set(self._key, message_id)

    def skip(self) -> None:
        """Note that all messages there are were heard."""
        with self._lock:
            ids = [message_id for message_id, _ in self._documents.messages.peek_all()]
            self._settings.set(self._key, max(ids, default=0))

    @property
    def is_new(self) -> bool:
        """Whether nothing was ever heard under this name."""
        return self._settings.get(self._key) is None

    def _message(self, message_id: int, names: Collection[str]) -> Unheard | None:
        fields = self._documents.messages.peek(message_id) or {}
        if fields.get("role") != "user" or fields.get("forgotten"):
            return None
        if fields.get("name") and folded(fields["name"]) not in names:
            return None
        owner = self._documents.conversations.peek(fields["conversation"])
        if owner is None or "deleted" in owner:
            return None
        before = self._documents.messages.peek(fields.get("parent") or 0) or {}
        return Unheard(
            message_id,
            fields["conversation"],
            fields["text"],
            fields["created"],
            before.get("text", ""),
        )
