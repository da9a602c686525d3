"""A GGUF of the true shape of a Gemma 3 with random weights, to measure speed and memory with.

    python scripts/bench/make_model.py OUT.gguf [--shape gemma3-1b] [--quantisation Q4_0]

Norms are F32. With Q4_0 the embedding, which is the output matrix too, is Q8_0, as llama-quantize
makes it for these row lengths. Without `--vocabulary` (any GGUF with a tokenizer) the vocabulary is
made up: Gemma's special tokens at Gemma's ids, all bytes, and strings of letters in the order of
their length, so that text turns into tokens of three or four letters and back.
"""

from __future__ import annotations

import argparse
import itertools
import string
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Type
from gguf.quants import quant_shape_to_byte_shape, quantize
from numpy.typing import NDArray

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY))

from scripts.starter.tokenizer import CHAT_TEMPLATE  # noqa: E402
from training.gemma3 import Gemma3  # noqa: E402
from training.spm_vocabulary import TokenType  # noqa: E402

SHAPES: dict[str, dict[str, int]] = {
    "gemma3-1b": {
        "hidden_size": 1152,
        "num_hidden_layers": 26,
        "intermediate_size": 6912,
        "num_attention_heads": 4,
        "num_key_value_heads": 1,
        "head_dim": 256,
        "query_pre_attn_scalar": 256,
        "sliding_window": 512,
        "max_position_embeddings": 32768,
        "vocab_size": 262144,
    },
    "gemma3-270m": {
        "hidden_size": 640,
        "num_hidden_layers": 18,
        "intermediate_size": 2048,
        "num_attention_heads": 4,
        "num_key_value_heads": 1,
        "head_dim": 256,
        "query_pre_attn_scalar": 256,
        "sliding_window": 512,
        "max_position_embeddings": 32768,
        "vocab_size": 262144,
    },
    "tiny": {
        "hidden_size": 256,
        "num_hidden_layers": 7,
        "intermediate_size": 768,
        "num_attention_heads": 4,
        "num_key_value_heads": 1,
        "head_dim": 64,
        "query_pre_attn_scalar": 64,
        "sliding_window": 512,
        "max_position_embeddings": 8192,
        "vocab_size": 8192,
    },
}
"""Layer shapes of Gemma 3 1B and 270M (their config.json), and one that is quick to make."""

QUANTISATIONS = {"Q4_0": (Type.Q4_0, 2), "Q8_0": (Type.Q8_0, 7), "F16": (Type.F16, 1)}
POOL = 1 << 22
DEVIATION = 0.04
CHUNK_BYTES = 32 << 20


class RandomTensor:
    """Stands where GGUFWriter wants an array: rows cut from a pool of random weights.

    Each row is a window of the pool at a place of its own, so that rows differ and gigabytes cost
    seconds.
    """

    def __init__(self, shape: tuple[int, ...], pool: NDArray[np.uint8], block: int, seed: int):
        self.row_blocks = shape[-1] // block
        self.rows = int(np.prod(shape[:-1]))
        self.pool = pool
        self.seed = seed
        self.nbytes = self.rows * self.row_blocks * pool.shape[1]

    def tofile(self, file: BinaryIO) -> None:
        """Writes the tensor's bytes to `file`."""
        chooser = np.random.default_rng(self.seed)
        places = np.arange(self.row_blocks)
        step = max(1, CHUNK_BYTES // (self.row_blocks * self.pool.shape[1]))
        for first in range(0, self.rows, step):
            count = min(step, self.rows - first)
            starts = chooser.integers(0, len(self.pool) - self.row_blocks, count)
            self.pool[starts[:, None] + places].tofile(file)


def made_up_tokens(size: int) -> tuple[list[str], list[int]]:
    """Texts and types of `size` tokens; a string of letters comes after its own beginnings."""
    special = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "[multimodal]"]
    special += [f"<unused{number}>" for number in range(99)]
    special += ["<start_of_turn>", "<end_of_turn>"]
    texts = special + [f"<0x{byte:02X}>" for byte in range(256)]
    types = [TokenType.CONTROL] * len(special) + [TokenType.BYTE] * 256
    types[3] = TokenType.UNKNOWN
    normal = list(itertools.islice(_letter_strings(), size - len(texts)))
    return texts + normal, [int(kind) for kind in types] + [int(TokenType.NORMAL)] * len(normal)


