"""Several examples in one row, so that no place in it is padding; positions tell them apart."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from training.encoding import Encoded

IGNORED = -100


@dataclass(frozen=True, slots=True)
class Row:
    """Examples one behind the other. `positions` begin anew with each, `labels` hold for each
    place the token that is to follow, IGNORED where none is trained."""

    ids: tuple[int, ...]
    positions: tuple[int, ...]
    labels: tuple[int, ...]

    @property
    def trained(self) -> int:
        """How many tokens are trained on."""
        return sum(label != IGNORED for label in self.labels)


def pack(examples: Sequence[Encoded], longest: int) -> list[Row]:
    """Put examples into rows of at most `longest` tokens, the longest examples first, each into
    the first row with room. Raises ValueError for an example that is longer."""
    bins: list[list[Encoded]] = []
    room: list[int] = []
    for example in sorted(examples, key=lambda one: -len(one.ids)):
        size = len(example.ids)
        if size > longest:
            raise ValueError(f"an example of {size} tokens does not fit into {longest}")
        place = next((n for n, left in enumerate(room) if left >= size), None)
        if place is None:
            bins.append([])
            room.append(longest)
            place = len(bins) - 1
        bins[place].append(example)
        room[place] -= size
    return [_row(chosen) for chosen in bins]


def steps_of_epoch(rows: int, batch: int) -> int:
    """Give how many steps go once through so many rows."""
    return -(-rows // batch)


def batch_of(step: int, rows: Sequence[Row], batch: int, seed: int) -> list[Row]:
    """Give the rows of a step, counted from 0: each epoch goes through all in another order.

    The same for the same step and seed, so a run that was stopped goes on where it was.
    """
    epoch, place = divmod(step, steps_of_epoch(len(rows), batch))
    order = list(range(len(rows)))
    random.Random(f"{seed} {epoch}").shuffle(order)
    return [rows[number] for number in order[place * batch : (place + 1) * batch]]


def _row(examples: Sequence[Encoded]) -> Row:
    ids: list[int] = []
    positions: list[int] = []
    labels: list[int] = []
    for example in examples:
        ids += example.ids
        positions += range(len(example.ids))
        labels += [IGNORED] * (example.answer - 1)
        labels += [*example.ids[example.answer :], IGNORED]
    return Row(tuple(ids), tuple(positions), tuple(labels))
