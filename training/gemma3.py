"""The Gemma 3 text architecture as llama.cpp wants it: key-values and tensors of a checkpoint.

Key names are those of `gguf.constants.Keys`, tensor names those of llama.cpp's `gemma3` graph,
which fixes what a file cannot say: five layers with a sliding window to one with full attention,
queries scaled by the size of a head.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from training.checkpoint import ConvertError
from training.families import Family, Numbers, TensorPlan, Vocabulary
from training.spm_vocabulary import read_vocabulary

DEFAULTS: Mapping[str, Any] = {
    "max_position_embeddings": 131072,
    "hidden_size": 2304,
    "num_hidden_layers": 26,
    "intermediate_size": 9216,
    "num_attention_heads": 8,
    "num_key_value_heads": 4,
    "head_dim": 256,
    "rms_norm_eps": 1e-6,
    "sliding_window": 4096,
    "query_pre_attn_scalar": 256,
}
"""What `Gemma3TextConfig` of transformers takes where config.json is silent."""

LAYERS_IN_PATTERN = 6
LAYERS_OF_27B = 62
PREFIXES = ("model.language_model.", "language_model.model.", "model.")
VISION = ("vision_tower.", "multi_modal_projector.")
IGNORED = (*VISION, *(f"model.{part}" for part in VISION))


class Gemma3(Family):
    """Gemma 3 for text, from 270M to 27B; of the models that also see, the part that reads text."""

    architecture = "gemma3"
    classes = ("Gemma3ForCausalLM", "Gemma3ForConditionalGeneration")
    add_bos = True

    def __init__(self, config: Mapping[str, Any], folder: Path) -> None:
        own = config.get("text_config") or config
        self._where = f"{folder.name}/config.json"
        self._config = {**DEFAULTS, **{k: v for k, v in own.items() if v is not None}}
        try:
            self._refuse_what_llama_cpp_lacks()
            self.key_values = self._key_values()
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            raise ConvertError(f"{self._where} is not understood: {error!r}") from None
        self.tied = bool(own.get("tie_word_embeddings", config.get("tie_word_embeddings", True)))

    def _refuse(self, what: str) -> None:
        raise ConvertError(f"{self._where} has {what}, which llama.cpp cannot express for gemma3")

    def _refuse_what_llama_cpp_lacks(self) -> None:
        config = self._config
        layers = int(config["num_hidden_layers"])
        if self._layer_types() != [
            "full_attention" if (layer + 1) % LAYERS_IN_PATTERN == 0 else "sliding_attention"
            for layer in range(layers)
        ]:
            raise ConvertError(
                f"{self._where} does not alternate five sliding layers with a full one, "
                "which llama.cpp takes for granted in gemma3: its answers would be wrong"
            )
        scale = config["query_pre_attn_scalar"]
        usual = (
            config["hidden_size"] // config["num_attention_heads"]
            if layers == LAYERS_OF_27B
            else config["head_dim"]
        )
        if scale != usual:
            self._refuse(f"query_pre_attn_scalar {scale} instead of {usual}")
        activation = config.get("hidden_activation", config.get("hidden_act", "gelu_pytorch_tanh"))
        if activation != "gelu_pytorch_tanh":
            self._refuse(f"the activation {activation}")
        for key in ("attn_logit_softcapping", "attention_bias", "use_bidirectional_attention"):
            if config.get(key):
                self._refuse(key)

    def _layer_types(self) -> list[str]:
        stated = self._config.get("layer_types")
        if stated:
            return list(stated)
        every = self._config.get(
            "sliding_window_pattern", self._config.get("_sliding_window_pattern", LAYERS_IN_PATTERN)
        )
        return [
            "full_attention" if (layer + 1) % every == 0 else "sliding_attention"
            for layer in range(self._config["num_hidden_layers"])
        ]

    def _key_values(self) -> Numbers:
        config = self._config
        full, sliding = self._rope("full_attention"), self._rope("sliding_attention")
        values: Numbers = {
            "context_length": int(config["max_position_embeddings"]),
            "embedding_length": int(config["hidden_size"]),
            "block_count": int(config["num_hidden_layers"]),
            "feed_forward_length": int(config["intermediate_size"]),
            "attention.head_count": int(config["num_attention_heads"]),
            "attention.head_count_kv": int(config["num_key_value_heads"]),
            "attention.key_length": int(config["head_dim"]),
            "attention.value_length": int(config["head_dim"]),
            "attention.layer_norm_rms_epsilon": float(config["rms_norm_eps"]),
            "attention.sliding_window": int(config["sliding_window"]),
            "rope.freq_base": float(full["rope_theta"]),
            "rope.freq_base_swa": float(sliding["rope_theta"]),
        }
        if full["rope_type"] == "linear":
            values["rope.scaling.type"] = "linear"
            values["rope.scaling.factor"] = float(full["factor"])
        elif full["rope_type"] != "default":
            self._refuse(f"rope of the type {full['rope_type']}")
        if sliding["rope_type"] != "default":
            self._refuse(f"rope of the type {sliding['rope_type']} in sliding layers")
        if config.get("final_logit_softcapping"):
            values["final_logit_softcapping"] = float(config["final_logit_softcapping"])
        return values

    def _rope(self, layer_type: str) -> dict[str, Any]:
        """Rope of one kind of layer, in the form of transformers 5 (`rope_parameters`) or of 4."""
        sliding = layer_type == "sliding_attention"
        base = self._config.get("rope_local_base_freq", 1e4)
        if not sliding:
            base = self._config.get("rope_theta", 1e6)
        rope = {"rope_type": "default", "rope_theta": base}
        by_layer = self._config.get("rope_parameters") or {}
        scaling = self._config.get("rope_scaling") or {}
        if layer_type in by_layer:
            rope.update(by_layer[layer_type] or {})
        elif by_layer and not sliding:
            rope.update(by_layer)
        elif scaling and not sliding:
            rope.update(scaling, rope_type=scaling.get("rope_type", scaling.get("type")))
        return rope

    def vocabulary(self, folder: Path, rows: int) -> Vocabulary:
        """SentencePiece, as the tokenizer in the folder says."""
        return read_vocabulary(folder, rows, self.add_bos)

    def canonical(self, name: str) -> str | None:
        """A checkpoint's name for a tensor without its prefix; None for what has no place here."""
        if name.startswith(IGNORED) or name.endswith(".rotary_emb.inv_freq"):
            return None
        if name.endswith("lm_head.weight"):
            return None if self.tied else "lm_head.weight"
        for prefix in PREFIXES:
            if name.startswith(prefix):
                return name.removeprefix(prefix)
        return name

    def tensors(self, vocabulary_size: int) -> list[TensorPlan]:
        """All tensors of the model. Gemma's norms multiply by 1 + weight, llama.cpp's by weight."""
        config = self._config
        hidden, inner = int(config["hidden_size"]), int(config["intermediate_size"])
        head = int(config["head_dim"])
        queries = head * int(config["num_attention_heads"])
        keys = head * int(config["num_key_value_heads"])
        norms = (
            ("input_layernorm", "attn_norm", hidden),
            ("post_attention_layernorm", "post_attention_norm", hidden),
            ("pre_feedforward_layernorm", "ffn_norm", hidden),
            ("post_feedforward_layernorm", "post_ffw_norm", hidden),
            ("self_attn.q_norm", "attn_q_norm", head),
            ("self_attn.k_norm", "attn_k_norm", head),
        )
        matrices = (
            ("self_attn.q_proj", "attn_q", queries, hidden),
            ("self_attn.k_proj", "attn_k", keys, hidden),
            ("self_attn.v_proj", "attn_v", keys, hidden),
            ("self_attn.o_proj", "attn_output", hidden, queries),
            ("mlp.gate_proj", "ffn_gate", inner, hidden),
            ("mlp.up_proj", "ffn_up", inner, hidden),
            ("mlp.down_proj", "ffn_down", hidden, inner),
        )
        plans = [TensorPlan("embed_tokens.weight", "token_embd.weight", (vocabulary_size, hidden))]
        for layer in range(int(config["num_hidden_layers"])):
            source, target = f"layers.{layer}", f"blk.{layer}"
            plans += [
                TensorPlan(f"{source}.{a}.weight", f"{target}.{b}.weight", (size,), shift=1.0)
                for a, b, size in norms
            ]
            plans += [
                TensorPlan(f"{source}.{a}.weight", f"{target}.{b}.weight", (rows, columns))
                for a, b, rows, columns in matrices
            ]
        plans.append(TensorPlan("norm.weight", "output_norm.weight", (hidden,), shift=1.0))
        if not self.tied:
            plans.append(TensorPlan("lm_head.weight", "output.weight", (vocabulary_size, hidden)))
        return plans
