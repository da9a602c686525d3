"""The vocabulary of a BERT model, taken from `tokenizer.json`: WordPiece as llama.cpp reads it.

llama.cpp marks the pieces that begin a word with "▁"; BERT marks those that go on with "##".
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.checkpoint import ConvertError, read_json
from training.spm_vocabulary import SPACE, TokenType

CONTINUES = "##"
ROLES = {
    "bos": "[CLS]",
    "eos": "[SEP]",
    "unknown": "[UNK]",
    "seperator": "[SEP]",  # spelt as in GGUF
    "padding": "[PAD]",
    "mask": "[MASK]",
}


@dataclass(frozen=True, slots=True)
class WordPieceVocabulary:
    """Tokens by id with their types, ids of special tokens by role, kinds of segments."""

    tokens: list[str]
    types: list[TokenType]
    roles: dict[str, int]
    segments: int
    lowercase: bool

    def add_to(self, writer: Any) -> None:
        """Writes the vocabulary's keys."""
        writer.add_token_type_count(self.segments)
        writer.add_tokenizer_model("bert")
        writer.add_tokenizer_pre("jina-v2-en")
        writer.add_token_list(self.tokens)
        writer.add_token_types(self.types)
        for role, number in self.roles.items():
            writer.add_uint32(f"tokenizer.ggml.{role}_token_id", number)
        writer.add_add_bos_token(True)
        writer.add_add_eos_token(True)
        writer.add_add_sep_token(False)
        writer.add_bool("tokenizer.ggml.normalizer.lowercase", self.lowercase)


def read_wordpieces(folder: Path, rows: int, segments: int) -> WordPieceVocabulary:
    """Reads `tokenizer.json` in `folder` for a model whose embedding has `rows` rows.

    `segments` is how many kinds of segments the model tells apart. Raises ConvertError for a
    tokenizer of another kind, and where tokens and rows do not match.
    """
    file = folder / "tokenizer.json"
    content = read_json(file)
    model = content.get("model") or {}
    normalizer = content.get("normalizer") or {}
    if (
        model.get("type") != "WordPiece"
        or model.get("continuing_subword_prefix") != CONTINUES
        or normalizer.get("type") != "BertNormalizer"
        or not normalizer.get("handle_chinese_chars", True)
        or normalizer.get("strip_accents") not in (None, normalizer.get("lowercase"))
    ):
        raise ConvertError(
            f"{file} is not BERT's own tokenizer, which its models need; "
            "convert a checkpoint with its original tokenizer"
        )
    try:
        ids: dict[str, int] = model["vocab"]
        special = {token["content"] for token in content.get("added_tokens") or []}
        tokens = [""] * len(ids)
        for text, number in ids.items():
            tokens[number] = text
    except (AttributeError, IndexError, KeyError, TypeError):
        raise ConvertError(f"{file} is damaged; get the checkpoint again") from None
    if len(tokens) > rows:
        raise ConvertError(
            f"{file} has {len(tokens)} tokens, and the model's embedding {rows} rows; "
            "convert a checkpoint whose tokenizer belongs to it"
        )
    return WordPieceVocabulary(
        [_marked(text, text in special) for text in tokens],
        [TokenType.CONTROL if text in special else TokenType.NORMAL for text in tokens],
        {role: ids[name] for role, name in ROLES.items() if name in ids},
        segments,
        bool(normalizer.get("lowercase", True)),
    )


def _marked(text: str, special: bool) -> str:
    if special:
        return text
    return text.removeprefix(CONTINUES) if text.startswith(CONTINUES) else SPACE + text
