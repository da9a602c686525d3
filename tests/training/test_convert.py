"""Checkpoint to GGUF, held against transformers, tokenizers and llama.cpp itself."""

from __future__ import annotations

import json
import random
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
import torch
from gguf.quants import dequantize, quantize
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from transformers import Gemma3ForCausalLM

from agents.engine.gguf_file import check_can_chat, read_header
from tests.training.tiny_gemma3 import (
    divergence,
    hard_strings,
    llama_logits,
    llama_tokens,
    loaded,
    torch_logits,
    write_checkpoint,
)
from training import checkpoint as checkpoint_module
from training.convert import FINGERPRINT, PLAIN_TYPES, ConvertError, convert_checkpoint


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("checkpoint") / "tiny-gemma3"


@pytest.fixture(scope="module")
def model(folder: Path) -> Gemma3ForCausalLM:
    return write_checkpoint(folder)


@pytest.fixture(scope="module")
def prompt(model: Gemma3ForCausalLM) -> list[int]:
    """400 tokens: several times the sliding window of 64."""
    chooser = random.Random(7)
    return [2, *(chooser.randrange(6, model.config.vocab_size) for _ in range(399))]


@pytest.fixture(scope="module")
def reference(model: Gemma3ForCausalLM, prompt: list[int]) -> np.ndarray:
    return torch_logits(model, prompt)


@pytest.fixture
def copy(folder: Path, model: Gemma3ForCausalLM, tmp_path: Path) -> Path:
    """The checkpoint again, to be spoilt."""
    target = tmp_path / "copy"
    target.mkdir()
    for file in folder.iterdir():
        (target / file.name).write_bytes(file.read_bytes())
    return target


def edit(file: Path, **changes: Any) -> None:
    content = json.loads(file.read_text(encoding="utf-8"))
    for key, value in changes.items():
        content[key] = value
    file.write_text(json.dumps(content), encoding="utf-8")


def fields(path: Path) -> dict[str, Any]:
    return {key: field.contents() for key, field in gguf.GGUFReader(path).fields.items()}


def refusal(folder: Path) -> str:
    out = folder.parent / "refused.gguf"
    with pytest.raises(ConvertError) as caught:
        convert_checkpoint(folder, out, "f32")
    assert list(folder.parent.glob("*refused*")) == []
    message = str(caught.value)
    assert "\n" not in message
    return message


# The numbers that come out are those of transformers.


@pytest.mark.parametrize(
    ("outtype", "limit"), [("f32", 1e-6), ("f16", 1e-5), ("bf16", 1e-3), ("q8_0", 1e-2)]
)
def test_logits_are_those_of_transformers(
    folder: Path,
    prompt: list[int],
    reference: np.ndarray,
    tmp_path: Path,
    outtype: Any,
    limit: float,
) -> None:
    out = tmp_path / "model.gguf"
    convert_checkpoint(folder, out, outtype)
    assert 0 <= divergence(reference, llama_logits(out, prompt)) < limit


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("sliding_window", 80),
        ("rope_local_base_freq", 1e6),
        ("rope_theta", 1e4),
    ],
)
def test_the_comparison_sees_a_wrong_setting(
    copy: Path, prompt: list[int], reference: np.ndarray, tmp_path: Path, key: str, value: float
) -> None:
    config = copy / "config.json"
    rope = {"sliding_attention": {"rope_type": "default"}, "full_attention": {}}
    edit(config, rope_parameters=rope, rope_theta=1e6, rope_local_base_freq=1e4)
    out = tmp_path / "model.gguf"
    convert_checkpoint(copy, out, "f32")
    assert divergence(reference, llama_logits(out, prompt)) < 1e-6
    edit(config, **{key: value})
    convert_checkpoint(copy, out, "f32")
    assert divergence(reference, llama_logits(out, prompt)) > 1e-3


def test_a_scaled_rope(tmp_path: Path, prompt: list[int]) -> None:
    """As in Gemma 3 4B and larger: full attention at an eighth of the frequency."""
    rope = {
        "full_attention": {"rope_type": "linear", "rope_theta": 1e6, "factor": 8.0},
        "sliding_attention": {"rope_type": "default", "rope_theta": 1e4},
    }
    model = write_checkpoint(tmp_path / "scaled", rope_parameters=rope)
    out = tmp_path / "scaled.gguf"
    convert_checkpoint(tmp_path / "scaled", out, "f32")
    assert divergence(torch_logits(model, prompt), llama_logits(out, prompt)) < 1e-6


