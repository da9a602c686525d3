"""A pytest plugin: whoever makes a TinyDB on a MemoryStorage gets one on a journal.

With JOURNAL_TABLES in the environment its tables are the journal's too, else TinyDB's own.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import tinydb
from tinydb.storages import MemoryStorage

from store.storage import JournalStorage
from store.table import JournalDB

_Stock = tinydb.TinyDB


class TinyDBOverJournal(_Stock):
    """TinyDB as its tests construct it; on any other storage it is the stock one."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        if kwargs.get("storage") is not MemoryStorage:
            return _Stock(*args, **kwargs)
        path = Path(tempfile.mkdtemp()) / "journal.jsonl"
        if os.environ.get("JOURNAL_TABLES"):
            return JournalDB(path)
        return _Stock(path, storage=JournalStorage)


tinydb.TinyDB = TinyDBOverJournal  # type: ignore[misc]
