"""TinyDB's table and database over the journal: the same interface, at a cost that stays flat."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from typing import Any, ParamSpec, TypeVar

from tinydb import TinyDB
from tinydb.queries import QueryLike
from tinydb.table import Document, Table
from tinydb.utils import LRUCache

from store.changes import Draft, Fields, copy_json
from store.storage import JournalStorage

P = ParamSpec("P")
R = TypeVar("R")
Update = Mapping[str, Any] | Callable[[MutableMapping[str, Any]], None]


def _locked(method: Callable[P, R]) -> Callable[P, R]:
    """Run a method of a table or database under its storage's lock."""

    @functools.wraps(method)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        owner: Any = args[0]
        with owner._storage.lock:
            return method(*args, **kwargs)

    return guarded


class JournalTable(Table):
    """A table whose inserts, updates by id and look-ups by id cost the same at any size.

    It differs from the stock table in two points: an id is never given twice while the table
    exists, `truncate` included, and documents handed out are copies.
    """

    _storage: JournalStorage
    _query_cache: LRUCache[QueryLike, list[int]]  # type: ignore[assignment]
    _draft: Draft | None = None

    insert = _locked(Table.insert)
    insert_multiple = _locked(Table.insert_multiple)
    all = _locked(Table.all)
    contains = _locked(Table.contains)
    update_multiple = _locked(Table.update_multiple)
    upsert = _locked(Table.upsert)
    truncate = _locked(Table.truncate)
    count = _locked(Table.count)
    clear_cache = _locked(Table.clear_cache)

    @_locked
    def get(
        self,
        cond: QueryLike | None = None,
        doc_id: int | None = None,
        doc_ids: list[int] | None = None,
    ) -> Any:
        """Get one document by a query or an id, or a list of documents by `doc_ids`."""
        documents = self._read_table()
        if doc_id is not None:
            found = documents.get(doc_id)
            return None if found is None else self._out(doc_id, found)
        if doc_ids is not None:
            wanted = sorted({int(i) for i in doc_ids} & documents.keys())
            return [self._out(i, documents[i]) for i in wanted]
        if cond is not None:
            hits = (self._out(i, fields) for i, fields in documents.items() if cond(fields))
            return next(hits, None)
        raise RuntimeError("You have to pass either cond or doc_id or doc_ids")

    @_locked
    def search(self, cond: QueryLike) -> list[Document]:
        """Give all documents that match; the answer is kept until the table is written to."""
        ids = self._query_cache.get(cond)
        documents = self._read_table()
        if ids is None:
            ids = [doc_id for doc_id, fields in documents.items() if cond(fields)]
            is_cacheable = getattr(cond, "is_cacheable", lambda: True)
            if is_cacheable() and not self._storage.in_transaction:
                self._query_cache[cond] = ids
        return [self._out(doc_id, documents[doc_id]) for doc_id in ids]

    @_locked
    def update(
        self,
        fields: Update,
        cond: QueryLike | None = None,
        doc_ids: Iterable[int] | None = None,
    ) -> list[int]:
        """Update documents by ids, by a query, or all; gives the ids that were there."""
        if doc_ids is None and cond is not None:
            doc_ids = self._matching(cond)
        return super().update(fields, doc_ids=doc_ids)

    @_locked
    def remove(
        self, cond: QueryLike | None = None, doc_ids: Iterable[int] | None = None
    ) -> list[int]:
        """Remove documents by ids or by a query; gives the ids that were there."""
        if doc_ids is None and cond is not None:
            doc_ids = self._matching(cond)
        return super().remove(doc_ids=doc_ids)

    @_locked
    def __len__(self) -> int:
        return len(self._read_table())

    @_locked
    def __iter__(self) -> Iterator[Document]:
        return iter([self._out(i, fields) for i, fields in self._read_table().items()])

    @property
    def storage(self) -> JournalStorage:
        """The journal storage beneath."""
        return self._storage

    def index(self, field: str) -> None:
        """Keep an index on a field that holds strings or numbers, for `find`."""
        self._storage.index(self.name, field)

    def find(self, field: str, value: str | int) -> list[int]:
        """Give the ids, ascending, of the documents with that value in an indexed field."""
        return self._storage.find(self.name, field, value)

    def last(self, field: str, value: str | int) -> int | None:
        """Give the highest of the ids that `find` gives, at a cost that does not grow with them."""
        return self._storage.last(self.name, field, value)

    def peek(self, doc_id: int) -> Mapping[str, Any] | None:
        """Give a document itself, not a copy: for reading, by code that does not keep it."""
        return self._storage.documents(self.name).get(doc_id)

    @_locked
    def peek_all(self) -> list[tuple[int, Mapping[str, Any]]]:
        """Give all documents with their ids, not copies: for reading."""
        return list(self._read_table().items())

    def _out(self, doc_id: int, fields: Fields) -> Document:
        return self.document_class(copy_json(fields), int(doc_id))

    def _matching(self, cond: QueryLike) -> list[int]:
        return [doc_id for doc_id, fields in self._read_table().items() if cond(fields)]

    def _get_next_id(self) -> int:
        above = self._draft.highest + 1 if self._draft else 1
        return self._storage.next_id(self.name, above)

    def _read_table(self) -> Mapping[int, Fields]:  # type: ignore[override]
        return self._storage.documents(self.name)

    @_locked
    def _update_table(self, updater: Callable[[Any], Any]) -> None:
        draft = Draft(self._read_table())
        self._draft = draft
        try:
            updater(draft)
        finally:
            self._draft = None
        self._storage.commit(self.name, draft.finish())
        self.clear_cache()


class JournalDB(TinyDB):
    """TinyDB with its tables on a journal: `JournalDB(path)`."""

    table_class = JournalTable
    default_storage_class = JournalStorage  # type: ignore[assignment]
    _storage: JournalStorage

    @_locked
    def table(self, name: str, **kwargs: Any) -> Table:
        """Give the table of that name; it comes into being with its first document."""
        return super().table(name, **kwargs)

    @_locked
    def tables(self) -> set[str]:
        """Give the names of all tables."""
        return self._storage.names()

    @_locked
    def drop_table(self, name: str) -> None:
        """Take a table away, its documents and its count of ids."""
        if name in self._storage.names():
            self._storage.drop(name)
        if name in self._tables:
            self._tables.pop(name).clear_cache()

    @_locked
    def drop_tables(self) -> None:
        """Take all tables away, in one commit."""
        with self._storage.transaction():
            for name in self._storage.names() | self._tables.keys():
                self.drop_table(name)
