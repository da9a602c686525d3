"""BERT to GGUF, held against transformers and tokenizers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import gguf
import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from transformers import BertModel

from agents.engine.embedding import EmbeddingModel
from agents.engine.gguf_file import ModelFileError, check_can_chat, read_header
from tests.training.tiny_bert import torch_vectors, write_bert
from tests.training.tiny_gemma3 import corpus, llama_tokens, loaded
from training.convert import ConvertError, convert_checkpoint

TEXTS = [
    *corpus(9)[:12],
    "One",
    "naïve CAFÉ!",
    "日本語 の text",
    "tabs\tand\nlines, don't",
]


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("checkpoint") / "tiny-bert"


@pytest.fixture(scope="module")
def model(folder: Path) -> BertModel:
    return write_bert(folder)


def vectors(path: Path, texts: list[str]) -> np.ndarray:
    embedding = EmbeddingModel(path)
    try:
        return np.asarray(embedding.embed(texts))
    finally:
        embedding.close()


@pytest.mark.parametrize(
    ("outtype", "least"), [("f32", 0.999999), ("f16", 0.99999), ("bf16", 0.999), ("q8_0", 0.999)]
)
def test_vectors_are_those_of_transformers(
    folder: Path, model: BertModel, tmp_path: Path, outtype: str, least: float
) -> None:
    out = tmp_path / "bert.gguf"
    convert_checkpoint(folder, out, outtype)  # type: ignore[arg-type]
    found, expected = vectors(out, TEXTS), torch_vectors(folder, model, TEXTS)
    assert (found * expected).sum(axis=1).min() > least
    # The comparison is sharp: another text's vector is far from as near.
    assert (found * np.roll(expected, 1, axis=0)).sum(axis=1).min() < 0.99


def test_the_first_token_is_taken_where_the_checkpoint_says_so(tmp_path: Path) -> None:
    model = write_bert(tmp_path / "cls", pooling="cls_token")
    out = tmp_path / "bert.gguf"
    convert_checkpoint(tmp_path / "cls", out, "f32")
    expected = torch_vectors(tmp_path / "cls", model, TEXTS, first_token=True)
    assert (vectors(out, TEXTS) * expected).sum(axis=1).min() > 0.999999


def test_tokens_are_those_of_the_original_tokenizer(
    folder: Path, model: BertModel, tmp_path: Path
) -> None:
    out = tmp_path / "bert.gguf"
    convert_checkpoint(folder, out, "f16")
    original = Tokenizer.from_file(str(folder / "tokenizer.json"))
    with loaded(out, vocabulary_only=True) as model_:
        for text in [*corpus(5)[:40], *TEXTS]:
            tokens = llama_tokens(model_, text, markup=False)
            assert tokens == original.encode(text, add_special_tokens=False).ids


def test_the_file_says_what_it_is(folder: Path, model: BertModel, tmp_path: Path) -> None:
    out = tmp_path / "bert.gguf"
    convert_checkpoint(folder, out, "f16", "tiny")
    header = read_header(out)
    assert (header.architecture, header.is_embedder, header.causal) == ("bert", True, False)
    with pytest.raises(ModelFileError, match="embedding model"):
        check_can_chat(header)
    fields = {key: field.contents() for key, field in gguf.GGUFReader(out).fields.items()}
    assert fields["bert.pooling_type"] == 1
    assert fields["tokenizer.ggml.model"] == "bert"
    kinds = {t.name: t.tensor_type.name for t in gguf.GGUFReader(out).tensors}
    assert kinds["position_embd.weight"] == kinds["token_types.weight"] == "F32"
    assert kinds["token_embd.weight"] == kinds["blk.0.attn_q.weight"] == "F16"


def test_numbers_of_positions_and_the_pooler_are_left_out(
    folder: Path, model: BertModel, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("config.json", "tokenizer.json"):
        (copy / name).write_bytes((folder / name).read_bytes())
    tensors = load_file(folder / "model.safetensors")
    renamed = {
        f"bert.{name}".replace("LayerNorm.weight", "LayerNorm.gamma"): tensor.contiguous()
        for name, tensor in tensors.items()
    }
    renamed["bert.embeddings.position_ids"] = torch.arange(300)
    save_file(renamed, copy / "model.safetensors")
    convert_checkpoint(copy, tmp_path / "a.gguf", "f32")
    expected = torch_vectors(folder, model, TEXTS)
    assert (vectors(tmp_path / "a.gguf", TEXTS) * expected).sum(axis=1).min() > 0.999999


@pytest.mark.parametrize(
    ("file", "changes", "said"),
    [
        ("config.json", {"position_embedding_type": "relative_key"}, "other positions"),
        ("config.json", {"hidden_act": "relu"}, "another activation"),
        ("config.json", {"hidden_size": None}, "not understood"),
        ("config.json", {"num_hidden_layers": 4}, "lacks the tensor encoder.layer.3"),
        ("1_Pooling/config.json", {"pooling_mode_max_tokens": True}, "asks for"),
        ("tokenizer.json", {"normalizer": {"type": "Lowercase"}}, "not BERT's own tokenizer"),
    ],
)
def test_what_llama_cpp_cannot_do_is_refused(
    folder: Path, model: BertModel, tmp_path: Path, file: str, changes: dict[str, object], said: str
) -> None:
    copy = tmp_path / "copy"
    (copy / "1_Pooling").mkdir(parents=True)
    for path in folder.rglob("*.*"):
        (copy / path.relative_to(folder)).write_bytes(path.read_bytes())
    content = json.loads((copy / file).read_text()) | changes
    (copy / file).write_text(json.dumps(content))
    with pytest.raises(ConvertError, match=said) as caught:
        convert_checkpoint(copy, tmp_path / "a.gguf", "f32")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "a.gguf").exists()
