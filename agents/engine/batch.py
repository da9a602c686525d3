"""One llama.cpp batch: tokens of several sequences, evaluated in a single step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class Batch:
    """A reusable `llama_batch` of up to `size` tokens, each in exactly one sequence."""

    def __init__(self, library: Any, size: int) -> None:
        self._library = library
        self._decode = library.llama_decode
        self._batch = library.llama_batch_init(size, 0, 1)
        self._token, self._pos = self._batch.token, self._batch.pos
        self._seq_id, self._logits = self._batch.seq_id, self._batch.logits
        for index in range(size):
            self._batch.n_seq_id[index] = 1
        self._length = 0
        self._alone = -1
        self.size = size

    def __len__(self) -> int:
        return self._length

    def clear(self) -> None:
        """Empties the batch."""
        self._length = 0
        self._alone = -1

    def add(self, tokens: Sequence[int], position: int, sequence: int, *, logits: int) -> int:
        """Appends `tokens` from `position` of `sequence`; `logits` of the last give theirs.

        Returns the index of the last token, by which its logits are found after the decode.
        """
        index = self._length - 1
        for token in tokens:
            index += 1
            self._token[index] = token
            self._pos[index] = position
            self._seq_id[index][0] = sequence
            self._logits[index] = 0
            position += 1
        self._length = self._batch.n_tokens = index + 1
        for place in range(self._length - logits, self._length):
            self._logits[place] = 1
        return index

    def add_outputs(self, tokens: Sequence[int], sequence: int) -> None:
        """Appends a whole sequence of which every token's output is wanted, as for embeddings."""
        self.add(tokens, 0, sequence, logits=len(tokens))

    def put(self, token: int, position: int, sequence: int) -> None:
        """Makes the batch hold just one token, whose logits are at index 0."""
        self._token[0] = token
        self._pos[0] = position
        if self._alone != sequence:
            self._seq_id[0][0] = sequence
            self._logits[0] = True
            self._length = self._batch.n_tokens = 1
            self._alone = sequence

    def decode(self, context: Any) -> int:
        """Evaluates the batch: 0 done, 1 no room in the context, 2 aborted, below 0 an error."""
        status: int = self._decode(context, self._batch)
        return status

    def free(self) -> None:
        """Gives the batch's memory back."""
        self._library.llama_batch_free(self._batch)
