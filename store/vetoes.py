"""What a person does not want a model to learn, though they once said that it is good.

Kept are no texts: the names of what the examples come from, such as "message:12" or "fact:3", and
hashes of what is asked and answered in them, so that a copy that lies elsewhere is refused, too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from store.database import Database


@dataclass(frozen=True, slots=True)
class Veto:
    """What was refused at once: the names of its sources and the hashes of its texts, in order."""

    sources: tuple[str, ...]
    texts: tuple[str, ...]


class Vetoes:
    """The vetoes of a database. Methods may be called from any thread."""

    def __init__(self, database: Database) -> None:
        self._table = database.table("vetoes")
        self._database = database

    def all(self) -> list[Veto]:
        """Give every veto that holds, oldest first."""
        return [Veto(tuple(f["sources"]), tuple(f["texts"])) for _, f in self._table.peek_all()]

    def keep(self, sources: Iterable[str], texts: Iterable[str]) -> Veto:
        """Refuse what comes from any of these sources, and every copy of these texts, by hash.

        What was refused before stays refused. Raises StoreError where it cannot be stored.
        """
        veto = Veto(tuple(sorted(set(sources))), tuple(sorted(set(texts))))
        if veto not in self.all():
            self._table.insert({"sources": list(veto.sources), "texts": list(veto.texts)})
        return veto

    def lift(self, sources: Iterable[str]) -> list[Veto]:
        """Take back the vetoes that name one of these sources; gives those there were.

        Raises StoreError where it cannot be stored.
        """
        named = set(sources)
        with self._database.transaction():
            found = {i: f for i, f in self._table.peek_all() if named.intersection(f["sources"])}
            if found:
                self._table.remove(doc_ids=list(found))
        return [Veto(tuple(f["sources"]), tuple(f["texts"])) for f in found.values()]
