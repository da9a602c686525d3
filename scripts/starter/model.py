"""The starter's network: Gemma 3 text at 5.8 million parameters, and its files."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from scripts.starter import tokenizer as words

CONTEXT = 2048
SLIDING_WINDOW = 512


def configuration() -> Any:
    """Gemma 3's text configuration; llama.cpp assumes its pattern of five sliding layers to one."""
    from transformers import Gemma3TextConfig

    return Gemma3TextConfig(
        vocab_size=words.VOCABULARY_SIZE,
        hidden_size=256,
        intermediate_size=768,
        num_hidden_layers=6,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=64,
        query_pre_attn_scalar=64,
        max_position_embeddings=CONTEXT,
        sliding_window=SLIDING_WINDOW,
        tie_word_embeddings=True,
        bos_token_id=words.BOS,
        eos_token_id=[words.EOS, words.END_OF_TURN],
        pad_token_id=words.PAD,
        architectures=["Gemma3ForCausalLM"],
    )


def build(seed: int) -> Any:
    """A network with random weights that depend on `seed` only."""
    import torch
    from transformers import Gemma3ForCausalLM

    torch.manual_seed(seed)
    network = Gemma3ForCausalLM(configuration())
    network.config._attn_implementation = "sdpa"
    return network


def load(folder: Path) -> Any:
    """The network saved in `folder`, in float32."""
    import torch
    from transformers import Gemma3ForCausalLM

    return Gemma3ForCausalLM.from_pretrained(folder, dtype=torch.float32)


def _replace(path: Path, data: bytes) -> None:
    part = path.with_name(path.name + ".part")
    part.write_bytes(data)
    os.replace(part, path)


def export(network: Any, tokenizer_folder: Path, folder: Path) -> None:
    """Write the checkpoint in bf16 with its configuration and tokenizer; each file atomically."""
    import torch
    from safetensors.torch import save

    folder.mkdir(parents=True, exist_ok=True)
    tensors = {
        name: tensor.detach().to("cpu", torch.bfloat16).contiguous()
        for name, tensor in network.state_dict().items()
        if name != "lm_head.weight"
    }
    config = network.config.to_dict()
    config["dtype"] = "bfloat16"
    config = {key: value for key, value in config.items() if not key.startswith("_")}
    generation = {
        "bos_token_id": words.BOS,
        "eos_token_id": [words.EOS, words.END_OF_TURN],
        "pad_token_id": words.PAD,
    }
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        _replace(folder / name, (tokenizer_folder / name).read_bytes())
    for name, contents in (("config.json", config), ("generation_config.json", generation)):
        _replace(folder / name, (json.dumps(contents, indent=2) + "\n").encode())
    _replace(folder / "model.safetensors", save(tensors, metadata={"format": "pt"}))
