"""Why an answer is as it is: its message is answered twice, as it was and with one thing other.

Both are drawn from the same seed at the same time, so that what differs comes of that one thing.
Nothing of it is stored unless it is kept as a branch.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from agents import events
from agents.answering import LONGEST_ANSWER
from agents.asking import sampling, sampling_of, work_for
from agents.engine.engine import Engine, Generation
from agents.engine.requests import Finished, Piece
from agents.engine.sampling import SamplingSettings
from agents.events import Event
from agents.prompt import PromptBuilder
from agents.text import visible
from store.conversations import Message
from store.errors import SomaError
from store.message import Work

if TYPE_CHECKING:
    from agents.runtime import Runtime

LEFT_OUT = ("memory", "adapter")


@dataclass(frozen=True, slots=True)
class Change:
    """What is other on the second side: something is left out, or a specialist answers.

    `without` is one of `LEFT_OUT`, or "" where a specialist is named in `by`.
    """

    without: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class _Side:
    branch: Sequence[Message]
    system: str
    settings: SamplingSettings
    adapter: Path | None


async def again(
    runtime: Runtime,
    message: int,
    change: Change,
    *,
    max_tokens: int | None = None,
    seed: int | None = None,
) -> AsyncGenerator[Event, None]:
    """Answers again what `message` answers, and yields WhyText and WhyEnded of both sides.

    Raises SomaError for what is no answer, or where there is nothing of that kind to be changed.
    Closing the iterator stops both.
    """
    engine = await runtime.engine()
    answer, branch = await asyncio.to_thread(_found, runtime, message)
    seed = secrets.randbelow(2**31) if seed is None else seed
    as_it_was, changed = await _sides(runtime, engine, answer, branch, change)
    limit = max_tokens or engine.default_max_tokens
    limit = limit or min(LONGEST_ANSWER, engine.context_size // 2)
    sides = {1: changed}
    if as_it_was is None:
        yield events.WhyEnded(message, 0, answer.text, answer.finish or answer.state, None)
    else:
        sides[0] = as_it_was
    queue: asyncio.Queue[Event] = asyncio.Queue()
    generations: list[Generation] = []
    following: list[asyncio.Task[None]] = []
    try:
        for number, side in sorted(sides.items()):
            ids = await asyncio.to_thread(_ids, runtime, engine, side)
            settings = replace(side.settings, seed=seed)
            generation = engine.generate(ids, settings, max_tokens=limit, adapter=side.adapter)
            generations.append(generation)
            following.append(asyncio.create_task(_follow(generation, message, number, queue)))
        left = len(generations)
        while left:
            event = await queue.get()
            if isinstance(event, events.WhyEnded):
                left -= 1
                if event.finish == "error":
                    raise SomaError(event.text)
            yield event
    finally:
        for generation in generations:
            generation.cancel()
        await asyncio.gather(*following)


async def keep(runtime: Runtime, message: int, text: str, change: Change) -> int:
    """Stores a text as a further answer beside `message`, and shows that branch; gives its id.

    Raises SomaError while an answer runs in the conversation.
    """

    def store() -> Message:
        answer, branch = _found(runtime, message)
        if runtime.answering(answer.conversation):
            raise SomaError("an answer is running in this conversation; stop it first")
        stored = runtime.conversations
        work = Work((change.by,)) if change.by else answer.work
        version = "" if change.without == "adapter" or change.by else answer.version
        with stored.transaction():
            begun = stored.begin_answer(
                answer.conversation,
                answer.model or "",
                "",
                after=branch[-1].id,
                version=version,
                work=work,
            )
            stored.append_piece(begun.id, text, ())
            return stored.finish_answer(begun.id, state="done", finish="stop", figures=None)

    kept = await asyncio.to_thread(store)
    runtime.announce(events.BranchChanged(kept.conversation))
    runtime.announce(events.ConversationChanged(kept.conversation))
    return kept.id


def _found(runtime: Runtime, message: int) -> tuple[Message, list[Message]]:
    """An answer, and the branch that ends with what it answers."""
    answer = runtime.conversations.message(message)
    if answer.role != "assistant" or answer.parent is None:
        raise SomaError(f"message {message} is yours; only an answer can be given again")
    if answer.state == "streaming":
        raise SomaError(f"the answer {message} still runs; ask when it has ended")
    return answer, runtime.conversations.branch_to(answer.parent)


async def _sides(
    runtime: Runtime, engine: Engine, answer: Message, branch: list[Message], change: Change
) -> tuple[_Side | None, _Side]:
    """The answer as it was, None where a team gave it, and the answer with the change."""
    conversation, question = answer.conversation, branch[-1]
    by_team = answer.work is not None and answer.work.run is not None
    if by_team and not change.by:
        raise SomaError("a team worked on this answer; have one specialist give it, with its name")
    team = runtime.team.team
    base = await asyncio.to_thread(runtime.remembering.memory.sampling, engine, conversation)
    system = runtime.conversations.system_prompt(conversation)
    adapter = await asyncio.to_thread(_adapter_of, runtime, engine, answer)
    if change.by:
        who = team.get(change.by)
        asked = replace(question, work=work_for(team, [who.name]), token_ids=())
        served = await runtime.serving.serve(engine, who.name)
        changed = _Side(
            [*branch[:-1], asked], system, sampling_of(who, engine.name, base), served.adapter
        )
        if by_team:
            return None, changed
    settings = await asyncio.to_thread(sampling, team, engine.name, question, base)
    as_it_was = _Side(branch, system, settings, adapter)
    if change.by:
        return as_it_was, changed
    if change.without == "memory":
        return as_it_was, _without_memory(as_it_was)
    if change.without != "adapter":
        raise SomaError(f"{' or '.join(LEFT_OUT)} can be left out, not {change.without!r}")
    if adapter is None:
        raise SomaError(f"the answer {answer.id} came through no adapter, so there is none to omit")
    return as_it_was, replace(as_it_was, adapter=None)


def _without_memory(side: _Side) -> _Side:
    """Without what was recalled, and without what the prompt says of the person."""
    persona = side.system.partition("\n\n")[0]
    if persona == side.system and not any(one.recalled for one in side.branch):
        raise SomaError(
            "no memory stood behind this answer: nothing was recalled, nothing is known of you"
        )
    branch = [
        replace(one, recalled=(), token_ids=()) if one.role == "user" else one
        for one in side.branch
    ]
    return replace(side, branch=branch, system=persona)


def _adapter_of(runtime: Runtime, engine: Engine, answer: Message) -> Path | None:
    """The adapter that an answer came through. Raises SomaError where it is not there any more."""
    if not answer.version:
        return None
    serving, name = runtime.serving, answer.version
    if fault := serving.versions.fault(name):
        raise SomaError(f"the answer came through {name}, which cannot be opened: {fault}")
    if serving.versions.get(name).base != serving.base_digest(engine.header):
        raise SomaError(f"the answer came through {name}, which is of another model than the open")
    return serving.versions.adapter(name)


def _ids(runtime: Runtime, engine: Engine, side: _Side) -> list[int]:
    last = side.branch[-1]
    builder = PromptBuilder(
        engine.template, engine.vocabulary, engine.header.vocabulary, engine.context_size
    )
    start = runtime.conversations.window_start(last.conversation, last.id)
    return builder.build(side.system, side.branch, start).ids


async def _follow(
    generation: Generation, message: int, side: int, queue: asyncio.Queue[Event]
) -> None:
    said: list[str] = []
    async for update in generation:
        if isinstance(update, Piece) and update.text:
            said.append(update.text)
            queue.put_nowait(events.WhyText(message, side, visible(update.text)))
        elif isinstance(update, Finished):
            text = update.reason if update.finish == "error" else "".join(said)
            finish = "length" if update.finish == "context" else update.finish
            tokens = update.figures.completion_tokens
            queue.put_nowait(events.WhyEnded(message, side, text, finish, tokens))
