"""The sides that the team's benchmark compares, each in a process of its own, asked by a pipe.

A job is the prompts as token ids, how many tokens to write after each, and whether all are asked
at once. Nothing may be cached from one job to the next.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import socket
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from agents.engine import library as llama
from agents.engine.engine import Engine, EngineOptions
from agents.engine.gguf_file import read_header
from agents.engine.requests import Finished
from agents.engine.sampling import SamplingSettings
from scripts.bench._process import processor_seconds

CONTEXT = 4096
ANYTHING = "root ::= [^\\x00]*"
LETTERS = "root ::= [a-z ]*"


@dataclass(frozen=True)
class Job:
    """What a side is asked to do; a `grammar` and `adapters`, one for each prompt, only SOMA's
    engine understands."""

    prompts: list[list[int]]
    count: int
    at_once: bool = True
    grammar: str = ""
    adapters: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Times:
    """Seconds to the end of all answers, to the last one's first token, of writing alone, and of a
    processor's time for all of it.

    Agents that are asked at once write from the last first token on; one after the other, each
    writes for its own time.
    """

    whole_s: float
    last_first_s: float
    writing_s: float
    processor_s: float = 0.0


class Side:
    """A process that serves jobs."""

    def __init__(self, serve: Callable[..., None], *arguments: Any) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._pipe, end = spawn.Pipe()
        self._process = spawn.Process(target=serve, args=(end, *arguments))
        self._process.start()

    def times(self, job: Job) -> Times:
        """Does the job."""
        pid = self._process.pid or 0
        before = processor_seconds(pid)
        self._pipe.send(job)
        told: Times = self._pipe.recv()
        return replace(told, processor_s=processor_seconds(pid) - before)

    def close(self) -> None:
        """Ends the process."""
        self._pipe.send(None)
        self._process.join()


def serve_ours(pipe: Connection, path: Path, threads: int) -> None:
    """SOMA's engine."""
    asyncio.run(_serve_ours(pipe, path, threads))


