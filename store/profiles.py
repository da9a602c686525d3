"""The persons that SOMA works for, and what it knows of each: facts with evidence and history.

One person is active. What is kept of a fact that has been superseded or retracted stays, until
it is forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableMapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from store.claims import (
    LONGEST_ATTRIBUTE,
    LONGEST_VALUE,
    OPPOSITES,
    Claim,
    Evidence,
    Fact,
    State,
    fact_from,
    folded,
    one_line,
    same,
)
from store.database import Database
from store.errors import StoreError, UnknownIdError
from store.settings import Settings

FIRST = "me"
LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody that SOMA works for. `handle` is what they are chosen by; `created` in seconds.

    `revision` goes up whenever the user changes the profile or the personality by hand or takes
    something back, so that conversations which have begun take notice.
    """

    id: int
    handle: str
    created: float
    revision: int


@dataclass(frozen=True, slots=True)
class Learned:
    """What a claim did: the fact it became or confirmed, if any, and the facts it ended."""

    fact: Fact | None
    is_new: bool
    ended: tuple[Fact, ...]


# Named here because `list` inside the class is its method.
PersonList = list[Person]
FactList = list[Fact]


class Profiles:
    """All persons and facts of a database. Every method that writes takes the time, `now`.

    Methods may be called from any thread; one that writes returns when it is on disk. An id that
    does not exist raises UnknownIdError.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = database.storage.lock
        self._settings = Settings(database)
        self._persons = database.table("persons")
        self._facts = database.table("facts")
        self._facts.index("person")
        self._facts.index("key")

    # --- persons

    def active(self, now: float) -> Person:
        """Give the active person; the first start makes one."""
        with self._lock:
            chosen = self._settings.get("person")
            if chosen is not None and self._persons.peek(chosen) is not None:
                return self._person(chosen)
            known = self._persons.peek_all()
            return self._person(known[0][0]) if known else self.use(FIRST, now)

    def list(self) -> PersonList:
        """Give all persons, the first one first."""
        with self._lock:
            return [self._person(person_id) for person_id, _ in self._persons.peek_all()]

    def use(self, handle: str, now: float) -> Person:
        """Make somebody the active person; a handle that is not known yet makes a new one.

        Raises StoreError for a handle without a visible letter.
        """
        shown = one_line(handle, LONGEST_NAME)
        if not any(character.isalnum() for character in shown):
            raise StoreError(f"{handle!r} is no name for a person; use a word with a letter")
        with self._database.transaction():
            known = next((p for p in self.list() if folded(p.handle) == folded(shown)), None)
            fields = {"handle": shown, "created": now, "revision": 1}
            person_id = known.id if known else self._persons.insert(fields)
            if self._settings.get("person") != person_id:
                self._settings.set("person", person_id)
            return self._person(person_id)

    def touch(self, person: int) -> None:
        """Note that the user changed what conversations are to be told of a person."""
        with self._database.transaction():
            revision = self._person(person).revision + 1
            self._persons.update({"revision": revision}, doc_ids=[person])

    # --- facts

    def fact(self, fact_id: int) -> Fact:
        """Give one fact, whatever its state."""
        fields = self._facts.peek(fact_id)
        if fields is None:
            raise UnknownIdError(
                f"there is no fact {fact_id}; `soma profile show --history` shows those there are"
            )
        return fact_from(fact_id, fields)

    def facts(self, person: int, *, history: bool = False) -> FactList:
        """Give what is known of a person, oldest first; with `history` also what held before."""
        with self._lock:
            found = [self.fact(fact_id) for fact_id in self._facts.find("person", person)]
        return [fact for fact in found if history or fact.state == "current"]

    def history(self, fact_id: int) -> FactList:
        """Give a fact with those it took the place of, the oldest first."""
        with self._lock:
            fact = self.fact(fact_id)
            everything = self.facts(fact.person, history=True)
            chain = [fact]
            for earlier in reversed(everything):
                if earlier.successor in {one.id for one in chain} and earlier not in chain:
                    chain.append(earlier)
            return sorted(chain, key=lambda one: one.id)

    def learn(self, person: int, claim: Claim, evidence: Evidence) -> Learned:
        """Take a claim in: a newer fact supersedes what it contradicts, the same one confirms.

        What is superseded stays in the history; a claim that is older than what it contradicts
        goes there at once. Where something ends, or by an instruction, the
        person's revision goes up. Raises StoreError for a claim without a value.
        """
        claim = _cleaned(claim)
        with self._database.transaction():
            self._person(person)
            current = self._concerned(person, claim)
            if claim.retract:
                ended = [self._end(f, "retracted", evidence) for f in _retracted(claim, current)]
                if ended:
                    self.touch(person)
                return Learned(None, False, tuple(ended))
            corrected = _corrected(claim, current)
            if not claim.attribute:
                if corrected is None:
                    return Learned(None, False, ())
                claim = replace(
                    claim, kind=corrected.kind, attribute=corrected.attribute, many=corrected.many
                )
            known = next((f for f in current if _is_same(claim, f)), None)
            if known is not None:
                return Learned(self._confirm(known, claim, evidence), False, ())
            contradicted = _contradicted(claim, current, corrected)
            newer = next((f for f in contradicted if f.updated > evidence.at), None)
            if newer is not None:
                old = self._insert(person, claim, evidence, pinned=False)
                return Learned(self._end(old, "superseded", evidence, newer.id), False, ())
            fact = self._insert(person, claim, evidence, any(f.pinned for f in contradicted))
            ended = [self._end(f, "superseded", evidence, fact.id) for f in contradicted]
            if ended or claim.kind == "instruction":
                self.touch(person)
            return Learned(fact, True, tuple(ended))

    def edit(self, fact_id: int, value: str, now: float) -> Fact:
        """Put another value in the place of a fact's; the old one stays in the history."""
        with self._database.transaction():
            old = self.fact(fact_id)
            claim = Claim(old.kind, old.attribute, value, old.many, 1.0, replaces=old.value)
            claim = _cleaned(claim)
            if same(claim.value, old.value):
                self._facts.update({"value": claim.value, "updated": now}, doc_ids=[fact_id])
                new = self.fact(fact_id)
            else:
                by_hand = Evidence(0, 0, "", now, "hand")
                new = self._insert(old.person, claim, by_hand, old.pinned)
                self._end(old, "superseded", by_hand, new.id)
            self.touch(old.person)
            return new

    def pin(self, fact_id: int, pinned: bool, now: float) -> Fact:
        """Let a fact always be told, or only where there is room."""
        with self._database.transaction():
            fact = self.fact(fact_id)
            self._facts.update({"pinned": pinned, "updated": now}, doc_ids=[fact_id])
            self.touch(fact.person)
            return self.fact(fact_id)

    # --- forgetting

    def resting_on(self, messages: Iterable[int]) -> FactList:
        """Give the facts, of all persons and states, that rest on these messages alone."""
        gone = set(messages)
        with self._lock:
            everything = [fact_from(i, fields) for i, fields in self._facts.peek_all()]
        return [
            fact
            for fact in everything
            if fact.evidence and all(one.message in gone for one in fact.evidence)
        ]

    def remove(self, facts: Iterable[int]) -> FactList:
        """Take facts away for good; gives those that were there."""
        with self._database.transaction():
            found = [self.fact(i) for i in facts if self._facts.peek(i) is not None]
            if found:
                self._facts.remove(doc_ids=[fact.id for fact in found])
            for person in {fact.person for fact in found}:
                self.touch(person)
            return found

    def drop_evidence(self, messages: Iterable[int]) -> int:
        """Take what rests on these messages out of the evidence; gives how many pieces."""
        gone = set(messages)
        dropped = 0

        def alter(fields: MutableMapping[str, Any]) -> None:
            nonlocal dropped
            kept = [one for one in fields["evidence"] if one["message"] not in gone]
            dropped += len(fields["evidence"]) - len(kept)
            fields["evidence"] = kept

        with self._database.transaction():
            ids = [
                i
                for i, fields in self._facts.peek_all()
                if any(one["message"] in gone for one in fields["evidence"])
            ]
            if ids:
                self._facts.update(alter, doc_ids=ids)
            return dropped

    # --- documents

    def _concerned(self, person: int, claim: Claim) -> FactList:
        """What holds of a person and may have to do with a claim, the oldest first."""
        if not claim.attribute:
            return self.facts(person)
        names = (claim.attribute, OPPOSITES.get(claim.attribute, claim.attribute))
        ids = {i for name in names for i in self._facts.find("key", _key(person, name))}
        found = [self.fact(fact_id) for fact_id in sorted(ids)]
        return [fact for fact in found if fact.state == "current"]

    def _insert(self, person: int, claim: Claim, evidence: Evidence, pinned: bool) -> Fact:
        fields = {
            "person": person,
            "key": _key(person, claim.attribute),
            "kind": claim.kind,
            "attribute": claim.attribute,
            "value": claim.value,
            "many": claim.many,
            "confidence": claim.confidence,
            "pinned": pinned,
            "state": "current",
            "successor": None,
            "created": evidence.at,
            "updated": evidence.at,
            "evidence": [asdict(evidence)],
        }
        return self.fact(self._facts.insert(fields))

    def _confirm(self, known: Fact, claim: Claim, evidence: Evidence) -> Fact:
        def alter(fields: MutableMapping[str, Any]) -> None:
            heard = any(
                (one["message"], one["by"]) == (evidence.message, evidence.by)
                for one in fields["evidence"]
            )
            if not heard:
                sure = 1 - (1 - fields["confidence"]) * (1 - claim.confidence)
                fields["confidence"] = round(sure, 4)
                fields["evidence"].append(asdict(evidence))
            fields["updated"] = evidence.at

        self._facts.update(alter, doc_ids=[known.id])
        return self.fact(known.id)

    def _end(
        self, fact: Fact, state: State, evidence: Evidence, successor: int | None = None
    ) -> Fact:
        fields = {"state": state, "successor": successor, "updated": evidence.at}
        self._facts.update(fields, doc_ids=[fact.id])
        return self.fact(fact.id)

    def _person(self, person_id: int) -> Person:
        fields = self._persons.peek(person_id)
        if fields is None:
            raise UnknownIdError(
                f"there is no person {person_id}; `soma profile list` shows those there are"
            )
        return Person(person_id, fields["handle"], fields["created"], fields["revision"])


