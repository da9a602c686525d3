"""BERT as llama.cpp wants it: models that turn a text into one vector, for recall.

Key names are those of `gguf.constants.Keys`, tensor names those of llama.cpp's `bert` graph.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from training.checkpoint import ConvertError, read_json
from training.families import Family, Numbers, TensorPlan, Vocabulary
from training.wordpiece_vocabulary import read_wordpieces

POOLING = {"pooling_mode_mean_tokens": 1, "pooling_mode_cls_token": 2}
"""Numbers of `bert.pooling_type` by the names that sentence-transformers gives them."""
NOT_FOR_VECTORS = ("pooler.", "cls.predictions", "cls.seq_relationship", "embeddings.position_ids")


class Bert(Family):
    """BERT encoders with absolute positions, such as MiniLM; their vector is pooled as stated.

    Where the folder states no pooling, the mean of the tokens is taken.
    """

    architecture = "bert"
    classes = ("BertModel", "BertForMaskedLM")
    add_bos = True

    def __init__(self, config: Mapping[str, Any], folder: Path) -> None:
        where = f"{folder.name}/config.json"
        position = config.get("position_embedding_type") or "absolute"
        if position != "absolute" or config.get("hidden_act", "gelu") != "gelu":
            raise ConvertError(
                f"{where} has other positions or another activation than BERT's own, "
                "which llama.cpp cannot express for bert"
            )
        try:
            self._hidden = int(config["hidden_size"])
            self._inner = int(config["intermediate_size"])
            self._layers = int(config["num_hidden_layers"])
            self._positions = int(config["max_position_embeddings"])
            self._segments = int(config.get("type_vocab_size", 2))
            self.key_values: Numbers = {
                "block_count": self._layers,
                "context_length": self._positions,
                "embedding_length": self._hidden,
                "feed_forward_length": self._inner,
                "attention.head_count": int(config["num_attention_heads"]),
                "attention.layer_norm_epsilon": float(config.get("layer_norm_eps", 1e-12)),
                "attention.causal": False,
                "pooling_type": _pooling(folder),
            }
        except (KeyError, TypeError, ValueError) as error:
            raise ConvertError(f"{where} is not understood: {error!r}") from None

    def vocabulary(self, folder: Path, rows: int) -> Vocabulary:
        """WordPiece, as the tokenizer in the folder says."""
        return read_wordpieces(folder, rows, self._segments)

    def canonical(self, name: str) -> str | None:
        """A checkpoint's name without its prefix; None for what only training needs."""
        name = name.removeprefix("bert.")
        if name.startswith(NOT_FOR_VECTORS):
            return None
        for old, new in ((".gamma", ".weight"), (".beta", ".bias")):
            if name.endswith(old):
                return name.removesuffix(old) + new
        return name

    def tensors(self, vocabulary_size: int) -> list[TensorPlan]:
        """All tensors of the model; positions and segments keep F32, as llama.cpp has them."""
        hidden, inner = self._hidden, self._inner
        plans = [
            TensorPlan(
                "embeddings.word_embeddings.weight", "token_embd.weight", (vocabulary_size, hidden)
            ),
            TensorPlan(
                "embeddings.position_embeddings.weight",
                "position_embd.weight",
                (self._positions, hidden),
                exact=True,
            ),
            TensorPlan(
                "embeddings.token_type_embeddings.weight",
                "token_types.weight",
                (self._segments, hidden),
                exact=True,
            ),
            *_with_bias("embeddings.LayerNorm", "token_embd_norm", (hidden,)),
        ]
        for layer in range(self._layers):
            for source, target, shape in (
                ("attention.self.query", "attn_q", (hidden, hidden)),
                ("attention.self.key", "attn_k", (hidden, hidden)),
                ("attention.self.value", "attn_v", (hidden, hidden)),
                ("attention.output.dense", "attn_output", (hidden, hidden)),
                ("attention.output.LayerNorm", "attn_output_norm", (hidden,)),
                ("intermediate.dense", "ffn_up", (inner, hidden)),
                ("output.dense", "ffn_down", (hidden, inner)),
                ("output.LayerNorm", "layer_output_norm", (hidden,)),
            ):
                plans += _with_bias(
                    f"encoder.layer.{layer}.{source}", f"blk.{layer}.{target}", shape
                )
        return plans


def _with_bias(source: str, target: str, shape: tuple[int, ...]) -> list[TensorPlan]:
    return [
        TensorPlan(f"{source}.weight", f"{target}.weight", shape),
        TensorPlan(f"{source}.bias", f"{target}.bias", shape[:1]),
    ]


def _pooling(folder: Path) -> int:
    """The kind of pooling that sentence-transformers' files in the folder ask for."""
    modules = folder / "modules.json"
    file = folder / "1_Pooling" / "config.json"
    if not modules.is_file() and not file.is_file():
        return POOLING["pooling_mode_mean_tokens"]
    asked = [name for name, wanted in read_json(file).items() if wanted is True]
    modes = [name for name in asked if name.startswith("pooling_mode_")]
    if len(modes) != 1 or modes[0] not in POOLING:
        raise ConvertError(
            f"{file} asks for {' and '.join(modes) or 'no pooling'}; "
            "only the mean of the tokens or the first one can be converted"
        )
    return POOLING[modes[0]]
