"""Texts to vectors: an embedding model in llama.cpp, in this process, on a thread of its own."""

from __future__ import annotations

import ctypes
import itertools
import logging
import queue
import re
import threading
import unicodedata
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agents.engine import library as llama
from agents.engine.batch import Batch
from agents.engine.gguf_file import GgufHeader, ModelFileError, read_header
from store.errors import SomaError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

_log = logging.getLogger(__name__)
LONGEST_TEXT = 256
"""Tokens of a text that count; MiniLM was trained on no more."""
CHARACTERS_READ = 16 * LONGEST_TEXT
BATCH = 512
MOST_SEQUENCES = 16
_HANGUL = re.compile("[\uac00-\ud7a3]+")


class EmbeddingError(SomaError):
    """The embedding model cannot be loaded or cannot go on; the message says why."""


@dataclass(order=True, slots=True)
class _Job:
    """Texts to embed. Jobs that somebody waits for go before those of the background."""

    rank: int
    number: int
    texts: Sequence[str] = field(compare=False, default=())
    result: Future[Vectors] = field(compare=False, default_factory=Future)


class EmbeddingModel:
    """An embedding GGUF, loaded with the first text. All methods are safe from any thread.

    `key` tells the vectors of one model from those of another, `size` is their length.
    """

    def __init__(self, path: Path, *, log: Path | None = None, threads: int = 1) -> None:
        """Read the header of the file at `path`. Raises ModelFileError for no embedding model."""
        header = read_header(path)
        _check(header)
        self.key = header.fingerprint
        self.size = int(header.embedding_length or 0)
        self._path = path
        self._log_path = log
        self._threads = threads
        self._jobs: queue.PriorityQueue[_Job] = queue.PriorityQueue()
        self._numbers = itertools.count()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._closed = False

    def embed(self, texts: Sequence[str], *, urgent: bool = False) -> Vectors:
        """Give a vector of length 1 for each text, float32, one row each; waits for them.

        An `urgent` call goes before those that are not. Only the first 256 tokens of a text count.
        Raises EmbeddingError where the model cannot be loaded, or was closed.
        """
        import numpy as np

        results = []
        for part in _parts(texts):
            job = _Job(0 if urgent else 1, next(self._numbers), part)
            with self._starting:
                if self._closed:
                    raise EmbeddingError("the embedding model is closed")
                if self._thread is None:
                    self._thread = threading.Thread(
                        target=self._work, name="embedding", daemon=True
                    )
                    self._thread.start()
                self._jobs.put(job)
            results.append(job.result.result())
        return np.concatenate(results) if results else np.empty((0, self.size), np.float32)

    def close(self) -> None:
        """Free the model; who waits for vectors gets EmbeddingError."""
        with self._starting:
            self._closed = True
            self._jobs.put(_Job(-1, next(self._numbers)))
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        model: _Loaded | None = None
        try:
            model = _Loaded(self._path, self._log_path, self._threads, self.size)
            while (job := self._jobs.get()).rank >= 0:
                self._do(model, job)
            self._refuse("the embedding model is closed")
        except EmbeddingError as error:
            self._refuse(str(error))
        except Exception:
            _log.exception("the embedding thread")
            self._refuse("the embedding model stopped on an error; see soma.log")
        finally:
            if model is not None:
                model.free()

    def _do(self, model: _Loaded, job: _Job) -> None:
        try:
            job.result.set_result(model.embed(job.texts))
        except BaseException:
            job.result.set_exception(EmbeddingError("the embedding model stopped on an error"))
            raise

    def _refuse(self, reason: str) -> None:
        with self._starting:
            self._closed = True
            while not self._jobs.empty():
                self._jobs.get().result.set_exception(EmbeddingError(reason))


def _check(header: GgufHeader) -> None:
    if not header.is_embedder or header.architecture != "bert":
        raise ModelFileError(
            f"{header.path} is a {header.architecture} model and no BERT that gives vectors; "
            "`soma setup recall` gets the right one"
        )
    if not header.has_tensors or not header.embedding_length or not header.vocabulary_size:
        raise ModelFileError(
            f"{header.path} lacks weights or vocabulary; `soma setup recall` gets it again"
        )


