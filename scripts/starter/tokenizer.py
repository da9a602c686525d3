"""The starter's tokenizer: BPE with byte fallback that splits as llama.cpp's SPM tokenizer does.

llama.cpp merges, from left to right, the pair of neighbours whose joined text is the token of the
best score. Hugging Face's BPE merges the pair of the lowest rank in a list of merges. The two are
equal when that list holds *every* split of a token into two tokens, ordered by the rank of the
joined token, which is how transformers converts SentencePiece models.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

SPECIAL_TOKENS = ("<pad>", "<eos>", "<bos>", "<unk>", "<start_of_turn>", "<end_of_turn>")
PAD, EOS, BOS, UNK, START_OF_TURN, END_OF_TURN = range(6)
BYTE_TOKENS = tuple(f"<0x{byte:02X}>" for byte in range(256))
SPACE = "▁"
VOCABULARY_SIZE = 4096

CHAT_TEMPLATE = """\
{{ bos_token }}\
{%- if messages[0]['role'] == 'system' -%}\
{%- set system = messages[0]['content'] | trim + '\\n\\n' -%}\
{%- set turns = messages[1:] -%}\
{%- else -%}\
{%- set system = '' -%}\
{%- set turns = messages -%}\
{%- endif -%}\
{%- for message in turns -%}\
{%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) \
or message['role'] not in ['user', 'assistant'] -%}\
{{ raise_exception('Roles must alternate: user, assistant, user, assistant, ...') }}\
{%- endif -%}\
{{ '<start_of_turn>' + ('user' if message['role'] == 'user' else 'model') + '\\n' \
+ (system if loop.first else '') + message['content'] | trim + '<end_of_turn>\\n' }}\
{%- endfor -%}\
{%- if add_generation_prompt -%}\
{{ '<start_of_turn>model\\n' }}\
{%- endif -%}
"""


def learn_pieces(texts: Iterable[str], size: int) -> list[str]:
    """Tokens of one character or more, best first, that BPE learns from `texts`, `size` at most.

    A space is only ever the first character of a token; digits and line ends stand alone.
    """
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

    learner = Tokenizer(models.BPE())
    learner.normalizer = normalizers.Replace(" ", SPACE)
    word = Regex(rf"{SPACE}?\p{{L}}+|\p{{N}}|\n|{SPACE}?[^\s{SPACE}\p{{L}}\p{{N}}]+|{SPACE}")
    learner.pre_tokenizer = pre_tokenizers.Split(word, "isolated")
    trainer = trainers.BpeTrainer(
        vocab_size=size, limit_alphabet=160, min_frequency=20, show_progress=False
    )
    learner.train_from_iterator(texts, trainer)
    ranks: dict[str, int] = learner.get_vocab()
    return sorted(ranks, key=ranks.__getitem__)


def tokenizer_json(pieces: list[str]) -> dict[str, Any]:
    """The contents of `tokenizer.json` for special tokens, bytes and `pieces`, in this order.

    Single characters go last, as in SentencePiece: they are never the result of a merge.
    """
    longer = [piece for piece in pieces if len(piece) > 1]
    single = [piece for piece in pieces if len(piece) == 1]
    tokens = [*SPECIAL_TOKENS, *BYTE_TOKENS, *longer, *single]
    vocabulary = {token: number for number, token in enumerate(tokens)}
    pieces_only = set(pieces)
    merges = [
        [piece[:cut], piece[cut:]]
        for piece in longer
        for cut in range(1, len(piece))
        if piece[:cut] in pieces_only and piece[cut:] in pieces_only
    ]
    special = [
        {
            "id": number,
            "content": token,
            "single_word": False,
            "lstrip": False,
            "rstrip": False,
            "normalized": False,
            "special": True,
        }
        for number, token in enumerate(SPECIAL_TOKENS)
    ]
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": special,
        "normalizer": {"type": "Replace", "pattern": {"String": " "}, "content": SPACE},
        "pre_tokenizer": None,
        "post_processor": None,
        "decoder": {
            "type": "Sequence",
            "decoders": [
                {"type": "Replace", "pattern": {"String": SPACE}, "content": " "},
                {"type": "ByteFallback"},
                {"type": "Fuse"},
            ],
        },
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": "<unk>",
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": True,
            "byte_fallback": True,
            "ignore_merges": False,
            "vocab": vocabulary,
            "merges": merges,
        },
    }


def train(texts: Iterable[str], folder: Path, context: int) -> None:
    """Learn a vocabulary of 4,096 from `texts` and write the tokenizer's files to `folder`."""
    fixed = len(SPECIAL_TOKENS) + len(BYTE_TOKENS)
    pieces = learn_pieces(texts, VOCABULARY_SIZE - fixed)
    folder.mkdir(parents=True, exist_ok=True)
    contents = tokenizer_json(pieces)
    (folder / "tokenizer.json").write_text(
        json.dumps(contents, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )
    configuration = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": "<bos>",
        "eos_token": "<eos>",
        "pad_token": "<pad>",
        "unk_token": "<unk>",
        "add_bos_token": False,
        "add_eos_token": False,
        "clean_up_tokenization_spaces": False,
        "model_max_length": context,
        "padding_side": "left",
        "chat_template": CHAT_TEMPLATE,
    }
    (folder / "tokenizer_config.json").write_text(
        json.dumps(configuration, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
    )
    (folder / "chat_template.jinja").write_text(CHAT_TEMPLATE, encoding="utf-8")
