"""How likely a given answer is: the log-probability of each of its tokens, none of them drawn.

The answer is read like a prompt, many tokens in a step, and the logits before each are looked at.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agents.engine.requests import Finished, Priority, Request, Run, Update
from agents.engine.sampling import SamplingSettings
from store.errors import SomaError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from agents.engine.engine import Engine

MOST_LOGITS = 2**21
"""Numbers of logits that one step keeps of one answer: 8 MB of memory."""


class ScoringError(SomaError):
    """An answer could not be scored; the message says why."""


@dataclass(frozen=True, slots=True)
class Scores:
    """What the model thought at each token of an answer, in nats.

    `logprobs` are natural log-probabilities of the tokens, `entropies` those of what the model
    would have said in their place. `distributions`, where they were asked for, hold a row of the
    log-probabilities of the whole vocabulary for each token.
    """

    logprobs: tuple[float, ...]
    entropies: tuple[float, ...]
    distributions: NDArray[np.float32] | None = None

    @property
    def mean(self) -> float | None:
        """The mean log-probability of a token; None where it is no finite number."""
        return _mean(self.logprobs)

    @property
    def entropy(self) -> float | None:
        """The mean entropy; None where it is no finite number."""
        return _mean(self.entropies)


@dataclass(slots=True, eq=False)
class ScoreRequest(Request):
    """Asks for the scores of `targets`; `tokens` are the prompt and all targets but the last.

    `vocabulary` counts the tokens that there are. What was found stands in `found` by the place
    of the target: its log-probability, the entropy, and with `distributions` the whole row.
    """

    targets: tuple[int, ...] = ()
    vocabulary: int = 1
    distributions: bool = False
    found: dict[int, tuple[float, float, Any]] = field(default_factory=dict)

    @property
    def first(self) -> int:
        """The place of the first token whose logits are wanted."""
        return len(self.tokens) - len(self.targets)


@dataclass(slots=True, eq=False)
class ScoringRun(Run):
    """A request for scores on its way."""

    request: ScoreRequest

    @property
    def reusable(self) -> int:
        """How many of the first tokens need not be evaluated again where that was done before."""
        return 0 if self.request.fresh else self.request.first

    @property
    def _room(self) -> int:
        return max(1, MOST_LOGITS // self.request.vocabulary)

    def read_to(self, start: int) -> int:
        """How far the tokens from the place `start` on may be evaluated in one step."""
        return min(len(self.tokens), max(start, self.request.first) + self._room)

    def outputs(self, start: int, end: int) -> int:
        """For how many of the last of the tokens from `start` up to `end` logits are wanted."""
        return max(0, end - max(start, self.request.first))

    def take(self, library: Any, context: Any, output: int, tokens: int, end: int) -> bool:
        """Looks at the logits of a step of so many `tokens`, up to the place `end`.

        `output` is the last one's index in the batch. Gives whether the answer's end is reached.
        """
        request, count = self.request, self.outputs(end - tokens, end)
        for back in range(count):
            place = end - 1 - back - request.first
            pointer = library.llama_get_logits_ith(context, output - back)
            request.found[place] = self._scored(pointer, request.targets[place])
        return end == len(self.tokens)

    def _scored(self, pointer: Any, target: int) -> tuple[float, float, Any]:
        import numpy as np

        row = np.ctypeslib.as_array(pointer, shape=(self.request.vocabulary,)).astype(np.float64)
        row -= row.max()
        shares = np.exp(row)
        total = shares.sum()
        row -= np.log(total)
        entropy = -float(np.dot(shares, row) / total)
        kept = row.astype(np.float32) if self.request.distributions else None
        return float(row[target]), entropy, kept


async def score(
    engine: Engine,
    prompt: Sequence[int],
    answer: Sequence[int],
    *,
    adapter: Path | None = None,
    distributions: bool = False,
    fresh: bool = False,
    priority: Priority = Priority.BACKGROUND,
) -> Scores:
    """Gives how likely the tokens `answer` are after `prompt`, with `adapter` or without one.

    What the priority, an adapter and `fresh` mean stands with `Request`. Answers that are scored
    at the same time share batches. Cancelling the task ends it in the middle of a prompt, too.
    Raises ScoringError where there is nothing to score, or the model cannot.
    """
    if not prompt or not answer:
        raise ScoringError("there has to be a prompt and an answer to be scored")
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[Finished] = loop.create_future()

    def end(update: Finished) -> None:
        if not ended.done():
            ended.set_result(update)

    def listen(update: Update) -> None:
        if isinstance(update, Finished) and not loop.is_closed():
            loop.call_soon_threadsafe(end, update)

    request = ScoreRequest(
        tokens=(*prompt, *answer[:-1]),
        sampling=SamplingSettings(temperature=0),
        listener=listen,
        priority=priority,
        adapter=adapter,
        fresh=fresh,
        targets=tuple(answer),
        vocabulary=engine.vocabulary.size,
        distributions=distributions,
    )
    engine.submit(request)
    try:
        update = await ended
    except asyncio.CancelledError:
        request.cancelled = True
        engine.interrupt()
        raise
    if update.finish != "stop":
        raise ScoringError(update.reason or f"the answer was not scored ({update.finish})")
    return _scores(request)


def _scores(request: ScoreRequest) -> Scores:
    import numpy as np

    logprobs, entropies, rows = zip(
        *(request.found[place] for place in range(len(request.targets))), strict=True
    )
    return Scores(logprobs, entropies, np.stack(rows) if request.distributions else None)


def _mean(values: Sequence[float]) -> float | None:
    mean = math.fsum(values) / len(values) if all(map(math.isfinite, values)) else math.nan
    return mean if math.isfinite(mean) else None
