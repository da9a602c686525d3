"""Settings that outlive a session: JSON values under names."""

from __future__ import annotations

from typing import Any

from store.database import Database


class Settings:
    """Values by key, in the table `settings`."""

    def __init__(self, database: Database) -> None:
        self._table = database.table("settings")
        self._table.index("key")

    def get(self, key: str, default: Any = None) -> Any:
        """Give the value that was set last, else the default."""
        with self._table.storage.lock:
            ids = self._table.find("key", key)
            return self._table.get(doc_id=ids[0])["value"] if ids else default

    def set(self, key: str, value: Any) -> None:
        """Keep a value that JSON can hold; it is on disk when the call returns."""
        with self._table.storage.transaction():
            ids = self._table.find("key", key)
            if ids:
                self._table.update({"value": value}, doc_ids=ids)
            else:
                self._table.insert({"key": key, "value": value})
