"""An answer while it streams: small pieces of their own, joined into its message at the end.

So an answer of n characters costs O(n) bytes of journal, however many pieces it comes in.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from store.message import pack_ids, unpack_ids
from store.table import JournalTable


class RunningAnswers:
    """The answers that are not finished: messages in the state "streaming" and their pieces."""

    def __init__(self, messages: JournalTable, pieces: JournalTable) -> None:
        self._messages = messages
        self._pieces = pieces
        pieces.index("message")

    def append(self, message_id: int, text: str, token_ids: Sequence[int]) -> None:
        """Keep one more piece of a running answer."""
        self._pieces.insert({"message": message_id, "text": text, "token_ids": pack_ids(token_ids)})

    def so_far(self, message_id: int) -> dict[str, Any]:
        """Give the text and the packed token ids that have come so far, as a message's fields."""
        ids = self._pieces.find("message", message_id)
        pieces = [piece for piece in map(self._pieces.peek, ids) if piece]
        token_ids = [i for piece in pieces for i in unpack_ids(piece["token_ids"])]
        return {
            "text": "".join(piece["text"] for piece in pieces),
            "token_ids": pack_ids(token_ids),
        }

    def finish(self, message_id: int, fields: dict[str, Any]) -> None:
        """Join an answer's pieces into its message, with further fields, in one commit."""
        with self._messages.storage.transaction():
            self._messages.update(self.so_far(message_id) | fields, doc_ids=[message_id])
            self.discard(message_id)

    def discard(self, message_id: int) -> None:
        """Take an answer's pieces away."""
        if ids := self._pieces.find("message", message_id):
            self._pieces.remove(doc_ids=ids)

    def unfinished(self) -> list[int]:
        """Give the ids of the messages that are not finished; looks at every message."""
        return [i for i, fields in self._messages.peek_all() if fields["state"] == "streaming"]
