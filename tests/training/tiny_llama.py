"""Tiny models of the Llama kind with random weights and tokenizers of their own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from tokenizers import AddedToken, Regex, Tokenizer, models, pre_tokenizers, trainers
from tokenizers.normalizers import NFC, Normalizer, Prepend, Replace, Sequence
from tokenizers.processors import TemplateProcessing
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    PreTrainedModel,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from scripts.starter.tokenizer import CHAT_TEMPLATE, learn_pieces, tokenizer_json
from tests.training.tiny_gemma3 import corpus
from training.bpe_vocabulary import PATTERNS

FAMILIES: dict[str, tuple[Any, Any]] = {
    "llama": (LlamaConfig, LlamaForCausalLM),
    "mistral": (MistralConfig, MistralForCausalLM),
    "qwen2": (Qwen2Config, Qwen2ForCausalLM),
    "qwen3": (Qwen3Config, Qwen3ForCausalLM),
}
SHAPE: dict[str, Any] = {
    "hidden_size": 64,
    "num_hidden_layers": 3,
    "intermediate_size": 96,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 512,
}
SPECIAL = ("<|begin|>", "<|end|>", "<|im_start|>", "<|im_end|>", "<pad>", "<|endoftext|>")
LLAMA3_ROPE = {
    "rope_type": "llama3",
    "rope_theta": 500000.0,
    "factor": 32.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 64,
}


def steps(pre: str) -> Any:
    """The pre-tokenizer that llama.cpp calls `pre`, as the models of that kind have it."""
    if pre == "gpt-2":
        return pre_tokenizers.ByteLevel(add_prefix_space=False)
    if pre == "smollm":
        digits = pre_tokenizers.Digits(individual_digits=True)
        return pre_tokenizers.Sequence([digits, pre_tokenizers.ByteLevel(add_prefix_space=False)])
    pattern = next(pattern for pattern, name in PATTERNS.items() if name == pre)
    cut = pre_tokenizers.Split(Regex(pattern), behavior="isolated")
    level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    return pre_tokenizers.Sequence([cut, level])


def write_bpe(folder: Path, pre: str, *, bos: bool = False) -> int:
    """A byte-level BPE tokenizer in `folder`; gives the number of its tokens."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer(models.BPE(ignore_merges=pre in ("llama-bpe", "tekken")))
    tokenizer.pre_tokenizer = steps(pre)
    if pre == "qwen2":
        tokenizer.normalizer = NFC()
    trainer = trainers.BpeTrainer(
        vocab_size=700,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(corpus(), trainer)
    tokenizer.add_special_tokens([AddedToken(text, special=True) for text in SPECIAL])
    tokenizer.add_tokens([AddedToken("<think>", normalized=False)])
    if bos:
        first = ("<|begin|>", tokenizer.token_to_id("<|begin|>"))
        tokenizer.post_processor = TemplateProcessing(
            single="<|begin|> $A", pair="<|begin|> $A <|begin|> $B", special_tokens=[first]
        )
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = {
        "bos_token": "<|begin|>",
        "eos_token": "<|im_end|>",
        "pad_token": "<pad>",
        "chat_template": CHAT_TEMPLATE,
        "tokenizer_class": "PreTrainedTokenizerFast",
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    return int(tokenizer.get_vocab_size())


def write_spm(folder: Path, form: str) -> int:
    """A SentencePiece tokenizer with a leading space, in one of two forms that are in use."""
    folder.mkdir(parents=True, exist_ok=True)
    content = tokenizer_json(learn_pieces(corpus(), 700))
    (folder / "tokenizer.json").write_text(json.dumps(content), encoding="utf-8")
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    if form == "prepend":
        marks: list[Normalizer] = [Prepend("▁"), Replace(" ", "▁")]
        tokenizer.normalizer = Sequence(marks)
        tokenizer.pre_tokenizer = None
    else:
        tokenizer.normalizer = None
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = {"bos_token": "<bos>", "eos_token": "<eos>", "unk_token": "<unk>"}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    return int(tokenizer.get_vocab_size())


def write_model(
    folder: Path, family: str, tokens: int, *, dtype: torch.dtype = torch.float32, **changes: Any
) -> PreTrainedModel:
    """A random model of a family beside its tokenizer, its embedding three rows longer."""
    configuration, architecture = FAMILIES[family]
    torch.manual_seed(5)
    model = architecture(configuration(**{"vocab_size": tokens + 3, **SHAPE, **changes})).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            norm = name.endswith("norm.weight")
            parameter.normal_(1.0 if norm else 0.0, 0.3 if norm else 0.1)
    model = model.to(dtype)
    model.save_pretrained(folder)
    whole: PreTrainedModel = model.float()
    return whole
