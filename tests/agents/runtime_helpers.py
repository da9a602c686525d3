from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from agents.answering import AnswerOptions
from agents.engine.engine import EngineOptions
from agents.engine.sampling import SamplingSettings
from agents.events import AnswerFinished, Event
from agents.runtime import Runtime
from store.paths import Home
from tests.agents import engine_helpers

GREEDY = AnswerOptions(SamplingSettings(temperature=0), max_tokens=48)
LONG = AnswerOptions(SamplingSettings(temperature=0), max_tokens=900)


@asynccontextmanager
async def open_runtime(
    home: Home, starter: Path, *, context: int = 1024, load: bool = True, model: str | None = None
) -> AsyncIterator[Runtime]:
    """A runtime on the real starter, closed at the end; one thread, as tests share the machine."""
    runtime = Runtime(
        home,
        starter=lambda cache: starter,
        model=model,
        options=EngineOptions(context=context, threads=1),
    )
    await runtime.open_store()
    try:
        if load:
            await runtime.load_model()
        yield runtime
    finally:
        await runtime.close()


@asynccontextmanager
async def never_ending(runtime: Runtime) -> AsyncIterator[None]:
    """Makes the model go on to the limit, at a hundred tokens a second at most."""
    with engine_helpers.never_ending(await runtime.engine(), engine_helpers.SECONDS_A_TOKEN):
        yield


async def ask(
    runtime: Runtime, text: str, conversation: int | None = None, options: AnswerOptions = GREEDY
) -> list[Event]:
    """All events of one answer."""
    return [event async for event in runtime.answer(text, conversation, options)]


def finished(events: list[Event]) -> AnswerFinished:
    """The last event, which has to be the end of a whole answer."""
    assert isinstance(events[-1], AnswerFinished), events[-1]
    return events[-1]
