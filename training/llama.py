"""Llama, Mistral, Qwen 2 and Qwen 3 as llama.cpp wants them: key-values and tensors.

Key names are those of `gguf.constants.Keys`, tensor names those of llama.cpp's graphs `llama`,
`qwen2` and `qwen3`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from training.bpe_vocabulary import read_bpe
from training.checkpoint import ConvertError, read_json
from training.families import Family, Numbers, TensorPlan, Vocabulary
from training.spm_vocabulary import read_vocabulary
from training.tokenizer_files import adds_bos, read_settings

MATRICES = (
    ("mlp.gate_proj", "ffn_gate", "inner", "hidden"),
    ("mlp.up_proj", "ffn_up", "inner", "hidden"),
    ("mlp.down_proj", "ffn_down", "hidden", "inner"),
)


class Llama(Family):
    """Llama 1 to 3.2 and models of the same shape, such as SmolLM and TinyLlama.

    `frequency_factors` are what llama.cpp divides the frequencies of rope by, where the
    configuration scales them as Llama 3.1 does.
    """

    architecture = "llama"
    classes = ("LlamaForCausalLM",)
    add_bos = True
    defaults: ClassVar[Mapping[str, Any]] = {}
    """What the configuration class of transformers takes where config.json is silent."""

    interleaved: ClassVar[bool] = True
    """Whether llama.cpp wants the two halves of a head, which rope turns together, in turn."""

    def __init__(self, config: Mapping[str, Any], folder: Path) -> None:
        self._where = f"{folder.name}/config.json"
        stated = {key: value for key, value in config.items() if value is not None}
        self._config = {**self.defaults, **stated}
        self.frequency_factors: tuple[float, ...] = ()
        try:
            self._sizes = {
                "hidden": int(config["hidden_size"]),
                "inner": int(config["intermediate_size"]),
                "layers": int(config["num_hidden_layers"]),
                "heads": int(config["num_attention_heads"]),
            }
            heads = self._sizes["heads"]
            self._key_heads = int(self._config.get("num_key_value_heads", heads))
            self._head = int(self._config.get("head_dim", self._sizes["hidden"] // heads))
            self._refuse_what_llama_cpp_lacks()
            self.key_values = self._key_values()
        except (AttributeError, KeyError, TypeError, ValueError, ZeroDivisionError) as error:
            raise ConvertError(f"{self._where} is not understood: {error!r}") from None
        self.tied = bool(self._config.get("tie_word_embeddings", False))

    def _refuse(self, what: str) -> None:
        raise ConvertError(
            f"{self._where} has {what}, which llama.cpp cannot express for {self.architecture}"
        )

    def _refuse_what_llama_cpp_lacks(self) -> None:
        activation = self._config.get("hidden_act", "silu")
        if activation != "silu":
            self._refuse(f"the activation {activation}")
        if self._config.get("mlp_bias"):
            self._refuse("mlp_bias")
        if self._head % 2:
            self._refuse(f"heads of the odd size {self._head}")

    def _biases(self) -> tuple[str, ...]:
        """Which matrices of the attention have a bias."""
        return ("q_proj", "k_proj", "v_proj", "o_proj") if self._has("attention_bias") else ()

    def _has(self, key: str) -> bool:
        return bool(self._config.get(key))

    def _key_values(self) -> Numbers:
        config, sizes = self._config, self._sizes
        values: Numbers = {
            "context_length": self._context(),
            "embedding_length": sizes["hidden"],
            "block_count": sizes["layers"],
            "feed_forward_length": sizes["inner"],
            "attention.head_count": sizes["heads"],
            "attention.head_count_kv": self._key_heads,
            "attention.layer_norm_rms_epsilon": float(config.get("rms_norm_eps", 1e-6)),
        }
        if "head_dim" in config:
            values["attention.key_length"] = values["attention.value_length"] = self._head
        if self.architecture == "llama":
            values["rope.dimension_count"] = self._head
            if "vocab_size" in config:
                values["vocab_size"] = int(config["vocab_size"])
        return values | self._rope()

    def _context(self) -> int:
        """Positions that the model was made for; beyond a sliding window llama.cpp, which has
        none for these models, would answer otherwise."""
        positions = int(self._config["max_position_embeddings"])
        return min(positions, self._window() or positions)

    def _window(self) -> int | None:
        return None

    def _rope(self) -> Numbers:
        """Rope in the form of transformers 5 (`rope_parameters`) or of 4 (`rope_scaling`)."""
        rope = {"rope_theta": self._config.get("rope_theta", 10000.0)}
        rope |= self._config.get("rope_scaling") or {}
        rope |= self._config.get("rope_parameters") or {}
        kind = rope.get("rope_type", rope.get("type", "default"))
        values: Numbers = {"rope.freq_base": float(rope["rope_theta"])}
        if float(rope.get("partial_rotary_factor", 1.0)) != 1.0:
            self._refuse("a rope that turns a part of a head")
        if kind == "llama3":
            self.frequency_factors = _frequency_factors(rope, self._head)
        elif kind in ("linear", "yarn"):
            values["rope.scaling.type"] = kind
            values["rope.scaling.factor"] = float(rope["factor"])
        elif kind != "default":
            self._refuse(f"rope of the type {kind}")
        if kind == "yarn":
            original = rope.get("original_max_position_embeddings", self._context())
            values["rope.scaling.original_context_length"] = int(original)
            for key in ("mscale", "mscale_all_dim", "attention_factor", "beta_fast", "beta_slow"):
                if rope.get(key):
                    self._refuse(f"{key} in its rope")
            if rope.get("truncate") is False:
                self._refuse("a rope whose bounds are not truncated")
        return values

    def vocabulary(self, folder: Path, rows: int) -> Vocabulary:
        """SentencePiece or byte-level BPE, as the tokenizer in the folder says."""
        content = read_json(folder / "tokenizer.json")
        model = content.get("model") or {}
        if isinstance(model, dict) and model.get("byte_fallback"):
            bos = adds_bos(content, read_settings(folder))
            return read_vocabulary(folder, rows, bos, pad=True)
        return read_bpe(folder, rows)

    def canonical(self, name: str) -> str | None:
        """A checkpoint's name for a tensor without its prefix; None for what has no place here."""
        if name.endswith(".rotary_emb.inv_freq") or (name == "lm_head.weight" and self.tied):
            return None
        return name.removeprefix("model.")

    def tensors(self, vocabulary_size: int) -> list[TensorPlan]:
        """All tensors of the model."""
        hidden = self._sizes["hidden"]
        plans = [TensorPlan("embed_tokens.weight", "token_embd.weight", (vocabulary_size, hidden))]
        for layer in range(self._sizes["layers"]):
            plans += self._layer(f"layers.{layer}", f"blk.{layer}")
        plans.append(TensorPlan("norm.weight", "output_norm.weight", (hidden,)))
        if not self.tied:
            plans.append(TensorPlan("lm_head.weight", "output.weight", (vocabulary_size, hidden)))
        if self.frequency_factors:
            shape = (len(self.frequency_factors),)
            plans.append(TensorPlan("", "rope_freqs.weight", shape, values=self.frequency_factors))
        return plans

    def _layer(self, source: str, target: str) -> list[TensorPlan]:
        sizes, head = self._sizes, self._head
        hidden, queries, keys = sizes["hidden"], head * sizes["heads"], head * self._key_heads
        turned = head if self.interleaved else 0
        plans = [
            TensorPlan(f"{source}.{a}.weight", f"{target}.{b}.weight", (size,))
            for a, b, size in self._norms()
        ]
        for a, b, rows, columns, head_rows in (
            ("q_proj", "attn_q", queries, hidden, turned),
            ("k_proj", "attn_k", keys, hidden, turned),
            ("v_proj", "attn_v", keys, hidden, 0),
            ("o_proj", "attn_output", hidden, queries, 0),
        ):
            name = f"{source}.self_attn.{a}"
            shape = (rows, columns)
            plans.append(
                TensorPlan(f"{name}.weight", f"{target}.{b}.weight", shape, head_rows=head_rows)
            )
            if a in self._biases():
                plans.append(
                    TensorPlan(f"{name}.bias", f"{target}.{b}.bias", (rows,), head_rows=head_rows)
                )
        plans += [
            TensorPlan(f"{source}.{a}.weight", f"{target}.{b}.weight", (sizes[rows], sizes[cols]))
            for a, b, rows, cols in MATRICES
        ]
        return plans

    def _norms(self) -> tuple[tuple[str, str, int], ...]:
        hidden = self._sizes["hidden"]
        return (
            ("input_layernorm", "attn_norm", hidden),
            ("post_attention_layernorm", "ffn_norm", hidden),
        )


