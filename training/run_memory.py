"""How much memory a run takes, by part, computed from the shapes of its base."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from training.checkpoint import Checkpoint
from training.run_settings import RunSettings

NF4_BYTES = 0.5 + 1 / 64 + 4 / (64 * 256)
"""Bytes of a number: half of one, an 8-bit scale for 64 and a 32-bit scale for 256 of these."""
_EIGHT_BIT = 1 + 4 / 256
_LINEAR = "_proj.weight"
_AGAIN, _AGAIN_NF4 = 2.65, 2.95
"""What the one layer that is computed again takes at its worst, with its gradients, against what a
layer keeps; measured on the starter on the processor, with one, two and four rows of 1,024 tokens
at once, between which the share differs by 7 %, as the allocator lays out its blocks."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What of a base's shape decides the memory: how many numbers its linear layers, its embedding
    (with a head of its own, if any) and the rest have, `sides` the sum of the rows and columns of
    all linear layers, `largest` the numbers of the largest of them; the vectors that a layer keeps
    of a token, in numbers."""

    linear: int
    table: int
    rest: int
    sides: int
    largest: int
    hidden: int
    layers: int
    vectors: int
    vocabulary: int


def shape_of(checkpoint: Checkpoint) -> Shape:
    """Give the shape of the base in a checkpoint; what reads pictures is left out.

    How many vectors of which size a layer keeps was measured on shapes of Gemma 3; for the starter,
    the sum is within 6 % of the measured peak from rows of 512 tokens on. Llama's layers need a
    tenth to a fifth less.
    """
    config: dict[str, Any] = checkpoint.config.get("text_config") or checkpoint.config
    seen = ("vision_tower", "multi_modal_projector")
    shapes = {
        name: stored.shape
        for name, stored in checkpoint.tensors.items()
        if not any(part in name for part in seen)
    }
    linear = [s for name, s in shapes.items() if name.endswith(_LINEAR) and len(s) == 2]
    tables = [s for n, s in shapes.items() if n.endswith(("embed_tokens.weight", "lm_head.weight"))]
    table, all_linear = sum(map(math.prod, tables)), sum(map(math.prod, linear))
    hidden, layers = int(config.get("hidden_size", 0)), int(config.get("num_hidden_layers", 0))
    heads = int(config.get("num_attention_heads", 0))
    heads *= int(config.get("head_dim") or hidden // max(1, heads))
    return Shape(
        all_linear,
        table,
        sum(map(math.prod, shapes.values())) - table - all_linear,
        sum(map(sum, linear)),
        max(map(math.prod, linear), default=0),
        hidden,
        layers,
        24 * hidden + 10 * int(config.get("intermediate_size", 0)) + 3 * heads,
        max((s[0] for s in tables), default=0),
    )


def memory(
    shape: Shape, settings: RunSettings, longest: int | None = None, answers: int | None = None
) -> dict[str, int]:
    """Give bytes by part, where rows have up to `longest` tokens, `answers` of them trained; as
    many as the settings allow where that is not said."""
    longest = settings.longest if longest is None else longest
    answers = longest if answers is None else answers
    width = 2 if settings.precision == "bf16" else 4
    nf4 = settings.quantise == "nf4"
    linear = shape.linear * (NF4_BYTES if nf4 else width)
    trainable = settings.rank * shape.sides
    # bf16 keeps its logits beside those in 32 bits that the loss is computed of.
    logits = 3 * 4 + (2 if width == 2 else 0)
    tokens = longest * settings.at_once
    kept = shape.layers * shape.vectors
    if settings.checkpointing:
        again = _AGAIN_NF4 if nf4 else _AGAIN
        kept = shape.layers * shape.hidden + round(again * shape.vectors)
    parts = {
        "weights": linear + width * shape.rest,
        "embedding": width * shape.table,
        "adapter": 2 * 4 * trainable,
        "optimiser": 2 * trainable * (4 if settings.optimiser == "adamw" else _EIGHT_BIT),
        "logits": logits * min(settings.chunk, answers * settings.at_once) * shape.vocabulary,
        "activations": width * tokens * kept,
    }
    if nf4:
        parts["unpacking"] = 2 * width * shape.largest
    return {name: round(size) for name, size in parts.items()}
