"""SOMA's personality towards one person: twenty traits that move on evidence, every change kept.

The traits and the rule are in `store/traits.py`. What is stored of a trait is its value at a time;
its value now follows from that, so silence costs no writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from store.database import Database
from store.errors import StoreError, UnknownIdError
from store.traits import BASELINES, DAY, EVIDENCE_NEEDED, Evidence, bounds, clip, decayed, moved

Kind = Literal["evidence", "set", "reset", "pin", "unpin", "undo"]
LONGEST_QUOTE = 200


@dataclass(frozen=True, slots=True)
class TraitState:
    """A trait now. `baseline` is where it returns to: the user's own choice, else `default`.

    `evidence` counts the pieces that speak for or against it; none moves a `pinned` trait.
    """

    name: str
    value: float
    baseline: float
    default: float
    pinned: bool
    evidence: int


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the log: a trait before and after, and the evidence it rests on, if any.

    `undone` is the id of the change that took this one back. `at` is in Unix seconds. Evidence
    that did not move the trait, because it was too early, pinned or at a limit, is logged too.
    """

    id: int
    trait: str
    kind: Kind
    at: float
    before: float
    after: float
    evidence: Evidence | None
    undone: int | None


class Personality:
    """The traits of SOMA towards the person with this id. Every method takes the time, `now`.

    Methods may be called from any thread; one that writes returns when it is on disk. An unknown
    trait raises UnknownIdError.
    """

    def __init__(self, database: Database, person: int) -> None:
        self._database = database
        self._person = person
        self._traits = database.table("traits")
        self._changes = database.table("trait_changes")
        self._traits.index("key")
        self._changes.index("key")
        self._changes.index("message")

    # --- reading

    def state(self, trait: str, now: float) -> TraitState:
        """Give one trait as it is at a time."""
        stored = self._stored(trait)
        baseline = stored.get("baseline", BASELINES[trait])
        value = stored.get("value", baseline)
        if not stored.get("pinned"):
            value = decayed(value, baseline, now - stored.get("at", now))
        return TraitState(
            trait,
            value,
            baseline,
            BASELINES[trait],
            bool(stored.get("pinned")),
            stored.get("evidence", 0),
        )

    def states(self, now: float) -> list[TraitState]:
        """Give all traits, in the order in which they are listed."""
        with self._traits.storage.lock:
            return [self.state(trait, now) for trait in BASELINES]

    def values(self, now: float) -> dict[str, float]:
        """Give the value of every trait by its name."""
        return {state.name: state.value for state in self.states(now)}

    def log(self, trait: str | None = None) -> list[Change]:
        """Give the changes of a trait, or of all, the newest first."""
        names = BASELINES if trait is None else (self._known(trait),)
        with self._traits.storage.lock:
            ids = [i for name in names for i in self._changes.find("key", self._key(name))]
            return [self._change(i) for i in sorted(ids, reverse=True)]

    # --- evidence

    def take(self, evidence: Evidence, now: float) -> Change:
        """Let a piece of evidence move its trait as the rule says, and log it.

        A message gives one piece a source and trait: a later one takes the earlier one's place.
        """
        trait = self._known(evidence.trait)
        with self._database.transaction():
            for earlier in self._changes.find("message", evidence.message):
                change = self._change(earlier)
                if self._takes_place_of(evidence, change):
                    self._take_back(change, now)
            state = self.state(trait, now)
            after = state.value
            if state.evidence + 1 >= EVIDENCE_NEEDED and not state.pinned:
                day = self._values_since(trait, now - DAY)
                after = moved(state.value, evidence, state.baseline, day)
            self._keep(trait, now, value=after, evidence=state.evidence + 1)
            return self._log(trait, "evidence", now, state.value, after, evidence)

    def forget_message(self, message: int, now: float) -> int:
        """Take back what rests on a message and remove its evidence; gives how many pieces."""
        with self._database.transaction():
            ids = self._changes.find("message", message)
            changes = [change for change in map(self._change, ids) if self._is_mine(change.id)]
            for change in changes:
                if change.undone is None:
                    self._take_back(change, now)
            if changes:
                self._changes.remove(doc_ids=[change.id for change in changes])
            return len(changes)

    # --- the user's hand

    def set(self, trait: str, value: float, now: float) -> Change:
        """Make `value` the trait's baseline and its value; evidence to come moves it around that.

        Raises StoreError for one outside of [0, 1].
        """
        self._known(trait)
        if not 0 <= value <= 1:
            raise StoreError(f"{trait} cannot be {value}; choose a value from 0 to 1")
        return self._by_hand(trait, "set", now, value=value, baseline=value, evidence=0)

    def reset(self, trait: str, now: float) -> Change:
        """Put a trait back to its default, unpinned, with all its evidence so far spent."""
        default = BASELINES[self._known(trait)]
        return self._by_hand(
            trait, "reset", now, value=default, baseline=default, pinned=False, evidence=0
        )

    def pin(self, trait: str, now: float) -> Change:
        """Hold a trait where it is: neither evidence nor silence moves it."""
        return self._by_hand(trait, "pin", now, pinned=True)

    def unpin(self, trait: str, now: float) -> Change:
        """Let a trait move again."""
        return self._by_hand(trait, "unpin", now, pinned=False)

    def undo(self, change_id: int, now: float) -> Change:
        """Take one change back; what came after it stays. Gives the change that did so.

        Raises UnknownIdError for what is no change, StoreError for one that was undone already or
        undid another.
        """
        with self._database.transaction():
            if not self._is_mine(change_id):
                raise UnknownIdError(
                    f"there is no change {change_id}; `soma personality log` shows those there are"
                )
            change = self._change(change_id)
            if change.undone is not None:
                raise StoreError(f"change {change_id} was undone by change {change.undone} already")
            if change.kind == "undo":
                raise StoreError(
                    f"change {change_id} took another one back; set the trait to what you want"
                )
            return self._take_back(change, now)

    # --- documents

    def _by_hand(self, trait: str, kind: Kind, now: float, **fields: Any) -> Change:
        with self._database.transaction():
            before = self.state(trait, now)
            undo = {"baseline": before.baseline, "pinned": before.pinned}
            undo |= {"evidence": before.evidence} if "evidence" in fields else {}
            self._keep(trait, now, **({"value": before.value} | fields))
            after = self.state(trait, now).value
            return self._log(trait, kind, now, before.value, after, undo=undo)

    def _take_back(self, change: Change, now: float) -> Change:
        """Shift the trait by the opposite of a change, and bring back what a hand had altered.

        Where a hand has altered the same since, that stays.
        """
        state = self.state(change.trait, now)
        later = {
            one.kind for one in self.log(change.trait) if one.id > change.id and not one.undone
        }
        restore: dict[str, Any] = {}
        shift = change.before - change.after
        if change.kind == "evidence":
            shift = decayed(shift, 0.0, 0.0 if state.pinned else now - change.at)
            restore = {"evidence": max(0, state.evidence - 1)}
        else:
            restore = dict((self._changes.peek(change.id) or {}).get("undo", {}))
            if "evidence" in restore:
                restore["evidence"] += state.evidence
        if later & {"set", "reset"}:
            shift, restore = 0.0, {}
        if later & {"pin", "unpin", "reset"}:
            restore.pop("pinned", None)
        value = clip(state.value + shift, *bounds(restore.get("baseline", state.baseline)))
        self._keep(change.trait, now, value=value, **restore)
        undo = self._log(change.trait, "undo", now, state.value, value)
        self._changes.update({"undone": undo.id}, doc_ids=[change.id])
        return undo

    def _takes_place_of(self, evidence: Evidence, earlier: Change) -> bool:
        return (
            earlier.undone is None
            and earlier.evidence is not None
            and self._is_mine(earlier.id)
            and (earlier.trait, earlier.evidence.source) == (evidence.trait, evidence.source)
        )

    def _values_since(self, trait: str, since: float) -> list[float]:
        """Give the values between which evidence moved the trait since then, and since a hand
        did."""
        values: list[float] = []
        for change_id in reversed(self._changes.find("key", self._key(trait))):
            change = self._change(change_id)
            if change.at < since or change.kind in ("set", "reset"):
                break
            if change.kind == "evidence" and change.undone is None:
                values += (change.before, change.after)
        return values

    def _keep(self, trait: str, now: float, **fields: Any) -> None:
        key = self._key(trait)
        ids = self._traits.find("key", key)
        if ids:
            self._traits.update({"at": now, **fields}, doc_ids=ids)
        else:
            self._traits.insert({"key": key, "trait": trait, "at": now, **fields})

    def _log(
        self,
        trait: str,
        kind: Kind,
        now: float,
        before: float,
        after: float,
        evidence: Evidence | None = None,
        undo: Mapping[str, Any] | None = None,
    ) -> Change:
        fields: dict[str, Any] = {
            "key": self._key(trait), "trait": trait, "kind": kind, "at": now,
            "before": before, "after": after,
        }  # fmt: skip
        if undo is not None:
            fields["undo"] = dict(undo)
        if evidence is not None:
            fields |= {
                "target": evidence.target,
                "confidence": evidence.confidence,
                "source": evidence.source,
                "message": evidence.message,
                "quote": evidence.quote[:LONGEST_QUOTE],
            }
        return self._change(self._changes.insert(fields))

    def _change(self, change_id: int) -> Change:
        fields = self._changes.peek(change_id) or {}
        evidence = None
        if fields["kind"] == "evidence":
            evidence = Evidence(
                fields["trait"],
                fields["target"],
                fields["confidence"],
                fields["source"],
                fields["message"],
                fields["quote"],
            )
        return Change(
            change_id,
            fields["trait"],
            fields["kind"],
            fields["at"],
            fields["before"],
            fields["after"],
            evidence,
            fields.get("undone"),
        )

    def _is_mine(self, change_id: int) -> bool:
        fields = self._changes.peek(change_id)
        return fields is not None and fields["key"] == self._key(fields["trait"])

    def _stored(self, trait: str) -> Mapping[str, Any]:
        ids = self._traits.find("key", self._key(self._known(trait)))
        return (self._traits.peek(ids[0]) if ids else None) or {}

    def _known(self, trait: str) -> str:
        if trait not in BASELINES:
            raise UnknownIdError(
                f"there is no trait {trait!r}; `soma personality show` lists the twenty there are"
            )
        return trait

    def _key(self, trait: str) -> str:
        return f"{self._person}:{trait}"
