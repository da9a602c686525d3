"""The vocabulary of a SentencePiece BPE model, taken from `tokenizer.json` alone.

llama.cpp's SPM tokenizer joins, again and again, the two neighbours whose joined text is the token
of the highest score. Hugging Face's BPE joins the pair that stands first in a list of merges. The
two agree when the list holds every split of a token into two tokens, ordered by the joined token,
which is how transformers writes SentencePiece models; then a token's score is minus its rank.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

from training.checkpoint import ConvertError, read_json
from training.tokenizer_files import chat_template, read_settings, special_ids

SPACE = "▁"
USUAL = {"bos": "<bos>", "eos": "<eos>", "unknown": "<unk>", "padding": "<pad>"}
_BYTE = re.compile(r"<0x[0-9A-Fa-f]{2}>")
_CONTROL_IN_DISGUISE = re.compile(r"<unused\d+>|<\|.*\|>|<(pad|mask|2mass)>|\[@BOS@\]")


class TokenType(IntEnum):
    """What a token is, as in `tokenizer.ggml.token_type`."""

    NORMAL = 1
    UNKNOWN = 2
    CONTROL = 3
    USER_DEFINED = 4
    UNUSED = 5
    BYTE = 6


@dataclass(frozen=True, slots=True)
class SpmVocabulary:
    """Tokens by id with their scores and types, ids of special tokens by role, chat template.

    Roles are those of GGUF: bos, eos, unknown, padding, eot (the end of a turn). `add_bos` says
    whether the model was trained to see BOS first, `space_prefix` whether a text is read as if it
    began with a space.
    """

    tokens: list[str]
    scores: list[float]
    types: list[TokenType]
    roles: dict[str, int]
    chat_template: str | None
    add_bos: bool
    space_prefix: bool = False

    def add_to(self, writer: Any) -> None:
        """Writes the vocabulary's keys, and the chat template."""
        writer.add_tokenizer_model("llama")
        writer.add_tokenizer_pre("default")
        writer.add_token_list(self.tokens)
        writer.add_token_scores(self.scores)
        writer.add_token_types(self.types)
        writer.add_add_space_prefix(self.space_prefix)
        writer.add_add_bos_token(self.add_bos)
        writer.add_add_eos_token(False)
        for role, number in self.roles.items():
            writer.add_uint32(f"tokenizer.ggml.{role}_token_id", number)
        if self.chat_template:
            writer.add_chat_template(self.chat_template)


def read_vocabulary(
    folder: Path, rows: int, add_bos: bool = True, *, pad: bool = False
) -> SpmVocabulary:
    """Reads the tokenizer files in `folder` for a model whose embedding has `rows` rows.

    Added tokens without a row of their own are left out, ids without a token become unused ones;
    with `pad`, rows beyond the last token do so, too.
    Raises ConvertError for tokenizers of another kind, and where tokens outnumber the rows.
    """
    file = folder / "tokenizer.json"
    content = read_json(file)
    settings = read_settings(folder)
    model = content.get("model") or {}
    space_prefix = _space_prefix(file, content, model)
    try:
        ids: dict[str, int] = model["vocab"]
        merges = [
            tuple(merge.split(" ") if isinstance(merge, str) else merge)
            for merge in model["merges"]
        ]
        added = content.get("added_tokens") or []
        vocabulary = _Builder(file, ids, rows, str(model.get("unk_token")))
        vocabulary.score(ids, merges, {token["content"] for token in added})
        for token in added:
            vocabulary.add(token["content"], token["id"], bool(token.get("special")))
        if pad:
            vocabulary.grow(rows)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise ConvertError(f"{file} is damaged; get the checkpoint again") from None
    return SpmVocabulary(
        vocabulary.tokens,
        vocabulary.scores,
        vocabulary.types,
        special_ids(vocabulary.tokens, settings, USUAL),
        chat_template(folder, settings),
        add_bos,
        space_prefix,
    )


