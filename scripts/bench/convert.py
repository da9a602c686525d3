"""The converter against llama.cpp's own `convert_hf_to_gguf.py`: time and peak memory.

Usage: python scripts/bench/convert.py [--shape S] [--outtype T] [--rounds N] [--folder DIR]
       [--original DIR]

Both convert the same checkpoint, of random weights in bf16 with a vocabulary of the model's size,
in turn, each in a process of its own, start-up included. A time ends when the process has ended,
with `--flushed` when all is on the disk as well, which SOMA always sees to. Memory is the most
that was resident, mapped files included. Every tensor is compared. Ratios are ours over the
original's, of medians. The original is taken out of llama-cpp-python's source archive, which pip
fetches, or lies in the folder `--original`.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import string
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from scripts.bench._common import in_turn, ratio_of_medians, report, say
from scripts.environment.llama_source import converters
from training.bpe_vocabulary import PATTERNS
from training.convert import PLAIN_TYPES
from training.llama import Llama

ROOT = Path(__file__).resolve().parents[2]
SHAPES: dict[str, dict[str, int]] = {
    "llama-3.2-1b": {
        "hidden_size": 2048,
        "num_hidden_layers": 16,
        "intermediate_size": 8192,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "head_dim": 64,
        "vocab_size": 128256,
    },
    "smollm-135m": {
        "hidden_size": 576,
        "num_hidden_layers": 30,
        "intermediate_size": 1536,
        "num_attention_heads": 9,
        "num_key_value_heads": 3,
        "head_dim": 64,
        "vocab_size": 49152,
    },
    "tiny": {
        "hidden_size": 64,
        "num_hidden_layers": 2,
        "intermediate_size": 128,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 16,
        "vocab_size": 1000,
    },
}
"""Layer shapes of Llama 3.2 1B and SmolLM 135M (their config.json), and one that is quick."""

PRE = "llama-bpe"
SPECIAL = ("<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>")
DEVIATION = 0.04
POOL = 1 << 22


def make_checkpoint(folder: Path, shape: str) -> None:
    """Writes a checkpoint of random weights in bf16, and a tokenizer, to the new folder."""
    import numpy as np

    config: dict[str, Any] = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_act": "silu",
        "max_position_embeddings": 131072,
        "rms_norm_eps": 1e-5,
        "rope_theta": 500000.0,
        "tie_word_embeddings": True,
        "torch_dtype": "bfloat16",
        **SHAPES[shape],
    }
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(config))
    _make_tokenizer(folder, int(config["vocab_size"]))
    chooser = np.random.default_rng(1)
    pool = (chooser.normal(0, DEVIATION, POOL).astype(np.float32).view(np.uint32) >> 16).astype(
        np.uint16
    )
    header, sizes, start = {}, [], 0
    for plan in Llama(config, folder).tensors(int(config["vocab_size"])):
        size = int(np.prod(plan.shape))
        offsets = [start, start + 2 * size]
        entry = {"dtype": "BF16", "shape": plan.shape, "data_offsets": offsets}
        header[f"model.{plan.source}"] = entry
        sizes.append(size)
        start += 2 * size
    head = json.dumps(header).encode()
    with (folder / "model.safetensors").open("wb") as file:
        file.write(struct.pack("<Q", len(head)) + head)
        for size in sizes:
            while size:
                part = pool[int(chooser.integers(0, POOL // 2)) :][:size]
                part.tofile(file)
                size -= len(part)


def _make_tokenizer(folder: Path, size: int) -> None:
    """A byte-level BPE of `size` tokens: bytes, and strings of letters in the order of length."""
    from tokenizers import AddedToken, Regex, Tokenizer, models, pre_tokenizers

    texts = sorted(pre_tokenizers.ByteLevel.alphabet())
    merges = []
    room = size - len(SPECIAL)
    for length in itertools.count(2):
        for letters in itertools.product(string.ascii_lowercase, repeat=length):
            if len(texts) == room:
                break
            word = "".join(letters)
            texts.append(word)
            merges.append((word[:-1], word[-1]))
        if len(texts) == room:
            break
    vocabulary = {text: number for number, text in enumerate(texts)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges, ignore_merges=True))
    pattern = next(pattern for pattern, name in PATTERNS.items() if name == PRE)
    cut = pre_tokenizers.Split(Regex(pattern), behavior="isolated")
    level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([cut, level])
    tokenizer.add_special_tokens([AddedToken(text, special=True) for text in SPECIAL])
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = {
        "bos_token": SPECIAL[0],
        "eos_token": SPECIAL[2],
        "tokenizer_class": "PreTrainedTokenizerFast",
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))


def measured(command: list[str], log: Path, *, flushed: bool) -> tuple[float, float]:
    """Seconds that a command takes, and the most memory that it holds, in MB (10^6 bytes)."""
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "PYTHONPATH": str(ROOT)}
    with log.open("wb") as said:
        started = time.monotonic()
        child = subprocess.Popen(command, stdout=said, stderr=said, env=environment)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if flushed:
            os.sync()
        seconds = time.monotonic() - started
    if child.returncode:
        raise SystemExit(f"{command[:4]} failed:\n{log.read_text(errors='replace')[-2000:]}")
    return seconds, usage.ru_maxrss * 1024 / 1e6


def same_tensors(one: Path, other: Path) -> int:
    """How many tensors both files hold with the same name, type, shape and bytes; ends the
    benchmark where they differ."""
    import gguf
    import numpy as np

    first, second = ({t.name: t for t in gguf.GGUFReader(file).tensors} for file in (one, other))
    if set(first) != set(second):
        raise SystemExit(f"other tensors: {sorted(set(first) ^ set(second))[:5]}")
    for name, tensor in first.items():
        twin = second[name]
        same = tensor.tensor_type == twin.tensor_type and np.array_equal(tensor.shape, twin.shape)
        if not (same and np.array_equal(tensor.data, twin.data)):
            raise SystemExit(f"{name} differs")
    return len(first)


def run(work: Path, shape: str, outtype: str, rounds: int, original: Path, flushed: bool) -> None:
    """Measures and reports."""
    say(f"making a checkpoint in the shape of {shape}")
    checkpoint, ours, theirs = work / "checkpoint", work / "ours.gguf", work / "theirs.gguf"
    make_checkpoint(checkpoint, shape)
    arguments = ["--outtype", outtype, "--outfile", str(theirs), str(checkpoint)]
    job = {"script": "convert_hf_to_gguf.py", "pre": PRE, "arguments": arguments}
    (work / "jobs.json").write_text(json.dumps([job]))
    soma = [sys.executable, "-m", "soma_tui.cli", "convert", str(checkpoint), str(ours)]
    soma += ["--outtype", outtype, "--overwrite"]
    program = str(Path(__file__).with_name("_original.py"))
    llama = [sys.executable, program, str(original), str(work / "jobs.json")]
    most_memory: dict[str, list[float]] = {"ours": [], "original": []}

    def time_of(name: str, command: list[str]) -> float:
        seconds, most = measured(command, work / "log", flushed=flushed)
        most_memory[name].append(most)
        say(f"{name}: {seconds:.1f} s, {most:.0f} MB")
        return seconds

    seconds = in_turn(rounds, lambda: time_of("ours", soma), lambda: time_of("original", llama))
    memory = {name: most[1:] for name, most in most_memory.items()}
    report(
        "convert",
        shape=shape,
        outtype=outtype,
        flushed=flushed,
        tensors_equal=same_tensors(ours, theirs),
        output_bytes=ours.stat().st_size,
        seconds={"ours": seconds[0], "original": seconds[1]},
        memory_mb=memory,
        time_ratio=ratio_of_medians(*seconds),
        memory_ratio=ratio_of_medians(memory["ours"], memory["original"]),
    )


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shape", choices=SHAPES, default="llama-3.2-1b")
    parser.add_argument("--outtype", choices=PLAIN_TYPES, default="f16")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where to work (a temporary folder)")
    parser.add_argument("--original", type=Path, help="folder with convert_hf_to_gguf.py")
    parser.add_argument("--flushed", action="store_true", help="wait for the disk, too")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as work:
        original = given.original or converters()
        run(Path(work), given.shape, given.outtype, given.rounds, original, given.flushed)


if __name__ == "__main__":
    main()
