"""What was typed and is not sent yet, one draft a conversation."""

from __future__ import annotations

from typing import Any

from store.draft import TEAM, Draft
from store.message import whole_text
from store.message_tables import MessageTables
from store.table import JournalTable

__all__ = ["TEAM", "Draft", "Drafts"]

_NEW = 0  # stands for the conversation that has no message yet


class Drafts:
    """The drafts in the table `drafts`; None is the conversation that has no message yet, and TEAM
    the request to the team.

    A method that writes returns when it is on disk; what is there already is not written again.
    """

    def __init__(self, documents: MessageTables, table: JournalTable) -> None:
        self._documents = documents
        self._table = table
        table.index("conversation")

    def all(self) -> dict[int | None, Draft]:
        """Give the drafts by conversation; those of deleted conversations are left out."""
        with self._table.storage.lock:
            shown = {i for i, _ in self._documents.visible()} | {_NEW, TEAM}
            rows = [fields for _, fields in self._table.peek_all()]
            return {
                row["conversation"] or None: Draft(row["text"], tuple(row["queued"]))
                for row in rows
                if row["conversation"] in shown
            }

    def save(self, conversation_id: int | None, draft: Draft) -> None:
        """Keep a draft; an empty one takes the record away. Raises UnknownIdError.

        A deleted conversation keeps its draft too, for when it is restored.
        """
        with self._table.storage.transaction():
            place = _NEW if conversation_id is None else conversation_id
            if place not in (_NEW, TEAM) and not self._documents.is_hidden(place):
                self._documents.conversation(place)
            ids = self._table.find("conversation", place)
            fields: dict[str, Any] = {
                "text": whole_text(draft.text),
                "queued": [whole_text(text) for text in draft.queued],
            }
            if not draft:
                if ids:
                    self._table.remove(doc_ids=ids)
            elif ids:
                self._table.update(fields, doc_ids=ids)
            else:
                self._table.insert({"conversation": place} | fields)

    def sent(self, conversation_id: int | None, *forms: str) -> None:
        """Take a message that is being stored out of the draft, where it has one of these forms."""
        with self._table.storage.transaction():
            draft = self.all().get(conversation_id)
            if draft is not None:
                self.save(conversation_id, draft.without(*map(whole_text, forms)))