def _letter_strings() -> Iterator[str]:
    yield from ("▁", "\n", *string.printable[:94])
    for length in itertools.count(1):
        for letters in itertools.product(string.ascii_lowercase, repeat=length):
            word = "".join(letters)
            if length > 1:
                yield word
            yield f"▁{word}"


def write_vocabulary(writer: gguf.GGUFWriter, size: int, donor: Path | None) -> int:
    """Adds the tokenizer's key-values and returns the number of tokens."""
    if donor is None:
        texts, types = made_up_tokens(size)
        writer.add_tokenizer_model("llama")
        writer.add_tokenizer_pre("default")
        writer.add_token_list(texts)
        writer.add_token_scores([-float(number) for number in range(len(texts))])
        writer.add_token_types(types)
        writer.add_add_space_prefix(False)
        writer.add_add_bos_token(True)
        roles = {"bos": "<bos>", "eos": "<eos>", "unknown": "<unk>", "padding": "<pad>"}
        for role, text in {**roles, "eot": "<end_of_turn>"}.items():
            writer.add_uint32(f"tokenizer.ggml.{role}_token_id", texts.index(text))
        writer.add_chat_template(CHAT_TEMPLATE)
        return len(texts)
    fields = gguf.GGUFReader(donor).fields
    for key, field in fields.items():
        if key.startswith("tokenizer."):
            sub_type = field.types[1] if len(field.types) > 1 else None
            writer.add_key_value(key, field.contents(), field.types[0], sub_type)
    if "tokenizer.chat_template" not in fields:
        writer.add_chat_template(CHAT_TEMPLATE)
    return len(fields["tokenizer.ggml.tokens"].data)


def make_model(out: Path, shape: str, quantisation: str, donor: Path | None, seed: int) -> None:
    """Writes the file `out`."""
    config = SHAPES[shape]
    family = Gemma3(config, Path(shape))
    matrix_type, file_type = QUANTISATIONS[quantisation]
    writer = gguf.GGUFWriter(out, family.architecture)
    writer.add_type("model")
    writer.add_name(f"random weights in the shape of {shape}")
    writer.add_file_type(file_type)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    for key, value in family.key_values.items():
        add = writer.add_uint32 if isinstance(value, int) else writer.add_float32
        add(f"{family.architecture}.{key}", value)
    tokens = write_vocabulary(writer, config["vocab_size"], donor)

    weights = np.random.default_rng(seed).normal(0, DEVIATION, POOL).astype(np.float32)
    embedding_type = Type.Q8_0 if matrix_type is Type.Q4_0 else matrix_type
    pools = {
        kind: quantize(weights.reshape(-1, 32), kind).view(np.uint8)
        for kind in {matrix_type, embedding_type}
    }
    pools[Type.F32] = np.ones((POOL // 32, 32), np.float32).view(np.uint8)
    tensors = []
    for number, plan in enumerate(family.tensors(tokens)):
        kind = matrix_type if number else embedding_type
        if len(plan.shape) == 1:
            kind = Type.F32
        tensor = RandomTensor(plan.shape, pools[kind], 32, seed + number)
        assert tensor.nbytes == np.prod(quant_shape_to_byte_shape(plan.shape, kind))
        writer.add_tensor_info(plan.target, plan.shape, np.dtype(np.float32), tensor.nbytes, kind)
        tensors.append(tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    for tensor in tensors:
        writer.write_tensor_data(tensor)
    writer.close()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--shape", choices=SHAPES, default="gemma3-1b")
    parser.add_argument("--quantisation", choices=QUANTISATIONS, default="Q4_0")
    parser.add_argument("--vocabulary", type=Path, help="GGUF file whose tokenizer to take")
    parser.add_argument("--seed", type=int, default=1)
    given: Any = parser.parse_args()
    started = time.perf_counter()
    make_model(given.out, given.shape, given.quantisation, given.vocabulary, given.seed)
    size = given.out.stat().st_size / 1e6
    print(f"{given.out}: {size:,.0f} MB in {time.perf_counter() - started:.1f} s")


if __name__ == "__main__":
    main()
