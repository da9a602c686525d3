"""Forgetting for good: facts, messages, conversations, documents, or whatever holds a text.

What would go is shown first. Then it goes from the tables, from the journal and its copies, from
logs and caches, and from whatever else registered, and the receipt says what was done.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from agents.profile_lines import fact_in_words
from store.database import Database
from store.disk import failure
from store.errors import SomaError
from store.forgetting import Erased, Forgetting, Plan
from store.library import Library
from store.paths import Home
from store.profiles import Profiles
from store.redaction import Needles
from store.traces import holds, scrub

Kind = Literal["fact", "message", "conversation", "document", "text"]
Hook = Callable[[str], None]
Before = Callable[[Sequence[str]], None]
TrainedOn = Callable[[Sequence[str]], list[str]]
_HOLDERS = {
    "passages": "a document that you took in",
    "library": "the name of a document that you took in",
    "persons": "a person's handle",
    "settings": "a setting",
}
KINDS: tuple[Kind, ...] = ("fact", "message", "conversation", "document", "text")


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be forgotten: a thing by its id, or everything that holds a text."""

    kind: Kind
    id: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """What forgetting would take away, in words; nothing is done yet.

    `sentences` stand in messages that stay, and others in `runs` of the team, which are counted.
    `elsewhere` counts messages that hold the same words and stay, because the words are too common
    to be somebody's own.
    """

    facts: tuple[str, ...]
    conversations: int
    messages: int
    documents: tuple[str, ...]
    sentences: tuple[str, ...]
    elsewhere: int
    runs: int = 0


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was forgotten, and what is left.

    `prompts` counts conversations that are told a new prompt at their next turn, `files` names
    logs that lost lines and copies that were removed. `remaining` has a line for each place that
    still holds the words; `retrain` names model versions that were trained on them. `searched`
    counts the files of the data directory that were looked through at the end, `runs` those of
    the team that lost sentences.
    """

    facts: int
    conversations: int
    messages: int
    documents: int
    prompts: int
    files: tuple[str, ...]
    remaining: tuple[str, ...]
    retrain: tuple[str, ...]
    searched: int
    runs: int = 0


@dataclass(slots=True)
class Forgetter:
    """Forgets, in the store and on the disk. Methods take as long as the disk does.

    A hook is called with a reference, such as "message:12", "fact:3" or "passage:2", for
    everything that went or changed, and what is in `before` with all of them, while they are still
    there. `trained_on` marks the versions that were trained on any of these, and gives their names.
    """

    home: Home
    database: Database
    profiles: Profiles
    library: Library
    hooks: list[Hook] = field(default_factory=list)
    before: list[Before] = field(default_factory=list)
    trained_on: TrainedOn = field(default=lambda references: [])

    def preview(self, target: Target) -> Preview:
        """What would go. Raises UnknownIdError, or StoreError for an empty text."""
        plan = self._plan(target)
        return Preview(
            tuple(map(fact_in_words, plan.facts)),
            len(plan.conversations),
            len(plan.messages),
            tuple(self.library.get(document).name for document in plan.documents),
            tuple(one.strip() for going in plan.sentences.values() for one in going),
            plan.elsewhere,
            len(plan.runs),
        )

    def conversations_of(self, target: Target) -> list[int]:
        """The conversations in which no answer may run meanwhile."""
        plan = self._plan(target)
        messages = self.database.table("messages")
        owners = {
            (messages.peek(message_id) or {}).get("conversation", 0)
            for message_id in (*plan.messages, *plan.sentences)
        }
        return sorted(owners | set(plan.conversations))

    def forget(self, target: Target) -> tuple[Receipt, Erased]:
        """Forget it for good. Raises SomaError where nothing is found or it cannot be saved."""
        plan = self._plan(target)
        if plan.is_empty:
            raise SomaError("there is nothing to forget; nothing was changed")
        forgetting = Forgetting(self.database, self.profiles, self.library)
        lost = Needles([*plan.needles, *forgetting.lost(plan)])
        passages = [p.id for one in plan.documents for p in self.library.passages(one)]
        for look in self.before:
            look([*_going(plan), *(f"passage:{number}" for number in passages)])
        erased = forgetting.erase(plan, time.time())
        references = _references(plan, erased, passages)
        for reference in references:
            for hook in self.hooks:
                hook(reference)
        try:
            self.database.storage.compact()
        except OSError as error:
            what = "it is gone from SOMA, but not from the file of the journal"
            raise failure(what, error, self.database.storage.path) from error
        scrubbed = scrub(self.home, lost)
        tables, journal = forgetting.holding(plan), self.database.storage.path
        left = [*scrubbed.remaining]
        if not tables and holds(journal, Needles(plan.needles)):
            left.append(str(journal.relative_to(self.home.root)))
        return (
            Receipt(
                len(erased.facts),
                len(plan.conversations),
                len(erased.messages),
                len(plan.documents),
                len(erased.changed),
                (*scrubbed.cleaned, *scrubbed.removed),
                tuple(_remaining(plan, tables, left)),
                tuple(self.trained_on(references)),
                scrubbed.searched,
                len(plan.runs),
            ),
            erased,
        )

    def _plan(self, target: Target) -> Plan:
        forgetting = Forgetting(self.database, self.profiles, self.library)
        match target.kind:
            case "fact":
                return forgetting.plan_fact(target.id)
            case "message":
                return forgetting.plan_message(target.id)
            case "conversation":
                return forgetting.plan_conversation(target.id)
            case "document":
                return forgetting.plan_document(target.id)
            case "text":
                return forgetting.plan_text(target.text)


def _going(plan: Plan) -> Iterator[str]:
    """What a plan would take away or change, but for the passages of its documents."""
    yield from (f"fact:{fact.id}" for fact in plan.facts)
    yield from (f"message:{number}" for number in (*plan.messages, *plan.sentences))
    yield from (f"conversation:{number}" for number in plan.conversations)
    yield from (f"document:{number}" for number in plan.documents)


def _references(plan: Plan, erased: Erased, passages: Sequence[int]) -> list[str]:
    return [
        *(f"fact:{number}" for number in erased.facts),
        *(f"message:{number}" for number in erased.messages),
        *(f"conversation:{number}" for number in plan.conversations),
        *(f"document:{number}" for number in plan.documents),
        *(f"passage:{number}" for number in passages),
    ]


def _remaining(plan: Plan, tables: Sequence[str], files: Sequence[str]) -> Iterator[str]:
    for table in tables:
        yield f"{_HOLDERS.get(table, f'the table {table}')} still holds the words"
    for name in files:
        yield f"the file {name} still holds the words"
    if plan.elsewhere:
        yield (
            f"{plan.elsewhere} messages of other conversations hold the same common words; "
            "`soma forget --text` takes them too"
        )
