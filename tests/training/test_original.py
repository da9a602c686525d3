"""Every tensor and key-value held against what llama.cpp's own converters make."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import gguf
import pytest

from scripts.environment.llama_source import converters
from tests.training.tiny_bert import write_bert
from tests.training.tiny_gemma3 import write_checkpoint
from tests.training.tiny_llama import LLAMA3_ROPE, write_bpe, write_model
from tests.training.tiny_lora import write_lora
from training.adapter import convert_adapter
from training.convert import convert_checkpoint

ROOT = Path(__file__).resolve().parents[2]
FAMILIES: dict[str, tuple[str, dict[str, Any]]] = {
    "llama": ("llama-bpe", {"rope_parameters": LLAMA3_ROPE, "head_dim": 32}),
    "mistral": ("tekken", {"sliding_window": None}),
    "qwen2": ("qwen2", {"tie_word_embeddings": True}),
    "qwen3": ("qwen2", {"head_dim": 32}),
}
PRE: dict[str, str | None] = {"gemma3": None, "bert": "jina-v2-en"} | {
    k: v[0] for k, v in FAMILIES.items()
}
TYPES = ("f32", "f16", "bf16", "q8_0")
OURS_ALONE = {
    "soma.fingerprint",
    "soma.base_fingerprint",
    "general.base_model.count",
    "general.base_model.0.name",
    "general.file_type",
    "tokenizer.ggml.eot_token_id",
    "tokenizer.ggml.add_bos_token",
    "tokenizer.ggml.add_eos_token",
    "tokenizer.ggml.add_sep_token",
}
"""What only our files say: fingerprints, an adapter's base and type, the end of a turn, and which
tokens are added where the tokenizer's files are silent."""
THEIRS_ALONE = {
    "general.finetune",
    "general.tags",
    "general.basename",
    "general.quantized_by",
    "general.sampling.top_k",
    "general.sampling.top_p",
    "general.sampling.temp",
    "gemma3.rope.scaling.type",
    "tokenizer.ggml.add_sep_token",
}
"""What is read out of the folder's name, or is a default of llama.cpp's."""
BY_NAME = {"general.name", "general.size_label"}
"""What both derive from the folder's name in ways of their own."""


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of tiny models and adapters with what the original makes of each, in one run."""
    work = tmp_path_factory.mktemp("original")
    models: dict[str, Any] = {
        "gemma3": write_checkpoint(work / "gemma3", intermediate_size=100),
        "bert": write_bert(work / "bert"),
    }
    named = {"cls_token": "[CLS]", "sep_token": "[SEP]", "unk_token": "[UNK]"}
    named |= {"pad_token": "[PAD]", "mask_token": "[MASK]"}
    (work / "bert" / "tokenizer_config.json").write_text(json.dumps(named))
    for family, (pre, changes) in FAMILIES.items():
        tokens = write_bpe(work / family, pre, bos=pre != "qwen2")
        models[family] = write_model(work / family, family, tokens, **changes)
    jobs = [
        job(work / family, work / f"{family}-{kind}.original", PRE[family], "--outtype", kind)
        for family in models
        for kind in TYPES
    ]
    for family in FAMILIES:
        lora = work / f"{family}-lora"
        write_lora(lora, models[family])
        out = work / f"{family}-lora.original"
        jobs.append(job(lora, out, PRE[family], "--base", str(work / family), lora=True))
    (work / "jobs.json").write_text(json.dumps(jobs))
    program = ROOT / "scripts" / "bench" / "_original.py"
    done = subprocess.run(
        [sys.executable, program, converters(), work / "jobs.json"],
        capture_output=True,
        text=True,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return work


def job(
    folder: Path, out: Path, pre: str | None, *options: str, lora: bool = False
) -> dict[str, Any]:
    script = "convert_lora_to_gguf.py" if lora else "convert_hf_to_gguf.py"
    return {
        "script": script,
        "pre": pre,
        "arguments": [*options, "--outfile", str(out), str(folder)],
    }


def tensors(path: Path) -> dict[str, tuple[Any, ...]]:
    return {
        tensor.name: (tensor.tensor_type.name, tensor.shape.tolist(), tensor.data.tobytes())
        for tensor in gguf.GGUFReader(path).tensors
    }


def values(path: Path) -> dict[str, Any]:
    return {key: field.contents() for key, field in gguf.GGUFReader(path).fields.items()}


def differences(ours: Path, theirs: Path) -> tuple[set[str], set[str], set[str]]:
    """Keys of ours alone, of theirs alone, and of both with another value."""
    one, other = values(ours), values(theirs)
    layout = {"GGUF.kv_count", "GGUF.tensor_count", "GGUF.version"}
    both = (set(one) & set(other)) - layout
    changed = {key for key in both if one[key] != other[key]}
    return set(one) - set(other), set(other) - set(one), changed


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("family", PRE)
def test_every_tensor_is_the_original_s(work: Path, tmp_path: Path, family: str, kind: Any) -> None:
    out = tmp_path / "ours.gguf"
    convert_checkpoint(work / family, out, kind)
    ours, theirs = tensors(out), tensors(work / f"{family}-{kind}.original")
    assert set(ours) == set(theirs)
    for name, tensor in theirs.items():
        assert ours[name] == tensor, name


@pytest.mark.parametrize("family", FAMILIES)
def test_every_tensor_of_an_adapter_is_the_original_s(
    work: Path, tmp_path: Path, family: str
) -> None:
    out = tmp_path / "ours.gguf"
    convert_adapter(work / f"{family}-lora", work / family, out)
    theirs = work / f"{family}-lora.original"
    assert tensors(out) == tensors(theirs)
    ours_alone, theirs_alone, changed = differences(out, theirs)
    assert (ours_alone - OURS_ALONE, theirs_alone - THEIRS_ALONE) == (set(), set())
    assert changed <= BY_NAME


@pytest.mark.parametrize("family", PRE)
def test_the_key_values_are_the_original_s(work: Path, tmp_path: Path, family: str) -> None:
    out = tmp_path / "ours.gguf"
    convert_checkpoint(work / family, out, "f16")
    ours_alone, theirs_alone, changed = differences(out, work / f"{family}-f16.original")
    if family == "gemma3":
        # The original reads tokens of this kind from tokenizer.model alone.
        ours_alone, theirs_alone, changed = (
            {key for key in keys if not key.startswith("tokenizer.")}
            for keys in (ours_alone, theirs_alone, changed)
        )
    assert (ours_alone - OURS_ALONE, theirs_alone - THEIRS_ALONE) == (set(), set())
    assert changed <= BY_NAME


def test_the_comparison_sees_a_changed_tensor(work: Path, tmp_path: Path) -> None:
    shutil.copytree(work / "qwen2", tmp_path / "qwen2")
    weights = bytearray((tmp_path / "qwen2" / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (tmp_path / "qwen2" / "model.safetensors").write_bytes(weights)
    convert_checkpoint(tmp_path / "qwen2", tmp_path / "ours.gguf", "f32")
    assert tensors(tmp_path / "ours.gguf") != tensors(work / "qwen2-f32.original")