def test_the_older_form_of_config_json(copy: Path, tmp_path: Path) -> None:
    convert_checkpoint(copy, tmp_path / "new.gguf", "f32")
    config = json.loads((copy / "config.json").read_text())
    del config["rope_parameters"], config["layer_types"], config["_sliding_window_pattern"]
    config |= {"rope_theta": 1e6, "rope_local_base_freq": 1e4, "rope_scaling": None}
    config |= {"sliding_window_pattern": 6}
    (copy / "config.json").write_text(json.dumps(config))
    convert_checkpoint(copy, tmp_path / "old.gguf", "f32")
    assert (tmp_path / "old.gguf").read_bytes() == (tmp_path / "new.gguf").read_bytes()

    config["rope_scaling"] = {"rope_type": "linear", "factor": 8.0}
    (copy / "config.json").write_text(json.dumps(config))
    convert_checkpoint(copy, tmp_path / "scaled.gguf", "f32")
    scaled = fields(tmp_path / "scaled.gguf")
    assert scaled["gemma3.rope.scaling.type"] == "linear"
    assert scaled["gemma3.rope.scaling.factor"] == 8.0
    assert scaled["gemma3.rope.freq_base"] == 1e6


def test_untied_output(tmp_path: Path, prompt: list[int]) -> None:
    model = write_checkpoint(tmp_path / "untied", tie_word_embeddings=False)
    out = tmp_path / "untied.gguf"
    convert_checkpoint(tmp_path / "untied", out, "f32")
    assert divergence(torch_logits(model, prompt), llama_logits(out, prompt)) < 1e-6


def test_softcapped_logits(tmp_path: Path, prompt: list[int]) -> None:
    model = write_checkpoint(tmp_path / "capped", final_logit_softcapping=1.5)
    out = tmp_path / "capped.gguf"
    convert_checkpoint(tmp_path / "capped", out, "f32")
    assert divergence(torch_logits(model, prompt), llama_logits(out, prompt)) < 1e-6


# Tensors.


def test_every_tensor(folder: Path, model: Gemma3ForCausalLM, tmp_path: Path) -> None:
    """Names, types and values: norms are F32 and one higher, the rest as it was."""
    convert_checkpoint(folder, tmp_path / "model.gguf", "f16")
    tensors = {tensor.name: tensor for tensor in gguf.GGUFReader(tmp_path / "model.gguf").tensors}
    state = {name.removeprefix("model."): value for name, value in model.state_dict().items()}
    del state["lm_head.weight"]
    assert len(tensors) == len(state)
    for name, value in state.items():
        target = name.replace("layers.", "blk.")
        for part, replacement in (
            ("embed_tokens", "token_embd"),
            ("pre_feedforward_layernorm", "ffn_norm"),
            ("post_feedforward_layernorm", "post_ffw_norm"),
            ("post_attention_layernorm", "post_attention_norm"),
            ("input_layernorm", "attn_norm"),
            ("self_attn.o_proj", "attn_output"),
            ("self_attn.", "attn_"),
            ("mlp.", "ffn_"),
            ("_proj.", "."),
        ):
            target = target.replace(part, replacement)
        if target == "norm.weight":
            target = "output_norm.weight"
        tensor = tensors[target]
        if "norm" in target:
            assert tensor.tensor_type.name == "F32"
            assert np.array_equal(tensor.data, value.numpy() + np.float32(1))
        else:
            assert tensor.tensor_type.name == "F16"
            assert np.array_equal(tensor.data, value.numpy().astype(np.float16))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_stored_types(tmp_path: Path, dtype: torch.dtype) -> None:
    model = write_checkpoint(tmp_path / "stored", dtype=dtype)
    convert_checkpoint(tmp_path / "stored", tmp_path / "model.gguf", "f32")
    tensors = {
        tensor.name: tensor.data for tensor in gguf.GGUFReader(tmp_path / "model.gguf").tensors
    }
    expected = model.get_input_embeddings().weight.detach().float().numpy()
    assert np.array_equal(tensors["token_embd.weight"], expected)


