"""A tiny BERT with random weights and a WordPiece tokenizer of its own, for tests of embedding."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import BertWordPieceTokenizer, Tokenizer
from tokenizers.processors import BertProcessing
from transformers import BertConfig, BertModel

from tests.training.tiny_gemma3 import corpus

SHAPE: dict[str, Any] = {
    "hidden_size": 64,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "intermediate_size": 96,
    "max_position_embeddings": 300,
}


def write_bert(folder: Path, *, pooling: str = "mean_tokens", **changes: Any) -> BertModel:
    """Write a checkpoint as sentence-transformers does; gives the model."""
    folder.mkdir(parents=True)
    tokenizer = BertWordPieceTokenizer(lowercase=True)
    tokenizer.train_from_iterator(corpus(), vocab_size=600, show_progress=False)
    ends = [(name, tokenizer.token_to_id(name)) for name in ("[SEP]", "[CLS]")]
    tokenizer.post_processor = BertProcessing(*ends)
    tokenizer.save(str(folder / "tokenizer.json"))
    torch.manual_seed(3)
    model = BertModel(BertConfig(vocab_size=tokenizer.get_vocab_size(), **SHAPE, **changes)).eval()
    for name, weight in model.named_parameters():
        if name.endswith((".weight", ".bias")):
            torch.nn.init.normal_(weight, 1.0 if "LayerNorm.weight" in name else 0.0, 0.2)
    model.save_pretrained(folder)
    (folder / "modules.json").write_text(json.dumps([{"path": "1_Pooling", "type": "Pooling"}]))
    (folder / "1_Pooling").mkdir()
    modes = ("cls_token", "mean_tokens", "max_tokens")
    stated = {f"pooling_mode_{mode}": mode == pooling for mode in modes}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(stated))
    return model


def torch_vectors(
    folder: Path, model: BertModel, texts: Sequence[str], *, first_token: bool = False
) -> np.ndarray:
    """What transformers gives for texts: pooled, of length 1; at most 256 tokens count."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(256)
    vectors = []
    for text in texts:
        ids = torch.tensor([tokenizer.encode(text).ids])
        with torch.no_grad():
            hidden = model(input_ids=ids).last_hidden_state[0]
        pooled = hidden[0] if first_token else hidden.mean(dim=0)
        vectors.append(torch.nn.functional.normalize(pooled, dim=0).numpy())
    return np.stack(vectors)
