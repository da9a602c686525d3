"""All documents in memory, with the indices on them; records of the journal are applied to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from store.changes import Fields
from store.index import Index


class TableState:
    """The documents of one table, its next free id, its indices and its share of the journal."""

    __slots__ = ("bytes", "documents", "indices", "next_id", "puts")

    def __init__(self, indexed: Iterable[str]) -> None:
        self.documents: dict[int, Fields] = {}
        self.indices = {field: Index() for field in indexed}
        self.next_id = 1
        self.puts = 0
        self.bytes = 0.0

    def put(self, doc_id: int, fields: Fields) -> None:
        """Insert or replace a document."""
        if type(fields) is not dict:
            raise TypeError(f"document {doc_id} is no object")
        if self.indices:
            self._unindex(doc_id)
            for field, index in self.indices.items():
                index.add(fields.get(field), doc_id)
        self.documents[doc_id] = fields
        if doc_id >= self.next_id:
            self.next_id = doc_id + 1

    def delete(self, doc_ids: Iterable[int]) -> None:
        """Take documents out."""
        for doc_id in doc_ids:
            self._unindex(doc_id)
            self.documents.pop(doc_id, None)

    def clear(self) -> None:
        """Take all documents out; their ids stay used."""
        self.documents = {}
        self.indices = {field: Index() for field in self.indices}

    def build_index(self, field: str) -> None:
        """Index a field of the documents that are there and of those to come."""
        index = self.indices[field] = Index()
        for doc_id, fields in self.documents.items():
            index.add(fields.get(field), doc_id)

    def _unindex(self, doc_id: int) -> None:
        old = self.documents.get(doc_id)
        if old is None:
            return
        for field, index in self.indices.items():
            index.remove(old.get(field), doc_id)


@dataclass(slots=True)
class FrozenTable:
    """A table at one moment, which gives the records that make it from nothing."""

    name: str
    next_id: int
    documents: dict[int, Fields]
    _table: TableState
    _puts: int
    _bytes: float

    @property
    def count(self) -> int:
        """How many records it gives."""
        return 1 + len(self.documents)

    def records(self) -> Iterator[list[Any]]:
        """Give one record a document, and before them the one that makes the table."""
        yield [self.name, "next", self.next_id]
        for doc_id, fields in self.documents.items():
            yield [self.name, doc_id, fields]

    def recount(self, length: int) -> None:
        """Note that `length` bytes of the journal now hold the documents of that moment."""
        self._table.puts += len(self.documents) - self._puts
        self._table.bytes += length - self._bytes


class State:
    """The tables of a database."""

    def __init__(self) -> None:
        self.tables: dict[str, TableState] = {}
        self._indexed: dict[str, dict[str, None]] = {}

    def apply(self, record: list[Any], length: int) -> None:
        """Take in one record of the journal, whose line is `length` bytes long.

        A record is one operation or a list of them; an operation is `[table, id, document]` to
        put, `[table, [id, …]]` to delete, `[table, "clear"]`, `[table, "drop"]`, or
        `[table, "next", id]`, which makes the table and says which ids are used up.
        Raises TypeError, ValueError or IndexError for anything else.
        """
        if type(record[0]) is str:
            self._operate(record, length)
            return
        puts = sum(type(operation[1]) is int for operation in record)
        for operation in record:
            self._operate(operation, length / (puts or 1))

    def _operate(self, operation: list[Any], length: float) -> None:
        name, what = operation[0], operation[1]
        table = self.tables.get(name)
        if table is None:
            table = self.tables[name] = TableState(self._indexed.get(name, ()))
        if type(what) is int:
            table.put(what, operation[2])
            table.puts += 1
            table.bytes += length
        elif type(what) is list:
            table.delete(what)
        elif what == "clear":
            table.clear()
        elif what == "drop":
            del self.tables[name]
        elif what == "next":
            table.next_id = max(table.next_id, int(operation[2]))
        else:
            raise ValueError(f"no such operation: {what}")

    def live_bytes(self) -> int:
        """Estimate how much of the journal stands for documents that are still there.

        Taken from the mean length of a table's puts, so that no length is kept for each document.
        """
        return sum(
            round(table.bytes * len(table.documents) / table.puts)
            for table in self.tables.values()
            if table.puts
        )

    def freeze(self) -> list[FrozenTable]:
        """Give the tables as they are now; what is put or deleted later does not show in them."""
        return [
            FrozenTable(name, table.next_id, dict(table.documents), table, table.puts, table.bytes)
            for name, table in self.tables.items()
        ]

    def documents(self, table: str) -> Mapping[int, Fields]:
        """Give a table's documents; none for a table that does not exist."""
        found = self.tables.get(table)
        return found.documents if found else {}

    def next_id(self, table: str) -> int:
        """Give the lowest id above all that the table's documents ever had."""
        found = self.tables.get(table)
        return found.next_id if found else 1

    def index(self, table: str, field: str) -> None:
        """Build an index and keep it from here on."""
        self._indexed.setdefault(table, {})[field] = None
        found = self.tables.get(table)
        if found and field not in found.indices:
            found.build_index(field)

    def indexed(self, table: str) -> Iterable[str]:
        """Give the fields of a table that have an index."""
        return self._indexed.get(table, ())

    def last(self, table: str, field: str, value: str | int) -> int | None:
        """Give the highest id of those that `find` gives."""
        found = self.tables.get(table)
        return found.indices[field].last(value) if found else None

    def find(self, table: str, field: str, value: str | int) -> Iterable[int]:
        """Look a value up in an index that `index` has built."""
        if field not in self._indexed.get(table, ()):
            raise KeyError(f"there is no index on the field {field} of the table {table}")
        found = self.tables.get(table)
        return found.indices[field].ids(value) if found else ()