def test_large_tensors_are_written_in_pieces(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for outtype in PLAIN_TYPES:
        convert_checkpoint(folder, tmp_path / f"{outtype}-whole.gguf", outtype)
    monkeypatch.setattr(checkpoint_module, "CHUNK_ELEMENTS", 1000)
    for outtype in PLAIN_TYPES:
        convert_checkpoint(folder, tmp_path / f"{outtype}-pieces.gguf", outtype)
        whole = (tmp_path / f"{outtype}-whole.gguf").read_bytes()
        assert (tmp_path / f"{outtype}-pieces.gguf").read_bytes() == whole


def test_q8_0_falls_back_to_f16(tmp_path: Path, prompt: list[int]) -> None:
    model = write_checkpoint(tmp_path / "odd", intermediate_size=100)
    out = tmp_path / "odd.gguf"
    convert_checkpoint(tmp_path / "odd", out, "q8_0")
    tensors = {tensor.name: tensor for tensor in gguf.GGUFReader(out).tensors}
    assert tensors["blk.0.ffn_down.weight"].tensor_type.name == "F16"
    gate = tensors["blk.0.ffn_gate.weight"]
    assert gate.tensor_type.name == "Q8_0"
    source = model.model.layers[0].mlp.gate_proj.weight.detach().numpy()
    kind = gguf.GGMLQuantizationType.Q8_0
    assert np.array_equal(gate.data, quantize(source, kind))
    assert np.abs(dequantize(gate.data, kind) - source).max() < 0.01
    assert divergence(torch_logits(model, prompt), llama_logits(out, prompt)) < 1e-2


def test_rows_beyond_the_vocabulary_are_left_out(tmp_path: Path, prompt: list[int]) -> None:
    model = write_checkpoint(tmp_path / "padded", extra_rows=58)
    out = tmp_path / "padded.gguf"
    convert_checkpoint(tmp_path / "padded", out, "f32")
    size = read_header(out).vocabulary_size
    assert size == model.config.vocab_size - 58
    expected = torch_logits(model, [min(token, size - 1) for token in prompt])[:, :size]
    assert divergence(expected, llama_logits(out, [min(t, size - 1) for t in prompt])) < 1e-6


def test_a_sharded_checkpoint(copy: Path, folder: Path, tmp_path: Path) -> None:
    tensors = load_file(copy / "model.safetensors")
    names = sorted(tensors)
    halves = {
        "model-00001-of-00002.safetensors": names[::2],
        "model-00002-of-00002.safetensors": names[1::2],
    }
    for file, part in halves.items():
        save_file({name: tensors[name] for name in part}, copy / file)
    weight_map = {name: file for file, part in halves.items() for name in part}
    (copy / "model.safetensors.index.json").write_text(json.dumps({"weight_map": weight_map}))
    (copy / "model.safetensors").unlink()
    convert_checkpoint(copy, tmp_path / "sharded.gguf", name="same")
    convert_checkpoint(folder, tmp_path / "whole.gguf", name="same")
    assert (tmp_path / "sharded.gguf").read_bytes() == (tmp_path / "whole.gguf").read_bytes()

    (copy / "model-00002-of-00002.safetensors").unlink()
    assert "lacks model-00002-of-00002.safetensors" in refusal(copy)


def test_the_text_part_of_a_model_that_sees(copy: Path, folder: Path, tmp_path: Path) -> None:
    config = json.loads((copy / "config.json").read_text())
    outer = {"architectures": ["Gemma3ForConditionalGeneration"], "text_config": config}
    tensors = load_file(copy / "model.safetensors")
    convert_checkpoint(folder, tmp_path / "text.gguf", name="same")
    for prefix, vision in (
        ("model.language_model.", "model.vision_tower.x"),
        ("language_model.model.", "vision_tower.x"),
    ):
        renamed = {prefix + name.removeprefix("model."): t for name, t in tensors.items()}
        save_file(renamed | {vision: torch.zeros(3)}, copy / "model.safetensors")
        (copy / "config.json").write_text(json.dumps(outer))
        convert_checkpoint(copy, tmp_path / "seeing.gguf", name="same")
        files = (tmp_path / "seeing.gguf", tmp_path / "text.gguf")
        seeing, text = ({**fields(file), FINGERPRINT: None} for file in files)
        assert seeing == text
        bytes_of = [[t.data.tobytes() for t in gguf.GGUFReader(file).tensors] for file in files]
        assert bytes_of[0] == bytes_of[1]


# Key-values and vocabulary.


def test_key_values(folder: Path, model: Gemma3ForCausalLM, tmp_path: Path) -> None:
    out = tmp_path / "model.gguf"
    convert_checkpoint(folder, out, "q8_0", name="A name")
    values = fields(out)
    expected = {
        "general.architecture": "gemma3",
        "general.type": "model",
        "general.name": "A name",
        "general.file_type": 7,
        "gemma3.context_length": 1024,
        "gemma3.embedding_length": 64,
        "gemma3.block_count": 7,
        "gemma3.feed_forward_length": 96,
        "gemma3.attention.head_count": 4,
        "gemma3.attention.head_count_kv": 2,
        "gemma3.attention.key_length": 32,
        "gemma3.attention.value_length": 32,
        "gemma3.attention.sliding_window": 64,
        "gemma3.rope.freq_base": 1e6,
        "gemma3.rope.freq_base_swa": 1e4,
        "tokenizer.ggml.model": "llama",
        "tokenizer.ggml.pre": "default",
        "tokenizer.ggml.add_space_prefix": False,
        "tokenizer.ggml.add_bos_token": True,
        "tokenizer.ggml.padding_token_id": 0,
        "tokenizer.ggml.eos_token_id": 1,
        "tokenizer.ggml.bos_token_id": 2,
        "tokenizer.ggml.unknown_token_id": 3,
        "tokenizer.ggml.eot_token_id": 5,
    }
    assert {key: values.get(key) for key in expected} == expected
    assert values["gemma3.attention.layer_norm_rms_epsilon"] == pytest.approx(1e-6)
    settings = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    assert values["tokenizer.chat_template"] == settings["chat_template"]
    types = values["tokenizer.ggml.token_type"]
    assert types[:6] == [3, 3, 3, 2, 3, 3]
    assert set(types[6:262]) == {6}
    assert set(types[262:]) == {1}

    header = read_header(out)
    check_can_chat(header)
    assert header.name == "A name"
    assert header.quantisation == "Q8_0"
    assert header.parameters == sum(p.numel() for p in model.parameters())


def test_the_template_file_comes_first(copy: Path, tmp_path: Path) -> None:
    (copy / "chat_template.jinja").write_text("{{ messages }} é\n", encoding="utf-8")
    convert_checkpoint(copy, tmp_path / "model.gguf")
    assert read_header(tmp_path / "model.gguf").chat_template == "{{ messages }} é\n"


def test_the_model_card_names_licence_and_base(copy: Path, tmp_path: Path) -> None:
    (copy / "README.md").write_text(
        "---\nlicense: apache-2.0\nbase_model:\n- some/base\n---\n# Hi\n"
    )
    convert_checkpoint(copy, tmp_path / "model.gguf")
    values = fields(tmp_path / "model.gguf")
    assert values["general.license"] == "apache-2.0"
    assert values["general.base_model.0.name"] == "some/base"
    assert values["general.name"] == "copy"


def test_300_strings_become_the_same_tokens(folder: Path, tmp_path: Path) -> None:
    convert_checkpoint(folder, tmp_path / "model.gguf")
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    markup = [
        "<start_of_turn>user\nhi<end_of_turn>\n",
        "a<bos>b<eos>",
        "<start_of_turn",
        "<pad><unk>",
    ]
    with loaded(tmp_path / "model.gguf", vocabulary_only=True) as model:
        for text in [*hard_strings(300), *markup]:
            expected = tokenizer.encode(text, add_special_tokens=False).ids
            assert llama_tokens(model, text, markup=True) == expected, text
        for text in markup:
            plain = llama_tokens(model, text, markup=False)
            assert not {2, 4, 5} & set(plain), text


def test_added_tokens(copy: Path, folder: Path, tmp_path: Path) -> None:
    """An added token within the rows stays, one beyond them goes, a disguised one is control."""
    content = json.loads((copy / "tokenizer.json").read_text(encoding="utf-8"))
    rows = len(content["model"]["vocab"])
    added = [("▁▁user ", False, rows), ("<unused7>", False, rows + 2), ("<image>", True, rows + 9)]
    for text, special, number in added:
        content["added_tokens"].append(
            {**content["added_tokens"][0], "id": number, "content": text, "special": special}
        )
    (copy / "tokenizer.json").write_text(json.dumps(content), encoding="utf-8")
    tensors = load_file(copy / "model.safetensors")
    embedding = tensors["model.embed_tokens.weight"]
    tensors["model.embed_tokens.weight"] = torch.cat([embedding, torch.ones(5, 64)])
    save_file(tensors, copy / "model.safetensors")
    out = tmp_path / "model.gguf"
    convert_checkpoint(copy, out, "f32")
    values = fields(out)
    assert values["tokenizer.ggml.tokens"][rows:] == ["  user ", f"[PAD{rows + 1}]", "<unused7>"]
    assert values["tokenizer.ggml.token_type"][rows:] == [4, 5, 3]
    shape = [int(n) for n in gguf.GGUFReader(out).tensors[0].shape]
    assert shape == [64, rows + 3]


# What is refused.


def test_no_checkpoint(tmp_path: Path) -> None:
    assert "does not exist" in refusal(tmp_path / "none")
    (tmp_path / "file").touch()
    assert "is not a folder" in refusal(tmp_path / "file")
    (tmp_path / "empty").mkdir()
    assert "has no config.json" in refusal(tmp_path / "empty")


@pytest.mark.parametrize(
    "content", ["{", "[]", "\udcff", '{"architectures": ["Gemma3ForCausalLM"]']
)
def test_a_damaged_config(copy: Path, content: str) -> None:
    (copy / "config.json").write_text(content, errors="surrogateescape")
    assert "config.json is not" in refusal(copy)


def test_another_architecture_is_named(copy: Path) -> None:
    edit(copy / "config.json", architectures=["MambaForCausalLM"])
    assert "is a MambaForCausalLM" in refusal(copy)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"layer_types": ["full_attention"] * 7}, "five sliding layers"),
        ({"layer_types": None, "_sliding_window_pattern": 2}, "five sliding layers"),
        ({"query_pre_attn_scalar": 64}, "query_pre_attn_scalar 64 instead of 32"),
        ({"hidden_activation": "silu"}, "activation silu"),
        ({"attn_logit_softcapping": 50.0}, "attn_logit_softcapping"),
        ({"attention_bias": True}, "attention_bias"),
        ({"use_bidirectional_attention": True}, "use_bidirectional_attention"),
        (
            {"rope_parameters": {"full_attention": {"rope_type": "yarn", "rope_theta": 1e6}}},
            "rope of the type yarn",
        ),
        (
            {
                "rope_parameters": {
                    "full_attention": {"rope_type": "default"},
                    "sliding_attention": {"rope_type": "linear", "factor": 2.0},
                }
            },
            "in sliding layers",
        ),
        ({"num_hidden_layers": "many"}, "not understood"),
        ({"hidden_size": 128}, "in the shape"),
    ],
)
def test_what_llama_cpp_cannot_do(copy: Path, changes: dict[str, Any], expected: str) -> None:
    edit(copy / "config.json", **changes)
    assert expected in refusal(copy)


