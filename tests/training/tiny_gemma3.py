"""A tiny Gemma 3 with random weights, and the two programs that the tests compare on it."""

from __future__ import annotations

import ctypes
import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

import llama_cpp
import numpy as np
import torch
from transformers import Gemma3ForCausalLM, Gemma3TextConfig

from scripts.starter.tokenizer import CHAT_TEMPLATE, learn_pieces, tokenizer_json

SHAPE: dict[str, Any] = {
    "hidden_size": 64,
    "num_hidden_layers": 7,
    "intermediate_size": 96,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 32,
    "query_pre_attn_scalar": 32,
    "max_position_embeddings": 1024,
    "sliding_window": 64,
    "bos_token_id": 2,
    "eos_token_id": 1,
    "pad_token_id": 0,
}


@llama_cpp.llama_log_callback
def _quiet(level: int, text: bytes, data: ctypes.c_void_p) -> None:
    """llama.cpp's log would drown what pytest reports."""


llama_cpp.llama_log_set(_quiet, ctypes.c_void_p(0))
llama_cpp.llama_backend_init()


def corpus(seed: int = 1) -> list[str]:
    chooser = random.Random(seed)
    syllables = "ba ke li mo nu ra se ti vo zu sha pri ent ing ou the and".split()
    words = ["".join(chooser.choices(syllables, k=chooser.randint(1, 4))) for _ in range(400)]
    marks = [
        "",
        "",
        "",
        ",",
        ".",
        "?",
        "!",
        "'s",
        ";",
        "\n",
        " 42",
        " 7,000",
        " é",
        " ünïcode",
        " 日",
    ]
    return [
        " ".join(word + chooser.choice(marks) for word in chooser.choices(words, k=40))
        for _ in range(600)
    ]


def hard_strings(count: int) -> list[str]:
    """Texts that tokenizers disagree on: runs of spaces, emoji, controls, digits, CJK."""
    chooser = random.Random(11)
    alphabet = (
        " abcdefghi  \n\t\r   0123456789.,!?<>_/\\|'\"éüñ日本語中文한국어😀👩‍👩‍👧🇩🇪𝔘ﬁß½ª"
        "\u0000\u0001\u001b\u007f▁\u200b\u202e\ufeff"
    )
    made = [
        "",
        " ",
        " " * 37,
        "\n" * 9,
        "\t \n \r\n",
        "1234567890 3.14159 1,000,000",
        "▁already▁marked▁",
        "<0x0A> is a name, not a byte",
        "\x1b[31mred\x1b[0m\x00\x7f",
        "👨‍👩‍👧‍👦 🏳️‍🌈 e\u0301 \u00e9",
        "日本語のテキスト、中文 한국어",
    ]
    while len(made) < count - 30:
        made.append("".join(chooser.choices(alphabet, k=chooser.randint(1, 60))))
    return made + corpus(seed=9)[:30]


