"""How what is found by words and what is found by meaning make one score.

The sum of min-max scores: BM25 of the turn and of the turn with its neighbours, and the cosine of
the turn and of the turn behind the one before it, a point for the turn and a little less with the
neighbours. The words weigh less where even the best text covers little of the query, and next to
nothing where it covers a third: other words were used then. To that small terms are added, in the
same points.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.recall_query import Query
from store.recall_state import FEW, State
from store.words import terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Flags = NDArray[np.bool_]
    Rows = NDArray[np.intp]

NEIGHBOURS = 0.8
"""For what is found with the neighbours of a turn, where the turn alone has a point."""
COVERED = 0.5**0.5
"""Of the query, from which on the words weigh all they can; below, they fall off by the cube."""
SPEAKER = 0.4
"""For what was said by somebody whom the query names, or means by "I" and "you"."""
DATE = 0.4
"""For what was said on a day, in a month or a year that the query names."""
RECENT, HALF_LIFE = 0.1, 30 * 86400.0
"""For what was said just now; half of it for what is 30 days old."""
PINNED = 0.2
ASKS = -0.3
"""For what only asks: a question is like another one, and answers none."""
MOST = 5.0
"""A little more than a hit can have; scores are shares of it."""
BY_WORDS, BY_MEANING = 250, 500
"""So many candidates of each kind are looked at closely where there are many rows."""
_SAMPLED = 16  # one value in so many is looked at before the rest


@dataclass(frozen=True, slots=True)
class Scored:
    """A row with its score and what it is made of, in points; `cosine` is the turn's own."""

    row: int
    score: float
    words: float
    meaning: float
    cosine: float | None
    speaker: float
    date: float
    recent: float
    pinned: float
    asks: float


@dataclass(frozen=True, slots=True)
class Parts:
    """Which scores count: all, or one kind alone, as the benchmark compares them."""

    words: bool = True
    meaning: bool = True
    neighbours: bool = True
    terms: bool = True


def score(
    state: State,
    query: Query,
    vector: Floats | None,
    live: Flags,
    now: float,
    *,
    limit: int,
    parts: Parts | None = None,
) -> list[Scored]:
    """Give the best rows of those that are `live`, best first; rows without any evidence are out.

    `vector` is the query's, None where there is none.
    """
    import numpy as np

    parts = parts or Parts()
    count = state.index.columns.count
    words = np.zeros(count, np.float32)
    if parts.words:
        turn, context, covered = state.index.lexical(terms(query.bare), live)
        words = _share_of_best(turn)
        if parts.neighbours:
            words = words + NEIGHBOURS * _share_of_best(context)
        if vector is not None and parts.meaning:
            words *= min(1.0, (covered / COVERED) ** 3)
    rough, few = None, np.count_nonzero(live) <= FEW
    if vector is not None and parts.meaning and not few:
        rough = np.where(live & state.has_vector, state.roughly_similar(vector), -np.inf)
    rows = np.flatnonzero(live) if few else _candidates(state, words, rough, live)
    cosines = np.full(len(rows), np.nan, np.float32)
    meaning = np.zeros(len(rows), np.float32)
    has = state.has_vector[rows]
    if vector is not None and parts.meaning and has.any():
        cosines[has] = state.similar(rows[has], vector)
        low = float(np.nanmin(cosines) if rough is None else rough[np.isfinite(rough)].min())
        meaning[has] = _scaled(cosines[has], low)
        if parts.neighbours:
            pairs = state.similar_pairs(rows[has], vector, cosines[has])
            meaning[has] += NEIGHBOURS * _scaled(pairs, low)
    evidence = words[rows] + meaning
    extra = _terms(state, query, rows, now) if parts.terms else np.zeros((5, len(rows)))
    total = (evidence + extra.sum(axis=0)) / MOST
    order = np.argsort(-total, kind="stable")
    order = order[evidence[order] > 0][:limit]
    return [
        Scored(
            row=int(rows[i]),
            score=float(total[i]),
            words=float(words[rows[i]]),
            meaning=float(meaning[i]),
            cosine=None if np.isnan(cosines[i]) else float(cosines[i]),
            speaker=float(extra[0, i]),
            date=float(extra[1, i]),
            recent=float(extra[2, i]),
            pinned=float(extra[3, i]),
            asks=float(extra[4, i]),
        )
        for i in order
    ]


def _share_of_best(values: Floats) -> Floats:
    """Min-max of scores of which 0 is the least: BM25 of what holds no word."""
    high = values.max()
    return values / high if high > 0 else values


def _scaled(values: Floats, low: float) -> Floats:
    """Min-max from `low`; all 1 where there is nothing between."""
    import numpy as np

    high = float(values.max())
    if high <= low:
        return np.ones_like(values)
    scaled: Floats = np.clip((values - low) / (high - low), 0, 1)
    return scaled


def _candidates(state: State, words: Floats, rough: Floats | None, live: Flags) -> Rows:
    """The rows, of many, that are looked at closely: the best by words and by meaning.

    The turn behind a good one is there too: it may be the answer to what was found.
    """
    import numpy as np

    chosen = []
    holding = np.flatnonzero(words)
    for places, values, most in (
        (holding, words[holding], BY_WORDS),
        (None, rough, BY_MEANING),
    ):
        if values is None:
            continue
        best = highest(values, most)
        best = best if places is None else places[best]
        behind = state.index.columns["behind"][best]
        chosen += [best, behind[behind >= 0]]
    wanted = np.zeros(len(live), bool)
    wanted[np.concatenate(chosen)] = True
    return np.flatnonzero(wanted & live)


def highest(values: Floats, most: int) -> Rows:
    """The places of the `most` highest values, in no order; all where there are no more.

    Of very many, those below what a sample promises are not sorted.
    """
    import numpy as np

    if len(values) <= most:
        return np.arange(len(values))
    sample = values[::_SAMPLED]
    wanted = 2 * most // _SAMPLED + 1
    places = np.arange(len(values))
    if wanted < len(sample) // 2:
        above = np.flatnonzero(values >= np.partition(sample, -wanted)[-wanted])
        places = above if len(above) >= most else places
    found: Rows = places[np.argpartition(values[places], -most)[-most:]]
    return found


def _terms(state: State, query: Query, rows: Rows, now: float) -> NDArray[np.float64]:
    """Points for speaker, date, recency, pins and questions, by row."""
    import numpy as np

    columns, index = state.index.columns, state.index
    points = np.zeros((5, len(rows)))
    names: Sequence[str] = [*query.speakers, *([f"\0{query.role}"] if query.role else [])]
    numbers = [index.speakers[name] for name in names if name in index.speakers]
    points[0] = SPEAKER * np.isin(columns["speaker"][rows], numbers)
    times = columns["time"][rows]
    for span in query.spans:
        points[1] = np.maximum(points[1], DATE * ((times >= span.start) & (times < span.end)))
    age = np.maximum(0.0, now - np.nan_to_num(times, nan=-1e12))
    points[2] = RECENT * np.exp2(-age / HALF_LIFE)
    points[3] = PINNED * columns["pinned"][rows]
    points[4] = ASKS * columns["asks"][rows]
    return points
