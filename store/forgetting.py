"""What goes when something is forgotten: found first, shown, and then taken out for good."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from store.answers import RunningAnswers
from store.claims import Fact
from store.database import Database
from store.deletion import Deletion
from store.errors import StoreError
from store.library import Library
from store.message_tables import MessageTables
from store.personality import Personality
from store.profiles import Profiles
from store.prompts import SystemPrompts
from store.redaction import FORGOTTEN, Needles, is_distinctive, sentences
from store.sweep import Sweep
from store.tombstones import WORDS_OF_ONE_S_OWN, Tombstones

MOST_LOOKED_FOR = 300


@dataclass(slots=True)
class Plan:
    """What would go: facts, conversations and messages whole, and sentences of other messages.

    `needles` are words that go wherever they stand, `local` words that go from a conversation,
    because they are too common to be somebody's own, and `quotes` what goes from a message.
    `runs` are those of the team that hold a needle.
    `elsewhere` counts the messages that hold such common words and stay.
    """

    facts: list[Fact] = field(default_factory=list)
    conversations: list[int] = field(default_factory=list)
    messages: list[int] = field(default_factory=list)
    documents: list[int] = field(default_factory=list)
    runs: list[int] = field(default_factory=list)
    sentences: dict[int, list[str]] = field(default_factory=dict)
    needles: set[str] = field(default_factory=set)
    local: dict[int, set[str]] = field(default_factory=dict)
    quotes: dict[int, set[str]] = field(default_factory=dict)
    elsewhere: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing would go."""
        whole = self.facts or self.conversations or self.messages or self.documents
        return not (whole or self.sentences or self.runs)

    def needles_in(self, conversation_id: int) -> Needles:
        """The words that go from a conversation."""
        return Needles(self.needles | self.local.get(conversation_id, set()))


@dataclass(frozen=True, slots=True)
class Erased:
    """What went: messages, facts, and the conversations that are no longer what they were."""

    messages: tuple[int, ...]
    facts: tuple[int, ...]
    changed: tuple[int, ...]


