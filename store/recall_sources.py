"""What can be recalled, and where it comes from: messages here, others by the same interface."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from store.errors import UnknownIdError
from store.message_tables import Fields, MessageTables


@dataclass(frozen=True, slots=True)
class Item:
    """Something that can be recalled.

    `source` says in words where it is from (the title of a conversation, a file and its page),
    `time` when it was said, in Unix seconds. Items of one `group` (a conversation, a document)
    can be asked for alone; `after` is the id of the one that it follows there, its neighbour.
    `role` is "user" or "assistant" for what was said in a conversation, and `speaker` the name of
    who said it where one is known. `named` is the id that it had where it was imported from.
    """

    kind: str
    id: int
    text: str
    source: str
    time: float | None = None
    pinned: bool = False
    group: str = ""
    after: int | None = None
    role: str = ""
    speaker: str = ""
    named: str = ""


@dataclass(frozen=True, slots=True)
class Gone:
    """An item that is there no longer."""

    id: int


class Source(Protocol):
    """Something that holds items of one kind, such as remembered facts or passages."""

    @property
    def kind(self) -> str:
        """The kind of its items, one word."""

    def version(self) -> Hashable:
        """A value that differs as soon as any item does; cheap, asked for at every query."""

    def items(self) -> Iterable[Item]:
        """All items, each with another id."""

    def item(self, item_id: int) -> Item | None:
        """The item as it is now; None where it is gone, forgotten or hidden."""

    def pin(self, item_id: int, pinned: bool) -> None:
        """Pin an item or let it loose; raises UnknownIdError where it is gone."""


@dataclass(slots=True)
class Seen:
    """How far an index has read the messages."""

    last: int = 0
    count: int = 0
    unfinished: set[int] = field(default_factory=set)
    hidden: frozenset[int] = frozenset()


class Messages:
    """The messages of all conversations that are not deleted, on all their branches.

    It is also read step by step (`changes`), because there may be very many.
    """

    kind = "message"

    def __init__(self, documents: MessageTables) -> None:
        self._documents = documents
        documents.conversations.index("source")
        self._lock = documents.messages.storage.lock

    def item(self, message_id: int) -> Item | None:
        """The message as it is now; None where it is gone, deleted, empty or not finished."""
        with self._lock:
            try:
                fields = self._documents.message(message_id)
            except UnknownIdError:
                return None
            return self._item(message_id, fields)

    def version(self) -> Hashable:
        """Differs after every new or removed message and deleted conversation."""
        with self._lock:
            return (self._last(), len(self._documents.messages), self._hidden())

    def items(self) -> Iterator[Item]:
        """All messages, oldest first."""
        with self._lock:
            ids = [message_id for message_id, _ in self._documents.messages.peek_all()]
        yield from (item for item in map(self.item, ids) if item is not None)

    def changes(self, seen: Seen, limit: int) -> list[Item | Gone]:
        """What is new since `seen`, which moves on; at most `limit` messages, [] at the end."""
        with self._lock:
            found = self._hidings(seen)
            found += self._finished(seen)
            table = self._documents.messages
            last = self._last()
            while seen.last < last and len(found) < limit:
                seen.last += 1
                fields = table.peek(seen.last)
                if fields is not None:
                    seen.count += 1
                    found += self._read(seen, seen.last, fields)
            if not found and seen.last >= last and seen.count != len(table):
                return self._removed(seen)
            return found

    def _read(self, seen: Seen, message_id: int, fields: Fields) -> list[Item | Gone]:
        if fields["state"] == "streaming":
            seen.unfinished.add(message_id)
            return []
        if fields["conversation"] in seen.hidden:
            return []
        item = self._item(message_id, fields)
        return [item] if item else []

    def _finished(self, seen: Seen) -> list[Item | Gone]:
        found: list[Item | Gone] = []
        for message_id in sorted(seen.unfinished):
            fields = self._documents.messages.peek(message_id)
            if fields is None or fields["state"] != "streaming":
                seen.unfinished.discard(message_id)
                found += self._read(seen, message_id, fields) if fields else [Gone(message_id)]
        return found

    def _hidings(self, seen: Seen) -> list[Item | Gone]:
        """The messages of conversations that were deleted, or brought back, in between."""
        hidden = self._hidden()
        before, seen.hidden = seen.hidden, hidden
        found: list[Item | Gone] = []
        for conversation_id in before ^ hidden:
            for message_id in self._documents.ids(conversation_id):
                if message_id <= seen.last:
                    item = self.item(message_id)
                    found.append(item or Gone(message_id))
        return found

    def _removed(self, seen: Seen) -> list[Item | Gone]:
        """Messages were taken out: every id below the last is looked at once."""
        table = self._documents.messages
        seen.count = len(table)
        return [Gone(i) for i in range(1, seen.last + 1) if table.peek(i) is None]

    def _last(self) -> int:
        """The highest id."""
        documents: Mapping[int, Any] = self._documents.messages.storage.documents("messages")
        return next(reversed(documents), 0) if isinstance(documents, dict) else max(documents)

    def _hidden(self) -> frozenset[int]:
        everything = self._documents.conversations.peek_all()
        return frozenset(i for i, fields in everything if "deleted" in fields)

    def _item(self, message_id: int, fields: Fields) -> Item | None:
        text = fields["text"]
        if fields["state"] == "streaming" or not text.strip():
            return None
        conversation = self._documents.conversations.peek(fields["conversation"]) or {}
        return Item(
            kind=self.kind,
            id=message_id,
            text=text,
            source=conversation.get("title", ""),
            time=fields["created"],
            pinned=bool(fields.get("pinned")),
            group=str(fields["conversation"]),
            after=self._before(message_id, fields),
            role=fields["role"],
            speaker=fields.get("name", ""),
            named=fields.get("source", ""),
        )

    def group(self, name: str) -> str:
        """The group of a conversation, by the id it was imported under or by its number.

        Raises UnknownIdError.
        """
        with self._lock:
            found = self._documents.conversations.find("source", name)
            if not found and name.isascii() and name.isdigit():
                found = [int(name)]
            if not found:
                raise UnknownIdError(
                    f"there is no conversation {name}; `soma conversations list` shows those there "
                    "are"
                )
            self._documents.conversation(found[0])
            return str(found[0])

    def _before(self, message_id: int, fields: Fields) -> int | None:
        parent: int | None = fields.get("parent")
        if "parent" in fields:
            return parent
        earlier = [i for i in self._documents.ids(fields["conversation"]) if i < message_id]
        return earlier[-1] if earlier else None

    def pin(self, message_id: int, pinned: bool) -> None:
        """Let a message be recalled before others. Raises UnknownIdError."""
        with self._lock:
            self._documents.message(message_id)
            self._documents.messages.update({"pinned": pinned}, doc_ids=[message_id])
