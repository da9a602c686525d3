"""What the place for memory lists: groups and rows, and the words that they are found by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from agents.profile_lines import fact_in_words, person_in_words
from agents.text import visible
from store.claims import Fact
from store.library import Document
from store.personality import TraitState
from store.recall import Hit
from store.traits import GROUPS

Subject: TypeAlias = Fact | TraitState | Document | Hit

DOCUMENTS, FOUND = "documents", "said and read"
_KINDS = {
    "name": "name", "fact": "facts", "preference": "preferences",
    "instruction": "standing instructions", "relationship": "people and pets", "topic": "topics",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is no thing of its own: the name of a group, or what is to be said about it."""

    text: str
    heading: bool = False


@dataclass(slots=True)
class MemoryRows:
    """What is known now, and what was found for the `query`.

    `opened` is False while the store is being opened, `searching` True while recall looks.
    """

    person: str = ""
    facts: list[Fact] = field(default_factory=list)
    traits: list[TraitState] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    hits: list[Hit] = field(default_factory=list)
    query: str = ""
    searching: bool = False
    opened: bool = False

    def lines(self) -> Iterator[Subject | Line]:
        """All lines from top to bottom."""
        if not self.opened:
            yield Line("What is stored is being opened …")
        elif self.query:
            yield from self._found()
        else:
            yield from self._profile(self.facts)
            if not self.facts:
                yield Line(f"Nothing is known of {visible(person_in_words(self.person))} yet.")
                yield Line("Tell SOMA your name in the chat (Alt+1), or press a.")
            yield from self._personality(self.traits)
            yield Line(DOCUMENTS, heading=True)
            yield from self.documents
            if not self.documents:
                yield Line("None yet: i takes in a text, Markdown, HTML or PDF file.")

    def subject(self, key: str | None) -> Subject | None:
        """What a row shows."""
        everything: list[Subject] = [*self.facts, *self.traits, *self.documents, *self.hits]
        return next((one for one in everything if key_of(one) == key), None)

    def _found(self) -> Iterator[Subject | Line]:
        found = {hit.ref for hit in self.hits}
        facts = [
            fact
            for fact in self.facts
            if key_of(fact) in found or self._matches(fact_in_words(fact))
        ]
        traits = [one for one in self.traits if self._matches(words_of(one.name))]
        documents = [one for one in self.documents if self._matches(one.name)]
        yield from self._profile(facts)
        yield from self._personality(traits)
        if documents:
            yield Line(DOCUMENTS, heading=True)
            yield from documents
        hits = [hit for hit in self.hits if hit.item.kind != "fact"]
        if hits:
            yield Line(FOUND, heading=True)
            yield from hits
        elif self.searching:
            yield Line("looking through what was said …")
        elif not (facts or traits or documents):
            yield Line(f"Nothing matches “{visible(self.query)}”; esc shows everything.")

    def _matches(self, text: str) -> bool:
        return all(word in text.casefold() for word in self.query.casefold().split())

    def _profile(self, facts: list[Fact]) -> Iterator[Subject | Line]:
        for kind, heading in _KINDS.items():
            of_kind = [fact for fact in facts if fact.kind == kind]
            if of_kind:
                yield Line(heading, heading=True)
                yield from of_kind

    def _personality(self, traits: list[TraitState]) -> Iterator[Subject | Line]:
        for group, names in GROUPS.items():
            of_group = [trait for trait in traits if trait.name in names]
            if of_group:
                yield Line(f"personality: {group}", heading=True)
                yield from of_group


def key_of(subject: Subject) -> str:
    """What tells a row from all others, also after the list was made anew."""
    if isinstance(subject, Fact):
        return f"fact:{subject.id}"
    if isinstance(subject, TraitState):
        return f"trait:{subject.name}"
    if isinstance(subject, Document):
        return f"document:{subject.id}"
    return subject.ref


def is_pinned(subject: Subject) -> bool:
    """Whether the user pinned it."""
    if isinstance(subject, Document):
        return False
    return subject.item.pinned if isinstance(subject, Hit) else subject.pinned


def words_of(trait: str) -> str:
    """The name of a trait as it is read."""
    return trait.replace("_", " ")


def share(value: float) -> str:
    """A value from 0 to 1 in four cells: " .66" or "1.00"."""
    return f"{value:.2f}".removeprefix("0").rjust(4)


def moved(trait: TraitState) -> str:
    """How far a trait is from its baseline, such as "(+.06)"; empty where that is nothing."""
    by = trait.value - trait.baseline
    return f"({'+' if by > 0 else '-'}{share(abs(by)).strip()})" if abs(by) >= 0.005 else ""
