"""A LoRA adapter GGUF with random weights, to measure and test what adapters cost and change.

python scripts/bench/make_adapter.py BASE.gguf OUT.gguf [--rank 8] [--scale 0.05] [--seed 1]
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import gguf
import numpy as np

from training.adapter import BASE_FINGERPRINT

_ADAPTED = re.compile(r"blk\.\d+\.(attn_(q|k|v|output)|ffn_(gate|up|down))\.weight")


def make_adapter(
    base: Path,
    out: Path,
    *,
    rank: int = 8,
    scale: float = 0.05,
    seed: int = 1,
    architecture: str = "",
    fingerprint: str = "",
) -> None:
    """Writes an adapter of all linear layers of `base`; `architecture` claims it is for another,
    `fingerprint` of which base it is."""
    reader = gguf.GGUFReader(base)
    named = architecture or str(reader.fields["general.architecture"].contents())
    chance = np.random.default_rng(seed)
    writer = gguf.GGUFWriter(out, named)
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", float(rank))
    if fingerprint:
        writer.add_string(BASE_FINGERPRINT, fingerprint)
    for tensor in reader.tensors:
        if _ADAPTED.fullmatch(tensor.name):
            columns, rows = (int(length) for length in tensor.shape)
            for part, shape in (("a", (rank, columns)), ("b", (rows, rank))):
                weights = chance.normal(0, scale, shape).astype(np.float32)
                writer.add_tensor(f"{tensor.name}.lora_{part}", weights)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main() -> None:
    """Makes one file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("base", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--rank", type=int, default=8)
    parser.add_argument("--scale", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    make_adapter(given.base, given.out, rank=given.rank, scale=given.scale, seed=given.seed)


if __name__ == "__main__":
    main()
