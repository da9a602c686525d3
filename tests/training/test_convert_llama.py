"""Llama, Mistral, Qwen 2 and Qwen 3 to GGUF, held against transformers and tokenizers."""

from __future__ import annotations

import json
import random
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from agents.engine.gguf_file import check_can_chat, read_header
from tests.training.tiny_gemma3 import (
    divergence,
    hard_strings,
    llama_logits,
    llama_tokens,
    loaded,
    torch_logits,
)
from tests.training.tiny_llama import LLAMA3_ROPE, write_bpe, write_model, write_spm
from training.convert import ConvertError, convert_checkpoint


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def prompt() -> list[int]:
    chooser = random.Random(7)
    return [chooser.randrange(700) for _ in range(200)]


@pytest.fixture(scope="module")
def tokenizers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A folder with each kind of tokenizer; each holds as many tokens as the others."""
    folder = tmp_path_factory.mktemp("tokenizers")
    for pre in ("gpt-2", "smollm", "llama-bpe", "qwen2", "tekken"):
        write_bpe(folder / pre, pre, bos=pre in ("llama-bpe", "tekken"))
    for form in ("prepend", "metaspace"):
        write_spm(folder / form, form)
    return {file.name: file for file in folder.iterdir()}


def make(folder: Path, tokenizer: Path, family: str, **changes: Any) -> Any:
    """A model in `folder` with a copy of a tokenizer; gives transformers' model."""
    folder.mkdir()
    for file in tokenizer.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    size = Tokenizer.from_file(str(folder / "tokenizer.json")).get_vocab_size()
    return write_model(folder, family, size, **changes)


def fields(path: Path) -> dict[str, Any]:
    return {key: field.contents() for key, field in gguf.GGUFReader(path).fields.items()}


SPM = ("prepend", "metaspace")
CASES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "llama": ("llama", "smollm", {}),
    "llama-tied": ("llama", "gpt-2", {"tie_word_embeddings": True}),
    "llama-3.2": ("llama", "llama-bpe", {"rope_parameters": LLAMA3_ROPE, "head_dim": 32}),
    "llama-biases": ("llama", "prepend", {"attention_bias": True}),
    "llama-linear": (
        "llama",
        "llama-bpe",
        {"rope_parameters": {"rope_type": "linear", "rope_theta": 1e4, "factor": 4.0}},
    ),
    "mistral": ("mistral", "metaspace", {"sliding_window": None}),
    "mistral-nemo": ("mistral", "tekken", {"head_dim": 32}),
    "qwen2": ("qwen2", "qwen2", {}),
    "qwen2-yarn": (
        "qwen2",
        "qwen2",
        {
            "max_position_embeddings": 512,
            "rope_parameters": {
                "rope_type": "yarn",
                "rope_theta": 1e6,
                "factor": 4.0,
                "original_max_position_embeddings": 128,
            },
        },
    ),
    "qwen3": ("qwen3", "qwen2", {"head_dim": 32, "tie_word_embeddings": True}),
}


@pytest.mark.parametrize("case", CASES)
def test_logits_are_those_of_transformers(
    tokenizers: dict[str, Path], prompt: list[int], tmp_path: Path, case: str
) -> None:
    family, tokenizer, changes = CASES[case]
    model = make(tmp_path / "model", tokenizers[tokenizer], family, **changes)
    out = tmp_path / "model.gguf"
    convert_checkpoint(tmp_path / "model", out, "f32")
    check_can_chat(read_header(out))
    assert 0 <= divergence(torch_logits(model, prompt), llama_logits(out, prompt)) < 1e-6


