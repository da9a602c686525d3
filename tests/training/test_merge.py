"""An adapter merged into its base, held against peft's merge."""

from __future__ import annotations

import json
import random
import re
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
import torch
from jinja2 import Environment
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

from agents.engine.gguf_file import read_header
from tests.training.tiny_gemma3 import divergence, llama_logits, torch_logits, write_checkpoint
from tests.training.tiny_llama import write_bpe, write_model
from tests.training.tiny_lora import write_lora
from training import output
from training.card import Card, read_card
from training.checkpoint import Checkpoint
from training.convert import ConvertError, convert_checkpoint
from training.lora import note_base
from training.merge import merge_to_checkpoint, merge_to_gguf
from training.modelfile import modelfile, write_modelfile


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(params=["gemma", "llama"])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, Path, Any]:
    """Folders of a base and of an adapter, and what peft makes of both."""
    base = tmp_path / "base"
    if request.param == "gemma":
        write_checkpoint(base, dtype=torch.bfloat16)
    else:
        write_model(base, "llama", write_bpe(base, "smollm"), dtype=torch.bfloat16)
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    merged = write_lora(tmp_path / "lora", model, use_rslora=True)
    return base, tmp_path / "lora", merged


def largest_difference(merged: Any, folder: Path) -> float:
    expected = merged.state_dict()
    found = load_file(folder / "model.safetensors")
    assert set(found) <= set(expected)
    return max(float((found[name].float() - expected[name]).abs().max()) for name in found)


@pytest.mark.parametrize(("kind", "limit"), [("f32", 1e-6), ("f16", 2e-3), ("bf16", 2e-2)])
def test_weights_are_those_of_peft(
    made: tuple[Path, Path, Any], tmp_path: Path, kind: Any, limit: float
) -> None:
    base, lora, merged = made
    out = tmp_path / "merged"
    told: list[float | None] = []
    merge_to_checkpoint(base, lora, out, kind, on_progress=lambda _text, share: told.append(share))
    assert largest_difference(merged, out) < limit
    assert told[-1] == 1
    assert told == sorted(told, key=lambda share: share or 0)
    loaded = AutoModelForCausalLM.from_pretrained(out)
    assert str(loaded.dtype).removeprefix("torch.") == json.loads(
        (out / "config.json").read_text()
    ).get("dtype")
    assert (out / "tokenizer.json").read_bytes() == (base / "tokenizer.json").read_bytes()


def test_bf16_rounds_as_torch_does(tmp_path: Path) -> None:
    from training.merge import _as_type

    values = torch.randn(10000, generator=torch.Generator().manual_seed(3))
    bits = _as_type(values.numpy(), "bf16", "x")
    assert np.array_equal(bits, values.to(torch.bfloat16).view(torch.uint16).numpy())


def test_the_merged_gguf(made: tuple[Path, Path, Any], tmp_path: Path) -> None:
    """Straight to GGUF or by way of a checkpoint: the same tensors, and peft's logits."""
    base, lora, merged = made
    (base / "README.md").write_text(Card("apache-2.0").text("Base"))
    chooser = random.Random(7)
    prompt = [chooser.randrange(6, 700) for _ in range(100)]
    out = tmp_path / "merged.gguf"
    merge_to_gguf(base, lora, out, "f32")
    assert 0 <= divergence(torch_logits(merged, prompt), llama_logits(out, prompt)) < 1e-6
    merge_to_checkpoint(base, lora, tmp_path / "merged", "f32")
    convert_checkpoint(tmp_path / "merged", tmp_path / "again.gguf", "f32")
    first, second = (gguf.GGUFReader(file) for file in (out, tmp_path / "again.gguf"))
    for one, other in zip(first.tensors, second.tensors, strict=True):
        assert (one.name, one.data.tobytes()) == (other.name, other.data.tobytes())
    for reader in (first, second):
        values = {key: field.contents() for key, field in reader.fields.items()}
        assert values["general.license"] == "apache-2.0"
        assert values["general.base_model.count"] == 1
        lineage = values["soma.lineage"]
        assert isinstance(lineage, list)
        assert len(lineage) == 1
        assert re.fullmatch(r"adapter lora \(\w{32}\) merged into \S+ \(\w{32}\)", lineage[0])
    assert read_header(out).name == "base with lora"


