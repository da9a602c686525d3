"""What was ever sealed: set aside to measure models by, and never to be trained on again.

Kept are no texts, only hashes and sketches of them (as `training.likeness` makes them) and the
names of their groups. They outlive what they were made of, since a copy of it may lie elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from store.database import Database


@dataclass(frozen=True, slots=True)
class Seal:
    """An example that was sealed: its group, such as "conversation:7", a hash of what is asked and
    answered, and the sketch by which copies are found, both in hexadecimal digits."""

    group: str
    text: str
    sketch: str


class Sealed:
    """The seals of a database. Methods may be called from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = database.table("sealed")
        self._table.index("text")

    def all(self) -> list[Seal]:
        """Give everything that was ever sealed, oldest first."""
        return [Seal(f["group"], f["text"], f["sketch"]) for _, f in self._table.peek_all()]

    def keep(self, seals: Iterable[Seal]) -> int:
        """Keep, in one commit, what is sealed and was not before; gives how many are new.

        Raises StoreError where it cannot be stored.
        """
        with self._database.transaction():
            new = [seal for seal in dict.fromkeys(seals) if not self._is_kept(seal)]
            if new:
                self._table.insert_multiple(map(asdict, new))
            return len(new)

    def _is_kept(self, seal: Seal) -> bool:
        found = self._table.find("text", seal.text)
        return any((self._table.peek(i) or {}).get("group") == seal.group for i in found)
