"""A llama.cpp context: the keys and values of several sequences, over weights loaded once."""

from __future__ import annotations

import ctypes
from typing import Any

from store.errors import SomaError


class ContextError(SomaError):
    """The context could not be made; the message says what would help."""


class Context:
    """Room for `size` tokens, shared by up to `sequences` sequences.

    A unified key-value cache lets parts of a sequence be copied; full-size caches for
    sliding-window layers let a prefix longer than the window be reused.
    """

    def __init__(
        self, library: Any, model: Any, *, size: int, sequences: int, threads: int, batch: int
    ) -> None:
        parameters = library.llama_context_default_params()
        parameters.n_ctx = size
        parameters.n_batch = batch
        parameters.n_ubatch = batch
        parameters.n_seq_max = sequences
        parameters.n_threads = threads
        parameters.n_threads_batch = threads
        parameters.kv_unified = True
        parameters.swa_full = True
        parameters.no_perf = True
        self._library = library
        self.pointer = library.llama_init_from_model(model, parameters)
        if not self.pointer:
            raise ContextError(
                f"there is not enough memory for a context of {size:,} tokens; "
                "choose a smaller one with --context"
            )
        self._memory = library.llama_get_memory(self.pointer)
        self.size = int(library.llama_n_ctx(self.pointer))
        # strlen of a buffer that is "" or "x" is a callback that llama.cpp can poll without
        # Python's lock.
        self._abort = ctypes.create_string_buffer(2)
        strlen = ctypes.CDLL(None).strlen
        self._poll_abort = ctypes.cast(strlen, library.ggml_abort_callback)
        self._poll_nothing = library.ggml_abort_callback()
        self._interruptible = False
        self.attention = False

    def set_interruptible(self, wanted: bool) -> None:
        """Whether `call` with `abort` reaches into a decode that runs.

        Polling costs a few per cent of a small model's time, so only long batches are worth it.
        """
        if wanted != self._interruptible:
            callback = self._poll_abort if wanted else self._poll_nothing
            data = ctypes.cast(self._abort, ctypes.c_void_p)
            self._library.llama_set_abort_callback(self.pointer, callback, data)
            self._interruptible = wanted

    def call(self, *, abort: bool) -> None:
        """Asks for attention between two decodes; with `abort`, an interruptible one returns early.

        Safe from any thread.
        """
        if abort:
            self._abort[0] = b"x"
        self.attention = True

    def attend(self) -> None:
        """Takes `call` back: what was called for is looked at after this."""
        self.attention = False
        self._abort[0] = b"\0"

    def truncate(self, sequence: int, length: int) -> bool:
        """Drops what lies behind the first `length` tokens; False if the model cannot do that in
        part.

        A recurrent model's state has no parts: then the whole sequence is dropped.
        """
        if self._library.llama_memory_seq_rm(self._memory, sequence, length, -1):
            return True
        self._library.llama_memory_seq_rm(self._memory, sequence, -1, -1)
        return False

    def copy(self, source: int, target: int, length: int) -> bool:
        """Gives `target` the first `length` tokens of `source`, which are shared, not evaluated
        again.

        False where `source` does not hold all of them.
        """
        if self._library.llama_memory_seq_pos_min(self._memory, source) != 0:
            return False
        self._library.llama_memory_seq_cp(self._memory, source, target, 0, length)
        return True

    def take_out(self, sequence: int) -> bytes:
        """The keys and values of a sequence, which then no longer take up room in the context."""
        size = self._library.llama_state_seq_get_size(self.pointer, sequence)
        buffer = (ctypes.c_uint8 * size)()
        written = self._library.llama_state_seq_get_data(self.pointer, buffer, size, sequence)
        self.truncate(sequence, 0)
        return bytes(memoryview(buffer)[:written])

    def put_back(self, sequence: int, state: bytes) -> bool:
        """Gives an empty sequence what `take_out` took; False where there is no room for it."""
        buffer = (ctypes.c_uint8 * len(state)).from_buffer_copy(state)
        read = self._library.llama_state_seq_set_data(self.pointer, buffer, len(state), sequence)
        if not read:
            self.truncate(sequence, 0)
        return bool(read)

    def use_threads(self, threads: int) -> None:
        """Evaluates with so many threads from now on."""
        self._library.llama_set_n_threads(self.pointer, threads, threads)

    def free(self) -> None:
        """Gives the context's memory back."""
        self._library.llama_free(self.pointer)