def test_tensors_missing_and_left_over(copy: Path) -> None:
    tensors = load_file(copy / "model.safetensors")
    name = "model.layers.3.self_attn.k_norm.weight"
    save_file({k: v for k, v in tensors.items() if k != name}, copy / "model.safetensors")
    assert "lacks the tensor layers.3.self_attn.k_norm.weight" in refusal(copy)
    save_file(
        tensors | {"model.layers.0.mlp.up_proj.lora_A": torch.zeros(2)}, copy / "model.safetensors"
    )
    assert "layers.0.mlp.up_proj.lora_A" in refusal(copy)
    save_file(
        tensors | {"model.layers.9.x": torch.zeros(2, dtype=torch.int8)}, copy / "model.safetensors"
    )
    assert "as I8" in refusal(copy)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_values_that_are_not_finite(copy: Path, value: float) -> None:
    tensors = load_file(copy / "model.safetensors")
    tensors["model.layers.2.mlp.up_proj.weight"][5, 5] = value
    save_file(tensors, copy / "model.safetensors")
    assert "up_proj.weight that are not finite" in refusal(copy)


def test_values_too_large_for_f16(copy: Path, tmp_path: Path) -> None:
    tensors = load_file(copy / "model.safetensors")
    tensors["model.layers.2.mlp.up_proj.weight"][5, 5] = 1e6
    save_file(tensors, copy / "model.safetensors")
    with pytest.raises(ConvertError, match="more than F16 holds"):
        convert_checkpoint(copy, tmp_path / "model.gguf", "f16")
    convert_checkpoint(copy, tmp_path / "model.gguf", "bf16")


