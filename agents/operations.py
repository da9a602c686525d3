"""What can be asked of SOMA from outside its screen: one table, used in process and over the
socket.

An operation takes the runtime and a JSON object and yields JSON objects: `{"event": …}` while it
works and `{"result": …}` at the end.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import asdict
from pathlib import Path
from typing import Any

from agents import events
from agents.answering import AnswerOptions
from agents.engine.sampling import SamplingSettings
from agents.runtime import Runtime
from store.conversations import Conversation, Message
from store.errors import SomaError

Json = dict[str, Any]
Operation = Callable[[Runtime, Json], AsyncGenerator[Json, None]]


class UnknownOperationError(SomaError):
    """The request names nothing that SOMA can do."""


class RequestError(SomaError):
    """The request lacks something or is not what the operation takes."""


async def perform(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    """Runs the operation that `request["operation"]` names. Raises SomaError for what cannot be
    done."""
    operation = OPERATIONS.get(str(request.get("operation")))
    if operation is None:
        raise UnknownOperationError(f"there is no operation {request.get('operation')!r}")
    try:
        async with aclosing(operation(runtime, request)) as replies:
            async for reply in replies:
                yield reply
    except KeyError as error:
        raise RequestError(f"the request lacks {error}") from error


async def _ask(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    engine = await runtime.engine()
    wanted = request.get("model")
    same = (
        wanted in (None, engine.name) or Path(wanted).expanduser().resolve() == engine.header.path
    )
    if not same:
        raise RequestError(
            f"SOMA is open with the model {engine.name!r}, not {wanted!r}; "
            "leave --model out, or close SOMA first"
        )
    options = AnswerOptions(
        sampling=_sampling(request.get("sampling"), engine.default_sampling),
        max_tokens=request.get("max_tokens"),
        stop=tuple(request.get("stop", ())),
    )
    answer = runtime.answer(request["text"], request.get("conversation"), options)
    async with aclosing(answer) as stream:
        async for event in stream:
            yield events.to_json(event)
            if isinstance(event, events.AnswerFailed):
                raise SomaError(event.reason)
            if isinstance(event, events.AnswerFinished):
                yield {"result": _answer_result(event, engine.name)}


def _sampling(given: Json | None, default: SamplingSettings) -> SamplingSettings:
    try:
        return SamplingSettings(**{**asdict(default), **(given or {})})
    except TypeError as error:
        raise RequestError(f"a sampling setting is not known or no number ({error})") from error


def _answer_result(event: events.AnswerFinished, model: str) -> Json:
    figures = event.figures
    return {
        "answer": event.text,
        "conversation": event.conversation,
        "model": model,
        "finish": event.finish,
        "tokens": {
            "prompt": figures.prompt_tokens,
            "cached": figures.cached_tokens,
            "completion": figures.completion_tokens,
        },
        "timings": {
            "first_token_s": figures.first_token_s,
            "tokens_per_s": figures.tokens_per_s,
        },
    }


async def _list(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    yield {"result": [_conversation(one) for one in runtime.conversations.list()]}


async def _show(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    conversation = runtime.conversations.get(request["conversation"])
    messages = runtime.conversations.messages(conversation.id)
    shown = {**_conversation(conversation), "messages": [_message(one) for one in messages]}
    yield {"result": shown}


async def _search(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    hits = await asyncio.to_thread(runtime.conversations.search, request["text"])
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


async def _rename(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    await runtime.rename(request["conversation"], request["title"])
    yield {"result": _conversation(runtime.conversations.get(request["conversation"]))}


async def _delete(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    await runtime.delete(request["conversation"])
    yield {"result": {"deleted": request["conversation"]}}


async def _export(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    text = runtime.conversations.export_markdown(request["conversation"])
    yield {"result": {"markdown": text}}


async def _list_models(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    loaded = runtime.model.path if runtime.model else None
    known = await asyncio.to_thread(runtime.models.known, loaded)
    yield {"result": [asdict(model) for model in known]}


async def _add_model(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    yield {"result": asdict(await runtime.models.add(Path(request["path"])))}


async def _remove_model(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    runtime.models.remove(request["name"])
    yield {"result": {"removed": request["name"]}}


async def _use_model(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    if request.get("load", True):
        yield {"result": asdict(await runtime.use_model(request["name"]))}
    else:
        await asyncio.to_thread(runtime.models.resolve, request["name"])
        runtime.models.choose(request["name"])
        yield {"result": {"name": request["name"]}}


def _conversation(conversation: Conversation) -> Json:
    return asdict(conversation)


def _message(message: Message) -> Json:
    return {
        "id": message.id,
        "role": message.role,
        "text": message.text,
        "created": message.created,
        "state": message.state,
        "model": message.model,
        "finish": message.finish,
        "figures": dict(message.figures) if message.figures else None,
    }


OPERATIONS: dict[str, Operation] = {
    "ask": _ask,
    "conversations.list": _list,
    "conversations.show": _show,
    "conversations.search": _search,
    "conversations.rename": _rename,
    "conversations.delete": _delete,
    "conversations.export": _export,
    "models.list": _list_models,
    "models.add": _add_model,
    "models.remove": _remove_model,
    "models.use": _use_model,
}
NEEDS_MODEL = frozenset({"ask"})
