"""Which settings a run gets where nothing else is asked for, by the hardware it is to run on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from training.hardware import Hardware
from training.run_settings import RunSettings

ROOM_OF_CARD = 700 << 20
"""Bytes of a card that the driver, CUDA's own code and what is lost between blocks take."""
ROOM_OF_MAIN = 1 << 30
"""Bytes of main memory that the program of a run takes beside its tensors."""
SHORT = 512
TINY = 50_000_000
"""Numbers of a base's weights below which it learns at TINY_RATE: the best rate of LoRA falls with
a model's width. At 3e-3 the starter learned as much and forgot more of the canaries."""
TINY_RATE = 1.5e-3
_SMALL_CHUNK = 128


def choose(
    settings: RunSettings,
    asked: frozenset[str],
    hardware: Hardware,
    needed: Callable[[RunSettings], int],
) -> RunSettings:
    """Give the first of the settings for this hardware, from the fastest to the smallest, of which
    `needed` says that they fit into its free memory; the smallest where none does.

    What was `asked` for by name stays as it is. A card without bf16 computes in 32 bits: 16-bit
    floats without bf16's range overflow in Gemma 3.
    """
    last = settings
    for changes in _ladder(settings, hardware):
        kept = {name: value for name, value in changes.items() if name not in asked}
        last = replace(settings, **kept)
        if hardware.free is None or needed(last) + room_of(hardware) <= hardware.free:
            return last
    return last


def room_of(hardware: Hardware) -> int:
    """Give the bytes that are left free beside what is computed for a run."""
    return ROOM_OF_CARD if hardware.card else ROOM_OF_MAIN


def _ladder(settings: RunSettings, hardware: Hardware) -> Iterator[dict[str, Any]]:
    """Changes of settings, each to be tried in place of those before, the fastest first."""
    same: dict[str, Any] = {"device": hardware.device, "precision": "fp32"}
    at_once = 1
    if hardware.card:
        same |= {"optimiser": "paged_adamw_8bit"}
        same |= {"precision": "bf16" if hardware.bf16 else "fp32"}
        at_once = settings.batch
    yield {**same, "at_once": at_once}
    yield {**same, "at_once": at_once, "checkpointing": True}
    small = {**same, "checkpointing": True, "quantise": "nf4"}
    while at_once >= 1:
        yield {**small, "at_once": at_once}
        at_once //= 2
    yield {**small, "at_once": 1, "chunk": _SMALL_CHUNK}
    if settings.longest > SHORT:
        yield {**small, "at_once": 1, "chunk": _SMALL_CHUNK, "longest": SHORT}