def test_damaged_safetensors(copy: Path) -> None:
    file = copy / "model.safetensors"
    content = file.read_bytes()
    length = struct.unpack("<Q", content[:8])[0]
    entries = json.loads(content[8 : 8 + length])
    name = "model.norm.weight"
    spoilt = [b"", content[:4], content[:200], content[:-1], struct.pack("<Q", 2**62) + content[8:]]
    for entry in (
        {**entries[name], "shape": [65]},
        {**entries[name], "data_offsets": [-4, 252]},
        {**entries[name], "data_offsets": "ab"},
        {"dtype": "F32"},
        7,
    ):
        header = json.dumps({**entries, name: entry}).encode()
        spoilt.append(struct.pack("<Q", len(header)) + header + content[8 + length :])
    for damaged in spoilt:
        file.write_bytes(damaged)
        assert "damaged or cut off" in refusal(copy)
    file.unlink()
    assert "no weights" in refusal(copy)
    (copy / "pytorch_model.bin").touch()
    assert "only PyTorch files" in refusal(copy)


def test_other_tokenizers(copy: Path) -> None:
    file = copy / "tokenizer.json"
    content = json.loads(file.read_text(encoding="utf-8"))

    def spoil(**changes: Any) -> str:
        file.write_text(json.dumps({**content, **changes}), encoding="utf-8")
        return refusal(copy)

    model = content["model"]
    assert "not a SentencePiece tokenizer" in spoil(normalizer=None)
    assert "not a SentencePiece tokenizer" in spoil(pre_tokenizer={"type": "ByteLevel"})
    assert "not a SentencePiece tokenizer" in spoil(model={**model, "type": "Unigram"})
    assert "not a SentencePiece tokenizer" in spoil(model={**model, "byte_fallback": False})
    assert "lacks the merge of" in spoil(model={**model, "merges": model["merges"][1:]})
    without = {text: n for text, n in model["vocab"].items() if text != "<0xE9>"}
    assert "no token for the byte 233" in spoil(model={**model, "vocab": without})
    assert "tokens up to 5000" in spoil(model={**model, "vocab": {**model["vocab"], "x": 5000}})
    assert "is damaged" in spoil(model={**model, "merges": 3})
    file.unlink()
    assert "has no tokenizer.json" in refusal(copy)