class Forgetting:
    """Finds what is to be forgotten and takes it out. Methods may be called from any thread."""

    def __init__(self, database: Database, profiles: Profiles, library: Library) -> None:
        self._database = database
        self._profiles = profiles
        self._library = library
        self._documents = MessageTables(database)
        self._messages = self._documents.messages
        self._conversations = self._documents.conversations
        self._prompts = SystemPrompts(database)
        self._sweep = Sweep(database)
        self._tombstones = Tombstones(database)
        running = RunningAnswers(self._messages, database.table("pieces"))
        drafts = database.table("drafts")
        self._deletion = Deletion(self._conversations, self._messages, running, drafts)

    # --- finding

    def plan_fact(self, fact_id: int) -> Plan:
        """Plan to forget a fact with its history. Raises UnknownIdError."""
        return self._completed(Plan(facts=self._profiles.history(fact_id)))

    def plan_message(self, message_id: int) -> Plan:
        """Plan to forget a message, the answers to it, and the facts that rest on them alone.

        Raises UnknownIdError.
        """
        fields = self._documents.message(message_id)
        answers = [
            other
            for other in self._documents.ids(fields["conversation"])
            if self._peek(other).get("parent") == message_id
            and self._peek(other)["role"] == "assistant"
        ]
        gone = [message_id, *answers]
        return self._completed(Plan(messages=gone, facts=self._profiles.resting_on(gone)))

    def plan_conversation(self, conversation_id: int) -> Plan:
        """Plan to forget a conversation and the facts that rest on it alone.

        One that was deleted and can be restored is there too. Raises UnknownIdError.
        """
        if self._conversations.peek(conversation_id) is None:
            self._documents.conversation(conversation_id)
        resting = self._profiles.resting_on(self._documents.ids(conversation_id))
        return self._completed(Plan(conversations=[conversation_id], facts=resting))

    def plan_text(self, text: str) -> Plan:
        """Plan to forget every fact, sentence and document that holds a text.

        Raises StoreError for one without a letter or digit.
        """
        if not any(map(str.isalnum, text)):
            raise StoreError("nothing is forgotten of an empty text; write what is to be forgotten")
        plan = self._completed(Plan(needles={" ".join(text.split())}))
        needles = Needles(plan.needles)
        held = {p.document for p in self._library.passages() if needles.are_in(p.text)}
        held |= {one.id for one in self._library.list() if needles.are_in(one.name)}
        plan.documents = sorted(held)
        return plan

    def plan_document(self, document_id: int) -> Plan:
        """Plan to forget a document with its passages. Raises UnknownIdError."""
        return Plan(documents=[self._library.get(document_id).id])

    def _completed(self, plan: Plan) -> Plan:
        """Add the facts and sentences that hold the same words."""
        with self._messages.storage.lock:
            for fact in plan.facts:
                _take_in(plan, fact)
            needles = Needles(plan.needles)
            for fact in self._all_facts():
                if needles.are_in(fact.value) and fact not in plan.facts:
                    plan.facts.append(fact)
                    _take_in(plan, fact)
            plan.runs = self._sweep.runs(needles)
            common = Needles(set().union(*plan.local.values()))
            whole = set(self._whole(plan))
            for message_id, fields in self._messages.peek_all():
                if message_id in whole:
                    continue
                found = plan.needles_in(fields["conversation"])
                texts = self._texts(message_id, fields)
                quotes = plan.quotes.get(message_id, set())
                if going := [one for text in texts for one in found.going(text, quotes)]:
                    plan.sentences[message_id] = going
                elif any(map(common.are_in, texts)):
                    plan.elsewhere += 1
            return plan

    # --- erasing

    def erase(self, plan: Plan, now: float) -> Erased:
        """Take out of the tables what a plan says, in one commit; `now` is in Unix seconds.

        No answer may run in a conversation that it is about.
        """
        with self._database.transaction():
            whole = [i for i in self._whole(plan) if self._peek(i)]
            before = {i: self._texts(i, self._peek(i)) for i in (*whole, *plan.sentences)}
            owners = {self._peek(i)["conversation"] for i in before}
            self._bury(plan, whole, before)
            for message_id in plan.sentences:
                self._redact(message_id, plan)
            for message_id in plan.messages:
                self._blank(message_id)
            for conversation_id in plan.conversations:
                if self._conversations.peek(conversation_id) is not None:
                    self._deletion.erase(conversation_id)
            for document_id in plan.documents:
                self._library.remove(document_id)
            facts = self._profiles.remove(fact.id for fact in plan.facts)
            self._profiles.drop_evidence(whole)
            for person in self._profiles.list():
                for message_id in whole:
                    Personality(self._database, person.id).forget_message(message_id, now)
            for message_id, quotes in plan.quotes.items():
                owner = self._peek(message_id).get("conversation", 0)
                self._sweep.quotes(message_id, plan.needles_in(owner), quotes)
            for conversation_id in owners - set(plan.conversations):
                self._retitle(conversation_id, before, plan)
            told = Needles([*plan.needles, *(fact.value for fact in plan.facts)])
            owners |= self._sweep.prompts(told)
            owners |= self._sweep.everything(Needles(plan.needles))
            changed = sorted(owners - set(plan.conversations))
            for conversation_id in changed:
                self._prompts.drop_sent(conversation_id)
            return Erased(tuple(before), tuple(f.id for f in facts), tuple(changed))

    def lost(self, plan: Plan) -> list[str]:
        """Give the longest sentences that would go, to be looked for elsewhere; 300 at most."""
        whole = (t for i in self._whole(plan) for t in self._texts(i, self._peek(i)))
        going = [*(s for text in whole for s in sentences(text)), *_all(plan.sentences)]
        own = {one.strip() for one in going if len(one.split()) >= WORDS_OF_ONE_S_OWN}
        return sorted(own, key=len, reverse=True)[:MOST_LOOKED_FOR]

    def holding(self, plan: Plan) -> list[str]:
        """Give the tables that hold words which were to go everywhere."""
        return self._sweep.holding(Needles(plan.needles))

    def is_forgotten(self, text: str) -> bool:
        """Whether a text or a sentence in it was forgotten: nothing may be trained on it."""
        return self._tombstones.is_forgotten(text)

    def _redact(self, message_id: int, plan: Plan) -> None:
        fields = self._peek(message_id)
        needles = plan.needles_in(fields["conversation"])
        quotes = plan.quotes.get(message_id, set())
        new: dict[str, Any] = {"text": needles.redact(fields["text"], quotes), "token_ids": ""}
        rating = fields.get("rating")
        if rating and needles.are_in(rating["better"]):
            new["rating"] = {**rating, "better": ""}
        self._messages.update(new, doc_ids=[message_id])

    def _blank(self, message_id: int) -> None:
        new = {"text": FORGOTTEN, "token_ids": "", "rating": None, "forgotten": True}
        self._messages.update(new, doc_ids=[message_id])

    def _retitle(self, conversation_id: int, before: Mapping[int, list[str]], plan: Plan) -> None:
        """Take away a title that holds the words, or was made of what a message no longer says."""
        fields = self._conversations.peek(conversation_id) or {}
        title = fields.get("title", "")
        plain = title.rstrip("…")
        made_of = any(
            plain and plain in " ".join(text.split())
            for message_id in before
            if self._peek(message_id).get("conversation") == conversation_id
            for text in before[message_id]
        )
        by_model = fields.get("title_by") == "model" and bool(plan.messages)
        if made_of or by_model or plan.needles_in(conversation_id).are_in(title):
            new = {"title": FORGOTTEN, "title_by": "rule"}
            self._conversations.update(new, doc_ids=[conversation_id])
            if fields.get("source"):
                self._tombstones.bury_title(fields["source"])

    # --- keeping out

    def _bury(self, plan: Plan, whole: Sequence[int], before: Mapping[int, list[str]]) -> None:
        """Note by hashes what must neither be trained on nor come back from a file."""
        stones = self._tombstones
        stones.bury_texts([*(t for i in whole for t in before[i]), *_all(plan.sentences)])
        for message_id in before:
            conversation, message = self._sources(message_id)
            if message and message_id in plan.sentences:
                stones.bury_sentences(conversation, message, plan.sentences[message_id])
            elif message:
                stones.bury_message(conversation, message)
        for conversation_id in plan.conversations:
            if source := (self._conversations.peek(conversation_id) or {}).get("source"):
                stones.bury_conversation(source)
        for conversation_id, fields in self._conversations.peek_all():
            if "source" in fields and plan.needles_in(conversation_id).are_in(fields["title"]):
                stones.bury_title(fields["source"])
        for document_id in plan.documents:
            stones.bury_document(self._library.get(document_id).hash)
            stones.bury_texts(passage.text for passage in self._library.passages(document_id))

    def _sources(self, message_id: int) -> tuple[str, str]:
        """The ids of a message's conversation and of itself where they were imported from."""
        fields = self._peek(message_id)
        owner = self._conversations.peek(fields.get("conversation", 0)) or {}
        return owner.get("source", ""), fields.get("source", "")

    # --- documents

    def _whole(self, plan: Plan) -> list[int]:
        """The messages that go whole."""
        ids = (i for one in plan.conversations for i in self._documents.ids(one))
        return [*plan.messages, *ids]

    def _peek(self, message_id: int) -> Mapping[str, Any]:
        return self._messages.peek(message_id) or {}

    def _texts(self, message_id: int, fields: Mapping[str, Any]) -> list[str]:
        """What a message says, and what would have been a better answer."""
        better = (fields.get("rating") or {}).get("better")
        said = str(self._documents.with_text(message_id, fields)["text"])
        return [said, better] if better else [said]

    def _all_facts(self) -> Iterator[Fact]:
        for person in self._profiles.list():
            yield from self._profiles.facts(person.id, history=True)


def _take_in(plan: Plan, fact: Fact) -> None:
    """Let a fact's words go: everywhere where they are its own, else where it was said."""
    own = fact.kind in ("name", "relationship", "instruction") or is_distinctive(fact.value)
    if own:
        plan.needles.add(fact.value)
    for one in fact.evidence:
        if one.message:
            plan.quotes.setdefault(one.message, set()).add(one.quote)
        if one.conversation and not own:
            plan.local.setdefault(one.conversation, set()).add(fact.value)


def _all(sentences_of: Mapping[int, list[str]]) -> Iterator[str]:
    for going in sentences_of.values():
        yield from going