def test_a_quantised_merge(made: tuple[Path, Path, Any], tmp_path: Path) -> None:
    base, lora, _ = made
    merge_to_gguf(base, lora, tmp_path / "merged.gguf", "q8_0", "A name")
    header = read_header(tmp_path / "merged.gguf")
    assert (header.name, header.quantisation) == ("A name", "Q8_0")


def refusal(base: Path, lora: Path, out: Path, kind: Any = "f16") -> str:
    with pytest.raises(ConvertError) as caught:
        merge_to_checkpoint(base, lora, out, kind)
    assert list(out.parent.glob(f".{out.name}*")) == []
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_cannot_be_merged(
    made: tuple[Path, Path, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base, lora, _ = made
    out = tmp_path / "merged"
    assert "cannot be of the type q8_0" in refusal(base, lora, out, "q8_0")
    assert "does not exist" in refusal(base, tmp_path / "none", out)
    (tmp_path / "plain").touch()
    assert "cannot be written" in refusal(base, lora, tmp_path / "plain" / "merged")
    assert "is there already" in refusal(base, lora, base)
    with monkeypatch.context() as patched:
        usage = namedtuple("usage", "total used free")
        patched.setattr(output.shutil, "disk_usage", lambda _folder: usage(9, 8, 1))
        assert "are free" in refusal(base, lora, out)
    tensors = load_file(lora / "adapter_model.safetensors")
    name = "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight"
    large = torch.full_like(tensors[name], 1e6)
    save_file(tensors | {name: large}, lora / "adapter_model.safetensors")
    assert "too large for f16" in refusal(base, lora, out)
    note_base(lora, Checkpoint(base))
    weights = load_file(base / "model.safetensors")
    save_file({k: v + 1 for k, v in weights.items()}, base / "model.safetensors")
    assert "whose weights are not those in" in refusal(base, lora, out)
    assert not out.exists()


def test_cards(tmp_path: Path) -> None:
    card = Card("gemma", "1.2", ("a/b", "c"), ("first step", "second: step"))
    (tmp_path / "README.md").write_text(card.text("A title"))
    assert read_card(tmp_path) == card
    front = '---\nlicense: "mit"\nbase_model: some/base\ntags:\n- x\nlanguage: en\n---\ntext: no\n'
    (tmp_path / "README.md").write_text(front)
    assert read_card(tmp_path) == Card("mit", "", ("some/base",))
    (tmp_path / "README.md").write_text("# No front matter\n---\nlicense: no\n---\n")
    assert read_card(tmp_path) == Card()


def test_ollamas_template_is_the_models(tmp_path: Path) -> None:
    """For one question, with and without a system prompt, both give the same text."""
    write_checkpoint(tmp_path / "base")
    text = modelfile(tmp_path / "base", tmp_path / "out" / "model.gguf")
    assert text.startswith('FROM ./model.gguf\nTEMPLATE """')
    assert 'PARAMETER stop "<end_of_turn>"' in text
    template = text.split('"""')[1].partition("{{ .Response }}")[0]
    settings = json.loads((tmp_path / "base" / "tokenizer_config.json").read_text())
    jinja = Environment().from_string(settings["chat_template"])
    for system in ("", "Be brief."):
        system_part = r"\{\{ if .System \}\}(.*?)\{\{ end \}\}"
        ours = re.sub(system_part, r"\1" if system else "", template, flags=re.DOTALL)
        ours = ours.replace("{{ .System }}", system).replace("{{ .Prompt }}", "Hello")
        messages = [{"role": "user", "content": "Hello"}]
        if system:
            messages.insert(0, {"role": "system", "content": system})
        theirs = jinja.render(messages=messages, bos_token="", add_generation_prompt=True)
        assert ours == theirs


def test_a_modelfile_that_is_there(tmp_path: Path) -> None:
    write_bpe(tmp_path / "base", "qwen2")
    (tmp_path / "base" / "chat_template.jinja").write_text("{{ '<|im_start|>' }}")
    file = write_modelfile(tmp_path / "base", tmp_path / "model.gguf")
    assert "<|im_start|>assistant" in file.read_text()
    with pytest.raises(ConvertError, match="is there already"):
        write_modelfile(tmp_path / "base", tmp_path / "model.gguf")
    (tmp_path / "base" / "chat_template.jinja").write_text("{{ messages }}")
    write_modelfile(tmp_path / "base", tmp_path / "model.gguf", overwrite=True)
    assert file.read_text() == "FROM ./model.gguf\n"
