"""Titles from the model itself: asked for at the end of a conversation, in nobody's way.

The conversation's prompt is what the engine has evaluated last, so a title costs its instruction
and its own few tokens; nothing of it is stored but the title.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable

from agents import events
from agents.engine.engine import Engine, Generation
from agents.engine.requests import Finished, Piece, Priority
from agents.engine.sampling import SamplingSettings
from agents.events import Event
from agents.prompt import Prompt, build_prompt
from store.conversations import Conversations
from store.errors import SomaError
from store.titles import clean_title

_log = logging.getLogger(__name__)
INSTRUCTION = (
    "Give this conversation a title of at most six words, in its own language. Only the title."
)
GREEDY = SamplingSettings(temperature=0)
MOST_TOKENS = 16
LONGEST = 60
_MARKS = re.compile(r"[*`]+|^\s*(?:#+|>|[-–—•]|\d+[.)])\s+")
_LABEL = re.compile(r"^\W*(?:title|titel|titre|título|titolo)\s*:\s*", re.IGNORECASE)
_EDGES = " _~\"'“”„«»’\u2018\u2039\u203a"
_WORD = re.compile(r"\w+")


class Titling:
    """Asks for one title at a time, in a task that anything more urgent cancels."""

    def __init__(self, conversations: Conversations, emit: Callable[[Event], None]) -> None:
        self._conversations = conversations
        self._emit = emit
        self._generation: Generation | None = None
        self._cancelled = False
        self._task: asyncio.Task[None] | None = None

    def begin(self, engine: Engine, conversation: int) -> None:
        """Asks for a title in the background, unless one is being asked for."""
        if self._task is None or self._task.done():
            self._cancelled = False
            self._task = asyncio.create_task(self._try(engine, conversation))

    def cancel(self) -> None:
        """Gives up what was begun; the engine is free within one token."""
        self._cancelled = True
        if self._generation is not None:
            self._generation.cancel()

    async def stop(self) -> None:
        """Gives up what was begun and waits until it uses the engine no more."""
        self.cancel()
        if self._task is not None:
            await self._task

    async def entitle(self, engine: Engine, conversation: int) -> None:
        """Gives a conversation the model's title where it wants one and the model has one.

        It stays untitled by the model where the last message shown is no whole answer, and where
        the engine fails, is needed for more, or would have to read the conversation anew.
        """
        stored = self._conversations
        if not stored.wants_title(conversation):
            return
        shown = await asyncio.to_thread(stored.messages, conversation)
        if not shown or (shown[-1].role, shown[-1].state) != ("assistant", "done"):
            return
        prompt = await asyncio.to_thread(
            build_prompt, engine, stored, shown[-1].id, instruction=INSTRUCTION
        )
        said, finish = await self._generate(engine, prompt) if not prompt.dropped else ("", "")
        if finish not in ("stop", "length"):
            return
        title = useful_title(said, whole=finish == "stop")
        if await asyncio.to_thread(stored.keep_title, conversation, title):
            self._emit(events.ConversationChanged(conversation))

    async def _generate(self, engine: Engine, prompt: Prompt) -> tuple[str, str]:
        """What the model says, and why it ended."""
        if self._cancelled:
            return "", "cancelled"
        said: list[str] = []
        self._generation = engine.generate(
            prompt.ids, GREEDY, max_tokens=MOST_TOKENS, priority=Priority.BACKGROUND
        )
        try:
            async for update in self._generation:
                if isinstance(update, Piece):
                    said.append(update.text)
                elif isinstance(update, Finished):
                    return "".join(said), update.finish
        finally:
            self._generation = None
        raise AssertionError("a generation ends with Finished")

    async def _try(self, engine: Engine, conversation: int) -> None:
        try:
            await self.entitle(engine, conversation)
        except SomaError as error:
            _log.warning("conversation %d keeps its title: %s", conversation, error)
        except Exception:
            _log.exception("asking for a title of conversation %d", conversation)


def useful_title(said: str, *, whole: bool = True) -> str:
    """The title in what a model said: one line without quotes or markup; empty if it is none.

    None is what has no letter, is longer than 60 characters, repeats the instruction, holds tags,
    or was cut off; what is not `whole` was cut off in its last line.
    """
    lines = said.splitlines(keepends=True)
    if lines and not whole and lines[-1] == lines[-1].rstrip("\r\n"):
        del lines[-1]
    for line in lines:
        title = _LABEL.sub("", _MARKS.sub("", clean_title(line)))
        title = title.strip(_EDGES).rstrip(".,;。 ")
        if title and not title.endswith(":"):
            break
    else:
        return ""
    words = _WORD.findall(title.casefold())
    repeated = set(words) <= set(_WORD.findall(INSTRUCTION.casefold()))
    return "" if repeated or len(title) > LONGEST or "<" in title else title