class Mistral(Llama):
    """Mistral 7B and Nemo; where attention has a window, the context ends with it."""

    classes = ("MistralForCausalLM",)

    def _window(self) -> int | None:
        return self._config.get("sliding_window")


class Qwen2(Llama):
    """Qwen 2 and 2.5."""

    architecture = "qwen2"
    classes = ("Qwen2ForCausalLM",)
    add_bos = False
    interleaved = False

    def _biases(self) -> tuple[str, ...]:
        return ("q_proj", "k_proj", "v_proj")

    def _window(self) -> int | None:
        return self._config.get("sliding_window") if self._has("use_sliding_window") else None


class Qwen3(Qwen2):
    """Qwen 3, the dense models."""

    architecture = "qwen3"
    classes = ("Qwen3ForCausalLM",)
    defaults: ClassVar[Mapping[str, Any]] = {"head_dim": 128}

    def _refuse_what_llama_cpp_lacks(self) -> None:
        super()._refuse_what_llama_cpp_lacks()
        if self._has("attention_bias"):
            self._refuse("attention_bias")

    def _biases(self) -> tuple[str, ...]:
        return ()

    def _norms(self) -> tuple[tuple[str, str, int], ...]:
        heads = (
            ("self_attn.q_norm", "attn_q_norm", self._head),
            ("self_attn.k_norm", "attn_k_norm", self._head),
        )
        return super()._norms() + heads


def _frequency_factors(rope: Mapping[str, Any], head: int) -> tuple[float, ...]:
    """Llama 3.1's scaling: low frequencies by `factor`, high ones not, those between smoothly.

    As in `transformers.modeling_rope_utils`, in its 32 bits.
    """
    import numpy as np

    single = np.float32
    factor = float(rope.get("factor", 8.0))
    low, high = float(rope.get("low_freq_factor", 1.0)), float(rope.get("high_freq_factor", 4.0))
    context = float(rope.get("original_max_position_embeddings", 8192))
    steps = np.arange(0, head, 2, dtype=single) / single(head)
    factors = []
    for frequency in single(1) / np.power(single(rope["rope_theta"]), steps):
        wavelength = single(2 * math.pi) / frequency
        if wavelength < context / high:
            factors.append(1.0)
        elif wavelength > context / low:
            factors.append(factor)
        else:
            smooth = (single(context) / wavelength - single(low)) / single(high - low)
            factors.append(float(single(1) / ((single(1) - smooth) / single(factor) + smooth)))
    return tuple(factors)