def _key(person: int, attribute: str) -> str:
    return f"{person}:{attribute}"


def _cleaned(claim: Claim) -> Claim:
    value = one_line(claim.value, LONGEST_VALUE)
    attribute = one_line(claim.attribute, LONGEST_ATTRIBUTE).casefold()
    if not any(character.isalnum() for character in value):
        raise StoreError("nothing is kept of an empty fact; write what is to be remembered")
    return replace(claim, value=value, attribute=attribute)


def _is_same(claim: Claim, fact: Fact) -> bool:
    return fact.attribute == claim.attribute and same(fact.value, claim.value)


def _corrected(claim: Claim, current: FactList) -> Fact | None:
    """The fact whose value a claim says is wrong, the newest where there are several."""
    if not claim.replaces:
        return None
    fits = (
        fact
        for fact in sorted(current, key=lambda one: one.updated, reverse=True)
        if same(fact.value, claim.replaces) and claim.attribute in ("", fact.attribute)
    )
    return next(fits, None)


def _retracted(claim: Claim, current: FactList) -> Iterator[Fact]:
    for fact in current:
        if claim.attribute in ("", fact.attribute) and same(fact.value, claim.value):
            yield fact


def _contradicted(claim: Claim, current: FactList, corrected: Fact | None) -> FactList:
    if corrected is not None:
        return [corrected]
    opposite = OPPOSITES.get(claim.attribute)
    ended = [f for f in current if f.attribute == opposite and same(f.value, claim.value)]
    rivals = [fact for fact in current if fact.attribute == claim.attribute]
    if not claim.many and len(rivals) == 1:
        ended += rivals
    return ended
