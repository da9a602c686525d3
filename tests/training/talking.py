"""A data directory in which somebody has talked and rated."""

from __future__ import annotations

from typing import Literal

from store.conversations import HEAD, Conversations, Message
from store.database import Database
from training.example import Example, Split
from training.examples import ExampleSet, collect, seal
from training.split import split_of


class Talk:
    """Conversations of a database, begun in the split that a test wants them in."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.conversations = Conversations(database)

    def begin(self, split: Split = "train", system: str = "Be brief.") -> int:
        """Start a conversation of a split; those begun on the way to it are empty."""
        while True:
            made = self.conversations.create(system_prompt=system).id
            if split_of(f"conversation:{made}") == split:
                return made

    def say(
        self,
        conversation: int,
        question: str,
        answer: str,
        rating: Literal[-1, 0, 1] = 0,
        better: str = "",
        *,
        after: int | None = HEAD,
        state: Literal["done", "cancelled", "interrupted", "failed"] = "done",
        finish: str | None = "stop",
    ) -> Message:
        """Ask and answer; give the answer."""
        self.conversations.add_user(conversation, question, after=after)
        begun = self.conversations.begin_answer(conversation, "starter", "vocabulary")
        self.conversations.append_piece(begun.id, answer, [1])
        self.conversations.finish_answer(begun.id, state=state, finish=finish, figures=None)
        if rating:
            return self.conversations.rate(begun.id, rating, better)
        return self.conversations.message(begun.id)

    def collect(self, longest: int = 2048, *, sealing: bool = False) -> ExampleSet:
        """The set of examples, measured in words."""
        found = collect(self.database, words, longest)
        if sealing:
            seal(self.database, found)
        return found


def words(example: Example) -> int:
    """How many words an example has."""
    return sum(len(turn.text.split()) for turn in example.turns)


def reasons(found: ExampleSet) -> dict[str, str]:
    """Why each source was rejected."""
    return {one.source: one.reason for one in found.rejected}


def sources(found: ExampleSet, split: Split) -> set[str]:
    """What the examples of a split come from."""
    return {example.source for example in found.of(split)}
