"""The sealed examples as items to measure by, with an exact check where one admits it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from store.claims import Fact
from store.database import Database
from store.profiles import Profiles
from training.behaviours import Corrected, Habit, habits_of, keeps, shown_in
from training.checkers import Check, has, is_same
from training.example import Example
from training.likeness import plain

MOST_WORDS = 5
"""An accepted answer of so few words is right or wrong as a whole."""


@dataclass(frozen=True, slots=True)
class Item:
    """A sealed example, and the values that an answer to it has to hold, or to be as a `whole`, and
    the habits that it has to keep; without any of these it is measured by the likelihood of the
    accepted answer alone."""

    example: Example
    values: tuple[str, ...] = ()
    whole: bool = False
    habits: tuple[Habit, ...] = ()

    @property
    def id(self) -> str:
        """A name that no other item has; it holds nothing that was said."""
        return f"{self.example.source} {self.example.hash[:8]}"

    @property
    def check(self) -> Check | None:
        """The check of an answer; None where only another model could judge it."""
        if not self.values and not self.habits:
            return None
        test, accepted = is_same if self.whole else has, self.example.answer
        return lambda text: (
            all(test(text, value) for value in self.values)
            and all(keeps(text, habit, accepted) for habit in self.habits)
        )


def items_of(
    examples: Iterable[Example],
    facts: Iterable[Fact] = (),
    corrections: Mapping[str, Corrected] | None = None,
) -> tuple[Item, ...]:
    """Give the items of examples.

    Of a question about `facts` the answer has to hold their values. A correction or a rated answer
    of five words at most has to be met word by word; of a longer one what the `corrections`, by
    their sources, have changed again and again, where it shows that.
    """
    known = {f"fact:{fact.id}": fact.value.rstrip(" .!?") for fact in facts}
    changed = corrections or {}
    habits = habits_of(changed.values())
    return tuple(_item(example, known, habits, changed.get(example.source)) for example in examples)


def facts_of(database: Database) -> list[Fact]:
    """Give what is known of the active person; nothing where there is none yet."""
    profiles = Profiles(database)
    return list(profiles.facts(profiles.active(time.time()).id)) if profiles.list() else []


def sealed_hash(items: Sequence[Item]) -> str:
    """Give the hash that stands for a set of items and how they are checked."""
    lines = sorted(
        json.dumps([one.example.hash, one.values, one.whole, one.habits]) for one in items
    )
    return sha256("\n".join(lines).encode()).hexdigest()


def mismatched(items: Sequence[Item]) -> tuple[tuple[Item, Example], ...]:
    """Give items with what they ask and, as its answer, that of another conversation.

    The other is half the list away, or the next one that differs; without any an item is left out.
    """
    found = []
    for place, item in enumerate(items):
        start = place + len(items) // 2
        others = (items[(start + step) % len(items)].example for step in range(len(items)))
        for other in others:
            if other.group != item.example.group and other.answer != item.example.answer:
                turns = (*item.example.turns[:-1], other.turns[-1])
                found.append((item, replace(item.example, turns=turns)))
                break
    return tuple(found)


def _item(
    example: Example,
    known: Mapping[str, str],
    habits: frozenset[Habit],
    corrected: Corrected | None,
) -> Item:
    if example.kind in ("fact", "instruction"):
        sources = example.source.split(",")
        if all(known.get(source) for source in sources):
            return Item(example, tuple(known[source] for source in sources))
    elif example.kind in ("correction", "rated"):
        if 0 < len(plain(example.answer).split()) <= MOST_WORDS:
            return Item(example, (example.answer,), whole=True)
        return Item(example, habits=shown_in(example, habits, corrected))
    return Item(example)
