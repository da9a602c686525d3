"""The size of the key-value cache, as headers of different kinds of models describe it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import gguf
import numpy as np
import pytest

from agents.engine.gguf_file import GgufHeader, read_header

Describe = Callable[[gguf.GGUFWriter], None]
F16 = 2


def header(path: Path, *describe: Describe, layers: int = 4) -> GgufHeader:
    """The header of a file with an embedding of 64 values and so many layers."""
    writer = gguf.GGUFWriter(path / "model.gguf", "llama")
    writer.add_context_length(2048)
    writer.add_embedding_length(64)
    writer.add_block_count(layers)
    for one in describe:
        one(writer)
    writer.add_tensor("token_embd.weight", np.zeros((8, 64), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return read_header(path / "model.gguf")


def heads(count: int, kv: int | list[int] | None = None) -> Describe:
    def describe(writer: gguf.GGUFWriter) -> None:
        writer.add_head_count(count)
        if kv is not None:
            writer.add_head_count_kv(kv)

    return describe


def lengths(key: int, value: int) -> Describe:
    def describe(writer: gguf.GGUFWriter) -> None:
        writer.add_key_length(key)
        writer.add_value_length(value)

    return describe


def number(key: str, value: int) -> Describe:
    return lambda writer: writer.add_uint32(f"llama.{key}", value)


@pytest.mark.parametrize(
    ("describe", "elements"),
    [
        ([heads(4)], 4 * 4 * (16 + 16)),
        ([heads(4, 2)], 4 * 2 * (16 + 16)),
        ([heads(4, 2), lengths(24, 8)], 4 * 2 * (24 + 8)),
        ([heads(4, [2, 0, 1, 0])], 3 * (16 + 16)),
        ([heads(4, 2), number("attention.shared_kv_layers", 3)], 1 * 2 * 32),
        ([heads(4, 2), number("full_attention_interval", 4)], 1 * 2 * 32),
        ([heads(4, 1), lengths(40, 32), number("attention.key_length_mla", 24)], 4 * 40),
        (
            [
                heads(4, 1), lengths(32, 32), number("attention.key_length_swa", 8),
                number("attention.value_length_swa", 8),
                lambda w: w.add_array("llama.attention.sliding_window_pattern", [1, 1, 1, 0]),
            ],
            3 * 16 + 64,
        ),
        (
            [
                heads(4, 1), lengths(32, 32), number("attention.key_length_swa", 8),
                number("attention.value_length_swa", 8),
                number("attention.sliding_window_pattern", 2),
            ],
            2 * (8 + 8) + 2 * 64,
        ),
    ],
    ids=[
        "all heads", "grouped", "own lengths", "a number a layer", "shared", "some recurrent",
        "latent", "short sliding by list", "short sliding by number",
    ],
)  # fmt: skip
def test_bytes_of_a_token(describe: list[Describe], elements: int, tmp_path: Path) -> None:
    assert header(tmp_path, *describe).cache_bytes_per_token == elements * F16


@pytest.mark.parametrize(
    "describe",
    [
        [],
        [heads(4, [1, 2])],
        [lambda w: w.add_string("llama.attention.head_count", "many")],
        [lambda w: w.add_array("llama.attention.head_count", [-1, 1, 1, 1])],
        [lambda w: w.add_array("llama.attention.head_count", ["a", "b", "c", "d"])],
    ],
    ids=["no heads", "too few", "a text", "negative", "texts"],
)
def test_what_the_header_does_not_say_soundly_is_unknown(
    describe: list[Describe], tmp_path: Path
) -> None:
    assert header(tmp_path, *describe).cache_bytes_per_token is None


def test_more_layers_than_llama_cpp_takes_are_unknown(tmp_path: Path) -> None:
    assert header(tmp_path, heads(4), layers=4_000_000_000).cache_bytes_per_token is None


def test_the_width_of_a_layer_counts_the_experts_in_use(tmp_path: Path) -> None:
    assert header(tmp_path, number("feed_forward_length", 96)).feed_forward_width == 96
    mixture = [number("feed_forward_length", 96), number("expert_used_count", 4)]
    assert header(tmp_path, *mixture).feed_forward_width == 4 * 96
    small = [*mixture, number("expert_feed_forward_length", 10)]
    assert header(tmp_path, *small).feed_forward_width == 96
    uneven = [lambda w: w.add_array("llama.feed_forward_length", [10, 40, 20, 30])]
    assert header(tmp_path, *uneven).feed_forward_width == 40


def test_the_starter_s_is_six_layers_of_two_heads(starter_path: Path) -> None:
    starter = read_header(starter_path)
    assert starter.cache_bytes_per_token == 6 * 2 * (64 + 64) * F16
    assert starter.feed_forward_width == 768
    assert starter.sliding_window
