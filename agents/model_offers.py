"""Real models that are offered by name, for those who have none on this machine yet."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Offer:
    """A model that can be downloaded: a short name for `reference`, and what to expect.

    `gigabytes` (of 10⁹ bytes) is what its publisher states; the exact size is asked for before a
    download begins.
    """

    name: str
    reference: str
    gigabytes: float
    licence: str
    what: str


OFFERS = (
    Offer(
        "gemma-3-270m",
        "ggml-org/gemma-3-270m-it-GGUF:Q8_0",
        0.29,
        "gemma",
        "quick on any machine",
    ),
    Offer(
        "gemma-3-1b",
        "bartowski/google_gemma-3-1b-it-qat-GGUF:Q4_0",
        0.72,
        "gemma",
        "usual for a laptop",
    ),
    Offer(
        "gemma-3-4b",
        "bartowski/google_gemma-3-4b-it-qat-GGUF:Q4_0",
        2.37,
        "gemma",
        "from 8 GB of memory",
    ),
    Offer(
        "qwen3-0.6b",
        "Qwen/Qwen3-0.6B-GGUF:Q8_0",
        0.64,
        "apache-2.0",
        "small, free licence",
    ),
    Offer(
        "qwen3-1.7b",
        "Qwen/Qwen3-1.7B-GGUF:Q8_0",
        1.83,
        "apache-2.0",
        "larger, free licence",
    ),
    Offer(
        "llama-3.2-1b",
        "bartowski/Llama-3.2-1B-Instruct-GGUF:Q4_K_M",
        0.81,
        "llama3.2",
        "follows instructions",
    ),
)
