"""What a model's header says about the memory of its key-value cache and of its layers' work.

The names and defaults of the keys are those of llama.cpp (`llama-hparams.cpp`, `llama-model.cpp`,
`llama-kv-cache.cpp`).
"""

from __future__ import annotations

from agents.engine.gguf_layout import SCALARS, Array, Layout

MOST_LAYERS = 512
_F16_BYTES = 2


def cache_bytes_per_token(layout: Layout, architecture: str) -> int | None:
    """Bytes of an F16 key-value cache for one token, over all layers; None if the header does not
    say.

    Sliding-window layers count whole, as SOMA's contexts keep them. Recurrent layers have no such
    cache; their state of a fixed size is left out.
    """
    layers = _number(layout, f"{architecture}.block_count")
    attention = f"{architecture}.attention"
    heads = _per_layer(layout, f"{attention}.head_count", layers)
    kv_heads = heads
    if f"{attention}.head_count_kv" in layout.values:
        kv_heads = _per_layer(layout, f"{attention}.head_count_kv", layers)
    if not layers or kv_heads is None or heads is None:
        return None
    width = _number(layout, f"{architecture}.embedding_length") or 0
    head_width = width // heads[0] if heads[0] else 0
    sliding = _sliding(layout, attention, layers)
    lengths = {}
    for part in ("key", "value"):
        full = _number(layout, f"{attention}.{part}_length") or head_width
        lengths[part] = (full, _number(layout, f"{attention}.{part}_length_swa") or full)
    if f"{attention}.key_length_mla" in layout.values:
        lengths["value"] = (0, 0)
    cached = layers - (_number(layout, f"{attention}.shared_kv_layers") or 0)
    interval = _number(layout, f"{architecture}.full_attention_interval") or 1
    elements = sum(
        kv_heads[layer] * (lengths["key"][sliding[layer]] + lengths["value"][sliding[layer]])
        for layer in range(max(0, cached))
        if (layer + 1) % interval == 0
    )
    return elements * _F16_BYTES


def feed_forward_width(layout: Layout, architecture: str) -> int:
    """The most values a token has inside a feed-forward layer, its experts' together; 0 if the
    header does not say."""
    layers = _number(layout, f"{architecture}.block_count")
    dense = _per_layer(layout, f"{architecture}.feed_forward_length", layers) or [0]
    expert = _per_layer(layout, f"{architecture}.expert_feed_forward_length", layers) or dense
    used = _number(layout, f"{architecture}.expert_used_count") or 0
    return max(*dense, used * max(expert)) if used else max(dense)


def _sliding(layout: Layout, attention: str, layers: int) -> list[bool]:
    """Which layers look at a window only: by a list, or all but every n-th."""
    key = f"{attention}.sliding_window_pattern"
    if not isinstance(layout.values.get(key), Array):
        every = _number(layout, key) or 1
        return [layer % every < every - 1 for layer in range(layers)]
    return [bool(value) for value in _per_layer(layout, key, layers) or [0] * layers]


def _number(layout: Layout, key: str) -> int | None:
    value = layout.values.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _per_layer(layout: Layout, key: str, layers: int | None) -> list[int] | None:
    """One number a layer, from a list or from a single one for all; None where neither is there."""
    value = layout.values.get(key)
    if not layers or layers > MOST_LAYERS:
        return None
    if isinstance(value, Array):
        form = SCALARS.get(value.type)
        if form is None or value.count < layers:
            return None
        data = memoryview(layout.header)[value.start : value.start + layers * form.size]
        numbers = [number for (number,) in form.iter_unpack(data)]
        return [int(n) for n in numbers] if all(_is_count(n) for n in numbers) else None
    number = _number(layout, key)
    return None if number is None else [number] * layers


def _is_count(number: object) -> bool:
    return isinstance(number, int) and number >= 0
