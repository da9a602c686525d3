"""LoRA adapters to GGUF: base and adapter together give what peft's merged model gives."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from agents.engine.gguf_file import read_header
from tests.training.tiny_gemma3 import divergence, llama_logits, torch_logits, write_checkpoint
from tests.training.tiny_llama import write_bpe, write_model
from tests.training.tiny_lora import write_lora
from training.adapter import BASE_FINGERPRINT, convert_adapter
from training.checkpoint import Checkpoint
from training.convert import FINGERPRINT, ConvertError, convert_checkpoint
from training.lora import CONFIG, WEIGHTS, note_base


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Any]]:
    """A Gemma 3, which llama.cpp wants as it is, and a Llama, whose q and k are put in turn."""
    folder = tmp_path_factory.mktemp("bases")
    made = {"gemma": (folder / "gemma", write_checkpoint(folder / "gemma"))}
    tokens = write_bpe(folder / "llama", "smollm")
    made["llama"] = (folder / "llama", write_model(folder / "llama", "llama", tokens))
    return made


@pytest.fixture
def prompt() -> list[int]:
    chooser = random.Random(7)
    return [chooser.randrange(6, 700) for _ in range(100)]


def values(path: Path) -> dict[str, Any]:
    return {key: field.contents() for key, field in gguf.GGUFReader(path).fields.items()}


@pytest.mark.parametrize("family", ["gemma", "llama"])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"use_rslora": True},
        {"rank_pattern": {"q_proj": 4}, "alpha_pattern": {"layers.1.mlp.up_proj": 40}},
        {"target_modules": ["k_proj"]},
    ],
    ids=["plain", "rslora", "patterns", "one"],
)
def test_base_and_adapter_give_what_peft_merges(
    bases: dict[str, tuple[Path, Any]],
    prompt: list[int],
    tmp_path: Path,
    family: str,
    changes: dict[str, Any],
) -> None:
    folder, model = bases[family]
    merged = torch_logits(write_lora(tmp_path / "lora", model, **changes), prompt)
    convert_checkpoint(folder, tmp_path / "base.gguf", "f32")
    convert_adapter(tmp_path / "lora", folder, tmp_path / "lora.gguf")
    together = llama_logits(tmp_path / "base.gguf", prompt, tmp_path / "lora.gguf")
    assert 0 <= divergence(merged, together) < 1e-6
    assert divergence(merged, llama_logits(tmp_path / "base.gguf", prompt)) > 1e-3


def test_key_values(bases: dict[str, tuple[Path, Any]], tmp_path: Path) -> None:
    folder, model = bases["llama"]
    write_lora(tmp_path / "lora", model, use_rslora=True)
    convert_adapter(tmp_path / "lora", folder, tmp_path / "lora.gguf", "f16", "A name")
    convert_checkpoint(folder, tmp_path / "base.gguf")
    found = values(tmp_path / "lora.gguf")
    expected = {
        "general.architecture": "llama",
        "general.type": "adapter",
        "general.name": "A name",
        "general.file_type": 1,
        "general.base_model.count": 1,
        "general.base_model.0.name": "llama",
        "adapter.type": "lora",
        BASE_FINGERPRINT: values(tmp_path / "base.gguf")[FINGERPRINT],
    }
    assert {key: found.get(key) for key in expected} == expected
    assert found["adapter.lora.alpha"] == pytest.approx(16 * 8**0.5)
    assert read_header(tmp_path / "lora.gguf").kind == "adapter"


def test_a_fingerprint_is_of_the_tensors(
    bases: dict[str, tuple[Path, Any]], tmp_path: Path
) -> None:
    folder, model = bases["llama"]
    model.save_pretrained(tmp_path / "shards", max_shard_size="50KB")
    whole = Checkpoint(folder).fingerprint()
    shards = Checkpoint(tmp_path / "shards")
    assert len({stored.file for stored in shards.tensors.values()}) > 2
    assert shards.fingerprint() == whole
    tensors = load_file(folder / "model.safetensors")
    tensors["model.layers.2.mlp.up_proj.weight"] += 1e-4
    for file in (tmp_path / "shards").glob("*.safetensors*"):
        file.unlink()
    save_file(tensors, tmp_path / "shards" / "model.safetensors")
    assert Checkpoint(tmp_path / "shards").fingerprint() != whole


@pytest.fixture
def lora(bases: dict[str, tuple[Path, Any]], tmp_path: Path) -> Path:
    """An adapter on the Llama, to be spoilt."""
    write_lora(tmp_path / "lora", bases["llama"][1])
    return tmp_path / "lora"


def refusal(lora: Path, base: Path) -> str:
    with pytest.raises(ConvertError) as caught:
        convert_adapter(lora, base, lora.parent / "out.gguf")
    assert list(lora.parent.glob("*out.gguf*")) == []
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_an_adapter_for_another_base(
    bases: dict[str, tuple[Path, Any]], lora: Path, tmp_path: Path
) -> None:
    folder = bases["llama"][0]
    assert "another base" in refusal(lora, bases["gemma"][0])
    note_base(lora, Checkpoint(folder))
    convert_adapter(lora, folder, tmp_path / "fits.gguf")
    tokens = write_bpe(tmp_path / "other", "smollm")
    write_model(tmp_path / "other", "llama", tokens, tie_word_embeddings=True)
    assert "was trained on llama, whose weights are not those in" in refusal(
        lora, tmp_path / "other"
    )
    (lora / "base.json").write_text("{")
    assert "is not JSON" in refusal(lora, folder)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"use_dora": True}, "uses DoRA"),
        ({"modules_to_save": ["lm_head"]}, "modules_to_save"),
        ({"bias": "all"}, "biases (all)"),
        ({"peft_type": "LOHA"}, "of the type LOHA"),
        ({"fan_in_fan_out": True}, "fan_in_fan_out"),
        ({"init_lora_weights": "pissa_niter_4"}, "starts with pissa_niter_4"),
        ({"lora_alpha": None}, "no lora_alpha"),
        ({"alpha_pattern": ["q_proj"]}, "no lora_alpha"),
        ({"alpha_pattern": {"(": 3}}, "no lora_alpha"),
    ],
)
def test_what_cannot_be_expressed(
    bases: dict[str, tuple[Path, Any]], lora: Path, changes: dict[str, Any], expected: str
) -> None:
    content = json.loads((lora / CONFIG).read_text())
    (lora / CONFIG).write_text(json.dumps(content | changes))
    assert expected in refusal(lora, bases["llama"][0])


def test_adapters_that_peft_makes_and_llama_cpp_cannot_use(
    bases: dict[str, tuple[Path, Any]], tmp_path: Path
) -> None:
    folder, model = bases["llama"]
    write_lora(tmp_path / "dora", model, use_dora=True)
    assert "uses DoRA" in refusal(tmp_path / "dora", folder)
    write_lora(tmp_path / "embedding", model, target_modules=["embed_tokens"])
    assert "is no part of a LoRA of matrices" in refusal(tmp_path / "embedding", folder)


def test_damaged_adapters(bases: dict[str, tuple[Path, Any]], lora: Path, tmp_path: Path) -> None:
    folder = bases["llama"][0]
    assert "does not exist" in refusal(tmp_path / "none", folder)
    tensors = load_file(lora / WEIGHTS)
    name = "base_model.model.model.layers.0.self_attn.q_proj.lora_{}.weight"
    for one in "AB":
        save_file({k: v for k, v in tensors.items() if k != name.format(one)}, lora / WEIGHTS)
        assert "lacks the partner of" in refusal(lora, folder)
    wrong = tensors[name.format("B")].repeat(2, 1)
    save_file(tensors | {name.format("B"): wrong}, lora / WEIGHTS)
    assert "in the shape (128, 64), and the base has (64, 64)" in refusal(lora, folder)
    save_file(tensors | {name.format("A"): torch.full((8, 64), np.nan)}, lora / WEIGHTS)
    assert "not finite" in refusal(lora, folder)
    save_file({}, lora / WEIGHTS)
    assert "holds no matrices" in refusal(lora, folder)
    (lora / WEIGHTS).write_bytes(b"short")
    assert "damaged or cut off" in refusal(lora, folder)
    (lora / WEIGHTS).unlink()
    assert "holds no weights" in refusal(lora, folder)
    (lora / "adapter_model.bin").touch()
    assert "pickle" in refusal(lora, folder)
    (lora / CONFIG).unlink()
    assert "has no adapter_config.json" in refusal(lora, folder)


def test_k_quants_of_an_adapter(bases: dict[str, tuple[Path, Any]], lora: Path) -> None:
    with pytest.raises(ConvertError, match="cannot be of the type q4_k_m"):
        convert_adapter(lora, bases["llama"][0], lora.parent / "out.gguf", "q4_k_m")
