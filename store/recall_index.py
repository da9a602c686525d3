"""The index behind recall: words, neighbours and vectors of items, by row.

It is derived data: everything in it can be made again from its sources. Scores are those of BM25
(Robertson and Zaragoza 2009) over stems, and cosines of vectors of length 1.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from store.recall_sources import Item
from store.vectors import text_hash
from store.words import only_asks, terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Flags = NDArray[np.bool_]
    Rows = NDArray[np.intp]

K1, B = 1.2, 0.75
MOST_TERMS = 40
MOST_POSTINGS = 400_000
"""Beyond these the commonest words of a long query are left out, so that it stays fast."""
ENOUGH_TERMS = 6
"""A row that covers as much as the so many rarest words of a query covers it all."""
NO_ROW = -1


class _Postings:
    """The rows that hold a word, ascending, and how often each does."""

    __slots__ = ("counts", "rows")

    def __init__(self) -> None:
        self.rows = array("i")
        self.counts = array("H")


class Columns:
    """What is known of each row, in arrays that grow."""

    TYPES: ClassVar = {
        "alive": "?",
        "length": "f4",
        "before": "i4",
        "behind": "i4",
        "group": "i4",
        "speaker": "i4",
        "time": "f8",
        "pinned": "?",
        "asks": "?",
        "text": "u8",
        "own": "i4",
        "pair": "i4",
    }

    def __init__(self) -> None:
        self.count = 0
        self._arrays: dict[str, Any] = {}
        self._room = 0

    def __getitem__(self, name: str) -> Any:
        """The column, as long as there are rows."""
        return self._arrays[name][: self.count]

    def add(self, **values: Any) -> int:
        """Add a row; gives its number."""
        if self.count == self._room:
            self._grow()
        row = self.count
        for name, value in values.items():
            self._arrays[name][row] = value
        self.count += 1
        return row

    def _grow(self) -> None:
        import numpy as np

        self._room = max(1024, 2 * self._room)
        for name, kind in self.TYPES.items():
            grown = np.zeros(self._room, kind)
            if self.count:
                grown[: self.count] = self._arrays[name]
            self._arrays[name] = grown


class Index:
    """Items by row. A changed item gets another row; the old one is dead. Not thread-safe."""

    def __init__(self) -> None:
        self.columns = Columns()
        self.keys: list[tuple[str, int]] = []
        self.speakers: dict[str, int] = {}
        self.groups: dict[tuple[str, str], int] = {}
        self._rows: dict[tuple[str, int], int] = {}
        self._marks: array[int] = array("q")
        self._postings: dict[str, _Postings] = {}

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def dead(self) -> int:
        """How many rows are of no use any more."""
        return self.columns.count - len(self._rows)

    def row(self, key: tuple[str, int]) -> int | None:
        """The row of an item by its kind and id."""
        return self._rows.get(key)

    def rows(self) -> Iterable[int]:
        """The rows that are alive."""
        return self._rows.values()

    def known(self) -> list[tuple[str, int]]:
        """Kind and id of all items."""
        return list(self._rows)

    def put(self, item: Item) -> int | None:
        """Add an item, or replace what was under its kind and id; gives its row if it is a new one.

        What has changed in nothing that is indexed keeps its row.
        """
        key = (item.kind, item.id)
        known = self._rows.get(key)
        text = text_hash(item.text)
        mark = hash((text, item.group, item.after, item.role, item.speaker))
        if known is not None and self._marks[known] == mark:
            self.columns["pinned"][known] = item.pinned
            return None
        if known is not None:
            self._bury(known)
        found = terms(item.text)
        before = NO_ROW if item.after is None else self._rows.get((item.kind, item.after), NO_ROW)
        row = self.columns.add(
            alive=True,
            length=len(found),
            before=before,
            behind=NO_ROW,
            group=self._number(self.groups, (item.kind, item.group)),
            speaker=self._number(self.speakers, item.speaker or f"\0{item.role}"),
            time=math.nan if item.time is None else item.time,
            pinned=item.pinned,
            asks=only_asks(item.text),
            text=text,
            own=NO_ROW,
            pair=NO_ROW,
        )
        if before != NO_ROW:
            self.columns["behind"][before] = row
        if known is not None and (behind := self.columns["behind"][known]) != NO_ROW:
            self.columns["behind"][row] = behind
            self.columns["before"][behind] = row
        self._rows[key] = row
        self.keys.append(key)
        self._marks.append(mark)
        counts: dict[str, int] = {}
        for term in found:
            counts[term] = counts.get(term, 0) + 1
        for term, count in counts.items():
            postings = self._postings.get(term)
            if postings is None:
                postings = self._postings[term] = _Postings()
            postings.rows.append(row)
            postings.counts.append(min(count, 65535))
        return row

    def drop(self, key: tuple[str, int]) -> None:
        """Take an item out."""
        row = self._rows.pop(key, None)
        if row is not None:
            self._bury(row)

    def _bury(self, row: int) -> None:
        self.columns["alive"][row] = False

    @staticmethod
    def _number(numbers: dict[Any, int], name: Any) -> int:
        return numbers.setdefault(name, len(numbers))

    # --- scores

    def lexical(self, wanted: Sequence[str], live: Flags) -> tuple[Floats, Floats, float]:
        """BM25 of every row alone, and with the turns before and behind it; 0 outside of `live`.

        The third is how much of the query (its words weighted by rarity) is covered by the row
        that covers most of it, from 0 to 1.
        """
        import numpy as np

        count = self.columns.count
        turn, context = np.zeros(count, np.float32), np.zeros(count, np.float32)
        total = int(np.count_nonzero(live))
        found, weights = self._chosen(wanted, live, total)
        if not found:
            return turn, context, 0.0
        before, behind = self._neighbours(live)
        length = self.columns["length"]
        around = _around(length, before, behind)
        norm, norm_around = _norm(length, live), _norm(around, live)
        covered = np.zeros(count, np.float32)
        sums = np.zeros(count + 1, np.float32)
        last = np.zeros(count + 1, np.intp)
        for rows, counts in found:
            weight = _rarity(total, len(rows))
            covered[rows] += weight
            turn[rows] += weight * counts * (K1 + 1) / (counts + norm[rows])
            touched = np.concatenate((rows, before[rows], behind[rows]))
            np.add.at(sums, touched, np.tile(counts, 3))
            near = _once(touched, last)
            near = near[near < count]
            inside = sums[near]
            weight = _rarity(total, len(near))
            context[near] += weight * inside * (K1 + 1) / (inside + norm_around[near])
            sums[touched] = 0
        return turn, context, min(1.0, float(covered.max()) / weights)

    def _chosen(
        self, wanted: Sequence[str], live: Flags, total: int
    ) -> tuple[list[tuple[Rows, Floats]], float]:
        """The postings of a query's words, rarest first, and the weight that would cover it."""
        import numpy as np

        sized = [
            (len(held.rows) if (held := self._postings.get(term)) else 0, term)
            for term in dict.fromkeys(wanted)
        ]
        found: list[tuple[Rows, Floats]] = []
        weights = [_rarity(total, 0) for size, _ in sized if not size]
        spent = 0
        for size, term in sorted(pair for pair in sized if pair[0]):
            spent += size
            if len(found) == MOST_TERMS or (spent > MOST_POSTINGS and found):
                break
            rows = np.array(self._postings[term].rows, np.intp)
            counts = np.array(self._postings[term].counts, np.float32)
            kept = live[rows]
            rows, counts = rows[kept], counts[kept]
            weights.append(_rarity(total, len(rows)))
            if len(rows):
                found.append((rows, counts))
        return found, sum(sorted(weights)[-ENOUGH_TERMS:])

    def _neighbours(self, live: Flags) -> tuple[Rows, Rows]:
        """The rows before and behind each row; the number of rows stands for none."""
        import numpy as np

        count = self.columns.count
        padded = np.append(live, False)
        neighbours = []
        for name in ("before", "behind"):
            rows = self.columns[name].astype(np.intp)
            neighbours.append(np.where(padded[rows], rows, count))
        return neighbours[0], neighbours[1]


def _once(rows: Rows, last: Rows) -> Rows:
    """The rows without repetitions; `last`, as long as there may be rows, is written over."""
    import numpy as np

    order = np.arange(len(rows))
    last[rows] = order
    once: Rows = rows[last[rows] == order]
    return once


def _around(values: Floats, before: Rows, behind: Rows) -> Floats:
    import numpy as np

    padded = np.append(values, np.float32(0))
    around: Floats = values + padded[before] + padded[behind]
    return around


def _norm(length: Floats, live: Flags) -> Floats:
    """BM25's K: what a count is weighed against, by the length of its text."""
    mean = float(length[live].mean()) or 1.0
    norm: Floats = K1 * (1 - B + B * length / mean)
    return norm


def _rarity(total: int, holders: int) -> float:
    return math.log(1 + (total - holders + 0.5) / (holders + 0.5))
