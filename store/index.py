"""An index on one field of a table's documents."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class Index:
    """The ids of documents by their value in a field; only strings and numbers are kept."""

    __slots__ = ("_ids", "_mixed")

    def __init__(self) -> None:
        self._ids: dict[str | int, dict[int, None]] = {}
        self._mixed: set[str | int] = set()  # values whose ids did not come in ascending order

    def add(self, value: Any, doc_id: int) -> None:
        """Note a document's value."""
        if isinstance(value, (str, int)):
            ids = self._ids.setdefault(value, {})
            if ids and doc_id < next(reversed(ids)):
                self._mixed.add(value)
            ids[doc_id] = None

    def remove(self, value: Any, doc_id: int) -> None:
        """Forget a document's value."""
        if isinstance(value, (str, int)) and value in self._ids:
            self._ids[value].pop(doc_id, None)
            if not self._ids[value]:
                del self._ids[value]
                self._mixed.discard(value)

    def ids(self, value: str | int) -> Iterable[int]:
        """Give the ids of the documents with that value."""
        return self._ids.get(value, ())

    def last(self, value: str | int) -> int | None:
        """Give the highest id with that value; at no cost where they came in their order."""
        ids = self._ids.get(value)
        if not ids:
            return None
        return max(ids) if value in self._mixed else next(reversed(ids))