def _space_prefix(file: Path, content: dict[str, Any], model: dict[str, Any]) -> bool:
    """Whether a text is read as if it began with a space; refuses tokenizers of another kind."""
    normalizer = content.get("normalizer") or {}
    splitter = content.get("pre_tokenizer") or {}
    kinds = [step.get("type") for step in normalizer.get("normalizers") or [normalizer]]
    marks = (normalizer.get("normalizers") or [normalizer])[-1].get("content") == SPACE
    known = model.get("type") == "BPE" and model.get("byte_fallback")
    by_spaces = splitter.get("type") == "Split" and splitter.get("pattern") == {"String": " "}
    whole = splitter.get("type") == "Metaspace" and splitter.get("split") is False
    if known and marks and kinds == ["Replace"] and (by_spaces or not splitter):
        return False
    if known and marks and kinds == ["Prepend", "Replace"] and not splitter:
        return True
    if known and not normalizer and whole and splitter.get("replacement") == SPACE:
        return bool(splitter.get("prepend_scheme") != "never")
    raise ConvertError(
        f"{file} is not a SentencePiece tokenizer with byte fallback, which this model needs; "
        "convert a checkpoint with its original tokenizer"
    )


class _Builder:
    def __init__(self, file: Path, ids: dict[str, int], rows: int, unknown: str) -> None:
        self.file = file
        self.rows = rows
        self.unknown = unknown
        highest = max(ids.values(), default=-1)
        if highest >= rows:
            raise ConvertError(
                f"{file} has tokens up to {highest}, and the model's embedding {rows} rows; "
                "convert a checkpoint whose tokenizer belongs to it"
            )
        count = highest + 1
        self.tokens = [f"[PAD{number}]" for number in range(count)]
        self.scores = [0.0] * count
        self.types = [TokenType.UNUSED] * count
        for text, number in ids.items():
            is_byte = _BYTE.fullmatch(text) is not None
            if self.types[number] is TokenType.BYTE and not is_byte:
                continue
            self.tokens[number] = text
            self.types[number] = TokenType.BYTE if is_byte else TokenType.NORMAL
        for byte in range(256):
            if f"<0x{byte:02X}>" not in ids and (byte > 127 or chr(byte) not in ids):
                raise ConvertError(
                    f"{file} has no token for the byte {byte}, so some text could not be written; "
                    "convert a checkpoint with its original tokenizer"
                )

    def score(self, ids: dict[str, int], merges: list[tuple[str, ...]], added: set[str]) -> None:
        """Scores from merges; refuses a list that does not hold every split of a token."""
        ranks: dict[str, int] = {}
        for rank, (left, right) in enumerate(merges):
            ranks.setdefault(left + right, rank)
        known = set(merges)
        for text, number in ids.items():
            self.scores[number] = -float(ranks.get(text, len(merges)))
            if text in added or self.types[number] is TokenType.BYTE:
                continue
            for cut in range(1, len(text)):
                if (
                    text[:cut] in ids
                    and text[cut:] in ids
                    and (text[:cut], text[cut:]) not in known
                ):
                    raise ConvertError(
                        f"{self.file} lacks the merge of {text[:cut]!r} and {text[cut:]!r}, so "
                        "llama.cpp would split text otherwise than in training; "
                        "train the tokenizer with every split of a token among its merges"
                    )

    def grow(self, count: int) -> None:
        """Unused tokens up to `count` tokens."""
        while len(self.tokens) < count:
            self.tokens.append(f"[PAD{len(self.tokens)}]")
            self.scores.append(0.0)
            self.types.append(TokenType.UNUSED)

    def add(self, text: str, number: int, special: bool) -> None:
        if number >= self.rows:
            return
        self.grow(number + 1)
        if text == self.unknown:
            kind = TokenType.UNKNOWN
        elif special or _CONTROL_IN_DISGUISE.fullmatch(text):
            kind = TokenType.CONTROL
        else:
            kind = TokenType.USER_DEFINED
            text = text.replace(SPACE, " ")
        self.tokens[number], self.types[number] = text, kind
