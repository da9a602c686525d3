"""From the records of a journal to the documents that they made."""

from __future__ import annotations

from pathlib import Path

from store.frames import FORMAT
from store.scan import Damage, Scan
from store.state import State
from store.upgrades import upgrade_from

_NONSENSE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def replay(found: Scan, path: Path) -> tuple[State, list[Damage]]:
    """Give the documents that the records of the journal at `path` make, and all its damage.

    Records that mean nothing are damage too. Raises StoreError for a format too old to be read.
    """
    state, damage = State(), list(found.damage)
    upgrade = upgrade_from(found.format, path) if found.format != FORMAT else None
    for record, place in zip(found.records, found.places, strict=True):
        try:
            state.apply(upgrade(record) if upgrade else record, place[2])
        except _NONSENSE:
            damage.append(Damage(*place, "it is no record of SOMA's"))
    return state, sorted(damage, key=lambda one: one.offset)
