"""What a person is said to be: claims, as they come in, and facts, as they are kept."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from store.message import whole_text

Kind = Literal["name", "fact", "relationship", "preference", "instruction", "topic"]
By = Literal["rule", "model", "hand"]
State = Literal["current", "superseded", "retracted"]

KINDS: tuple[Kind, ...] = (
    "name", "instruction", "preference", "relationship", "fact", "topic"
)  # fmt: skip
LONGEST_VALUE = 300
LONGEST_ATTRIBUTE = 60
OPPOSITES = {"likes": "dislikes", "dislikes": "likes"}


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a fact comes from: a message of the user's and its words, or their own hand.

    `message` and `conversation` are 0 for what was entered by hand. `at` is in Unix seconds.
    """

    message: int
    conversation: int
    quote: str
    at: float
    by: By = "rule"


@dataclass(frozen=True, slots=True)
class Claim:
    """Something said about a person: their `attribute` is `value`, as surely as `confidence`.

    `many` is set where an attribute has several values at once, such as what somebody likes.
    `replaces` is the value that is corrected; with a blank `attribute` it is looked for in all.
    With `retract`, the value holds no longer. An instruction has the attribute "instruction".
    """

    kind: Kind
    attribute: str
    value: str
    many: bool = False
    confidence: float = 0.8
    replaces: str = ""
    retract: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """A claim that is kept, with its evidence, the newest last.

    `state` is "current", "superseded" by the fact `successor`, or "retracted". Times are in Unix
    seconds; `updated` is when it was said last or ceased to hold. A `pinned` one is always told.
    """

    id: int
    person: int
    kind: Kind
    attribute: str
    value: str
    many: bool
    confidence: float
    pinned: bool
    state: State
    successor: int | None
    created: float
    updated: float
    evidence: tuple[Evidence, ...]


def fact_from(doc_id: int, fields: Mapping[str, Any]) -> Fact:
    """Read a fact from its document."""
    return Fact(
        doc_id,
        fields["person"],
        fields["kind"],
        fields["attribute"],
        fields["value"],
        fields["many"],
        fields["confidence"],
        fields["pinned"],
        fields["state"],
        fields["successor"],
        fields["created"],
        fields["updated"],
        tuple(Evidence(**one) for one in fields["evidence"]),
    )


def one_line(text: str, longest: int) -> str:
    """Give text as one line without control characters, cut at so many characters."""
    seen = (" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in whole_text(text))
    return " ".join("".join(seen).split())[:longest].rstrip()


def same(one: str, other: str) -> bool:
    """Whether two values are the same but for case, spaces and marks at the end."""
    return folded(one) == folded(other)


def folded(value: str) -> str:
    """Give the form in which values are compared."""
    return " ".join(value.casefold().strip(" .,;:!?").split())
