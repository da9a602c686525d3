"""A conversation as a Markdown document."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from store.message import Conversation, Message

_ENDINGS = {
    "streaming": "still being written",
    "cancelled": "cancelled here",
    "interrupted": "interrupted here: SOMA ended while it was being written",
    "failed": "failed here",
}


def as_markdown(conversation: Conversation, messages: Sequence[Message]) -> str:
    """Give title, dates and models, then every message as it is under a heading of its own."""
    models = list(dict.fromkeys(m.model for m in messages if m.model))
    lines = [
        f"# {conversation.title or 'Untitled conversation'}",
        "",
        f"- Created: {_time(conversation.created)}",
        f"- Last message: {_time(conversation.updated)}",
        f"- Messages: {conversation.messages}",
        f"- Models: {', '.join(models) or 'none'}",
    ]
    for message in messages:
        lines += ["", f"## {_speaker(message)}, {_time(message.created)}", "", message.text]
        if message.state in _ENDINGS:
            lines += ["", f"*({_ENDINGS[message.state]})*"]
    return "\n".join(lines) + "\n"


def _speaker(message: Message) -> str:
    if message.role == "user":
        return "You"
    return f"SOMA ({message.model})" if message.model else "SOMA"


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M")
