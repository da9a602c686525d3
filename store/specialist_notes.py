"""What the user told one specialist to keep in mind: its own memory, beside the shared one."""

from __future__ import annotations

import time
from dataclasses import dataclass

from store.database import Database
from store.errors import StoreError, UnknownIdError

MOST_NOTES = 200
LONGEST_NOTE = 1000


@dataclass(frozen=True, slots=True)
class Note:
    """A note of one specialist; `created` is in Unix seconds."""

    id: int
    specialist: str
    text: str
    created: float


class Notes:
    """The notes of all specialists in a table. Methods may be called from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = database.table("specialist_notes")
        self._table.index("specialist")

    def of(self, specialist: str) -> list[Note]:
        """Give the notes of a specialist, the oldest first."""
        with self._table.storage.lock:
            found = [(i, self._table.peek(i)) for i in self._table.find("specialist", specialist)]
        return [
            Note(number, specialist, fields["text"], fields["created"])
            for number, fields in found
            if fields is not None
        ]

    def add(self, specialist: str, text: str) -> Note:
        """Keep a note. Raises StoreError for one that is empty or too long, or one too many."""
        text = " ".join(text.split())
        if not 0 < len(text) <= LONGEST_NOTE:
            raise StoreError(f"a note is a text of {LONGEST_NOTE:,} characters at most")
        with self._database.transaction():
            if len(self._table.find("specialist", specialist)) >= MOST_NOTES:
                raise StoreError(
                    f"{specialist} keeps {MOST_NOTES} notes at most; let it forget one first"
                )
            created = time.time()
            number = self._table.insert(
                {"specialist": specialist, "text": text, "created": created}
            )
        return Note(number, specialist, text, created)

    def remove(self, specialist: str, note: int) -> None:
        """Take a note out. Raises UnknownIdError where the specialist has no such note."""
        if note not in self._table.find("specialist", specialist):
            raise UnknownIdError(
                f"{specialist} has no note {note}; `soma specialists show {specialist}` lists them"
            )
        self._table.remove(doc_ids=[note])

    def remove_all(self, specialist: str) -> None:
        """Take all notes of a specialist out."""
        if held := self._table.find("specialist", specialist):
            self._table.remove(doc_ids=held)
