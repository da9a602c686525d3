"""Conversations and their messages, kept for good: what is acknowledged is on disk."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from store.answers import RunningAnswers
from store.database import Database
from store.errors import StoreError, UnknownIdError
from store.markdown import as_markdown
from store.message import (
    Conversation,
    Figures,
    Message,
    MessageState,
    Role,
    message_from,
    pack_ids,
    whole_text,
)
from store.search import excerpt, find_all, words_of
from store.titles import clean_title, title_from

__all__ = [
    "Conversation",
    "Conversations",
    "Figures",
    "Message",
    "MessageState",
    "Role",
    "SearchHit",
]


@dataclass(frozen=True, slots=True)
class SearchHit:
    """Where a search found its words: a message, or the title where `message` is None."""

    conversation: Conversation
    message: Message | None
    excerpt: str


# Named here because `list` inside the class is its method.
ConversationList = list[Conversation]
MessageList = list[Message]
HitList = list[SearchHit]


class Conversations:
    """All conversations of a database.

    Every method may be called from any thread. One that writes returns when it is on disk, or
    raises StoreError and has changed nothing. An id that does not exist raises UnknownIdError.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = database.storage.lock
        self._conversations = database.table("conversations")
        self._messages = database.table("messages")
        self._messages.index("conversation")
        self._running = RunningAnswers(self._messages, database.table("pieces"))

    # --- conversations

    def create(self, title: str = "", system_prompt: str = "") -> Conversation:
        """Start a conversation; its system prompt stays as it is from here on."""
        fields = {
            "title": clean_title(title),
            "created": _now(),
            "system_prompt": whole_text(system_prompt),
        }
        return self.get(self._conversations.insert(fields))

    def get(self, conversation_id: int) -> Conversation:
        """Give one conversation."""
        with self._lock:
            fields = self._fields(conversation_id)
            ids = self._messages.find("conversation", conversation_id)
            last = self._messages.peek(ids[-1]) if ids else None
            return Conversation(
                id=conversation_id,
                title=fields["title"],
                created=fields["created"],
                updated=max(fields["created"], last["created"] if last else 0.0),
                messages=len(ids),
            )

    def list(self) -> ConversationList:
        """Give all conversations, the one with the newest message first."""
        with self._lock:
            found = [self.get(i) for i, _ in self._conversations.peek_all()]
        return sorted(found, key=lambda c: (c.updated, c.id), reverse=True)

    def system_prompt(self, conversation_id: int) -> str:
        """Give the system prompt that the conversation was started with."""
        return str(self._fields(conversation_id)["system_prompt"])

    def rename(self, conversation_id: int, title: str) -> None:
        """Give a conversation another title. Raises StoreError for one without a visible letter."""
        cleaned = clean_title(title)
        if not cleaned:
            raise StoreError("an empty title is not kept; name the conversation with a word or two")
        with self._database.transaction():
            self._fields(conversation_id)
            self._conversations.update({"title": cleaned}, doc_ids=[conversation_id])

    def delete(self, conversation_id: int) -> None:
        """Delete a conversation with all its messages, in one commit."""
        with self._database.transaction():
            self._fields(conversation_id)
            ids = self._messages.find("conversation", conversation_id)
            for message_id in ids:
                self._running.discard(message_id)
            if ids:
                self._messages.remove(doc_ids=ids)
            self._conversations.remove(doc_ids=[conversation_id])

    def search(self, text: str) -> HitList:
        """Find titles and messages that hold all words of `text`, whatever their case.

        Newest first; a query without a word finds nothing.
        """
        words = words_of(text)
        if not words:
            return []
        hits = []
        with self._lock:
            known = {i: self.get(i) for i, _ in self._conversations.peek_all()}
            for conversation in known.values():
                title = conversation.title
                if (place := find_all(title, words)) is not None:
                    hit = SearchHit(conversation, None, excerpt(title, place))
                    hits.append((conversation.updated, hit))
            for message_id, fields in self._messages.peek_all():
                fields = self._shown(message_id, fields)
                place = find_all(fields["text"], words)
                owner = known.get(fields["conversation"])
                if place is not None and owner is not None:
                    found = excerpt(fields["text"], place)
                    hit = SearchHit(owner, message_from(message_id, fields), found)
                    hits.append((float(fields["created"]), hit))
        return [hit for _, hit in sorted(hits, key=lambda pair: pair[0], reverse=True)]

    def export_markdown(self, conversation_id: int) -> str:
        """Give a conversation as a Markdown document."""
        with self._lock:
            return as_markdown(self.get(conversation_id), self.messages(conversation_id))

    # --- messages

    def messages(self, conversation_id: int) -> MessageList:
        """Give a conversation's messages in order; a running answer with what it has so far."""
        with self._lock:
            self._fields(conversation_id)
            ids = self._messages.find("conversation", conversation_id)
            return [self._message(i) for i in ids]

    def add_user(self, conversation_id: int, text: str) -> Message:
        """Keep what the user wrote; the first message names an untitled conversation.

        Raises StoreError for a message of white space alone.
        """
        if not text.strip():
            raise StoreError("an empty message is not sent; write something first")
        text = whole_text(text)
        with self._database.transaction():
            untitled = not self._fields(conversation_id)["title"]
            if untitled and not self._messages.find("conversation", conversation_id):
                self._conversations.update({"title": title_from(text)}, doc_ids=[conversation_id])
            message_id = self._insert(conversation_id, "user", text=text, state="done")
        return self._message(message_id)

    def begin_answer(self, conversation_id: int, model: str, vocabulary: str) -> Message:
        """Start an answer, empty and in the state "streaming".

        `model` is the name to show, `vocabulary` names what its token ids belong to.
        """
        with self._lock:
            self._fields(conversation_id)
            message_id = self._insert(
                conversation_id,
                "assistant",
                text="",
                state="streaming",
                model=model,
                vocabulary=vocabulary,
            )
            return self._message(message_id)

    def append_piece(self, message_id: int, text: str, token_ids: Sequence[int]) -> None:
        """Keep the next piece of a running answer. Raises StoreError for one that has ended."""
        with self._lock:
            self._streaming(message_id)
            if text or token_ids:
                self._running.append(message_id, whole_text(text), token_ids)

    def finish_answer(
        self,
        message_id: int,
        *,
        state: Literal["done", "cancelled", "interrupted", "failed"],
        finish: str | None,
        figures: Figures | None,
    ) -> Message:
        """End a running answer: its pieces become its text. Raises StoreError for one that ended.

        `finish` says why it ended, `figures` are its measurements.
        """
        with self._lock:
            self._streaming(message_id)
            fields: dict[str, Any] = {"state": state, "finish": finish}
            if figures is not None:
                fields["figures"] = dict(figures)
            self._running.finish(message_id, fields)
            return self._message(message_id)

    def set_token_ids(self, message_id: int, token_ids: Sequence[int], vocabulary: str) -> None:
        """Keep the token ids that a message was sent to the model as."""
        with self._lock:
            self._stored(message_id)
            fields = {"token_ids": pack_ids(token_ids), "vocabulary": vocabulary}
            self._messages.update(fields, doc_ids=[message_id])

    def keep_sent(
        self,
        conversation_id: int,
        sent: Mapping[int, Sequence[int]],
        vocabulary: str,
        window_start: int | None = None,
    ) -> None:
        """Keep, in one commit, the token ids that messages were sent as.

        `sent` has them by message id; `window_start` moves the window where it is not None.
        """
        with self._database.transaction():
            for message_id, token_ids in sent.items():
                self.set_token_ids(message_id, token_ids, vocabulary)
            if window_start is not None:
                self.set_window_start(conversation_id, window_start)

    # --- the window of the context

    def window_start(self, conversation_id: int) -> int:
        """Give the id of the first message that still fits the model's context; 0 for all."""
        return int(self._fields(conversation_id).get("window_start", 0))

    def set_window_start(self, conversation_id: int, message_id: int) -> None:
        """Note the first message that still fits the model's context; 0 for all."""
        with self._lock:
            self._fields(conversation_id)
            self._conversations.update({"window_start": message_id}, doc_ids=[conversation_id])

    # --- documents

    def _fields(self, conversation_id: int) -> Mapping[str, Any]:
        fields = self._conversations.peek(conversation_id)
        if fields is None:
            raise UnknownIdError(
                f"there is no conversation {conversation_id}; "
                "`soma conversations list` shows those there are"
            )
        return fields

    def _stored(self, message_id: int) -> Mapping[str, Any]:
        fields = self._messages.peek(message_id)
        if fields is None:
            raise UnknownIdError(f"there is no message {message_id}; it may have been deleted")
        return fields

    def _streaming(self, message_id: int) -> None:
        if self._stored(message_id)["state"] != "streaming":
            raise StoreError(f"the answer {message_id} has ended; start a new one")

    def _insert(self, conversation_id: int, role: Role, **fields: Any) -> int:
        head = {"conversation": conversation_id, "role": role}
        return self._messages.insert(head | fields | {"created": _now()})

    def _message(self, message_id: int) -> Message:
        with self._lock:
            return message_from(message_id, self._shown(message_id, self._stored(message_id)))

    def _shown(self, message_id: int, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        """Add to a running answer what has come so far."""
        if fields["state"] != "streaming":
            return fields
        shown = dict(fields) | self._running.so_far(message_id)
        if message_id in self._database.interrupted:
            shown["state"] = "interrupted"
        return shown


def _now() -> float:
    return round(time.time(), 3)
