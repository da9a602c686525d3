"""Graphics cards: which llama.cpp has, and how many layers of a model go onto them.

A model has as many layers as blocks, and one more for its output. What fits is worked out from
the header before anything is loaded, since a card that runs full ends the process.
"""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.engine.gguf_file import GgufHeader
from agents.engine.memory import BATCH, COMFORTABLE, SLOTS, need

_GPU, _INTEGRATED = 1, 2
"""llama.cpp's kinds of devices (`ggml_backend_dev_type`)."""
_BACKENDS_WITHOUT_GPU = frozenset(("base", "cpu", "blas", "amx", "rpc"))


@dataclass(frozen=True, slots=True)
class Device:
    """A device that llama.cpp works on; memory is in bytes."""

    name: str
    kind: int
    free: int
    total: int


@dataclass(frozen=True, slots=True)
class Offload:
    """How many of all layers of a model go onto graphics cards, and how many bytes they take."""

    layers: int
    of: int
    size: int

    def __str__(self) -> str:
        if not self.layers:
            return f"none of {self.of} layers fits what is free"
        return f"{'all' if self.layers == self.of else self.layers} of {self.of} layers"


def offload(
    header: GgufHeader,
    context: int,
    cards: Sequence[Device],
    *,
    batch: int = BATCH,
    slots: int = SLOTS,
) -> Offload | None:
    """What fits the free memory of the cards; None where there is no card.

    A layer takes its part of the weights, of which those of the vocabulary are the output's, and of
    the keys and values; whatever else is worked out on a card takes its compute buffer there. 15 %
    of the free memory is left alone. A model whose header says too little goes there whole where
    its file fits, or not at all.
    """
    if not cards:
        return None
    room = int(sum(card.free for card in cards) * COMFORTABLE)
    blocks = header.block_count or 0
    needed = need(header, context, batch=batch, slots=slots)
    if needed is None or not blocks:
        whole = header.size_bytes * 2 <= room
        return Offload(blocks + 1 if whole else 0, blocks + 1, header.size_bytes if whole else 0)
    words = header.vocabulary_size * (header.embedding_length or 0)
    output = int(needed.weights * min(1.0, words / (header.parameters or 1)))
    layer = (needed.weights - output + needed.cache) / blocks
    work = needed.compute * len(cards)
    layers = max(0, min(blocks, int((room - work) / layer))) if room > work else 0
    size = int(work + layers * layer) if layers else 0
    if layers == blocks and size + output <= room:
        return Offload(blocks + 1, blocks + 1, size + output)
    return Offload(layers, blocks + 1, size)


def cards() -> list[Device]:
    """The graphics cards that llama.cpp can use, with their memory as it is now.

    Where it was built without any, its library is not even loaded. One that shares the main memory
    counts only where there is no other, as llama.cpp has it.
    """
    if not _has_backend():
        return []
    found = devices()
    own = [device for device in found if device.kind == _GPU]
    return own or [device for device in found if device.kind == _INTEGRATED]


def devices(ggml: Any = None) -> list[Device]:
    """All devices of llama.cpp, the processor too; `ggml` is its library of devices."""
    if ggml is None:
        from agents.engine import library

        library.load()
        ggml = importlib.import_module("llama_cpp._ggml").libggml
    get = _function(ggml, "ggml_backend_dev_get", ctypes.c_void_p, ctypes.c_size_t)
    count = _function(ggml, "ggml_backend_dev_count", ctypes.c_size_t)
    return [_device(ggml, get(number)) for number in range(count())]


def _device(ggml: Any, pointer: Any) -> Device:
    name = _function(ggml, "ggml_backend_dev_description", ctypes.c_char_p, ctypes.c_void_p)
    kind = _function(ggml, "ggml_backend_dev_type", ctypes.c_int, ctypes.c_void_p)
    size = ctypes.POINTER(ctypes.c_size_t)
    memory = _function(ggml, "ggml_backend_dev_memory", None, ctypes.c_void_p, size, size)
    free, total = ctypes.c_size_t(), ctypes.c_size_t()
    memory(pointer, free, total)
    return Device(name(pointer).decode("utf-8", "replace"), kind(pointer), free.value, total.value)


def _function(ggml: Any, name: str, result: Any, *arguments: Any) -> Any:
    function = getattr(ggml, name)
    function.restype, function.argtypes = result, arguments
    return function


def _has_backend() -> bool:
    """Whether llama.cpp was installed with a library for something else than the processor."""
    found = importlib.util.find_spec("llama_cpp")
    if found is None or found.origin is None:
        return False
    return any(
        name not in _BACKENDS_WITHOUT_GPU
        for file in (Path(found.origin).parent / "lib").glob("*ggml-*")
        if (name := file.name.partition("ggml-")[2].partition(".")[0].partition("-")[0])
    )