def write_tokenizer(folder: Path, pieces: int = 700) -> dict[str, Any]:
    """A tokenizer made as the starter's is; returns the contents of tokenizer.json."""
    folder.mkdir(parents=True, exist_ok=True)
    content = tokenizer_json(learn_pieces(corpus(), pieces))
    (folder / "tokenizer.json").write_text(json.dumps(content), encoding="utf-8")
    settings = {
        "bos_token": "<bos>",
        "eos_token": "<eos>",
        "pad_token": "<pad>",
        "unk_token": "<unk>",
        "chat_template": CHAT_TEMPLATE,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    return content


def write_checkpoint(
    folder: Path, *, seed: int = 3, dtype: torch.dtype = torch.float32, **changes: Any
) -> Gemma3ForCausalLM:
    """Tokenizer and checkpoint of a random model in `folder`; returns the model."""
    content = write_tokenizer(folder)
    torch.manual_seed(seed)
    extra = changes.pop("extra_rows", 0)
    config = Gemma3TextConfig(
        **{"vocab_size": len(content["model"]["vocab"]) + extra, **SHAPE, **changes}
    )
    model = Gemma3ForCausalLM(config).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.normal_(0, 0.3 if name.endswith("norm.weight") else 0.08)
    model = model.to(dtype)
    model.save_pretrained(folder)
    return model.float()


@contextmanager
def loaded(path: Path, *, vocabulary_only: bool = False) -> Iterator[Any]:
    """The model as llama.cpp loads it."""
    parameters = llama_cpp.llama_model_default_params()
    parameters.n_gpu_layers = 0
    parameters.vocab_only = vocabulary_only
    model = llama_cpp.llama_model_load_from_file(str(path).encode(), parameters)
    assert model, f"llama.cpp refuses {path}"
    try:
        yield model
    finally:
        llama_cpp.llama_model_free(model)


def llama_logits(path: Path, tokens: list[int], adapter: Path | None = None) -> np.ndarray:
    """Logits after every token, float64 [tokens, vocabulary], with a float32 cache."""
    with loaded(path) as model:
        parameters = llama_cpp.llama_context_default_params()
        parameters.n_ctx = parameters.n_batch = parameters.n_ubatch = len(tokens)
        parameters.n_threads = parameters.n_threads_batch = 1
        parameters.type_k = parameters.type_v = 0
        parameters.flash_attn_type = 0
        context = llama_cpp.llama_init_from_model(model, parameters)
        batch = llama_cpp.llama_batch_init(len(tokens), 0, 1)
        if adapter is not None:
            lora = llama_cpp.llama_adapter_lora_init(model, str(adapter).encode())
            assert lora, f"llama.cpp refuses {adapter}"
            adapters = (llama_cpp.llama_adapter_lora_p_ctypes * 1)(lora)
            scale = (ctypes.c_float * 1)(1.0)
            assert llama_cpp.llama_set_adapters_lora(context, adapters, 1, scale) == 0
        try:
            batch.n_tokens = len(tokens)
            for place, token in enumerate(tokens):
                batch.token[place], batch.pos[place] = token, place
                batch.n_seq_id[place], batch.seq_id[place][0] = 1, 0
                batch.logits[place] = 1
            assert llama_cpp.llama_decode(context, batch) == 0
            size = llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(model))
            rows = llama_cpp.llama_get_logits(context)
            return np.ctypeslib.as_array(rows, (len(tokens), size)).astype(np.float64)
        finally:
            llama_cpp.llama_batch_free(batch)
            llama_cpp.llama_free(context)


def torch_logits(model: Any, tokens: list[int]) -> np.ndarray:
    """Logits after every token by transformers in float64, [tokens, vocabulary]."""
    with torch.no_grad():
        return deepcopy(model).double()(torch.tensor([tokens])).logits[0].numpy()


def divergence(reference: np.ndarray, other: np.ndarray) -> float:
    """KL(reference || other) in nats, the mean over positions."""

    def log_softmax(x: np.ndarray) -> np.ndarray:
        x = x - x.max(axis=1, keepdims=True)
        return x - np.log(np.exp(x).sum(axis=1, keepdims=True))

    p, q = log_softmax(reference), log_softmax(other[:, : reference.shape[1]])
    return float((np.exp(p) * (p - q)).sum(axis=1).mean())


def llama_tokens(model: Any, text: str, *, markup: bool) -> list[int]:
    """Token ids by llama.cpp, without BOS."""
    vocabulary = llama_cpp.llama_model_get_vocab(model)
    raw = text.encode("utf-8")
    room = len(raw) + 8
    tokens = (ctypes.c_int32 * room)()
    count = llama_cpp.llama_tokenize(vocabulary, raw, len(raw), tokens, room, False, markup)
    assert count >= 0
    return list(tokens[:count])


def llama_text(model: Any, tokens: list[int]) -> str:
    """The text that llama.cpp makes of token ids."""
    vocabulary = llama_cpp.llama_model_get_vocab(model)
    array = (ctypes.c_int32 * len(tokens))(*tokens)
    buffer = ctypes.create_string_buffer(64 * len(tokens) + 8)
    count = llama_cpp.llama_detokenize(
        vocabulary, array, len(tokens), buffer, len(buffer), False, True
    )
    assert count >= 0
    return buffer.raw[:count].decode("utf-8")