def test_merges_written_as_strings(copy: Path, folder: Path, tmp_path: Path) -> None:
    """transformers before 4.45 wrote a merge as one string."""
    content = json.loads((copy / "tokenizer.json").read_text(encoding="utf-8"))
    content["model"]["merges"] = [" ".join(merge) for merge in content["model"]["merges"]]
    (copy / "tokenizer.json").write_text(json.dumps(content), encoding="utf-8")
    convert_checkpoint(copy, tmp_path / "strings.gguf", name="same")
    convert_checkpoint(folder, tmp_path / "pairs.gguf", name="same")
    assert (tmp_path / "strings.gguf").read_bytes() == (tmp_path / "pairs.gguf").read_bytes()


def test_a_failed_write_leaves_the_old_file(copy: Path, tmp_path: Path) -> None:
    out = tmp_path / "model.gguf"
    convert_checkpoint(copy, out)
    before = out.read_bytes()
    (tmp_path / "plain").touch()
    with pytest.raises(ConvertError, match="cannot be written"):
        convert_checkpoint(copy, tmp_path / "plain" / "model.gguf")
    tensors = load_file(copy / "model.safetensors")
    tensors["model.norm.weight"][:] = float("nan")
    save_file(tensors, copy / "model.safetensors")
    with pytest.raises(ConvertError, match="not finite"):
        convert_checkpoint(copy, out)
    assert out.read_bytes() == before
    assert list(tmp_path.glob(".*")) == []


def test_converting_needs_no_torch() -> None:
    program = "import sys, training.convert; print({'torch', 'numpy', 'gguf'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "set()"