async def _serve_ours(pipe: Connection, path: Path, threads: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        options = EngineOptions(context=CONTEXT, threads=threads)
        log = Path(folder) / "llama.log"
        engine = await Engine.load(read_header(path), log=log, options=options)
        engine.vocabulary.ends_generation = lambda token: False  # type: ignore[method-assign]
        while job := pipe.recv():
            engine.drop_cached()
            pipe.send(await _ask_ours(engine, job))
        await engine.close()


async def _ask_ours(engine: Engine, job: Job) -> Times:
    started = time.perf_counter()
    firsts, ends = [], []

    async def ask(number: int) -> None:
        asked = time.perf_counter()
        settings = SamplingSettings(temperature=0, grammar=job.grammar)
        adapter = job.adapters[number] if job.adapters else None
        async for update in engine.generate(
            job.prompts[number], settings, max_tokens=job.count, adapter=adapter
        ):
            if isinstance(update, Finished):
                assert update.figures.completion_tokens == job.count, update
                assert update.figures.first_token_s is not None
                firsts.append(asked + update.figures.first_token_s)
                ends.append(time.perf_counter())

    numbers = range(len(job.prompts))
    if job.at_once:
        await asyncio.gather(*map(ask, numbers))
    else:
        for number in numbers:
            await ask(number)
    return _times(job, started, firsts, ends)


def serve_llama(pipe: Connection, path: Path, threads: int) -> None:
    """llama-cpp-python's `Llama`, which answers one after the other and reuses what prompts
    share."""
    llama.load()
    from llama_cpp import Llama

    model = Llama(str(path), n_ctx=CONTEXT, n_threads=threads, n_threads_batch=threads,
                  n_batch=512, n_ubatch=512, verbose=False)  # fmt: skip
    while job := pipe.recv():
        model.reset()
        started = time.perf_counter()
        firsts, ends = [], []
        for prompt in job.prompts:
            for drawn, _ in enumerate(model.generate(prompt, temp=0.0), 1):
                if drawn == 1:
                    firsts.append(time.perf_counter())
                if drawn == job.count:
                    break
            ends.append(time.perf_counter())
        pipe.send(_times(job, started, firsts, ends))


def serve_bare(pipe: Connection, path: Path, threads: int) -> None:
    """The least that decodes with llama.cpp: one context, one sampler, one token a step."""
    library: Any = llama.load()
    model = library.llama_model_load_from_file(
        str(path).encode(), library.llama_model_default_params()
    )
    options = library.llama_context_default_params()
    options.n_ctx, options.n_batch, options.n_ubatch = CONTEXT, 512, 512
    options.n_threads = options.n_threads_batch = threads
    context = library.llama_init_from_model(model, options)
    sampler = library.llama_sampler_chain_init(library.llama_sampler_chain_default_params())
    library.llama_sampler_chain_add(sampler, library.llama_sampler_init_greedy())
    one = (library.llama_token * 1)()
    while job := pipe.recv():
        started = time.perf_counter()
        firsts, ends = [], []
        for prompt in job.prompts:
            library.llama_memory_clear(library.llama_get_memory(context), True)
            for place in range(0, len(prompt), 512):
                part = prompt[place : place + 512]
                tokens = (library.llama_token * len(part))(*part)
                library.llama_decode(context, library.llama_batch_get_one(tokens, len(part)))
            one[0] = library.llama_sampler_sample(sampler, context, -1)
            firsts.append(time.perf_counter())
            for _ in range(job.count - 1):
                library.llama_decode(context, library.llama_batch_get_one(one, 1))
                one[0] = library.llama_sampler_sample(sampler, context, -1)
            ends.append(time.perf_counter())
        pipe.send(_times(job, started, firsts, ends))


class Server:
    """A llama-server of the user's, asked over HTTP."""

    def __init__(self, program: Path, model: Path, threads: int, slots: int = 4) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.command = [
            str(program), "-m", str(model), "-c", str(CONTEXT), "-np", str(slots),
            "-t", str(threads), "-tb", str(threads), "-b", "512", "-ub", "512",
            "--host", "127.0.0.1", "--port", str(port),
        ]  # fmt: skip
        self._address = f"http://127.0.0.1:{port}"
        self._process = subprocess.Popen(
            self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        while not self._ready():
            if self._process.poll() is not None:
                raise SystemExit(f"{program} ended at once; is it a llama-server?")
            time.sleep(0.2)

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self._address}/health") as reply:
                return bool(reply.status == 200)
        except (urllib.error.URLError, ConnectionError):
            return False

    def times(self, job: Job) -> Times:
        """Does the job, all prompts at once."""
        before = processor_seconds(self._process.pid)
        started = time.perf_counter()
        firsts: list[float] = []
        ends: list[float] = []
        threads = [
            threading.Thread(target=self._ask, args=(prompt, job.count, firsts, ends))
            for prompt in job.prompts
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        spent = processor_seconds(self._process.pid) - before
        return replace(_times(job, started, firsts, ends), processor_s=spent)

    def _ask(self, prompt: list[int], count: int, firsts: list[float], ends: list[float]) -> None:
        asked = {"prompt": prompt, "n_predict": count, "temperature": 0, "ignore_eos": True,
                 "cache_prompt": False, "stream": True}  # fmt: skip
        request = urllib.request.Request(
            f"{self._address}/completion",
            json.dumps(asked).encode(),
            {"Content-Type": "application/json"},
        )
        last: dict[str, Any] = {}
        with urllib.request.urlopen(request) as reply:
            for line in reply:
                if line.startswith(b"data: "):
                    if not last:
                        firsts.append(time.perf_counter())
                    last = json.loads(line[6:])
        ends.append(time.perf_counter())
        assert last["tokens_predicted"] == count, last

    def close(self) -> None:
        """Ends the server."""
        self._process.terminate()
        self._process.wait()


def _times(job: Job, started: float, firsts: list[float], ends: list[float]) -> Times:
    if job.at_once:
        writing = max(ends) - max(firsts)
    else:
        writing = sum(end - first for first, end in zip(firsts, ends, strict=True))
    return Times(max(ends) - started, max(firsts) - started, writing)
