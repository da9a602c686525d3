"""The end of a conversation: hidden at first, gone for good after a day or when it is wanted."""

from __future__ import annotations

from store.answers import RunningAnswers
from store.table import JournalTable

SECONDS_TO_RESTORE = 24 * 60 * 60.0


class Deletion:
    """Takes conversations away, with everything that belongs to them.

    One that is hidden has `deleted`, the time in Unix seconds, in its document and is otherwise
    untouched.
    """

    def __init__(
        self,
        conversations: JournalTable,
        messages: JournalTable,
        running: RunningAnswers,
        drafts: JournalTable,
    ) -> None:
        self._conversations = conversations
        self._messages = messages
        self._running = running
        self._drafts = drafts
        messages.index("conversation")
        drafts.index("conversation")

    def hide(self, conversation_id: int, now: float) -> None:
        """Hide a conversation."""
        self._conversations.update({"deleted": now}, doc_ids=[conversation_id])

    def show(self, conversation_id: int) -> None:
        """Bring a hidden conversation back as it was."""
        self._conversations.update(lambda f: f.pop("deleted"), doc_ids=[conversation_id])

    def erase(self, conversation_id: int) -> None:
        """Delete a conversation for good, with its messages, their pieces and its draft."""
        with self._conversations.storage.transaction():
            ids = self._messages.find("conversation", conversation_id)
            for message_id in ids:
                self._running.discard(message_id)
            if ids:
                self._messages.remove(doc_ids=ids)
            if drafts := self._drafts.find("conversation", conversation_id):
                self._drafts.remove(doc_ids=drafts)
            self._conversations.remove(doc_ids=[conversation_id])

    def erase_old(self, now: float) -> None:
        """Delete for good what was hidden more than a day ago."""
        for conversation_id, fields in self._conversations.peek_all():
            if now - fields.get("deleted", now) > SECONDS_TO_RESTORE:
                self.erase(conversation_id)
