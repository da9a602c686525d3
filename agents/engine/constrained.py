"""Drawing under a grammar: a token is drawn freely first, and only if the grammar rejects it is
the vocabulary constrained."""

from __future__ import annotations

import ctypes
from typing import Any

from store.errors import SomaError

FIRST_TRIED = (256, 4096)
"""So many of the likeliest tokens are looked at before the whole vocabulary is."""


class NothingAllowed(SomaError):
    """The grammar allows nothing that this model could say next."""


class ConstrainedSampler:
    """Draws from `chain` what `grammar` allows; both stay the caller's to free.

    Where the chain looks at no more than the `enough` likeliest tokens (0: at all of them), the
    grammar is asked about the likeliest only, until so many are allowed: the same is drawn.
    """

    def __init__(self, library: Any, chain: Any, grammar: Any, size: int, enough: int) -> None:
        import numpy as np

        self._library = library
        self._chain = chain
        self._grammar = grammar
        self._size = size
        self._enough = enough
        self._kind = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])
        self._ids = np.arange(size, dtype=np.int32)
        self._all = np.zeros(size, self._kind)

    def sample(self, context: Any, output: int) -> int:
        """Draws and accepts a token from the `output`-th row of logits of the last batch.

        Raises NothingAllowed.
        """
        import numpy as np

        logits = np.ctypeslib.as_array(
            self._library.llama_get_logits_ith(context, output), shape=(self._size,)
        )
        self._all["id"], self._all["logit"] = self._ids, logits
        token = self._draw(self._all)
        if not self._allows(token):
            token = self._draw(self._allowed(logits))
        self._library.llama_sampler_accept(self._grammar, token)
        self._library.llama_sampler_accept(self._chain, token)
        return token

    def _draw(self, candidates: Any) -> int:
        drawn = self._apply(self._chain, candidates)
        return int(drawn.data[drawn.selected].id)

    def _allows(self, token: int) -> bool:
        import numpy as np

        one = np.array([(token, 1.0, 0.0)], self._kind)
        self._apply(self._grammar, one)
        return bool(np.isfinite(one["logit"][0]))

    def _allowed(self, logits: Any) -> Any:
        """Those of the likeliest tokens that the grammar allows."""
        import numpy as np

        tried = (*(count for count in FIRST_TRIED if self._enough and count < self._size), 0)
        for count in tried:
            chosen = np.sort(np.argpartition(logits, -count)[-count:]) if count else self._ids
            candidates = np.zeros(len(chosen), self._kind)
            candidates["id"], candidates["logit"] = chosen, logits[chosen]
            self._apply(self._grammar, candidates)
            allowed = candidates[np.isfinite(candidates["logit"])]
            if len(allowed) >= self._enough > 0:
                return allowed
        if not len(allowed):
            raise NothingAllowed(
                "the grammar of the answer allows nothing that this model can say; change it"
            )
        return allowed

    def _apply(self, sampler: Any, candidates: Any) -> Any:
        library = self._library
        data = ctypes.cast(candidates.ctypes.data, library.llama_token_data_p)
        array = library.llama_token_data_array(data, len(candidates), -1, False)
        library.llama_sampler_apply(sampler, ctypes.byref(array))
        return array