def test_the_comparison_sees_a_wrong_rope(
    tokenizers: dict[str, Path], prompt: list[int], tmp_path: Path
) -> None:
    model = make(
        tmp_path / "m", tokenizers["llama-bpe"], "llama", rope_parameters=LLAMA3_ROPE, head_dim=32
    )
    config = json.loads((tmp_path / "m" / "config.json").read_text())
    config["rope_parameters"]["high_freq_factor"] = 3.0
    (tmp_path / "m" / "config.json").write_text(json.dumps(config))
    convert_checkpoint(tmp_path / "m", tmp_path / "m.gguf", "f32")
    assert divergence(torch_logits(model, prompt), llama_logits(tmp_path / "m.gguf", prompt)) > 1e-5


@pytest.mark.parametrize(
    "tokenizer", ["gpt-2", "smollm", "llama-bpe", "qwen2", "tekken", "prepend", "metaspace"]
)
def test_300_strings_become_the_same_tokens(
    tokenizers: dict[str, Path], tmp_path: Path, tokenizer: str
) -> None:
    make(tmp_path / "model", tokenizers[tokenizer], "llama", num_hidden_layers=1)
    convert_checkpoint(tmp_path / "model", tmp_path / "model.gguf")
    values = fields(tmp_path / "model.gguf")
    if values["tokenizer.ggml.model"] == "gpt2":
        assert values["tokenizer.ggml.pre"] == tokenizer
        assert values["tokenizer.ggml.add_bos_token"] is (tokenizer in ("llama-bpe", "tekken"))
    reference = Tokenizer.from_file(str(tmp_path / "model" / "tokenizer.json"))
    markup = ["<|im_start|>user\nhi<|im_end|>\n", "a<|begin|>b", "<think>x", "<|im_start"]
    with loaded(tmp_path / "model.gguf", vocabulary_only=True) as model:
        for text in [*hard_strings(300), *(markup if tokenizer not in SPM else [])]:
            if tokenizer == "metaspace" and text.startswith((" ", "▁")):
                continue  # SentencePiece and llama.cpp add a space here, Hugging Face does not.
            composed = unicodedata.normalize("NFC", text) if tokenizer == "qwen2" else text
            expected = reference.encode(composed, add_special_tokens=False).ids
            assert llama_tokens(model, composed, markup=True) == expected, repr(text)


def test_a_window_ends_the_context(tokenizers: dict[str, Path], tmp_path: Path) -> None:
    make(tmp_path / "m", tokenizers["metaspace"], "mistral", sliding_window=128)
    convert_checkpoint(tmp_path / "m", tmp_path / "m.gguf")
    assert read_header(tmp_path / "m.gguf").context_length == 128


def test_pieces_hold_whole_heads(
    tokenizers: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path / "m", tokenizers["smollm"], "llama")
    convert_checkpoint(tmp_path / "m", tmp_path / "whole.gguf", "f16", "same")
    monkeypatch.setattr("training.checkpoint.CHUNK_ELEMENTS", 1000)
    convert_checkpoint(tmp_path / "m", tmp_path / "pieces.gguf", "f16", "same")
    assert (tmp_path / "whole.gguf").read_bytes() == (tmp_path / "pieces.gguf").read_bytes()


def test_shards_of_transformers(tokenizers: dict[str, Path], tmp_path: Path) -> None:
    model = make(tmp_path / "m", tokenizers["qwen2"], "qwen2", dtype=torch.bfloat16)
    convert_checkpoint(tmp_path / "m", tmp_path / "one.gguf", "bf16", "same")
    (tmp_path / "m" / "model.safetensors").unlink()
    model.to(torch.bfloat16).save_pretrained(tmp_path / "m", max_shard_size="50KB")
    assert len(list((tmp_path / "m").glob("*.safetensors"))) > 2
    convert_checkpoint(tmp_path / "m", tmp_path / "many.gguf", "bf16", "same")
    assert (tmp_path / "one.gguf").read_bytes() == (tmp_path / "many.gguf").read_bytes()


