"""Conversations as other programs write them: SOMA's lines, ChatGPT's and Claude's exports.

What a format has beyond this is left out; unknown fields are no fault.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, Literal

Json = Mapping[str, Any]
Role = Literal["user", "assistant"]
_MILLISECONDS = 1e11
ROLES: Mapping[str, Role] = {
    "user": "user", "human": "user", "assistant": "assistant", "model": "assistant",
    "bot": "assistant", "ai": "assistant",
}  # fmt: skip
LEFT_OUT = frozenset(("system", "tool", "function", "developer"))


class FormatError(ValueError):
    """Something is not what its format asks for; says what."""


@dataclass(frozen=True, slots=True)
class ImportedMessage:
    """A message; `parent` is the id of the one it follows, None for the first of all.

    `time` is in Unix seconds, None where the file says none.
    """

    id: str
    role: Role
    text: str
    parent: str | None
    name: str = ""
    time: float | None = None
    model: str = ""


@dataclass(slots=True)
class ImportedConversation:
    """A conversation with its messages, parents before those that follow them.

    `shown` is the id of the last message of the branch that was shown, "" for the newest.
    `faults` says what is wrong with its messages; those that cannot be read are not among them.
    """

    id: str
    title: str = ""
    created: float | None = None
    messages: list[ImportedMessage] = field(default_factory=list)
    shown: str = ""
    faults: list[str] = field(default_factory=list)


def read_conversation(value: Any) -> ImportedConversation:
    """Read a conversation in whichever of the formats it is. Raises FormatError."""
    if not isinstance(value, Mapping):
        raise FormatError("is no conversation but " + _kind(value))
    if isinstance(value.get("mapping"), Mapping):
        return _from_chatgpt(value)
    if isinstance(value.get("chat_messages"), Sequence):
        return _from_claude(value)
    return _from_soma(value)


def _from_soma(value: Json) -> ImportedConversation:
    conversation = ImportedConversation(
        _identifier(value, "conversation", "id"),
        _text(value.get("title")),
        read_time(value.get("time", value.get("created"))),
    )
    messages = value.get("messages")
    if not isinstance(messages, list):
        raise FormatError('lacks "messages", a list')
    before: str | None = None
    for number, entry in enumerate(messages, 1):
        try:
            if not isinstance(entry, Mapping):
                raise FormatError("is " + _kind(entry))
            if str(entry.get("role", "")).lower() in LEFT_OUT:
                continue
            message = _line_message(conversation.id, number, entry, before)
        except FormatError as error:
            conversation.faults.append(f"message {number} {error}")
            continue
        stated = entry.get("time", entry.get("created"))
        if stated is not None and message.time is None:
            said = str(stated)[:40]
            conversation.faults.append(f"message {number} has the time {said!r}, which is none")
        conversation.messages.append(message)
        before = message.id
    return conversation


def _line_message(
    conversation: str, number: int, entry: Json, before: str | None
) -> ImportedMessage:
    text = entry.get("text", entry.get("content"))
    if not isinstance(text, str) or not text.strip():
        raise FormatError('lacks "text"')
    role = ROLES.get(str(entry.get("role", "")).lower())
    if role is None:
        raise FormatError(f'has the role {entry.get("role")!r}, not "user" or "assistant"')
    time = read_time(entry.get("time", entry.get("created")))
    identifier = _text(entry.get("id"))
    if not identifier:
        content = f"{conversation}\0{number}\0{role}\0{text}".encode("utf-8", "replace")
        identifier = blake2b(content, digest_size=12).hexdigest()
    return ImportedMessage(identifier, role, text, before, _text(entry.get("name")), time)


def _from_chatgpt(value: Json) -> ImportedConversation:
    """ChatGPT keeps a tree of nodes; those of the system, of tools and without text are passed."""
    conversation = ImportedConversation(
        _identifier(value, "conversation_id", "id"),
        _text(value.get("title")),
        read_time(value.get("create_time")),
    )
    mapping: Json = value["mapping"]
    kept: dict[str, str | None] = {}  # by node: the nearest message at it or above it
    for node_id, node in _from_the_top(mapping):
        above = kept.get(str(node.get("parent")))
        message = node.get("message")
        read = _chatgpt_message(node_id, message, above) if isinstance(message, Mapping) else None
        if read is None:
            kept[node_id] = above
        else:
            kept[node_id] = read.id
            conversation.messages.append(read)
    conversation.shown = kept.get(str(value.get("current_node"))) or ""
    return conversation


def _from_the_top(mapping: Json) -> Iterator[tuple[str, Json]]:
    """The nodes of a tree, each after its parent, siblings in their order; loops are not walked."""
    children: dict[str, list[str]] = {}
    for node_id, node in mapping.items():
        if isinstance(node, Mapping):
            parent = node.get("parent")
            above = parent if isinstance(parent, str) and parent in mapping else ""
            children.setdefault(above, []).append(node_id)
    for above, node_ids in children.items():
        order = mapping[above].get("children") if above else None
        if isinstance(order, list):
            places = {node_id: place for place, node_id in enumerate(map(str, order))}
            node_ids.sort(key=lambda node_id: places.get(node_id, len(places)))
    waiting = children.pop("", [])[::-1]
    while waiting:
        node_id = waiting.pop()
        yield node_id, mapping[node_id]
        waiting += children.pop(node_id, [])[::-1]


def _chatgpt_message(node_id: str, message: Json, above: str | None) -> ImportedMessage | None:
    author = message.get("author")
    author = author if isinstance(author, Mapping) else {}
    metadata = message.get("metadata")
    metadata = metadata if isinstance(metadata, Mapping) else {}
    role = ROLES.get(str(author.get("role")))
    content = message.get("content")
    if (
        role is None
        or not isinstance(content, Mapping)
        or metadata.get("is_visually_hidden_from_conversation")
        or message.get("recipient", "all") != "all"
        or content.get("content_type", "text") not in ("text", "multimodal_text")
    ):
        return None
    parts = content.get("parts")
    texts = [_part(part) for part in parts] if isinstance(parts, list) else [_part(content)]
    text = "\n\n".join(text for text in texts if text.strip())
    if not text:
        return None
    return ImportedMessage(
        _text(message.get("id")) or node_id,
        role,
        text,
        above,
        _text(author.get("name")) if role == "user" else "",
        read_time(message.get("create_time")),
        _text(metadata.get("model_slug")) if role == "assistant" else "",
    )


def _part(part: Any) -> str:
    if isinstance(part, str):
        return part
    text = part.get("text") if isinstance(part, Mapping) else None
    return text if isinstance(text, str) else ""


def _from_claude(value: Json) -> ImportedConversation:
    conversation = ImportedConversation(
        _identifier(value, "uuid", "id"),
        _text(value.get("name")),
        read_time(value.get("created_at")),
    )
    before: str | None = None
    known: set[str] = set()
    for number, entry in enumerate(value["chat_messages"], 1):
        if not isinstance(entry, Mapping):
            conversation.faults.append(f"message {number} is {_kind(entry)}")
            continue
        role = ROLES.get(str(entry.get("sender", entry.get("role"))).lower())
        text = _claude_text(entry)
        if role is None:
            conversation.faults.append(f"message {number} has an unknown sender")
            continue
        if not text.strip():
            continue
        identifier = _text(entry.get("uuid")) or f"{conversation.id}/{number}"
        parent = entry.get("parent_message_uuid")
        above = parent if isinstance(parent, str) and parent in known else before
        time = read_time(entry.get("created_at"))
        conversation.messages.append(ImportedMessage(identifier, role, text, above, "", time))
        known.add(identifier)
        before = identifier
    return conversation


def _claude_text(entry: Json) -> str:
    content = entry.get("content")
    blocks = content if isinstance(content, list) else []
    written = [
        _part(block)
        for block in blocks
        if isinstance(block, Mapping) and block.get("type", "text") == "text"
    ]
    return "\n\n".join(text for text in written if text.strip()) or _text(entry.get("text"))


def read_time(value: Any) -> float | None:
    """A time as Unix seconds: from seconds, milliseconds or ISO 8601 (UTC where it names no zone).

    None for what is no time.
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            try:
                moment = datetime.fromisoformat(value.strip())
            except ValueError:
                return None
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            value = moment.timestamp()
    if not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        return None
    seconds = float(value) / 1000 if value > _MILLISECONDS else float(value)
    return seconds if seconds < _MILLISECONDS else None


def _identifier(value: Json, *names: str) -> str:
    for name in names:
        found = _text(value.get(name))
        if found:
            return found
    raise FormatError(f'lacks "{names[0]}"')


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _kind(value: Any) -> str:
    names = {list: "a list", str: "a text", type(None): "null", bool: "true or false"}
    return names.get(type(value), "a number")
