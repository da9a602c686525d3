"""A GGUF model in this process: weights loaded once, a thread of its own, answers as async
streams."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.engine import library as llama
from agents.engine.chat_template import ChatTemplate
from agents.engine.context import Context
from agents.engine.gguf_file import GgufHeader
from agents.engine.gpu import Offload, cards, offload
from agents.engine.lanes import Lanes, Room
from agents.engine.memory import BATCH, DEFAULT_CONTEXT, SLOTS, usual_context
from agents.engine.requests import Finished, Priority, Request, Update, refuse
from agents.engine.sampling import SamplingSettings
from agents.engine.scheduler import Scheduler
from agents.engine.threads import default_threads
from agents.engine.vocabulary import Vocabulary
from store.errors import SomaError

_log = logging.getLogger(__name__)


class EngineError(SomaError):
    """The model cannot be loaded or cannot go on; the message says why."""


class LoadCancelled(EngineError):
    """Loading was stopped before it was done."""


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """How a model is loaded. `context` None takes the smaller of the model's own and 8,192 tokens.

    `slots` sequences share the context and are decoded together; `batch` is the most tokens that
    one step evaluates; `gpu_layers` None puts on a GPU what fits it; `threads` None takes one core
    fewer where a screen is drawn `beside_screen`. `adapter_bytes` is the most memory that
    the contexts of adapters take together; None takes what is free when one is opened.
    """

    context: int | None = None
    threads: int | None = None
    slots: int = SLOTS
    batch: int = BATCH
    gpu_layers: int | None = None
    beside_screen: bool = False
    adapter_bytes: int | None = None


class Generation:
    """One answer being written: iterate over it for its updates, the last of which is
    `Finished`."""

    def __init__(self, engine: Engine, request: Request, updates: asyncio.Queue[Update]) -> None:
        self._engine = engine
        self._request = request
        self._updates = updates

    def cancel(self) -> None:
        """Ends the answer within one token; what was said so far stays valid. Safe from any
        thread."""
        self._request.cancelled = True
        self._engine.interrupt()

    async def __aiter__(self) -> AsyncIterator[Update]:
        while True:
            update = await self._updates.get()
            yield update
            if isinstance(update, Finished):
                return


class Engine:
    """Loads one model and continues prompts with it. All of llama.cpp's work is on one thread."""

    def __init__(
        self,
        header: GgufHeader,
        name: str,
        sampling: SamplingSettings,
        max_tokens: int | None,
        options: EngineOptions,
        log: Path,
    ) -> None:
        self.header = header
        self.name = name
        self.default_sampling = sampling
        self.default_max_tokens = max_tokens
        self.threads = options.threads or default_threads(beside_screen=options.beside_screen)
        self._beside_training = False
        self.options = options
        self._log_path = log
        self._inbox: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._closing = False
        self._drops_cached = False
        self._context: Context | None = None
        self._scheduler: Scheduler | None = None
        self._lanes: Lanes | None = None
        self.vocabulary: Vocabulary
        self.template: ChatTemplate
        self.context_size = 0
        self.offload: Offload | None = None

    @classmethod
    async def load(
        cls,
        header: GgufHeader,
        *,
        log: Path,
        name: str = "",
        sampling: SamplingSettings | None = None,
        max_tokens: int | None = None,
        options: EngineOptions | None = None,
        on_progress: Callable[[float], None] | None = None,
    ) -> Engine:
        """Loads the weights that `header` describes; `on_progress` gets fractions from 0 to 1.

        `sampling` and `max_tokens` hold for answers that ask for none of their own; they may be
        set anew at any time, as `default_sampling` and `default_max_tokens`.

        Raises EngineError when llama.cpp refuses the file or memory does not suffice. Cancelling
        the task stops the loading.
        """
        engine = cls(
            header,
            name or header.name,
            sampling or SamplingSettings(),
            max_tokens,
            options or EngineOptions(),
            log,
        )
        loop = asyncio.get_running_loop()
        ready: asyncio.Future[None] = loop.create_future()

        def progress(fraction: float) -> None:
            if on_progress is not None:
                _call_soon(loop, on_progress, fraction)

        def done(error: BaseException | None) -> None:
            if not ready.done():
                ready.set_exception(error) if error else ready.set_result(None)

        engine._thread = threading.Thread(
            target=engine._work,
            args=(progress, lambda error: _call_soon(loop, done, error)),
            name="engine",
            daemon=True,
        )
        engine._thread.start()
        try:
            await ready
        except asyncio.CancelledError:
            engine._closing = True
            engine._inbox.put(None)
            raise
        return engine

    def generate(
        self,
        tokens: Sequence[int],
        sampling: SamplingSettings | None = None,
        *,
        max_tokens: int | None = None,
        logprobs: int = 0,
        stop: Sequence[str] = (),
        priority: Priority = Priority.CHAT,
        adapter: Path | None = None,
        fresh: bool = False,
    ) -> Generation:
        """Continues `tokens`; call it on an event loop, on which the updates arrive.

        The answer ends before any of the `stop` texts, besides where the model ends it. What has
        the priority of background work waits while any chat is answered. With an `adapter`, the
        file of one that was trained on this model, the answer is written through it. What `fresh`
        means stands with `Request`.
        """
        loop = asyncio.get_running_loop()
        updates: asyncio.Queue[Update] = asyncio.Queue()
        request = Request(
            tokens=tuple(tokens),
            sampling=sampling or self.default_sampling,
            listener=lambda update: _call_soon(loop, updates.put_nowait, update),
            max_tokens=max_tokens,
            logprobs=logprobs,
            stop=(*self.template.stop, *stop),
            priority=priority,
            adapter=adapter,
            fresh=fresh,
        )
        self.submit(request)
        return Generation(self, request, updates)

    def submit(self, request: Request) -> None:
        """Lets a request be worked on. Raises EngineError where the model is being closed."""
        if self._closing:
            raise EngineError("the model is being closed; load it again")
        self._put(request)

    @property
    def closing(self) -> bool:
        """Whether the model is being given back, or has been: it must not be used any more."""
        return self._closing

    @property
    def evaluated_tokens(self) -> int:
        """How many tokens have been evaluated since the model was loaded."""
        return self._lanes.evaluated_tokens if self._lanes else 0

    @property
    def adapters(self) -> int:
        """How many adapters have a context of their own right now."""
        return self._lanes.adapters if self._lanes else 0

    @property
    def taken(self) -> tuple[int, ...]:
        """How many sequences each context works on right now."""
        return self._lanes.taken if self._lanes else ()

    @property
    def beside_training(self) -> bool:
        """Whether a training run uses the same cores: then the model takes half of its threads."""
        return self._beside_training

    @beside_training.setter
    def beside_training(self, training: bool) -> None:
        self._beside_training = training
        self.threads = default_threads(
            beside_screen=self.options.beside_screen, beside_training=training
        )
        if self.options.threads:
            half = max(1, self.options.threads // 2)
            self.threads = half if training else self.options.threads
        self._put(None)

    def drop_cached(self) -> None:
        """Gives up the keys and values of all that is not being answered right now."""
        self._drops_cached = True
        self._put(None)

    @property
    def idle(self) -> bool:
        """Whether nothing is asked of the model, as far as can be seen from another thread."""
        return self._inbox.empty() and (self._lanes is None or self._lanes.idle)

    def interrupt(self) -> None:
        """Makes the scheduler look at its requests at once, also in the middle of a long prompt."""
        if self._lanes is not None:
            self._lanes.call(abort=True)

    def _put(self, request: Request | None) -> None:
        """Lets the engine's thread look at a request, or at what else has changed."""
        self._inbox.put(request)
        if self._lanes is not None:
            self._lanes.call(abort=False)

    async def close(self) -> None:
        """Ends what runs, frees the model's memory and waits for the thread to end."""
        self._closing = True
        self.interrupt()
        self._inbox.put(None)
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)

    def _work(
        self, progress: Callable[[float], None], ready: Callable[[BaseException | None], None]
    ) -> None:
        library: Any = None
        model: Any = None
        try:
            library = llama.load(self._log_path)
            model = self._load_model(library, progress)
            self._prepare(library, model)
        except Exception as error:
            if not isinstance(error, SomaError):
                _log.exception("loading %s", self.header.path)
            self._free(library, model)
            ready(error if isinstance(error, SomaError) else EngineError(str(error)))
            return
        ready(None)
        try:
            self._serve()
        except Exception:
            _log.exception("the engine's thread")
            self._closing = True
            if self._lanes is not None:
                self._lanes.fail_all("the engine stopped on an error; see soma.log")
        finally:
            self._free(library, model)

    def _load_model(self, library: Any, progress: Callable[[float], None]) -> Any:
        parameters = library.llama_model_default_params()
        if self.options.gpu_layers is None:
            context = self.options.context or usual_context(self.header)
            self.offload = offload(
                self.header, context, cards(), batch=self.options.batch, slots=self.options.slots
            )
        parameters.n_gpu_layers = self.options.gpu_layers or (
            self.offload.layers if self.offload else 0
        )
        told = -1

        def report(fraction: float, _user_data: Any) -> bool:
            nonlocal told
            if int(fraction * 100) > told:
                told = int(fraction * 100)
                progress(fraction)
            return not self._closing

        parameters.progress_callback = library.llama_progress_callback(report)
        model = library.llama_model_load_from_file(str(self.header.path).encode(), parameters)
        if self._closing:
            if model:
                library.llama_model_free(model)
            raise LoadCancelled("loading was stopped")
        if not model:
            raise EngineError(
                f"llama.cpp cannot load {self.header.path.name}; {self._log_path} says why"
            )
        return model

    def _prepare(self, library: Any, model: Any) -> None:
        trained = int(library.llama_model_n_ctx_train(model))
        size = self.options.context or min(trained or DEFAULT_CONTEXT, DEFAULT_CONTEXT)
        self.vocabulary = Vocabulary(library, model)
        self.template = ChatTemplate(self.header.chat_template, self.vocabulary)
        room = Room(
            size=size,
            slots=self.options.slots,
            batch=min(self.options.batch, size),
            threads=self.threads,
            adapter_bytes=self.options.adapter_bytes,
        )
        self._lanes = Lanes(library, model, self.header, self.vocabulary, room)
        self._context, self._scheduler = self._lanes.base.context, self._lanes.base.scheduler
        self.context_size = self._context.size

    def _serve(self) -> None:
        lanes = self._lanes
        assert lanes is not None
        threads = self.threads
        while not self._closing:
            lanes.attend()
            while not self._closing and (lanes.idle or not self._inbox.empty()):
                self._take_from_inbox(lanes)
                lanes.close_idle()
            if threads != self.threads:
                threads = self.threads
                lanes.use_threads(threads)
            if not self._closing:
                lanes.step()
        self._refuse_rest(lanes)

    def _take_from_inbox(self, lanes: Lanes) -> None:
        request = None
        with contextlib.suppress(queue.Empty):
            request = self._inbox.get(timeout=lanes.seconds_to_close())
        if request is not None:
            lanes.submit(request)
        if self._drops_cached:
            self._drops_cached = False
            lanes.drop_cached()

    def _refuse_rest(self, lanes: Lanes) -> None:
        reason = "SOMA is closing"
        with contextlib.suppress(queue.Empty):
            while True:
                request = self._inbox.get_nowait()
                if request is not None:
                    refuse(request, self.context_size, reason)
        lanes.fail_all(reason)

    def _free(self, library: Any, model: Any) -> None:
        self._scheduler = self._context = None
        if self._lanes is not None:
            lanes, self._lanes = self._lanes, None
            lanes.free()
        if model:
            library.llama_model_free(model)


def _call_soon(loop: asyncio.AbstractEventLoop, callback: Callable[..., None], value: Any) -> None:
    """Calls on the loop's thread; a loop that is closed no longer listens."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(callback, value)
