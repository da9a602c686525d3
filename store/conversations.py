"""Conversations and their messages, kept for good: what is acknowledged is on disk."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Literal

from store.branches import HEAD, Branches
from store.database import Database
from store.deletion import Deletion
from store.drafts import Drafts
from store.errors import StoreError, UnknownIdError
from store.history import written
from store.markdown import as_markdown
from store.message import (
    Conversation,
    Figures,
    Message,
    MessageState,
    Rating,
    Role,
    Work,
    message_from,
    pack_ids,
    whole_text,
    work_fields,
)
from store.message_tables import Fields, MessageTables
from store.search import SearchHit, search
from store.titles import Titles, clean_title

__all__ = [
    "HEAD",
    "Conversation",
    "Conversations",
    "Figures",
    "Message",
    "MessageState",
    "Rating",
    "Role",
    "SearchHit",
]

# Named here because `list` inside the class is its method.
ConversationList = list[Conversation]
MessageList = list[Message]
TextList = list[str]
HitList = list[SearchHit]
IdList = list[int]


class Conversations:
    """All conversations of a database.

    Every method may be called from any thread. One that writes returns when it is on disk, or
    raises StoreError and has changed nothing. An id that does not exist raises UnknownIdError.

    The messages of a conversation form a tree, of which one branch is shown. A new message
    follows the last one shown, and the branch through it is shown from then on.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = database.storage.lock
        self._documents = MessageTables(database)
        self._conversations = self._documents.conversations
        self._messages = self._documents.messages
        self._running = self._documents.running
        self._branches = Branches(self._documents)
        self._titles = Titles(self._documents)
        drafts = database.table("drafts")
        self._deletion = Deletion(self._conversations, self._messages, self._running, drafts)
        self.drafts = Drafts(self._documents, drafts)

    def transaction(self) -> AbstractContextManager[None]:
        """Group changes into one commit; an exception inside takes all of them back."""
        return self._database.transaction()

    # --- conversations

    def create(self, title: str = "", system_prompt: str = "") -> Conversation:
        """Start a conversation; its system prompt stays as it is from here on."""
        cleaned = clean_title(title)
        fields = {
            "title": cleaned,
            "title_by": "user" if cleaned else "",
            "created": _now(),
            "system_prompt": whole_text(system_prompt),
        }
        return self.get(self._conversations.insert(fields))

    def get(self, conversation_id: int) -> Conversation:
        """Give one conversation."""
        with self._lock:
            return self._conversation(
                conversation_id, self._documents.conversation(conversation_id)
            )

    def list(self) -> ConversationList:
        """Give all conversations, the one with the newest message first."""
        with self._lock:
            found = [self._conversation(i, fields) for i, fields in self._documents.visible()]
        return sorted(found, key=lambda c: (c.updated, c.id), reverse=True)

    def system_prompt(self, conversation_id: int) -> str:
        """Give the system prompt that the conversation was started with."""
        return str(self._documents.conversation(conversation_id)["system_prompt"])

    def search(self, text: str) -> HitList:
        """Find titles and messages that hold all words of `text`, whatever their case.

        Messages of branches that are not shown are found too. Newest first; a query without a
        word finds nothing.
        """
        with self._lock:
            conversations = [self._conversation(i, f) for i, f in self._documents.visible()]
            messages = [(i, self._documents.with_text(i, f)) for i, f in self._messages.peek_all()]
            return search(text, conversations, messages, self.message)

    def export_markdown(self, conversation_id: int) -> str:
        """Give the shown branch of a conversation as a Markdown document."""
        with self._lock:
            return as_markdown(self.get(conversation_id), self.messages(conversation_id))

    # --- titles

    def rename(self, conversation_id: int, title: str) -> None:
        """Give a conversation another title. Raises StoreError for one without a visible letter."""
        with self._database.transaction():
            self._titles.rename(conversation_id, title)

    def wants_title(self, conversation_id: int) -> bool:
        """Whether the title was made of a message by rule, and no model was asked for one yet."""
        return self._titles.is_wanted(conversation_id)

    def keep_title(self, conversation_id: int, title: str) -> bool:
        """Keep what a model gave for a title; an empty one leaves the title by rule for good.

        Gives whether the conversation has another title now; one the user gave stays.
        """
        with self._database.transaction():
            return self._titles.keep_model_s(conversation_id, title)

    # --- deleting

    def delete(self, conversation_id: int, *, now: bool = False) -> None:
        """Delete a conversation: hide it for a day, or `now` with all its messages and its draft.

        With `now`, one that is hidden already can be named too.
        """
        with self._database.transaction():
            if not (now and self._documents.is_hidden(conversation_id)):
                self._documents.conversation(conversation_id)
            if now:
                self._deletion.erase(conversation_id)
            else:
                self._deletion.hide(conversation_id, _now())

    def restore(self, conversation_id: int) -> Conversation:
        """Bring a deleted conversation back as it was. Raises UnknownIdError for any other."""
        with self._database.transaction():
            if not self._documents.is_hidden(conversation_id):
                raise UnknownIdError(
                    f"there is no deleted conversation {conversation_id}; "
                    "`soma conversations list --deleted` shows those that can be restored"
                )
            self._deletion.show(conversation_id)
        return self.get(conversation_id)

    def deleted(self) -> ConversationList:
        """Give the conversations that can be restored, the one deleted last first."""
        with self._lock:
            found = [
                self._conversation(i, fields)
                for i, fields in self._conversations.peek_all()
                if "deleted" in fields
            ]
        return sorted(found, key=lambda c: (c.deleted or 0.0, c.id), reverse=True)

    # --- messages

    def message(self, message_id: int, *, of: int | None = None) -> Message:
        """Give one message; a running answer with what it has so far.

        With `of`, one that is not of that conversation raises UnknownIdError.
        """
        with self._lock:
            if of is not None:
                self._documents.message_of(of, message_id)
            return self._read(message_id, self._branches.parent(message_id))

    def messages(self, conversation_id: int) -> MessageList:
        """Give the shown branch in order; a running answer with what it has so far."""
        with self._lock:
            self._documents.conversation(conversation_id)
            return self._read_all(self._branches.shown(conversation_id))

    def written(self, conversation_id: int | None, limit: int) -> TextList:
        """Give what the user wrote, newest first: in one conversation, then in all others."""
        with self._lock:
            return written(self._documents, conversation_id, limit)

    def branch_to(self, message_id: int) -> MessageList:
        """Give the messages from the first to this one, in order, be they shown or not."""
        with self._lock:
            return self._read_all(self._branches.branch_to(message_id))

    def ids(self, conversation_id: int) -> IdList:
        """Give the ids of a conversation's messages on all branches, oldest first."""
        return self._documents.ids(conversation_id)

    def siblings(self, message_id: int) -> tuple[int, ...]:
        """Give the alternatives at a message's place, itself among them, oldest first."""
        with self._lock:
            return tuple(self._branches.siblings(message_id))

    def show_branch(self, conversation_id: int, message_id: int) -> None:
        """Show the branch through a message, down to what was shown last below it."""
        with self._database.transaction():
            self._branches.show(conversation_id, message_id)

    def continue_after(self, conversation_id: int, message_id: int | None) -> None:
        """Let the shown branch end with a message, which the next one follows; None: with none."""
        with self._database.transaction():
            self._branches.end_with(conversation_id, message_id)

    def add_user(
        self, conversation_id: int, text: str, *, after: int | None = HEAD, work: Work | None = None
    ) -> Message:
        """Keep what the user wrote, after the last message shown or another; None: as the first.

        It names an untitled conversation. Raises StoreError for white space alone.
        """
        if not text.strip():
            raise StoreError("an empty message is not sent; write something first")
        text = whole_text(text)
        with self._database.transaction():
            message_id = self._insert(conversation_id, "user", after, work, text=text, state="done")
            self._titles.take_from(conversation_id, text)
        return self.message(message_id)

    def begin_answer(
        self,
        conversation_id: int,
        model: str,
        vocabulary: str,
        *,
        after: int | None = HEAD,
        version: str = "",
        work: Work | None = None,
    ) -> Message:
        """Start an answer, empty and in the state "streaming".

        `model` and `version` are the names to show, `vocabulary` names what its token ids belong
        to.
        """
        with self._database.transaction():
            fields = {"text": "", "state": "streaming", "model": model, "vocabulary": vocabulary}
            if version:
                fields["version"] = version
            message_id = self._insert(conversation_id, "assistant", after, work, **fields)
        return self.message(message_id)

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
        version: str | None = None,
    ) -> Message:
        """End a running answer: its pieces become its text. Raises StoreError for one that ended.

        `finish` says why it ended, `figures` are its measurements, `version` the one that wrote it
        where that is another than it began with.
        """
        with self._lock:
            self._streaming(message_id)
            fields: dict[str, Any] = {"state": state, "finish": finish}
            if figures is not None:
                fields["figures"] = dict(figures)
            if version is not None:
                fields["version"] = version
            self._running.finish(message_id, fields)
            return self.message(message_id)

    def rate(self, message_id: int, value: Literal[-1, 0, 1], better: str = "") -> Message:
        """Keep what the user thinks of an answer, and the answer that would have been better.

        0 takes the rating away. A better answer that is blank or the answer itself counts as none.
        Raises StoreError for what is no whole answer.
        """
        with self._database.transaction():
            fields = self._documents.message(message_id)
            if fields["role"] != "assistant":
                raise StoreError(f"message {message_id} is yours; only answers are rated")
            if fields["state"] == "streaming":
                raise StoreError(f"the answer {message_id} still runs; rate it when it has ended")
            better = whole_text(better).strip()
            if better == fields["text"].strip():
                better = ""
            rating = {"value": value, "better": better, "at": _now()} if value else None
            self._messages.update({"rating": rating}, doc_ids=[message_id])
        return self.message(message_id)

    # --- what was sent to the model

    def set_token_ids(self, message_id: int, token_ids: Sequence[int], vocabulary: str) -> None:
        """Keep the token ids that a message was sent to the model as."""
        with self._lock:
            self._documents.message(message_id)
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

    def window_start(self, conversation_id: int, message_id: int | None = None) -> int:
        """Give the first message that still fits the model's context, of those up to this one.

        Without a message, of those that are shown. 0 stands for all of them.
        """
        with self._lock:
            older = self._documents.conversation(conversation_id).get("window_start", 0)
            if message_id is None:
                branch = self._branches.shown(conversation_id)
            else:
                branch = self._branches.branch_to(message_id)
            for place in reversed(branch):
                if place == older or (self._messages.peek(place) or {}).get("window"):
                    return place
            return 0

    def set_window_start(self, conversation_id: int, message_id: int) -> None:
        """Note that the messages before this one no longer fit the model's context."""
        with self._lock:
            self._documents.message_of(conversation_id, message_id)
            self._messages.update({"window": True}, doc_ids=[message_id])

    # --- documents

    def _conversation(self, conversation_id: int, fields: Fields) -> Conversation:
        ids = self._documents.ids(conversation_id)
        last = self._messages.peek(ids[-1]) if ids else None
        return Conversation(
            id=conversation_id,
            title=fields["title"],
            created=fields["created"],
            updated=max(fields["created"], last["created"] if last else 0.0),
            messages=len(self._branches.shown(conversation_id)),
            deleted=fields.get("deleted"),
        )

    def _streaming(self, message_id: int) -> None:
        if self._documents.message(message_id)["state"] != "streaming":
            raise StoreError(f"the answer {message_id} has ended; start a new one")

    def _insert(
        self, conversation_id: int, role: Role, after: int | None, work: Work | None, **fields: Any
    ) -> int:
        parent = self._branches.make_room(conversation_id, after)
        head = {"conversation": conversation_id, "parent": parent, "role": role}
        return self._messages.insert(head | fields | work_fields(work) | {"created": _now()})

    def _read(self, message_id: int, parent: int | None) -> Message:
        fields = self._documents.with_text(message_id, self._documents.message(message_id))
        return message_from(message_id, fields, parent)

    def _read_all(self, branch: Sequence[int]) -> MessageList:
        parents = (None, *branch)
        return [self._read(i, parent) for i, parent in zip(branch, parents, strict=False)]


def _now() -> float:
    return round(time.time(), 3)