def _parts(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """Parts so small that an urgent call waits for one of them at most."""
    for first in range(0, len(texts), MOST_SEQUENCES):
        yield texts[first : first + MOST_SEQUENCES]


class _Loaded:
    """The weights, a context and a batch. Belongs to one thread."""

    def __init__(self, path: Path, log: Path | None, threads: int, size: int) -> None:
        library = self._library = llama.load(log)
        self._size = size
        self._context: Any = None
        self._batch: Batch | None = None
        parameters = library.llama_model_default_params()
        parameters.n_gpu_layers = 0
        self._model = library.llama_model_load_from_file(str(path).encode(), parameters)
        if not self._model:
            raise EmbeddingError(
                f"llama.cpp cannot load {path.name}; `soma setup recall` gets it again"
            )
        settings = library.llama_context_default_params()
        settings.n_ctx = BATCH
        settings.n_batch = settings.n_ubatch = BATCH
        settings.n_seq_max = MOST_SEQUENCES
        settings.n_threads = settings.n_threads_batch = threads
        settings.embeddings = True
        settings.kv_unified = True
        settings.no_perf = True
        self._context = library.llama_init_from_model(self._model, settings)
        if not self._context:
            self.free()
            raise EmbeddingError("there is not enough memory for the embedding model")
        self._vocab = library.llama_model_get_vocab(self._model)
        self._end = library.llama_vocab_eos(self._vocab)
        self._batch = Batch(library, BATCH)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors of length 1; texts share a batch as far as it holds them."""
        import numpy as np

        vectors = np.zeros((len(texts), self._size), np.float32)
        waiting: list[tuple[int, list[int]]] = []
        for place, text in enumerate(texts):
            tokens = self._tokens(text)
            if sum(len(ids) for _, ids in waiting) + len(tokens) > BATCH:
                self._evaluate(waiting, vectors)
                waiting = []
            waiting.append((place, tokens))
        self._evaluate(waiting, vectors)
        return vectors

    def _tokens(self, text: str) -> list[int]:
        # llama.cpp keeps only the first letter of a Hangul syllable that it takes apart itself.
        apart = _HANGUL.sub(
            lambda run: unicodedata.normalize("NFD", run[0]), text[:CHARACTERS_READ]
        )
        data = apart.encode("utf-8", "replace")
        room = len(data) + 8
        ids = (self._library.llama_token * room)()
        count = self._library.llama_tokenize(self._vocab, data, len(data), ids, room, True, False)
        tokens = list(ids[: max(count, 0)])
        return tokens if len(tokens) <= LONGEST_TEXT else [*tokens[: LONGEST_TEXT - 1], self._end]

    def _evaluate(self, waiting: list[tuple[int, list[int]]], vectors: Vectors) -> None:
        import numpy as np

        assert self._batch is not None
        if not waiting:
            return
        self._batch.clear()
        for sequence, (_, tokens) in enumerate(waiting):
            self._batch.add_outputs(tokens, sequence)
        status = self._batch.decode(self._context)
        if status:
            raise EmbeddingError(f"llama.cpp could not embed a text (status {status})")
        for sequence, (place, _) in enumerate(waiting):
            pointer = self._library.llama_get_embeddings_seq(self._context, sequence)
            values = np.ctypeslib.as_array(
                ctypes.cast(pointer, ctypes.POINTER(ctypes.c_float)), (self._size,)
            )
            length = float(np.linalg.norm(values))
            if length > 0 and np.isfinite(length):
                vectors[place] = values / length

    def free(self) -> None:
        """Give the memory back."""
        if self._batch is not None:
            self._batch.free()
        if self._context:
            self._library.llama_free(self._context)
        if self._model:
            self._library.llama_model_free(self._model)