@pytest.mark.parametrize(
    ("family", "changes", "expected"),
    [
        ("llama", {"hidden_act": "gelu"}, "activation gelu"),
        ("llama", {"mlp_bias": True}, "mlp_bias"),
        ("llama", {"rope_parameters": {"rope_type": "dynamic", "factor": 2.0}}, "type dynamic"),
        ("llama", {"rope_parameters": {"partial_rotary_factor": 0.5}}, "a part of a head"),
        ("llama", {"num_attention_heads": 0}, "not understood"),
        ("llama", {"max_position_embeddings": "far"}, "not understood"),
        ("llama", {"num_key_value_heads": 4}, "in the shape"),
        ("llama", {"architectures": ["MixtralForCausalLM"]}, "supported: Gemma3ForCausalLM"),
        ("llama", {"architectures": "Mamba"}, "is a Mamba, which"),
        ("llama", {"architectures": [["Mamba"]]}, "which cannot be converted"),
        ("qwen3", {"attention_bias": True}, "attention_bias"),
    ],
)
def test_what_llama_cpp_cannot_do(
    tokenizers: dict[str, Path],
    tmp_path: Path,
    family: str,
    changes: dict[str, Any],
    expected: str,
) -> None:
    make(tmp_path / "m", tokenizers["qwen2"], family, head_dim=16)
    file = tmp_path / "m" / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))
    with pytest.raises(ConvertError, match=expected) as caught:
        convert_checkpoint(tmp_path / "m", tmp_path / "m.gguf")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "m.gguf").exists()


def test_other_tokenizers(tokenizers: dict[str, Path], tmp_path: Path) -> None:
    make(tmp_path / "m", tokenizers["llama-bpe"], "llama")
    file = tmp_path / "m" / "tokenizer.json"
    content = json.loads(file.read_text(encoding="utf-8"))

    def spoil(**changes: Any) -> str:
        file.write_text(json.dumps({**content, **changes}), encoding="utf-8")
        with pytest.raises(ConvertError) as caught:
            convert_checkpoint(tmp_path / "m", tmp_path / "m.gguf")
        return str(caught.value)

    model = content["model"]
    assert "no name for" in spoil(pre_tokenizer=None)
    assert "no name for" in spoil(normalizer={"type": "Lowercase"})
    cut = content["pre_tokenizer"]["pretokenizers"]
    odd = [{**cut[0], "pattern": {"Regex": r"\p{L}+"}}, cut[1]]
    assert "no name for" in spoil(pre_tokenizer={"type": "Sequence", "pretokenizers": odd})
    assert "not a byte-level BPE" in spoil(model={**model, "type": "Unigram"})
    assert "tokens up to 9000" in spoil(model={**model, "vocab": {**model["vocab"], "x": 9000}})
    assert "is damaged" in spoil(model={**model, "merges": 3})
    for key in ("model", "pre_tokenizer", "normalizer", "post_processor", "added_tokens"):
        for odd_value in ("x", 7, ["x"], {"type": 3, "pretokenizers": [1], "processors": ["x"]}):
            assert "\n" not in spoil(**{key: odd_value})
    file.unlink()
    with pytest.raises(ConvertError, match=r"has no tokenizer\.json"):
        convert_checkpoint(tmp_path / "m", tmp_path / "m.gguf")


def test_rows_without_a_token_are_unused(tokenizers: dict[str, Path], tmp_path: Path) -> None:
    model = make(tmp_path / "m", tokenizers["qwen2"], "qwen2")
    convert_checkpoint(tmp_path / "m", tmp_path / "m.gguf", "f32")
    values = fields(tmp_path / "m.gguf")
    rows = model.config.vocab_size
    assert values["tokenizer.ggml.tokens"][-1] == f"[PAD{rows - 1}]"
    assert values["tokenizer.ggml.token_type"][-4:] == [4, 5, 5, 5]
    assert values["tokenizer.ggml.eot_token_id"] == values["tokenizer.ggml.eos_token_id"]
    weight = model.get_input_embeddings().weight.detach().numpy()
    tensors = {tensor.name: tensor.data for tensor in gguf.GGUFReader(tmp_path / "m.gguf").tensors}
    assert np.array_equal(tensors["token_embd.weight"], weight)
