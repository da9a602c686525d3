"""An example: a conversation whose last turn is what a model is to learn to answer."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Literal

Kind = Literal["correction", "rated", "instruction", "fact", "passage", "replay"]
Split = Literal["train", "dev", "sealed"]
Speaker = Literal["system", "user", "assistant"]

KINDS: tuple[Kind, ...] = ("correction", "rated", "instruction", "fact", "passage", "replay")
SPLITS: tuple[Split, ...] = ("train", "dev", "sealed")
PERSONAL = "personal"
"""The specialist that an example belongs to where nothing else is said."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What one side says; a system turn can only be the first."""

    role: Speaker
    text: str


@dataclass(frozen=True, slots=True)
class Example:
    """A conversation and, as its last turn, the answer that is the target; all else is context.

    `source` names what the target comes from, such as "message:12"; examples of one `group` are
    always in one split. `messages` are the ids of the messages that it is made of, those that its
    context quotes among them; `recalled` are the groups of these. `bare` are the turns without what
    memory adds to them, the profile and what was recalled; empty where it adds nothing.
    """

    kind: Kind
    source: str
    group: str
    specialist: str
    turns: tuple[Turn, ...]
    messages: tuple[int, ...] = ()
    recalled: tuple[str, ...] = ()
    split: Split = "train"
    bare: tuple[Turn, ...] = field(default=(), compare=False, repr=False)

    @property
    def answer(self) -> str:
        """The target."""
        return self.turns[-1].text

    @property
    def question(self) -> str:
        """What the target answers."""
        return self.turns[-2].text

    @property
    def hash(self) -> str:
        """Hexadecimal digits that stand for what is said in it, and by whom."""
        said = [[turn.role, turn.text] for turn in self.turns]
        return sha256(json.dumps(said, ensure_ascii=True).encode()).hexdigest()

    def without_oldest(self) -> Example | None:
        """Give the example without its oldest exchange; None where it has only the last one."""
        said = _without_oldest(self.turns)
        return replace(self, turns=said, bare=_without_oldest(self.bare) or ()) if said else None


def _without_oldest(turns: tuple[Turn, ...]) -> tuple[Turn, ...] | None:
    opening = turns[:1] if turns and turns[0].role == "system" else ()
    said = turns[len(opening) :]
    return (*opening, *said[2:]) if len(said) > 2 else None
