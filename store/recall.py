"""Recall: what matters for the text at hand, among messages, remembered facts and passages.

Everything here can be made again: the index is built in memory from its sources, and vectors lie
in a file of the cache. What is found is read from its source at that moment, so nothing that was
deleted or forgotten comes back, whatever the index holds.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from store.errors import SomaError, UnknownIdError
from store.recall_hits import Hit, Why, alike, why
from store.recall_query import Query, read_query
from store.recall_scoring import Parts, Scored, score
from store.recall_sources import Item, Source
from store.recall_state import CHARACTERS_BEFORE, State
from store.vectors import VectorFile, text_hash
from store.words import terms, words

__all__ = ["Embedder", "Hit", "Parts", "Recall", "RecallStatus", "Why"]

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

VECTORS = "recall-vectors.bin"
STEP = 200
"""Items that are indexed in one go, between two of which others may ask."""
_ROUNDS = 3


class Embedder(Protocol):
    """Turns texts into vectors of length 1. `key` tells models apart, `size` is their length."""

    @property
    def key(self) -> str:
        """Names the model; vectors of different ones are not compared."""

    @property
    def size(self) -> int:
        """How many numbers a vector has."""

    def embed(self, texts: Sequence[str], *, urgent: bool = False) -> Floats:
        """A row for each text; an `urgent` call goes first. Raises SomaError."""


@dataclass(frozen=True, slots=True)
class RecallStatus:
    """How far the index is: items in it, those with a vector, those that still lack one.

    `complete` is False while the index is built. `problem` says why recall works by words alone.
    """

    items: int
    embedded: int
    missing: int
    complete: bool
    problem: str


class Recall:
    """Finds what was said, remembered and read. All methods may be called from any thread.

    `embedder` is asked for once, when it is first needed; None, or an error, leaves recall to
    words.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        cache: Path | None = None,
        embedder: Callable[[], Embedder | None] | None = None,
    ) -> None:
        self._sources = {source.kind: source for source in sources}
        self._cache = cache
        self._make_embedder = embedder
        self._embedder: Embedder | None = None
        self._problem = "" if embedder else "no embedding model is there"
        self._lock = threading.RLock()
        self._embedding = threading.Lock()
        self._state: State | None = None
        self._complete = False

    # --- looking up

    def search(
        self,
        text: str,
        *,
        limit: int = 10,
        group: str | None = None,
        kinds: Collection[str] | None = None,
        without: Collection[tuple[str, int]] = frozenset(),
        patience: float = math.inf,
        parts: Parts | None = None,
    ) -> list[Hit]:
        """Give the best hits for a text, best first; a text alike to a better one is left out.

        `group` restricts it to one conversation or document, `kinds` to kinds of items; items
        `without`, by kind and id, are not given. After `patience`, in seconds, an index that is
        still being built is asked as it is.
        """
        now = time.time()
        until = time.monotonic() + patience
        while not self.follow() and time.monotonic() < until:
            pass
        with self._lock:
            speakers = [name for name in self._current().index.speakers if name[:1] != "\0"]
        query = read_query(text, speakers, now)
        vector = self._vector(query.bare) if parts is None or parts.meaning else None
        for _ in range(_ROUNDS):
            with self._lock:
                found = self._scored(query, vector, now, limit, group, kinds, without, parts)
                hits = self._hits(query, found, limit)
            if hits is not None:
                return hits
        return []

    def status(self) -> RecallStatus:
        """How far the index is."""
        with self._lock:
            if self._state is None:
                return RecallStatus(0, 0, 0, False, self._problem)
            state = self._state
            items = len(state.index)
            return RecallStatus(items, state.embedded, state.missing, self._complete, self._problem)

    def _scored(
        self,
        query: Query,
        vector: Floats | None,
        now: float,
        limit: int,
        group: str | None,
        kinds: Collection[str] | None,
        without: Collection[tuple[str, int]],
        parts: Parts | None,
    ) -> list[Scored]:
        import numpy as np

        state = self._current()
        columns = state.index.columns
        if not columns.count:
            return []
        live = columns["alive"].copy()
        if group is not None or kinds is not None:
            wanted = [
                number
                for (kind, name), number in state.index.groups.items()
                if (group is None or name == group) and (kinds is None or kind in kinds)
            ]
            live &= np.isin(columns["group"], wanted)
        for key in without:
            if (row := state.index.row(key)) is not None:
                live[row] = False
        if not live.any():
            return []
        return score(
            state, query, vector, live, now, limit=2 * limit + len(without) + 20, parts=parts
        )

    def _hits(self, query: Query, found: Sequence[Scored], limit: int) -> list[Hit] | None:
        """The items of what was found, as they are now; None where the index was not up to date."""
        state = self._current()
        wanted: dict[str, list[str]] = {}
        for word in words(query.bare):
            for term in terms(word):
                wanted.setdefault(term, []).append(word)
        hits: list[Hit] = []
        seen: list[tuple[str, frozenset[str]]] = []
        for scored in found:
            if len(hits) == limit:
                break
            kind, item_id = state.index.keys[scored.row]
            item = self._sources[kind].item(item_id)
            if item is None:
                state.index.drop((kind, item_id))
                continue
            if text_hash(item.text) != int(state.index.columns["text"][scored.row]):
                state.take(kind, [item])
                return None
            stems = frozenset(terms(item.text))
            plain = " ".join(words(item.text)) or item.text
            if any(alike(plain, stems, *other) for other in seen):
                continue
            seen.append((plain, stems))
            held = tuple(dict.fromkeys(w for t, ws in wanted.items() if t in stems for w in ws))
            hits.append(Hit(item, round(scored.score, 4), why(held, scored)))
        return hits

    def _vector(self, text: str) -> Floats | None:
        embedder = self._ready_embedder()
        if embedder is None:
            return None
        with self._lock:
            if self._state is None or not self._state.embedded:
                return None
        try:
            vector: Floats = embedder.embed([text], urgent=True)[0]
        except SomaError as error:
            self._problem = str(error)
            return None
        return vector

    # --- keeping up

    def follow(self) -> bool:
        """Index a step of what is new; gives whether all is indexed."""
        with self._lock:
            self._complete = self._current().follow(STEP)
            return self._complete

    def embed_some(self, limit: int) -> int:
        """Embed some of the newest rows that lack a vector; gives how many were looked at.

        Raises SomaError where the model or the file does not do it.
        """
        with self._embedding:
            return self._embed_some(limit)

    def _embed_some(self, limit: int) -> int:
        embedder = self._ready_embedder()
        if embedder is None:
            return 0
        with self._lock:
            state = self._current()
            rows = state.waiting(limit)
            vectors = state.vectors
            texts = self._texts(state, rows)
        if vectors is None or not rows:
            return 0
        made = embedder.embed(list(texts.values())) if texts else None
        with self._lock:
            if state is self._state:
                if made is not None:
                    vectors.add(list(texts), made)
                state.settle(rows)
        return len(rows)

    def _texts(self, state: State, rows: Sequence[int]) -> dict[int, str]:
        """The texts to embed for rows, by their hashes; an item that changed meanwhile is left."""
        texts: dict[int, str] = {}
        for row in rows:
            kind, item_id = state.index.keys[row]
            item = self._sources[kind].item(item_id)
            if item is None:
                state.index.drop((kind, item_id))
                continue
            own, *pair = state.hashes(row)
            if text_hash(item.text) != own:
                state.take(kind, [item])
                continue
            texts[own] = item.text
            before = self._sources[kind].item(item.after) if pair and item.after else None
            if before is not None:
                texts[pair[0]] = f"{before.text[-CHARACTERS_BEFORE:]} {item.text}"
        assert state.vectors is not None
        return {known: text for known, text in texts.items() if known not in state.vectors}

    def tidy(self) -> None:
        """Take vectors of texts that are gone out of the file; build anew where much is dead."""
        with self._lock:
            state = self._current()
            if self._complete:
                state.tidy()
            if state.index.dead > max(1000, len(state.index) // 3):
                self._state = self._new_state(state.vectors)
                self._complete = False

    def _current(self) -> State:
        if self._state is None:
            self._state = self._new_state(self._open_vectors())
        return self._state

    def _new_state(self, vectors: VectorFile | None) -> State:
        return State(list(self._sources.values()), vectors)

    def _open_vectors(self) -> VectorFile | None:
        embedder = self._ready_embedder()
        if embedder is None or self._cache is None:
            return None
        try:
            return VectorFile(self._cache / VECTORS, embedder.key, embedder.size)
        except SomaError as error:
            self._problem = str(error)
            return None

    def _ready_embedder(self) -> Embedder | None:
        with self._lock:
            if self._embedder is None and self._make_embedder is not None:
                make, self._make_embedder = self._make_embedder, None
                try:
                    self._embedder = make()
                except SomaError as error:
                    self._problem = str(error)
                else:
                    if self._embedder is None:
                        self._problem = "no embedding model is there"
            return self._embedder

    def embed(self, texts: Sequence[str]) -> Floats | None:
        """Give a vector of length 1 for each text, in rows, before what waits in the background.

        None without an embedding model. Raises SomaError where it stopped.
        """
        embedder = self._ready_embedder()
        return None if embedder is None else embedder.embed(texts, urgent=True)

    def use(self, embedder: Callable[[], Embedder | None]) -> None:
        """Take another embedder from here on; everything is indexed anew."""
        self.close()
        with self._lock:
            self._embedder, self._make_embedder, self._problem = None, embedder, ""

    # --- pins and forgetting

    def pin(self, ref: str, pinned: bool) -> Item:
        """Let an item, such as "message:12", be recalled before others, or no longer.

        Raises UnknownIdError where there is none.
        """
        source, item_id = self._named(ref)
        source.pin(item_id, pinned)
        item = source.item(item_id)
        if item is None:
            raise UnknownIdError(f"there is no {ref}; it may have been deleted")
        with self._lock:
            self._current().take(source.kind, [item])
        return item

    def forget(self, ref: str) -> None:
        """Take what is known of an item out of index and vectors, after its source forgot it."""
        source, item_id = self._named(ref)
        with self._lock:
            state = self._current()
            if source.item(item_id) is None:
                state.index.drop((source.kind, item_id))
            if state.vectors is not None and self._complete:
                self.tidy()

    def item(self, ref: str) -> Item | None:
        """The item that a reference names, as it is now; None where it is gone."""
        source, item_id = self._named(ref)
        return source.item(item_id)

    def _named(self, ref: str) -> tuple[Source, int]:
        kind, _, number = ref.partition(":")
        if kind not in self._sources or not number.isascii() or not number.isdigit():
            known = ", ".join(f"{kind}:12" for kind in self._sources)
            raise UnknownIdError(f"{ref!r} names nothing that can be recalled; write {known}")
        return self._sources[kind], int(number)

    def close(self) -> None:
        """Give the memory of the index back; it is built anew where it is asked again."""
        with self._lock:
            self._state = None
