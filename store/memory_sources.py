"""Remembered facts and passages of documents, as recall looks things up: by kind and id."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator

from store.claims import Fact
from store.errors import UnknownIdError
from store.library import Library, Passage
from store.profiles import Profiles
from store.recall_sources import Item


class Facts:
    """What holds of the active person; `now` gives the time."""

    kind = "fact"

    def __init__(self, profiles: Profiles, now: Callable[[], float]) -> None:
        self._profiles = profiles
        self._now = now

    def version(self) -> Hashable:
        """Give a value that is another one as soon as any fact is."""
        facts = self._current()
        return tuple((fact.id, fact.updated, fact.pinned, fact.value) for fact in facts)

    def items(self) -> Iterator[Item]:
        """Give all facts."""
        return map(_of_fact, self._current())

    def item(self, item_id: int) -> Item | None:
        """Give a fact as it is now; None where it is gone or holds no longer."""
        found = next((fact for fact in self._current() if fact.id == item_id), None)
        return _of_fact(found) if found else None

    def pin(self, item_id: int, pinned: bool) -> None:
        """Pin a fact or let it loose. Raises UnknownIdError where it is gone."""
        if self.item(item_id) is None:
            raise UnknownIdError(f"there is no fact {item_id}; it may have been forgotten")
        self._profiles.pin(item_id, pinned, self._now())

    def _current(self) -> list[Fact]:
        return self._profiles.facts(self._profiles.active(self._now()).id)


class Passages:
    """The passages of documents that were taken in."""

    kind = "passage"

    def __init__(self, library: Library) -> None:
        self._library = library

    def version(self) -> Hashable:
        """Give a value that is another one as soon as any passage is."""
        return self._library.revision

    def items(self) -> Iterator[Item]:
        """Give all passages, those of a document in their order."""
        before: Passage | None = None
        for passage in self._library.passages():
            follows = before is not None and before.document == passage.document
            yield _of_passage(passage, before.id if before and follows else None)
            before = passage

    def item(self, item_id: int) -> Item | None:
        """Give a passage as it is now; None where it is gone."""
        passage = self._library.passage(item_id)
        if passage is None:
            return None
        before = self._library.passage(item_id - 1)
        follows = before is not None and before.document == passage.document
        return _of_passage(passage, item_id - 1 if follows else None)

    def pin(self, item_id: int, pinned: bool) -> None:
        """Pin a passage or let it loose. Raises UnknownIdError where it is gone."""
        self._library.pin(item_id, pinned)


def _of_fact(fact: Fact) -> Item:
    said = fact.value if fact.kind == "instruction" else f"{fact.attribute}: {fact.value}"
    return Item("fact", fact.id, said, "profile", fact.updated, fact.pinned, "profile")


def _of_passage(passage: Passage, after: int | None) -> Item:
    return Item(
        "passage",
        passage.id,
        passage.text,
        passage.source,
        passage.time,
        passage.pinned,
        f"document:{passage.document}",
        after,
    )
