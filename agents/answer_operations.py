"""The operations that end with an answer: ask, send an edited message, answer again."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import asdict
from pathlib import Path

from agents import events
from agents.answering import AnswerOptions
from agents.engine.engine import Engine
from agents.engine.sampling import SamplingSettings
from agents.events import Event
from agents.models import whereabouts
from agents.requests import Json, Operation, RequestError, names, number, text
from agents.runtime import Runtime
from agents.specialists import PERSONAL
from store.errors import SomaError

Begin = Callable[[Runtime, Json, AnswerOptions], AsyncGenerator[Event, None]]


def _ask(runtime: Runtime, request: Json, options: AnswerOptions) -> AsyncGenerator[Event, None]:
    return runtime.answer(text(request, "text"), _optional(request, "conversation"), options)


def _edit(runtime: Runtime, request: Json, options: AnswerOptions) -> AsyncGenerator[Event, None]:
    message = number(request, "message")
    return runtime.answer(text(request, "text"), None, options, instead_of=message)


def _regenerate(
    runtime: Runtime, request: Json, options: AnswerOptions
) -> AsyncGenerator[Event, None]:
    conversation = number(request, "conversation")
    return runtime.regenerate(conversation, _optional(request, "message"), options)


def _answering(begin: Begin, *, tells_message: bool = True) -> Operation:
    """The operation that yields the events of the answer that `begin` begins, then its result."""

    async def operation(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
        engine = await runtime.engine()
        _check_model(engine, request.get("model"))
        options = AnswerOptions(
            sampling=_sampling(request.get("sampling"), engine.default_sampling),
            max_tokens=request.get("max_tokens"),
            stop=tuple(request.get("stop", ())),
            specialists=names(request, "specialists"),
        )
        async with aclosing(begin(runtime, request, options)) as stream:
            async for event in stream:
                yield events.to_json(event)
                if isinstance(event, events.AnswerFailed):
                    raise SomaError(event.reason)
                if isinstance(event, events.AnswerFinished):
                    told = {"message": event.message} if tells_message else {}
                    yield {"result": _result(runtime, event, engine.name) | told}

    return operation


def _optional(request: Json, name: str) -> int | None:
    return None if request.get(name) is None else number(request, name)


def _check_model(engine: Engine, wanted: str | None) -> None:
    if wanted in (None, engine.name):
        return
    if whereabouts(Path(wanted or "")) != engine.header.path:
        raise RequestError(
            f"SOMA is open with the model {engine.name!r}, not {wanted!r}; "
            "leave --model out, or close SOMA first"
        )


def _sampling(given: Json | None, default: SamplingSettings) -> SamplingSettings | None:
    if not given:
        return None
    try:
        return SamplingSettings(**{**asdict(default), **given})
    except TypeError as error:
        raise RequestError(f"a sampling setting is not known or no number ({error})") from error


def _result(runtime: Runtime, event: events.AnswerFinished, model: str) -> Json:
    figures = event.figures
    work = runtime.conversations.message(event.message).work
    return {
        "answer": event.text,
        "conversation": event.conversation,
        "model": model,
        "version": event.version,
        "finish": event.finish,
        "specialists": list(work.specialists) if work else [PERSONAL],
        "run": work.run if work else None,
        "tokens": {
            "prompt": figures.prompt_tokens if figures else None,
            "cached": figures.cached_tokens if figures else None,
            "completion": figures.completion_tokens if figures else None,
        },
        "timings": {
            "first_token_s": figures.first_token_s if figures else None,
            "tokens_per_s": figures.tokens_per_s if figures else None,
        },
    }


ANSWER_OPERATIONS: dict[str, Operation] = {
    "ask": _answering(_ask, tells_message=False),
    "conversations.edit": _answering(_edit),
    "conversations.regenerate": _answering(_regenerate),
}
