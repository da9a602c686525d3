"""What a person said is good, as examples not yet filtered: answers, facts, orders, passages."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from agents.persona import SYSTEM_PROMPT
from agents.profile_lines import without_profile
from agents.prompt import content_of
from store.claims import Fact
from store.conversations import Conversations, Message
from store.database import Database
from store.library import Library, Passage
from store.message_tables import MessageTables
from store.profiles import Profiles
from training.example import PERSONAL, Example, Kind, Split, Turn
from training.fact_questions import exchanges
from training.filters import Reason, Rejected
from training.split import split_of

SURE = 0.9
"""Confidence from which a fact counts as confirmed; one that was entered or pinned always does."""
_UNFINISHED = {"cancelled", "interrupted", "streaming"}
_LIMITS = {"length", "context"}
_WORD = re.compile(r"\s*\S+")
_WORDS_TO_BEGIN_WITH = 10


@dataclass(slots=True)
class Seeds:
    """Examples that were found, in a fixed order, and answers that cannot be one."""

    found: list[Example] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)


def gather(database: Database) -> Seeds:
    """Find everything in a database that may be learned from, of the active person.

    Conversations that were deleted are left alone.
    """
    return _Gathering(database).gather()


class _Gathering:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._documents = MessageTables(database)
        self._conversations = Conversations(database)
        self._library = Library(database)
        self._seeds = Seeds()

    def gather(self) -> Seeds:
        rated = [i for i, fields in self._documents.messages.peek_all() if fields.get("rating")]
        for message_id in rated:
            if not self._documents.is_hidden(self._fields(message_id)["conversation"]):
                self._take_answer(self._conversations.message(message_id))
        self._seeds.found += self._facts()
        for passage in self._library.passages():
            self._seeds.found.append(self._passage(passage))
        return self._seeds

    def _take_answer(self, message: Message) -> None:
        """Take in an answer that was rated up, or the better one in its place."""
        assert message.rating is not None
        better = message.rating.better
        kind: Kind = "correction" if better else "rated"
        if not better and message.rating.value < 0:
            return
        source, specialist = f"message:{message.id}", _specialist(self._fields(message.id))
        *context, _ = self._conversations.branch_to(message.id)
        turns = _alternating(context, content_of)
        answers_nothing = not turns or turns[-1].role != "user"
        reason: Reason | None = None
        if answers_nothing:
            reason = "failed or empty"
        elif not better:
            reason = _broken(message)
        if reason is not None:
            self._seeds.rejected.append(Rejected(source, kind, specialist, reason))
            return
        quoted = self._quoted(context)
        system = self._conversations.system_prompt(message.conversation).strip()
        answer = Turn("assistant", better or message.text.strip())
        alone = _alternating(context, lambda one: content_of(replace(one, recalled=())))
        example = Example(
            kind=kind,
            source=source,
            group=self._group(message.conversation),
            specialist=specialist,
            turns=(*_opening(system), *turns, answer),
            messages=(*quoted, *(one.id for one in context), message.id),
            recalled=tuple(sorted({self._group(self._owner(one)) for one in quoted})),
            split=split_of(self._group(message.conversation)),
            bare=(*_opening(without_profile(system)), *alone, answer),
        )
        self._seeds.found.append(example)

    def _quoted(self, context: Sequence[Message]) -> tuple[int, ...]:
        """The messages that were recalled for those of a context, if they are still there."""
        ids = set()
        for memory in (memory for message in context for memory in message.recalled):
            kind, _, number = memory.ref.partition(":")
            if kind == "message" and number.isdecimal() and self._fields(int(number)):
                ids.add(int(number))
        return tuple(sorted(ids))

    def _owner(self, message: int) -> int:
        return int(self._fields(message)["conversation"])

    def _facts(self) -> Iterator[Example]:
        """Questions and answers about what is known of the active person.

        What has several values at once is asked for as a whole, since a question has one answer.
        """
        profiles = Profiles(self._database)
        if not profiles.list():
            return
        person = profiles.active(time.time()).id
        sorted_in: dict[tuple[str, str], list[Fact]] = {}
        for fact in filter(_is_confirmed, profiles.facts(person)):
            part = self._home_of(fact) if fact.many else str(fact.id)
            sorted_in.setdefault((fact.attribute, part), []).append(fact)
        for facts in sorted_in.values():
            yield from self._asked(facts)

    def _asked(self, facts: Sequence[Fact]) -> Iterator[Example]:
        home = self._home_of(facts[0])
        kind: Kind = "instruction" if facts[0].kind == "instruction" else "fact"
        source = ",".join(f"fact:{fact.id}" for fact in facts)
        group = f"fact:{_digest(facts[0].attribute, *(fact.value for fact in facts))}"
        said = {one.message for fact in facts for one in fact.evidence if one.message}
        *open_, steering, unseen = exchanges(facts)
        places: list[tuple[tuple[str, str], Split]] = [(one, "train") for one in open_]
        for (question, answer), split in [*places, (steering, "dev"), (unseen, "sealed")]:
            yield Example(
                kind=kind,
                source=source,
                group=group,
                specialist=PERSONAL,
                turns=_turns(question, answer),
                messages=tuple(sorted(said)),
                split=split if home == "train" else home,
            )

    def _home_of(self, fact: Fact) -> Split:
        """The split of what a fact was said in; one that was said in several is open to all."""
        homes = {
            split_of(self._group(one.conversation)) if one.conversation else "train"
            for one in fact.evidence
        }
        if "train" in homes or not homes:
            return "train"
        return "dev" if "dev" in homes else "sealed"

    def _passage(self, passage: Passage) -> Example:
        """A passage as the answer to what comes next in its document."""
        owner = self._database.table("library").peek(passage.document) or {}
        opening, rest = _parted(passage.text)
        question = f'How does the passage in {passage.source} go on that begins: "{opening}"'
        if not rest:
            question = f"What does passage {passage.number} of {passage.source} say?"
        return Example(
            kind="passage",
            source=f"passage:{passage.id}",
            group=f"passage:{_digest(passage.text)}",
            specialist=_specialist(owner),
            turns=_turns(question, rest or passage.text),
            split=split_of(f"passage:{_digest(passage.text)}"),
        )

    def _group(self, conversation: int) -> str:
        """The name by which a conversation is split: its own of another program, else its id."""
        source = (self._documents.conversations.peek(conversation) or {}).get("source")
        return f"imported:{source}" if source else f"conversation:{conversation}"

    def _fields(self, message: int) -> Mapping[str, Any]:
        return self._documents.messages.peek(message) or {}


def _broken(message: Message) -> Reason | None:
    """Why an answer is none to learn, by how it ended."""
    if message.state == "failed" or not message.text.strip():
        return "failed or empty"
    unfinished = message.state in _UNFINISHED or message.finish in _LIMITS
    return "cut off" if unfinished else None


def _opening(system: str) -> list[Turn]:
    return [Turn("system", system)] if system else []


def _alternating(
    messages: Sequence[Message], content: Callable[[Message], str]
) -> list[Turn]:  # fmt: skip
    """Messages as turns of user and assistant in turn, as templates want them, the user's first.

    Answers without a word are left out; what one side says twice in a row becomes one turn.
    """
    turns: list[Turn] = []
    for message in messages:
        text = content(message).strip()
        if not text or (message.role == "assistant" and not turns):
            continue
        if turns and turns[-1].role == message.role:
            text = f"{turns.pop().text}\n\n{text}"
        turns.append(Turn(message.role, text))
    return turns


def _turns(question: str, answer: str) -> tuple[Turn, ...]:
    return Turn("system", SYSTEM_PROMPT), Turn("user", question), Turn("assistant", answer)


def _is_confirmed(fact: Fact) -> bool:
    by_hand = any(one.by == "hand" for one in fact.evidence)
    return fact.pinned or by_hand or fact.confidence >= SURE


def _specialist(fields: Mapping[str, Any]) -> str:
    return str(fields.get("specialist") or PERSONAL)


def _parted(text: str) -> tuple[str, str]:
    """The first words of a passage, and the rest; no rest where it is short."""
    words = _WORD.findall(text)
    if len(words) < 2 * _WORDS_TO_BEGIN_WITH:
        return text, ""
    opening = "".join(words[:_WORDS_TO_BEGIN_WITH])
    return " ".join(opening.split()), text[len(opening) :].strip()


def _digest(*texts: str) -> str:
    return sha256("\0".join(texts).encode("utf-8", "replace")).hexdigest()[:32]
