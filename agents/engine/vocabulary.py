"""Text to token ids and back, by the vocabulary that the model brings."""

from __future__ import annotations

import ctypes
from typing import Any


class Vocabulary:
    """A model's own tokenizer. Safe to use from any thread: llama.cpp only reads it."""

    def __init__(self, library: Any, model: Any) -> None:
        self._library = library
        self._vocab = library.llama_model_get_vocab(model)
        self.size: int = library.llama_vocab_n_tokens(self._vocab)
        self.bos: int = library.llama_vocab_bos(self._vocab)
        self.eos: int = library.llama_vocab_eos(self._vocab)
        self.adds_bos: bool = bool(library.llama_vocab_get_add_bos(self._vocab))
        self._pieces: dict[int, bytes] = {}
        self._ends: dict[int, bool] = {}

    @property
    def pointer(self) -> Any:
        """The vocabulary as llama.cpp knows it."""
        return self._vocab

    def tokenize(self, text: str, *, markup: bool) -> list[int]:
        """Token ids of `text`, without BOS or EOS added.

        With `markup`, the names of special tokens (`<start_of_turn>` …) become those tokens;
        without, they are the plain text that they look like.
        """
        data = text.encode("utf-8", "replace")
        room = len(data) + 8
        while True:
            ids = (self._library.llama_token * room)()
            count = self._library.llama_tokenize(
                self._vocab, data, len(data), ids, room, False, markup
            )
            if count >= 0:
                return list(ids[:count])
            room = -count

    def piece(self, token: int) -> bytes:
        """The bytes that `token` stands for; often part of a character, empty for a special
        token."""
        known = self._pieces.get(token)
        if known is None:
            known = self._pieces[token] = self._read_piece(token, special=False)
        return known

    def ends_generation(self, token: int) -> bool:
        """Whether `token` is one with which the model ends an answer."""
        known = self._ends.get(token)
        if known is None:
            known = bool(self._library.llama_vocab_is_eog(self._vocab, token))
            self._ends[token] = known
        return known

    def name(self, token: int) -> str:
        """How the vocabulary writes `token`, special tokens included; empty where there is none."""
        if token < 0:
            return ""
        return self._read_piece(token, special=True).decode("utf-8", "replace")

    def _read_piece(self, token: int, *, special: bool) -> bytes:
        room = 64
        while True:
            buffer = ctypes.create_string_buffer(room)
            count: int = self._library.llama_token_to_piece(
                self._vocab, token, buffer, room, 0, special
            )
            if count >= 0:
                return buffer.raw[:count]
            room = -count

    def has(self, markup: str) -> bool:
        """Whether `markup` is one special token of this vocabulary."""
        return (
            len(self.tokenize(markup, markup=True)) == 1 != len(self.tokenize(markup, markup=False))
        )
