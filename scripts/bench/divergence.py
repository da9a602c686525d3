"""How far our GGUF of a checkpoint is from transformers, for each type that the converter writes.

Usage: python scripts/bench/divergence.py [--base DIR] [--types T …] [--tokens N]

The measure is the KL divergence of the probabilities of transformers in 64 bits to those of
llama.cpp, in nats, the mean over all places of texts of at most `--tokens` tokens in all, with the
largest at one place. Nothing here depends on how busy the machine is.
"""

from __future__ import annotations

import argparse
import ctypes
import tempfile
from pathlib import Path
from typing import Any

from scripts.bench._common import report, say
from training.convert import convert_checkpoint, out_type
from training.replay_prompts import PROMPTS
from training.starter import CHECKPOINT

TYPES = ("f32", "f16", "bf16", "q8_0", "q6_k", "q5_k_m", "q4_k_m")
GOAL = {"f32": 1e-6}


def rows_of(base: Path, tokens: int) -> list[list[int]]:
    """General prompts, as one conversation each of one turn more than the one before."""
    from training.encoding import Encoder
    from training.example import Example, Turn

    encoder, found, left = Encoder(base), list[list[int]](), tokens
    messages = [message for _, message in PROMPTS]
    said = [Turn("user" if n % 2 == 0 else "assistant", text) for n, text in enumerate(messages)]
    for turns in range(2, len(said), 2):
        ids = list(encoder.encode(Example("rated", "", "", "", tuple(said[:turns]))).ids)[:left]
        found.append(ids)
        left -= len(ids)
        if left <= 0:
            break
    return found


def reference(base: Path, rows: list[list[int]]) -> list[Any]:
    """Log-probabilities by transformers after each token, a matrix a row."""
    import torch
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float64).eval()
    with torch.no_grad():
        return [model(torch.tensor([ids])).logits[0].log_softmax(-1).numpy() for ids in rows]


def by_llama(path: Path, rows: list[list[int]]) -> list[Any]:
    """Log-probabilities by llama.cpp after each token, with a cache in 32 bits."""
    import llama_cpp
    import numpy as np

    parameters = llama_cpp.llama_model_default_params()
    parameters.n_gpu_layers = 0
    model = llama_cpp.llama_model_load_from_file(str(path).encode(), parameters)
    if not model:
        raise SystemExit(f"llama.cpp refuses {path}")
    size = llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(model))
    found = []
    for ids in rows:
        options = llama_cpp.llama_context_default_params()
        options.n_ctx = options.n_batch = options.n_ubatch = len(ids)
        options.n_threads = options.n_threads_batch = 1
        options.type_k = options.type_v = options.flash_attn_type = 0
        context = llama_cpp.llama_init_from_model(model, options)
        batch = llama_cpp.llama_batch_init(len(ids), 0, 1)
        batch.n_tokens = len(ids)
        for place, token in enumerate(ids):
            batch.token[place], batch.pos[place] = token, place
            batch.n_seq_id[place], batch.seq_id[place][0] = 1, 0
            batch.logits[place] = 1
        if llama_cpp.llama_decode(context, batch):
            raise SystemExit(f"llama.cpp cannot evaluate {len(ids)} tokens")
        logits = np.ctypeslib.as_array(llama_cpp.llama_get_logits(context), (len(ids), size))
        logits = logits.astype(np.float64)
        logits -= logits.max(axis=1, keepdims=True)
        found.append(logits - np.log(np.exp(logits).sum(axis=1, keepdims=True)))
        llama_cpp.llama_batch_free(batch)
        llama_cpp.llama_free(context)
    llama_cpp.llama_model_free(model)
    return found


def main() -> None:
    """Measures, and prints one JSON object."""
    import llama_cpp
    import numpy as np

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--base", type=Path, default=CHECKPOINT)
    parser.add_argument("--types", nargs="+", default=TYPES)
    parser.add_argument("--tokens", type=int, default=2000)
    asked = parser.parse_args()
    quiet = llama_cpp.llama_log_callback(lambda *_: None)
    llama_cpp.llama_log_set(quiet, ctypes.c_void_p(0))
    rows = rows_of(asked.base, asked.tokens)
    right = reference(asked.base, rows)
    found: dict[str, dict[str, float]] = {}
    for name in asked.types:
        say(f"{name} …")
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "model.gguf"
            convert_checkpoint(asked.base, out, out_type(name))
            ours = by_llama(out, rows)
            size = out.stat().st_size
        each = np.concatenate(
            [
                (np.exp(one) * (one - other[:, : one.shape[1]])).sum(axis=1)
                for one, other in zip(right, ours, strict=True)
            ]
        )
        found[name] = {"kl": float(each.mean()), "largest": float(each.max()), "bytes": size}
    report("divergence", base=asked.base.name, tokens=sum(map(len, rows)), goal=GOAL, types=found)


if __name__ == "__main__":
    main()
