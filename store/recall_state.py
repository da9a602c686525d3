"""What recall knows: the index and the vectors, kept up with their sources."""

from __future__ import annotations

import heapq
from collections.abc import Hashable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from store.recall_index import NO_ROW, Index
from store.recall_sources import Gone, Item, Messages, Seen, Source
from store.vectors import VectorFile, pair_hash

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Flags = NDArray[np.bool_]
    Rows = NDArray[np.intp]

CHARACTERS_BEFORE = 400
"""Of the turn before, the end that is embedded together with a turn."""
SPOKEN = "message"


class State:
    """The index of all sources, with the vectors of the rows that have one. Not thread-safe.

    A row has up to two vectors: of its text, kept in memory, and of its text behind the turn
    before it, left in the file.
    """

    def __init__(self, sources: Sequence[Source], vectors: VectorFile | None, size: int) -> None:
        self.index = Index()
        self.vectors = vectors
        self._sources = sources
        self._seen = Seen()
        self._versions: dict[str, Hashable] = {}
        self._size = size
        self._matrix: Any = None
        self._has: Any = None
        self._waiting: dict[int, None] = {}
        self._fresh: list[int] = []

    # --- following the sources

    def follow(self, limit: int) -> bool:
        """Take in what is new in the sources; False where more than about `limit` items are left.

        Changes show at once: an unchanged source costs next to nothing.
        """
        done = True
        for source in self._sources:
            if isinstance(source, Messages):
                news = source.changes(self._seen, limit)
                self._take(source.kind, news)
                done = done and not news
            elif (version := source.version()) != self._versions.get(source.kind):
                self._compare(source)
                self._versions[source.kind] = version
        self._load_vectors()
        return done

    def take(self, kind: str, news: Iterable[Item | Gone]) -> None:
        """Take in items of which somebody says that they have changed."""
        self._take(kind, news)
        self._load_vectors()

    def _compare(self, source: Source) -> None:
        news: list[Item | Gone] = list(source.items())
        present = {item.id for item in news}
        gone = [Gone(i) for kind, i in self.index.known() if kind == source.kind]
        self._take(source.kind, [*(g for g in gone if g.id not in present), *news])

    def _take(self, kind: str, news: Iterable[Item | Gone]) -> None:
        for item in news:
            if isinstance(item, Gone):
                self.index.drop((kind, item.id))
            elif (row := self.index.put(item)) is not None:
                self._fresh.append(row)

    # --- vectors

    @property
    def embedded(self) -> int:
        """How many rows have their vector."""
        if self._has is None:
            return 0
        return int((self._has[: self.index.columns.count] & self.index.columns["alive"]).sum())

    @property
    def missing(self) -> int:
        """How many rows lack a vector."""
        return len(self._waiting)

    def waiting(self, limit: int) -> list[int]:
        """Rows that lack a vector, the newest first."""
        newest = heapq.nlargest(limit, self._waiting)
        alive = self.index.columns["alive"] if newest else []
        for row in newest:
            if not alive[row]:
                del self._waiting[row]
        return [row for row in newest if alive[row]]

    def hashes(self, row: int) -> list[int]:
        """The hashes of a row's texts: of its own, and of the one with the turn before it."""
        text = int(self.index.columns["text"][row])
        before = self._before(row)
        return [text] if before is None else [text, pair_hash(before, text)]

    def _before(self, row: int) -> int | None:
        """The hash of the turn before; None where there is none."""
        columns = self.index.columns
        before = int(columns["before"][row])
        if before == NO_ROW or not columns["alive"][before] or self.index.keys[row][0] != SPOKEN:
            return None
        return int(columns["text"][before])

    def settle(self, rows: Sequence[int]) -> None:
        """Take in the vectors of rows that lacked them; what is still missing is given up."""
        self._fresh += rows
        self._load_vectors()
        for row in rows:
            self._waiting.pop(row, None)

    def _load_vectors(self) -> None:
        """Bring the vectors of fresh rows into memory, and note those that are missing."""
        fresh, self._fresh = self._fresh, []
        if self.vectors is None or not fresh:
            return
        import numpy as np

        room = 0 if self._matrix is None else len(self._matrix)
        if room < self.index.columns.count:
            grown = max(1024, 2 * room, self.index.columns.count)
            matrix, has = np.zeros((grown, self._size), np.float32), np.zeros(grown, np.bool_)
            if room:
                matrix[:room], has[:room] = self._matrix, self._has
            self._matrix, self._has = matrix, has
        found, places = [], []
        pairs = self.index.columns["pair"]
        for row in fresh:
            own, *pair = map(self.vectors.place, self.hashes(row))
            if own is not None:
                found.append(row)
                places.append(own)
            pairs[row] = pair[0] if pair and pair[0] is not None else NO_ROW
            if own is None or None in pair:
                self._waiting[row] = None
            else:
                self._waiting.pop(row, None)
        if found:
            self._matrix[found] = self.vectors.at(places)
            self._has[found] = True

    def similar(self, vector: Floats) -> tuple[Floats, Flags]:
        """The cosine of each row's text with a vector, and which rows have one."""
        import numpy as np

        count = self.index.columns.count
        if self._matrix is None:
            return np.zeros(count, np.float32), np.zeros(count, np.bool_)
        cosines: Floats = self._matrix[:count] @ vector
        return cosines, self._has[:count]

    def similar_pairs(self, rows: Rows, vector: Floats, otherwise: Floats) -> Floats:
        """The cosines of rows with their turn before; `otherwise` where there is no such vector."""
        cosines = otherwise.copy()
        places = self.index.columns["pair"][rows]
        there = places != NO_ROW
        if self.vectors is not None and there.any():
            cosines[there] = self.vectors.at(places[there]) @ vector
        return cosines

    def tidy(self) -> None:
        """Take vectors that no row needs any more out of their file."""
        if self.vectors is None:
            return
        needed = {text for row in self.index.rows() for text in self.hashes(row)}
        if self.vectors.keep_only(needed):
            self._fresh += self.index.rows()
            self._load_vectors()
