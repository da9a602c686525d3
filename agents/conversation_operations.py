"""The operations on conversations that need no model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import asdict
from typing import Literal, cast

from agents.requests import Json, Operation, RequestError, number, text
from agents.runtime import Runtime
from agents.specialists import PERSONAL
from store.conversations import Conversation, Conversations, Message


async def _list(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    stored = runtime.conversations
    found = stored.deleted() if request.get("deleted") else stored.list()
    yield {"result": [_conversation(one) for one in found]}


async def _show(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    yield {"result": _shown(runtime.conversations, number(request, "conversation"))}


async def _search(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    hits = await asyncio.to_thread(runtime.conversations.search, text(request, "text"))
    yield {
        "result": [
            {
                "conversation": hit.conversation.id,
                "title": hit.conversation.title,
                "message": hit.message.id if hit.message else None,
                "excerpt": hit.excerpt,
            }
            for hit in hits
        ]
    }


async def _branch(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    conversation, message = number(request, "conversation"), number(request, "message")
    if request.get("end"):
        await runtime.continue_after(conversation, message or None)
    else:
        await runtime.show_branch(conversation, message)
    yield {"result": _shown(runtime.conversations, conversation)}


async def _rate(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    message, value = number(request, "message"), number(request, "value")
    if value not in (-1, 0, 1):
        raise RequestError(f"a rating is 1, -1 or 0, not {value}")
    better = text(request, "better") if request.get("better") is not None else ""
    await runtime.rate(message, cast(Literal[-1, 0, 1], value), better)
    yield {"result": _message(runtime.conversations, runtime.conversations.message(message))}


async def _rename(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    conversation = number(request, "conversation")
    await runtime.rename(conversation, text(request, "title"))
    yield {"result": _conversation(runtime.conversations.get(conversation))}


async def _delete(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    conversation, now = number(request, "conversation"), bool(request.get("now"))
    await runtime.delete(conversation, now=now)
    yield {"result": {"deleted": conversation, "now": now}}


async def _restore(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    yield {"result": _conversation(await runtime.restore(number(request, "conversation")))}


async def _export(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    markdown = runtime.conversations.export_markdown(number(request, "conversation"))
    yield {"result": {"markdown": markdown}}


def _conversation(conversation: Conversation) -> Json:
    return asdict(conversation)


def _shown(stored: Conversations, conversation: int) -> Json:
    """A conversation with the messages of its shown branch."""
    messages = [_message(stored, one) for one in stored.messages(conversation)]
    return {**_conversation(stored.get(conversation)), "messages": messages}


def _message(stored: Conversations, message: Message) -> Json:
    return {
        "id": message.id,
        "parent": message.parent,
        "alternatives": list(stored.siblings(message.id)),
        "role": message.role,
        "text": message.text,
        "created": message.created,
        "state": message.state,
        "model": message.model,
        "version": message.version,
        "finish": message.finish,
        "figures": dict(message.figures) if message.figures else None,
        "rating": asdict(message.rating) if message.rating else None,
        "recalled": [asdict(memory) for memory in message.recalled],
        "specialists": list(message.work.specialists) if message.work else _nobody(message),
        "run": message.work.run if message.work else None,
    }


def _nobody(message: Message) -> list[str]:
    """Who works where nobody was named: a message is for everybody, an answer is personal's."""
    return [PERSONAL] if message.role == "assistant" else []


CONVERSATION_OPERATIONS: dict[str, Operation] = {
    "conversations.list": _list,
    "conversations.show": _show,
    "conversations.search": _search,
    "conversations.branch": _branch,
    "conversations.rate": _rate,
    "conversations.rename": _rename,
    "conversations.delete": _delete,
    "conversations.restore": _restore,
    "conversations.export": _export,
}
