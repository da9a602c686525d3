"""Whether a model fits the memory of this machine: what it needs at a context, and what is free.

Everything is counted against main memory; layers that llama.cpp puts on a graphics card need as
much there instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from agents.engine.gguf_file import GgufHeader

Verdict = Literal["fits", "tight", "does not fit", "unknown"]
DEFAULT_CONTEXT = 8192
CONTEXT_STEP = 256
SMALLEST_CONTEXT = 256
SLOTS, BATCH = 8, 512
COMFORTABLE = 0.85
"""A model that takes a larger share of the free memory than this is tight."""

_F16_BYTES, _F32_BYTES = 2, 4


@dataclass(frozen=True, slots=True)
class Need:
    """What a model needs in memory with a context of `context` tokens, in bytes.

    `weights` is the file. llama.cpp maps it, and keeps a rearranged copy of some formats in place
    of the mapped pages. `cache` holds the keys and values, `compute` what a batch is worked out in.
    """

    context: int
    weights: int
    cache: int
    compute: int

    @property
    def total(self) -> int:
        """All of it together."""
        return self.weights + self.cache + self.compute


@dataclass(frozen=True, slots=True)
class Fit:
    """A verdict with its numbers: `free` bytes against the `need`, and the largest context, in
    tokens, whose need is no more than what is free (0 if none is, None if that is not known)."""

    verdict: Verdict
    need: Need | None
    free: int | None
    largest_context: int | None


def usual_context(header: GgufHeader) -> int:
    """The context that a model is opened with when none is asked for: its own, 8,192 at most."""
    return min(header.context_length or DEFAULT_CONTEXT, DEFAULT_CONTEXT)


def need(
    header: GgufHeader, context: int, *, batch: int = BATCH, slots: int = SLOTS
) -> Need | None:
    """What the model needs at `context` tokens; None if its header does not say enough.

    The compute buffer is an estimate: the larger of two stages of llama.cpp's graph, the logits or
    a layer's feed-forward part with the attention masks. Against what llama.cpp 0.3.36 says it
    allocated for 16 shapes of Gemma 3, Llama and mixtures of experts at 512 and 8,192 tokens, the
    total is within 1 % for twelve of them, and between 2 % too small and 24 % too large for all.
    """
    width, vocabulary = header.embedding_length, header.vocabulary_size
    if header.cache_bytes_per_token is None or not width:
        return None
    context = -(-context // CONTEXT_STEP) * CONTEXT_STEP
    masks = 2 if header.sliding_window else 1
    logits = _F32_BYTES * (vocabulary + 2 * width)
    layer = _F32_BYTES * (3 * header.feed_forward_width + 4 * width) + masks * _F16_BYTES * context
    compute = min(batch, context) * max(logits, layer) + slots * vocabulary * _F32_BYTES
    return Need(context, header.size_bytes, context * header.cache_bytes_per_token, compute)


def fit(header: GgufHeader, context: int, free: int | None) -> Fit:
    """Whether the model fits into `free` bytes with a context of so many tokens."""
    needed = need(header, context)
    if needed is None or free is None:
        return Fit("unknown", needed, free, None)
    verdict: Verdict = "does not fit"
    if needed.total <= free * COMFORTABLE:
        verdict = "fits"
    elif needed.total <= free:
        verdict = "tight"
    return Fit(verdict, needed, free, _largest_context(header, free))


def _largest_context(header: GgufHeader, free: int) -> int:
    """By halving: what is needed grows with the context."""
    most = (header.context_length or DEFAULT_CONTEXT) // CONTEXT_STEP
    fits, too_much = 0, most + 1
    while too_much - fits > 1:
        steps = (fits + too_much) // 2
        needed = need(header, steps * CONTEXT_STEP)
        if needed is not None and needed.total <= free:
            fits = steps
        else:
            too_much = steps
    return fits * CONTEXT_STEP
