"""SOMA's runtime with a recorded answer in the place of a model, which comes at a steady pace.

Usage: python scripts/bench/_replay.py [TOKENS_A_SECOND]

Opens the screen on the data of SOMA_HOME. Store, runtime, events and screen are SOMA's own; only
the engine is a double, so that llama.cpp is not loaded and the time that goes is the interface's.
"""

from __future__ import annotations

import asyncio
import gc
import re
import sys
import threading
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from agents.engine.requests import SECONDS_BETWEEN_PIECES, Finished, Piece
from agents.engine.sampling import SamplingSettings
from agents.events import Figures, ModelReady, ModelSummary
from agents.runtime import Runtime
from scripts.bench._stored import recorded_answer
from soma_tui.app import SomaApp
from soma_tui.logs import start_log
from store.errors import SomaError
from store.paths import Home

NAME = "recorded"
TOKENS_A_SECOND = 50.0
CONTEXT = 8192
_TOKEN = re.compile(r" ?[^\W\d_]{1,8}|\d|\s+|[^\w\s]{1,2}|.", re.DOTALL)


def tokens_of(text: str) -> list[str]:
    """Cuts a text as tokenizers do, into about four characters a token; nothing is left out."""
    return _TOKEN.findall(text)


class ReplayVocabulary:
    """Stands where the model's vocabulary is asked for tokens: one id a token, of no meaning."""

    def tokenize(self, text: str, *, markup: bool) -> list[int]:
        """As many ids as the text has tokens."""
        return [1] * len(tokens_of(text))


class ReplayTemplate:
    """Stands where the model's chat template is."""

    fallback = None
    stop: tuple[str, ...] = ()

    def opening(self, system: str, user: str) -> list[int]:
        """As many ids as both have tokens."""
        return [1] * len(tokens_of(system + user))

    def next_turn(self, user: str) -> list[int]:
        """As many ids as the text has tokens."""
        return [1] * len(tokens_of(user))


class ReplayGeneration:
    """The recorded answer, from a thread of its own as from an engine, in pieces of 50 ms."""

    def __init__(self, tokens: Sequence[str], rate: float, prompt: int) -> None:
        self._tokens = tokens
        self._rate = rate
        self._prompt = prompt
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """Ends the answer."""
        self._cancelled.set()

    async def __aiter__(self) -> AsyncIterator[Piece | Finished]:
        updates: asyncio.Queue[Piece | Finished] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def tell(update: Piece | Finished) -> None:
            loop.call_soon_threadsafe(updates.put_nowait, update)

        threading.Thread(target=self._say, args=(tell,), daemon=True).start()
        while True:
            update = await updates.get()
            yield update
            if isinstance(update, Finished):
                return

    def _say(self, tell: Any) -> None:
        started = told = time.perf_counter()
        pending: list[str] = []
        count = 0
        for count, token in enumerate(self._tokens, 1):
            pending.append(token)
            if self._cancelled.wait(max(0.0, started + count / self._rate - time.perf_counter())):
                break
            now = time.perf_counter()
            if now - told >= SECONDS_BETWEEN_PIECES or count == len(self._tokens):
                tell(Piece("".join(pending), (1,) * len(pending)))
                pending, told = [], now
        figures = Figures(
            prompt_tokens=self._prompt,
            cached_tokens=0,
            completion_tokens=count,
            context_used=self._prompt + count,
            context_size=CONTEXT,
            first_token_s=1 / self._rate,
            tokens_per_s=count / (time.perf_counter() - started),
        )
        tell(Finished("cancelled" if self._cancelled.is_set() else "stop", figures))


class ReplayHeader:
    """Stands where the model file's header is."""

    vocabulary = NAME
    parameters = 0


class ReplayEngine:
    """Says the recorded answer to whatever it is asked."""

    name = NAME
    closing = False
    context_size = CONTEXT
    default_sampling = SamplingSettings()
    default_max_tokens = None
    beside_training = False

    def __init__(self, rate: float) -> None:
        self.header = ReplayHeader()
        self.vocabulary = ReplayVocabulary()
        self.template = ReplayTemplate()
        self._rate = rate
        self._tokens = tokens_of(recorded_answer())

    def generate(
        self, tokens: Sequence[int], *_: Any, max_tokens: int | None = None, **__: Any
    ) -> ReplayGeneration:
        """Begins to say it, or its first tokens where no more are asked for."""
        return ReplayGeneration(self._tokens[:max_tokens], self._rate, len(tokens))

    def drop_cached(self) -> None:
        """There is nothing that was evaluated."""

    async def close(self) -> None:
        """There is nothing to give back."""


class ReplayRuntime(Runtime):
    """A runtime that loads no model."""

    def __init__(self, home: Home, rate: float) -> None:
        super().__init__(home, starter=_no_starter)
        self._rate = rate

    async def load_model(self, reference: str | None = None) -> ModelSummary:
        """Takes the recorded answer for a model."""
        self._engine = ReplayEngine(self._rate)  # type: ignore[assignment]
        self.model = ModelSummary(
            name=NAME,
            path=NAME,
            architecture=NAME,
            parameters=0,
            quantisation=NAME,
            context_size=CONTEXT,
            size_bytes=0,
            threads=0,
            starter=False,
            template=True,
        )
        self._model_settled.set()
        self._emit(ModelReady(self.model))
        return self.model


def _no_starter(_cache: Path) -> Path:
    raise SomaError("the recorded answer needs no starter model")


def main() -> None:
    """Opens the screen on a recorded answer."""
    home = Home.from_environment()
    home.create()
    start_log(home)
    rate = float(sys.argv[1]) if len(sys.argv) > 1 else TOKENS_A_SECOND

    async def make_runtime() -> Runtime:
        # As run_app does once the first frame is drawn.
        gc.freeze()
        return ReplayRuntime(home, rate)

    SomaApp(home, make_runtime).run()


if __name__ == "__main__":
    main()
