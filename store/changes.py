"""What a commit does to a table, and the views through which it is seen before it is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from typing import Any

from store.frames import dumps
from store.index import Index

Fields = dict[str, Any]


def copy_json(value: Any) -> Any:
    """Copy nested dicts and lists, which is all that a stored document can hold."""
    if isinstance(value, dict):
        return {key: copy_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [copy_json(item) for item in value]
    return value


class Overlay(Mapping[int, Fields]):
    """A table as it will be once the changes gathered here are committed.

    The documents below are never touched; the cost of an operation depends on the number of
    changes alone.
    """

    def __init__(self, base: Mapping[int, Fields], indexed: Iterable[str] = ()) -> None:
        self.base = base
        self.dropped = False
        self.cleared = False
        self.deletes: dict[int, None] = {}
        self.puts: dict[int, Fields] = {}
        self._replaced = 0  # how many of the puts stand over a document below
        self._indices: dict[str, Index] = {field: Index() for field in indexed}

    def _shows_base(self, doc_id: int) -> bool:
        return not self.cleared and doc_id not in self.deletes and doc_id in self.base

    def __contains__(self, doc_id: object) -> bool:
        return doc_id in self.puts or (isinstance(doc_id, int) and self._shows_base(doc_id))

    def __getitem__(self, doc_id: int) -> Fields:
        if doc_id in self.puts:
            return self.puts[doc_id]
        if self._shows_base(doc_id):
            return self.base[doc_id]
        raise KeyError(doc_id)

    def __iter__(self) -> Iterator[int]:
        if not self.cleared:
            yield from (doc_id for doc_id in self.base if doc_id not in self.deletes)
        yield from (doc_id for doc_id in self.puts if not self._shows_base(doc_id))

    def __len__(self) -> int:
        kept = 0 if self.cleared else len(self.base) - len(self.deletes)
        return kept + len(self.puts) - self._replaced

    def put(self, doc_id: int, fields: Fields) -> None:
        """Insert or replace a document."""
        if doc_id in self.puts:
            self._unindex(doc_id)
        else:
            self._replaced += self._shows_base(doc_id)
        self.puts[doc_id] = fields
        for field, index in self._indices.items():
            index.add(fields.get(field), doc_id)

    def delete(self, doc_id: int) -> None:
        """Take a document out; it must be there."""
        if doc_id in self.puts:
            self._unindex(doc_id)
            self._replaced -= self._shows_base(doc_id)
            del self.puts[doc_id]
        if self._shows_base(doc_id):
            self.deletes[doc_id] = None

    def clear(self, *, drop: bool = False) -> None:
        """Take every document out, and with `drop` the table itself."""
        self.cleared = True
        self.dropped = self.dropped or drop
        self.deletes.clear()
        self.puts.clear()
        self._replaced = 0
        self._indices = {field: Index() for field in self._indices}

    def _unindex(self, doc_id: int) -> None:
        for field, index in self._indices.items():
            index.remove(self.puts[doc_id].get(field), doc_id)

    def index(self, field: str) -> None:
        """Keep an index on a field of the documents put here, for `find`."""
        index = self._indices[field] = Index()
        for doc_id, fields in self.puts.items():
            index.add(fields.get(field), doc_id)

    def find(self, field: str, value: str | int, below: Iterable[int]) -> list[int]:
        """Give the ids, ascending, of documents with that value; `below` has them for the base."""
        kept = [i for i in below if self._shows_base(i) and i not in self.puts]
        return sorted([*kept, *self._indices[field].ids(value)])

    def keeps(self, doc_id: int) -> bool:
        """Whether a document of the base is seen as it is there."""
        return self._shows_base(doc_id) and doc_id not in self.puts

    def last(self, field: str, value: str | int) -> int | None:
        """Give the highest id with that value of the documents that were put here."""
        return self._indices[field].last(value)

    def absorb(self, later: Overlay) -> None:
        """Add the changes of an overlay that lies on this one."""
        if later.cleared:
            self.clear(drop=later.dropped)
        for doc_id in later.deletes:
            self.delete(doc_id)
        for doc_id, fields in later.puts.items():
            self.put(doc_id, fields)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to commit."""
        return not (self.cleared or self.deletes or self.puts)

    def operations(self, table: str) -> list[list[Any]]:
        """Give the journal's operations that make these changes, in their order."""
        made: list[list[Any]] = []
        if self.cleared:
            made.append([table, "drop" if self.dropped else "clear"])
        if self.deletes:
            made.append([table, list(self.deletes)])
        made += [[table, doc_id, fields] for doc_id, fields in self.puts.items()]
        return made


class Draft(MutableMapping[int, Fields]):
    """The table that TinyDB hands to an update function; it gathers what the function does.

    A document is copied when it is asked for, because the function may alter it in place.
    """

    def __init__(self, base: Mapping[int, Fields]) -> None:
        self._overlay = Overlay(base)
        self._copies: dict[int, Fields] = {}
        self.highest = 0

    def __contains__(self, doc_id: object) -> bool:
        return doc_id in self._overlay

    def __getitem__(self, doc_id: int) -> Fields:
        if doc_id not in self._copies:
            self._copies[doc_id] = copy_json(self._overlay[doc_id])
        return self._copies[doc_id]

    def __setitem__(self, doc_id: int, fields: Fields) -> None:
        self._copies.pop(doc_id, None)
        self._overlay.put(doc_id, fields)
        self.highest = max(self.highest, doc_id)

    def __delitem__(self, doc_id: int) -> None:
        if doc_id not in self._overlay:
            raise KeyError(doc_id)
        self._copies.pop(doc_id, None)
        self._overlay.delete(doc_id)

    def __iter__(self) -> Iterator[int]:
        return iter(self._overlay)

    def __len__(self) -> int:
        return len(self._overlay)

    def clear(self) -> None:
        """Take every document out."""
        self._copies.clear()
        self._overlay.clear()

    def finish(self) -> Overlay:
        """Give the changes, among them the copies that were altered in place."""
        for doc_id, fields in self._copies.items():
            if dumps(fields) != dumps(self._overlay[doc_id]):
                self._overlay.put(doc_id, fields)
        return self._overlay
