"""What SOMA keeps of a person beyond the conversations: profile and personality, at one place."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from agents.attributes import attribute_of
from agents.engine.engine import Engine
from agents.engine.sampling import SamplingSettings
from agents.persona import TINY_MODEL, Room, sampling, sampling_shift, system_prompt
from store.claims import LONGEST_VALUE, By, Claim, Evidence, Fact, folded
from store.conversations import Message
from store.database import Database
from store.errors import StoreError
from store.listening import Listening, Unheard
from store.personality import Change, Personality
from store.profiles import Person, Profiles
from store.prompts import KeptPrompt, SystemPrompts
from store.traits import DAY
from store.traits import Evidence as StyleEvidence

Hand = Literal["set", "pin", "unpin", "reset"]
AT_ONCE = 50  # messages that are listened to in one go


@dataclass(frozen=True, slots=True)
class Heard:
    """What one message changed: facts that are new, facts that ended, traits that moved."""

    message: int
    learned: tuple[Fact, ...] = ()
    ended: tuple[Fact, ...] = ()
    moved: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.learned or self.ended or self.moved)


class Memory:
    """Profile, personality and the prompts made of them. Methods may be called from any thread."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock
        self._listening = Listening(database, "rules")
        self._reading = Listening(database, "model")
        self._typed: list[str] = []
        self.profiles = Profiles(database)
        self.prompts = SystemPrompts(database)

    def now(self) -> float:
        """The time, in Unix seconds."""
        return self._clock()

    @property
    def person(self) -> Person:
        """The active person."""
        return self.profiles.active(self._clock())

    @property
    def personality(self) -> Personality:
        """SOMA's personality towards the active person."""
        return Personality(self._database, self.person.id)

    def facts(self) -> list[Fact]:
        """What holds of the active person."""
        return self.profiles.facts(self.person.id)

    def use(self, handle: str) -> Person:
        """Make somebody the active person, who is new where the handle is."""
        self._typed.clear()
        return self.profiles.use(handle, self._clock())

    # --- by hand

    def remember(self, text: str) -> list[Fact]:
        """Keep what a text says of the active person, or else the text as a note.

        Gives the facts. Raises StoreError for an empty one.
        """
        from agents.profile_extraction import claims_in

        evidence = Evidence(0, 0, text[:LONGEST_VALUE], self._clock(), "hand")
        person = self.person.id
        claims = [claim for claim, _ in claims_in(text, self.facts())]
        note = Claim("fact", "note", text, many=True, confidence=1.0)
        with self._database.transaction():
            found = [self.profiles.learn(person, c, evidence).fact for c in claims or [note]]
            self.profiles.touch(person)
            return [fact for fact in found if fact is not None]

    def set_fact(self, attribute: str, value: str) -> Fact:
        """Keep a value by hand; it takes the place of another where there can be one only."""
        kind, name, many = attribute_of(attribute)
        claim = Claim(kind, name, value, many, confidence=1.0)
        evidence = Evidence(0, 0, "", self._clock(), "hand")
        with self._database.transaction():
            person = self.person.id
            fact = self.profiles.learn(person, claim, evidence).fact
            self.profiles.touch(person)
            if fact is None:
                raise StoreError("nothing was kept; say it in other words")
            return fact

    def edit_fact(self, fact: int, value: str) -> Fact:
        """Put another value in the place of a fact's."""
        return self.profiles.edit(fact, value, self._clock())

    def pin_fact(self, fact: int, pinned: bool) -> Fact:
        """Let a fact always be told, or only where there is room."""
        return self.profiles.pin(fact, pinned, self._clock())

    def by_hand(self, what: Hand, trait: str, value: float = 0.0) -> Change:
        """Set, pin, unpin or reset a trait; conversations take notice at their next turn."""
        personality, now = self.personality, self._clock()
        with self._database.transaction():
            match what:
                case "set":
                    change = personality.set(trait, value, now)
                case "pin":
                    change = personality.pin(trait, now)
                case "unpin":
                    change = personality.unpin(trait, now)
                case "reset":
                    change = personality.reset(trait, now)
            self.profiles.touch(self.person.id)
            return change

    def undo(self, change: int) -> Change:
        """Take a change of the personality back."""
        with self._database.transaction():
            undone = self.personality.undo(change, self._clock())
            self.profiles.touch(self.person.id)
            return undone

    # --- into the prompt

    def settle(self, engine: Engine, question: Message) -> bool:
        """Give a conversation its system prompt where it has none of what is known now.

        It stays as it is until the user changes profile or personality, another person is active
        or the context has another size. Gives whether it is another one than before.
        """
        kept = self.prompts.get(question.conversation)
        person = self.person
        tiny = engine.header.parameters < TINY_MODEL
        stamp = f"{person.id}.{person.revision} {engine.context_size}{' tiny' * tiny}"
        if kept.stamp == stamp:
            return False
        return self.prompts.keep(
            question.conversation, replace(self.prompt_for(engine, question.text), stamp=stamp)
        )

    def prompt_for(self, engine: Engine, text: str) -> KeptPrompt:
        """The system prompt of what begins with a text, as things are now; without a stamp."""
        tiny = engine.header.parameters < TINY_MODEL
        traits = self.personality.values(self._clock())
        room = Room.for_context(engine.context_size, tiny=tiny)
        told = system_prompt(
            traits,
            self.profiles.facts(self.person.id),
            room,
            lambda text: len(engine.vocabulary.tokenize(text, markup=False)),
            text,
        )
        return KeptPrompt(told, "", sampling_shift(traits))

    def sampling(self, engine: Engine, conversation: int) -> SamplingSettings:
        """The model's own settings, moved by the personality that the conversation was told."""
        return sampling(engine.default_sampling, self.prompts.get(conversation).shift)

    # --- from what the user does

    def listen(self) -> list[Heard]:
        """Take up what the next messages say of their author; empty when all were heard."""
        heard: list[Heard] = []
        unheard = self._listening.unheard(AT_ONCE, self._names())
        known = {fact.id: fact for fact in self.facts()} if unheard else {}
        for message in unheard:
            one = self._hear(message, list(known.values()))
            for gone in one.ended:
                known.pop(gone.id, None)
            known |= {fact.id: fact for fact in one.learned}
            heard.append(one)
        if heard:
            self._listening.heard(heard[-1].message)
        return heard

    def _hear(self, message: Unheard, known: list[Fact]) -> Heard:
        # Compiling the rules would hold up a start that needs none.
        from agents.profile_extraction import claims_in

        claims = claims_in(message.text, known, message.answer)
        style = self._style(message)
        if not claims and not style:
            return Heard(message.id)
        learned: list[Fact] = []
        ended: list[Fact] = []
        with self._database.transaction():
            for fact, gone in self.learn(claims, message, "rule"):
                learned += [fact] if fact else []
                ended += gone
            moved = self._take(style)
            self._listening.heard(message.id)
        return Heard(message.id, tuple(learned), tuple(ended), tuple(moved))

    def learn(
        self, claims: list[tuple[Claim, str]], message: Unheard, by: By
    ) -> Iterator[tuple[Fact | None, tuple[Fact, ...]]]:
        """Let the active person's profile learn claims from a message, each with its quote.

        Gives for each the fact it became, where it is new, and those it ended.
        """
        person = self.person.id
        for claim, quote in claims:
            evidence = Evidence(message.id, message.conversation, quote, message.created, by)
            try:
                learned = self.profiles.learn(person, claim, evidence)
            except StoreError:
                if self._database.storage.read_only:
                    raise
                continue
            yield (learned.fact if learned.is_new else None), learned.ended

    def _names(self) -> set[str]:
        """What the active person signs with, folded: their handle, their name, its first word.

        A longer name than the one that is known may be somebody else's, and is not among them.
        """
        known = [f.value for f in self.facts() if f.attribute in ("name", "called")]
        firsts = [value.split()[0] for value in known]
        return {folded(name) for name in (self.person.handle, *known, *firsts)}

    def next_to_read(self) -> Unheard | None:
        """The oldest message that a model is to be asked about; None where there is none.

        The first call gives none, and what is there then is never given.
        """
        if self._reading.is_new:
            self._reading.skip()
        return next(iter(self._reading.unheard(1, self._names())), None)

    def was_read(self, message: Unheard) -> None:
        """Note that a model was asked about a message."""
        self._reading.heard(message.id)

    def take_reading(self, message: Unheard, claims: list[tuple[Claim, str]]) -> Heard:
        """Take up what a model read in a message, but for what is known from it already."""
        known = [
            fact
            for fact in self.profiles.facts(self.person.id, history=True)
            if any(one.message == message.id for one in fact.evidence)
        ]
        fresh = [
            (claim, quote)
            for claim, quote in claims
            if not any(folded(claim.value) in folded(fact.value) for fact in known)
        ]
        learned: list[Fact] = []
        ended: list[Fact] = []
        with self._database.transaction():
            for fact, gone in self.learn(fresh, message, "model"):
                learned += [fact] if fact else []
                ended += gone
        return Heard(message.id, tuple(learned), tuple(ended))

    def _style(self, message: Unheard) -> list[StyleEvidence]:
        from agents.own_words import sentences
        from agents.style_evidence import MESSAGES_OF_A_HABIT, from_message, from_writing

        if self._clock() - message.created > DAY:
            return []
        self._typed.append(" ".join(sentence.text for sentence in sentences(message.text)))
        evidence = from_message(message.id, message.text)
        if len(self._typed) >= MESSAGES_OF_A_HABIT:
            evidence += from_writing(message.id, self._typed)
            self._typed.clear()
        return evidence

    def take_rating(self, rated: Message) -> list[str]:
        """Take up what a rating says of the style of an answer; gives the traits that moved."""
        from agents.style_evidence import from_correction, from_rating

        personality, now = self.personality, self._clock()
        if rated.rating is None:
            personality.forget_message(rated.id, now)
            return []
        if rated.rating.better:
            return self._take(from_correction(rated.id, rated.text, rated.rating.better))
        baselines = {state.name: state.baseline for state in personality.states(now)}
        values = personality.values(now)
        return self._take(from_rating(rated.id, rated.rating.value, values, baselines))

    def _take(self, evidence: list[StyleEvidence]) -> list[str]:
        personality = self.personality
        changes = [personality.take(piece, self._clock()) for piece in evidence]
        return [change.trait for change in changes if change.after != change.before]
