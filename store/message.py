"""Conversations and messages as the rest of SOMA sees them, and as documents of a table."""

from __future__ import annotations

import sys
from array import array
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

Role = Literal["user", "assistant"]
MessageState = Literal["done", "streaming", "cancelled", "interrupted", "failed"]
Figures = Mapping[str, int | float | None]


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation; times are Unix seconds, `messages` is how many its shown branch has.

    `title` is empty until the user gives one or the first message does. `updated` is when its
    newest message came, on whatever branch; `deleted` is when it was deleted, if it was.
    """

    id: int
    title: str
    created: float
    updated: float
    messages: int
    deleted: float | None = None


@dataclass(frozen=True, slots=True)
class Rating:
    """What the user thinks of an answer: 1 is good, -1 is bad; `at` is in Unix seconds.

    `better` is the answer that the user would have liked, or empty.
    """

    value: Literal[1, -1]
    better: str
    at: float


@dataclass(frozen=True, slots=True)
class Memory:
    """Something that was recalled for a message and stands before it in the prompt.

    `ref` names it, such as "message:12"; `text` is the part of it that was shown to the model;
    `source` and `time` (Unix seconds) say where and when it is from, `speaker` who said it, `why`
    why it was recalled, with a `score` from 0 to 1.
    """

    ref: str
    text: str
    source: str
    time: float | None
    speaker: str
    why: str
    score: float


@dataclass(frozen=True, slots=True)
class Work:
    """Whom a message of the user's was given to, or who worked on an answer.

    `prompt` is what a single specialist is told behind the message; `run` is the run of the team
    that an answer came from.
    """

    specialists: tuple[str, ...]
    prompt: str = ""
    run: int | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A message; `token_ids` are what its turn was sent to, or sampled from, the model as.

    They belong to the vocabulary named beside them. `figures` are the measurements of an answer,
    `finish` is why it ended, `created` is in Unix seconds. `parent` is the message that it
    follows, None for the first; messages with the same parent are alternatives. `recalled` is what
    was recalled for a message of the user's. `version` is the one that wrote an answer, "" where it
    was the model alone. `work` is None where no specialist was named.
    """

    id: int
    conversation: int
    role: Role
    text: str
    created: float
    state: MessageState
    model: str | None
    token_ids: tuple[int, ...]
    vocabulary: str | None
    figures: Figures | None
    finish: str | None
    parent: int | None = None
    rating: Rating | None = None
    recalled: tuple[Memory, ...] = ()
    version: str = ""
    work: Work | None = None


def message_from(doc_id: int, fields: Mapping[str, Any], parent: int | None) -> Message:
    """Read a message from its document; `parent` is what it follows."""
    rating, work = fields.get("rating"), fields.get("work")
    return Message(
        id=doc_id,
        conversation=fields["conversation"],
        role=fields["role"],
        text=fields["text"],
        created=fields["created"],
        state=fields["state"],
        model=fields.get("model"),
        token_ids=unpack_ids(fields.get("token_ids", "")),
        vocabulary=fields.get("vocabulary"),
        figures=fields.get("figures"),
        finish=fields.get("finish"),
        parent=parent,
        rating=Rating(**rating) if rating else None,
        recalled=memories_from(fields),
        version=fields.get("version", ""),
        work=Work(**work | {"specialists": tuple(work["specialists"])}) if work else None,
    )


def memory_fields(memories: Iterable[Memory]) -> list[dict[str, Any]]:
    """Give what `memories_from` reads as "recalled" of a document."""
    return [asdict(one) | {"text": whole_text(one.text)} for one in memories]


def memories_from(fields: Mapping[str, Any]) -> tuple[Memory, ...]:
    """Read what was recalled from a document."""
    return tuple(Memory(**memory) for memory in fields.get("recalled", ()))


def work_fields(work: Work | None) -> dict[str, Any]:
    """Give the fields of a document that say who works on it; none where nobody was named."""
    if work is None:
        return {}
    told = {name: value for name, value in asdict(work).items() if value}
    return {"work": told | {"specialists": list(work.specialists)}}


def pack_ids(token_ids: Iterable[int]) -> str:
    """Write token ids as base64 of little-endian 32-bit numbers.

    Half the size of a JSON list for large vocabularies, and read at a tenth of the cost, since
    it stays one string until somebody asks for the ids.
    """
    numbers = array("I", token_ids)
    if sys.byteorder == "big":
        numbers.byteswap()
    return b64encode(numbers.tobytes()).decode("ascii")


def unpack_ids(packed: str) -> tuple[int, ...]:
    """Read what `pack_ids` wrote."""
    if not packed:
        return ()
    numbers = array("I", b64decode(packed))
    if sys.byteorder == "big":
        numbers.byteswap()
    return tuple(numbers)


def whole_text(text: str) -> str:
    """Put U+FFFD in the place of lone surrogates, which no file and no terminal can show."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
