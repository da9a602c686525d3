"""An index on one field of a table's documents."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class Index:
    """The ids of documents by their value in a field; only strings and numbers are kept."""

    __slots__ = ("_ids",)

    def __init__(self) -> None:
        self._ids: dict[str | int, dict[int, None]] = {}

    def add(self, value: Any, doc_id: int) -> None:
        """Note a document's value."""
        if isinstance(value, (str, int)):
            self._ids.setdefault(value, {})[doc_id] = None

    def remove(self, value: Any, doc_id: int) -> None:
        """Forget a document's value."""
        if isinstance(value, (str, int)) and value in self._ids:
            self._ids[value].pop(doc_id, None)
            if not self._ids[value]:
                del self._ids[value]

    def ids(self, value: str | int) -> Iterable[int]:
        """Give the ids of the documents with that value."""
        return self._ids.get(value, ())
