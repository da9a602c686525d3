"""What recall knows: the index and the vectors, kept up with their sources."""

from __future__ import annotations

import heapq
from collections.abc import Hashable, Iterable, Sequence
from typing import TYPE_CHECKING

from store.recall_index import NO_ROW, Index
from store.recall_sources import Gone, Item, Messages, Seen, Source
from store.sketch import SAMPLE, Sketch
from store.vectors import VectorFile, pair_hash, products

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Flags = NDArray[np.bool_]
    Rows = NDArray[np.intp]

CHARACTERS_BEFORE = 400
"""Of the turn before, the end that is embedded together with a turn."""
SPOKEN = "message"
FEW = 1500
"""Rows of which all are compared; of more, those that a sketch finds."""
LAST_SKETCH = 100_000


class State:
    """The index of all sources, with the vectors of the rows that have one. Not thread-safe.

    A row has up to two vectors, which stay in their file: of its text, and of its text behind the
    turn before it. Where there are many, a sketch of the first is kept in memory.
    """

    def __init__(self, sources: Sequence[Source], vectors: VectorFile | None) -> None:
        self.index = Index()
        self.vectors = vectors
        self._sources = sources
        self._seen = Seen()
        self._versions: dict[str, Hashable] = {}
        self._sketch: Sketch | None = None
        self._sketched_at = FEW
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
        columns = self.index.columns
        return int(((columns["own"] != NO_ROW) & columns["alive"]).sum()) if columns.count else 0

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

        own_column, pair_column = self.index.columns["own"], self.index.columns["pair"]
        for row in fresh:
            own, *pair = map(self.vectors.place, self.hashes(row))
            own_column[row] = NO_ROW if own is None else own
            pair_column[row] = pair[0] if pair and pair[0] is not None else NO_ROW
            if own is None or None in pair:
                self._waiting[row] = None
            else:
                self._waiting.pop(row, None)
        if self._sketch is not None:
            self._put_in_sketch(np.array(fresh, np.intp))
        if self._sketched_at <= LAST_SKETCH and self.embedded > self._sketched_at:
            self._make_sketch()

    def _make_sketch(self) -> None:
        """Begin the sketch, or begin it anew when there is much more to learn from."""
        import numpy as np

        assert self.vectors is not None
        rows = np.flatnonzero(self.index.columns["own"] != NO_ROW)
        sample = self.index.columns["own"][rows[:: max(1, len(rows) // SAMPLE)]]
        self._sketch = Sketch(self.vectors.at(sample))
        for first in range(0, len(rows), SAMPLE):
            self._put_in_sketch(rows[first : first + SAMPLE])
        self._sketched_at = 8 * len(rows)

    def _put_in_sketch(self, rows: Rows) -> None:
        assert self.vectors is not None
        assert self._sketch is not None
        places = self.index.columns["own"][rows]
        rows, places = rows[places != NO_ROW], places[places != NO_ROW]
        self._sketch.put(rows, self.vectors.at(places))

    @property
    def has_vector(self) -> Flags:
        """Which rows have the vector of their text."""
        flags: Flags = self.index.columns["own"] != NO_ROW
        return flags

    def roughly_similar(self, vector: Floats) -> Floats:
        """About the cosine of each row's text with a vector; 0 where it is not known."""
        import numpy as np

        if self._sketch is None:
            return np.zeros(self.index.columns.count, np.float32)
        return self._sketch.products(vector, self.index.columns.count)

    def similar(self, rows: Rows, vector: Floats) -> Floats:
        """The cosines of rows, which all have a vector, with another vector."""
        assert self.vectors is not None
        return products(self.vectors.at(self.index.columns["own"][rows]), vector)

    def similar_pairs(self, rows: Rows, vector: Floats, otherwise: Floats) -> Floats:
        """The cosines of rows with their turn before; `otherwise` where there is no such vector."""
        cosines = otherwise.copy()
        places = self.index.columns["pair"][rows]
        there = places != NO_ROW
        if self.vectors is not None and there.any():
            cosines[there] = products(self.vectors.at(places[there]), vector)
        return cosines

    def tidy(self) -> None:
        """Take vectors that no row needs any more out of their file."""
        if self.vectors is None:
            return
        needed = {text for row in self.index.rows() for text in self.hashes(row)}
        if self.vectors.keep_only(needed):
            self.index.columns["own"][:] = self.index.columns["pair"][:] = NO_ROW
            self._fresh += self.index.rows()
            self._load_vectors()
