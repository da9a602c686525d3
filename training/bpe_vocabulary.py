"""The vocabulary of a byte-level BPE model (Llama 3, Qwen, SmolLM), taken from `tokenizer.json`.

llama.cpp knows by name how a text is cut into words before merges are applied. That name follows
from the pre-tokenizer's own steps, so that a tokenizer trained anew with them is known, too.
llama.cpp does not compose characters (NFC), as Qwen's tokenizers do before they cut.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.checkpoint import ConvertError, read_json
from training.spm_vocabulary import TokenType
from training.tokenizer_files import adds_bos, chat_template, read_settings, special_ids

_CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
_REST = r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
_UPPER, _LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
PATTERNS = {
    rf"{_CONTRACTIONS}|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|\p{{N}}{{1,3}}|{_REST}": "llama-bpe",
    rf"{_CONTRACTIONS}|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|\p{{N}}|{_REST}": "qwen2",
    rf"[^\r\n\p{{L}}\p{{N}}]?{_UPPER}*{_LOWER}+|[^\r\n\p{{L}}\p{{N}}]?{_UPPER}+{_LOWER}*|\p{{N}}|"
    r" ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+": "tekken",
}
"""llama.cpp's names (`tokenizer.ggml.pre`) by the pattern that cuts words."""

_CONTROL_IN_DISGUISE = re.compile("<\\|.*\\|>|<\uff5c.*\uff5c>|<unused.*>|<(pad|mask|2mass)>")


@dataclass(frozen=True, slots=True)
class BpeVocabulary:
    """Tokens by id with their types, merges in order, how words are cut, special ids by role."""

    tokens: list[str]
    types: list[TokenType]
    merges: list[str]
    pre: str
    roles: dict[str, int]
    chat_template: str | None
    add_bos: bool

    def add_to(self, writer: Any) -> None:
        """Writes the vocabulary's keys, and the chat template."""
        writer.add_tokenizer_model("gpt2")
        writer.add_tokenizer_pre(self.pre)
        writer.add_token_list(self.tokens)
        writer.add_token_types(self.types)
        writer.add_token_merges(self.merges)
        for role, number in self.roles.items():
            writer.add_uint32(f"tokenizer.ggml.{role}_token_id", number)
        writer.add_add_bos_token(self.add_bos)
        if self.chat_template:
            writer.add_chat_template(self.chat_template)


def read_bpe(folder: Path, rows: int) -> BpeVocabulary:
    """Reads the tokenizer files in `folder` for a model whose embedding has `rows` rows.

    Rows without a token become unused tokens. Raises ConvertError for tokenizers of another kind,
    and where tokens outnumber the rows.
    """
    file = folder / "tokenizer.json"
    content = read_json(file)
    settings = read_settings(folder)
    model = content.get("model") or {}
    if model.get("type") != "BPE" or model.get("byte_fallback"):
        raise ConvertError(
            f"{file} is not a byte-level BPE tokenizer; "
            "convert a checkpoint with its original tokenizer"
        )
    pre = _pre(file, content)
    try:
        merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]]
        tokens, types = _tokens(file, model["vocab"], content.get("added_tokens") or [], rows)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise ConvertError(f"{file} is damaged; get the checkpoint again") from None
    roles = special_ids(tokens, settings, {})
    return BpeVocabulary(
        tokens,
        types,
        merges,
        pre,
        roles,
        chat_template(folder, settings),
        "bos" in roles and adds_bos(content, settings),
    )


def _tokens(
    file: Path, ids: dict[str, int], added: list[dict[str, Any]], rows: int
) -> tuple[list[str], list[TokenType]]:
    highest = max([*ids.values(), *(token["id"] for token in added)], default=-1)
    if highest >= rows:
        raise ConvertError(
            f"{file} has tokens up to {highest}, and the model's embedding {rows} rows; "
            "convert a checkpoint whose tokenizer belongs to it"
        )
    tokens = [f"[PAD{number}]" for number in range(rows)]
    types = [TokenType.UNUSED] * rows
    for text, number in ids.items():
        tokens[number], types[number] = text, TokenType.NORMAL
    for token in added:
        text, number = token["content"], token["id"]
        control = token.get("special") or _CONTROL_IN_DISGUISE.fullmatch(text)
        tokens[number] = text
        types[number] = TokenType.CONTROL if control else TokenType.USER_DEFINED
    return tokens, types


def _pre(file: Path, content: Mapping[str, Any]) -> str:
    normalizer = (content.get("normalizer") or {}).get("type", "NFC")
    splitter = content.get("pre_tokenizer") or {}
    steps = splitter.get("pretokenizers") or [splitter]
    name = _name(steps) if steps[-1].get("type") == "ByteLevel" else None
    if name is None or normalizer != "NFC" or steps[-1].get("add_prefix_space"):
        raise ConvertError(
            f"{file} cuts words in a way that llama.cpp has no name for; supported are the "
            "tokenizers of GPT-2, Llama 3, Qwen 2 and 3, SmolLM and Mistral Nemo"
        )
    return name


def _name(steps: list[dict[str, Any]]) -> str | None:
    """llama.cpp's name for steps that end with a byte-level one."""
    *first, last = steps
    if last.get("use_regex", True):
        if not first:
            return "gpt-2"
        digits = first[0].get("type") == "Digits" and first[0].get("individual_digits")
        return "smollm" if digits and len(first) == 1 else None
    if len(first) != 1 or first[0].get("type") != "Split" or first[0].get("invert"):
        return None
    pattern = (first[0].get("pattern") or {}).get("Regex", "")
    return PATTERNS.get(pattern) if first[0].get("behavior") == "Isolated" else None
