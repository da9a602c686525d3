"""Titles of conversations: one line, no control characters, short, and who gave them."""

from __future__ import annotations

import unicodedata

from store.errors import StoreError
from store.message import whole_text
from store.message_tables import MessageTables
from store.small_talk import is_small_talk

_LONGEST = 200
_FROM_MESSAGE = 40


def clean_title(title: str) -> str:
    """Give a title as one line without control characters, at most 200 characters long."""
    visible = (" " if unicodedata.category(c) == "Cc" else c for c in whole_text(title))
    return " ".join("".join(visible).split())[:_LONGEST].rstrip()


def title_from(text: str) -> str:
    """Make a title of a message: its first line, cut at a word where it is long."""
    first = next((line for line in map(clean_title, text.splitlines()) if line), "")
    if len(first) <= _FROM_MESSAGE:
        return first
    cut = first[:_FROM_MESSAGE]
    if first[_FROM_MESSAGE] != " " and " " in cut:
        cut = cut[: cut.rindex(" ")]
    return cut.rstrip(" ,;:.-") + "…"


class Titles:
    """Gives conversations their titles.

    A document's `title_by` says whose its title is: "user", "model", "message" (made of a
    message), "rule" (the same, after a model was asked in vain) or "greeting" (made of one, until
    more is said). A title that says nothing about itself is the user's.
    """

    def __init__(self, documents: MessageTables) -> None:
        self._documents = documents

    def rename(self, conversation_id: int, title: str) -> None:
        """Keep the user's title. Raises StoreError for one without a visible letter."""
        cleaned = clean_title(title)
        if not cleaned:
            raise StoreError("an empty title is not kept; name the conversation with a word or two")
        self._documents.conversation(conversation_id)
        self._keep(conversation_id, cleaned, "user")

    def take_from(self, conversation_id: int, text: str) -> None:
        """Name an untitled conversation, or one named by a greeting, by a message."""
        fields = self._documents.conversation(conversation_id)
        greeting = is_small_talk(text)
        if not fields["title"] or (fields.get("title_by") == "greeting" and not greeting):
            by = "greeting" if greeting else "message"
            self._keep(conversation_id, title_from(text), by)

    def is_wanted(self, conversation_id: int) -> bool:
        """Whether the title is made of a message and no model was asked for a better one yet."""
        return self._documents.conversation(conversation_id).get("title_by") == "message"

    def keep_model_s(self, conversation_id: int, title: str) -> bool:
        """Keep what a model gave where one is wanted; an empty one leaves the title as it is.

        Gives whether the conversation has another title now.
        """
        if not self.is_wanted(conversation_id):
            return False
        before = self._documents.conversation(conversation_id)["title"]
        cleaned = clean_title(title)
        self._keep(conversation_id, cleaned or before, "model" if cleaned else "rule")
        return cleaned not in ("", before)

    def _keep(self, conversation_id: int, title: str, by: str) -> None:
        fields = {"title": title, "title_by": by}
        self._documents.conversations.update(fields, doc_ids=[conversation_id])
