"""One attempt at a task: tools, the prompt, the words as they come, and what is wrong with them."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from agents.consensus import confidence
from agents.engine.engine import Engine, Generation
from agents.engine.grammar import json_grammar
from agents.engine.requests import Finished, Piece
from agents.engine.sampling import SamplingSettings
from agents.graph_kinds import plan_schema
from agents.repetition import repeated_tail
from agents.task_graph import Task
from agents.team_prompt import SHARE_OF_INPUTS, Given, task_text
from agents.tools.toolbox import Toolbox
from agents.tools.use import CALL_TOKENS, calls, given
from store.tool_call import ToolCall

_SEED_STEP = 7919
_PENALTY_AGAINST_REPETITION = 1.2


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt: the text, what it cost, and the `problem`, "" where there is none.

    With `again` another attempt may help; `refused` is whether the engine could not begin.
    """

    text: str
    tokens: int
    seconds: float
    confidence: float | None
    problem: str = ""
    again: bool = False
    repeated: bool = False
    refused: bool = False
    calls: tuple[ToolCall, ...] = ()


@dataclass(slots=True)
class Attempt:
    """Asks the engine to do a task. `told` gets the words as they come and the tokens so far,
    `called` the tools that were used so far.

    `system` and `request` are those of the run, `prompt` the specialist's; `planners` are those
    among whom a planning task may choose; `toolbox` has the task's tools; `adapter` is that of the
    specialist's version.
    """

    engine: Engine
    task: Task
    system: str
    request: str
    prompt: str
    given: Sequence[Given]
    planners: Sequence[str]
    told: Callable[[str, int], None]
    toolbox: Toolbox
    called: Callable[[tuple[ToolCall, ...]], None]
    adapter: Path | None = None
    _generation: Generation | None = None
    _stopped: bool = False
    _text: list[str] = field(default_factory=list)
    _ids: list[int] = field(default_factory=list)
    _logprobs: list[float] = field(default_factory=list)
    _calls: tuple[ToolCall, ...] = ()
    _call_tokens: int = 0

    def stop(self) -> None:
        """Ends the attempt within one token."""
        self._stopped = True
        if self._generation is not None:
            self._generation.cancel()

    async def run(self, number: int, *, repeated: bool = False) -> Outcome:
        """Makes the attempt of that number, from 0; `repeated` is whether the last one repeated
        itself. Raises SomaError where the prompt cannot be made."""
        began = time.monotonic()
        finish, reason, looped = "timeout", "", False
        try:
            async with asyncio.timeout(self.task.timeout_s):
                if self.task.tools:
                    await self._use_tools()
                sampling = self._sampling(number, repeated)
                async for update in await self._begin(self.task, sampling, self.task.max_tokens):
                    if isinstance(update, Piece):
                        looped = self._take(update) or looped
                    elif isinstance(update, Finished):
                        finish, reason = update.finish, update.reason
        except TimeoutError:
            pass
        finally:
            if self._generation is not None:
                self._generation.cancel()
        text = "".join(self._text).strip()
        problem, again = self._problem(text, finish, reason, looped)
        return Outcome(
            text=text,
            tokens=self._call_tokens + len(self._ids),
            seconds=time.monotonic() - began,
            confidence=confidence(self._logprobs),
            problem=problem,
            again=again,
            repeated=looped,
            refused=finish == "error" and not self._ids and not self._stopped,
            calls=self._calls,
        )

    async def _use_tools(self) -> None:
        names = self.task.tools
        grammar = json_grammar(self.toolbox.schema(names))
        sampling = replace(
            SamplingSettings(**self.task.sampling), temperature=0, repeat_penalty=1, grammar=grammar
        )
        told = "\n\n".join(filter(None, (self.task.instruction, self.toolbox.told(names))))
        asking = replace(self.task, instruction=told, gives="text")

        async def ask(made: Sequence[ToolCall]) -> str:
            said: list[str] = []
            async for update in await self._begin(asking, sampling, CALL_TOKENS):
                if isinstance(update, Piece):
                    said.append(update.text)
                    self._call_tokens += len(update.token_ids)
            return "".join(said)

        async for call in calls(self.toolbox, names, ask):
            self._calls += (call,)
            self.called(self._calls)

    async def _begin(self, task: Task, sampling: SamplingSettings, max_tokens: int) -> Generation:
        ids = await asyncio.to_thread(self._prompt, task)
        generation = self._generation = self.engine.generate(
            ids, sampling, max_tokens=max_tokens, logprobs=1, adapter=self.adapter
        )
        if self._stopped:
            generation.cancel()
        return generation

    def _prompt(self, task: Task) -> list[int]:
        def count(text: str) -> int:
            return len(self.engine.vocabulary.tokenize(text, markup=False))

        room = int(self.engine.context_size * SHARE_OF_INPUTS)
        data = [*self.given, *given(self._calls)]
        text = task_text(self.request, task, self.prompt, data, room, count)
        return self.engine.template.opening(self.system, text)

    def _sampling(self, number: int, repeated: bool) -> SamplingSettings:
        own = SamplingSettings(**self.task.sampling)
        if own.seed is not None:
            own = replace(own, seed=(own.seed + number * _SEED_STEP) % (2**32 - 2))
        if repeated:
            penalty = max(own.repeat_penalty, _PENALTY_AGAINST_REPETITION)
            own = replace(own, repeat_penalty=penalty, repeat_last_n=max(own.repeat_last_n, 256))
        if self.task.role == "plan":
            return replace(own, grammar=json_grammar(plan_schema(self.planners)))
        if self.task.gives == "number":
            return replace(own, grammar=json_grammar({"type": "number"}))
        return own

    def _take(self, piece: Piece) -> bool:
        """Takes the next words; True where they only repeat what was said, which then ends."""
        self._ids += piece.token_ids
        self._logprobs += [one.logprob for one in piece.logprobs]
        if piece.text:
            self._text.append(piece.text)
            self.told(piece.text, len(self._ids))
        if not repeated_tail(self._ids):
            return False
        if self._generation is not None:
            self._generation.cancel()
        return True

    def _problem(self, text: str, finish: str, reason: str, looped: bool) -> tuple[str, bool]:
        if self._stopped:
            return "stopped", False
        if looped:
            return "it repeated itself without end", True
        if finish == "timeout":
            return f"it took longer than {self.task.timeout_s:g} s", True
        if finish == "error":
            return reason, False
        if finish == "cancelled":
            return "the model was stopped", False
        if not text:
            return "it said nothing", True
        if self.task.gives == "number" and not _is_number(text):
            return f"{text[:40]!r} is no number", True
        return "", False


def _is_number(text: str) -> bool:
    try:
        return isinstance(json.loads(text), int | float)
    except ValueError:
        return False
