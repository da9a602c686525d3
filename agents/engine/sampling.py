"""How the next token is chosen: llama.cpp's sampler chain, and log-probabilities on request."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass
from typing import Any

from agents.engine.constrained import ConstrainedSampler
from agents.engine.vocabulary import Vocabulary
from store.errors import SomaError


@dataclass(frozen=True, slots=True)
class SamplingSettings:
    """Settings of one answer. `temperature` 0 always takes the likeliest token.

    `seed` None draws a new one for each answer; the same seed gives the same answer alone and in a
    batch, but for draws that fall on the edge between two tokens: llama.cpp adds up in another
    order in another batch, or where a prefix is reused, and differs in the last bits.
    `top_k` 0, `top_p` 1 and `min_p` 0 switch those filters off. `repeat_penalty` divides the logits
    of tokens among the last `repeat_last_n` (1 is off); `frequency_penalty` and `presence_penalty`
    are subtracted from them (0 is off). The order of the chain is llama.cpp's: penalties, top-k,
    top-p, min-p, temperature, draw. With a `grammar` (GBNF) a token is drawn so and kept if the
    grammar allows it; otherwise one is drawn anew from what it allows.
    """

    temperature: float = 0.7
    top_k: int = 64
    top_p: float = 0.95
    min_p: float = 0.05
    repeat_penalty: float = 1.0
    repeat_last_n: int = 64
    frequency_penalty: float = 0.0
    presence_penalty: float = 0.0
    seed: int | None = None
    grammar: str = ""

    def __post_init__(self) -> None:
        allowed = {
            "temperature": 0 <= self.temperature <= 100,
            "top_k": self.top_k >= 0,
            "top_p": 0 < self.top_p <= 1,
            "min_p": 0 <= self.min_p < 1,
            "repeat_penalty": 0 < self.repeat_penalty <= 100,
            "repeat_last_n": 0 <= self.repeat_last_n <= 65536,
            "frequency_penalty": -100 <= self.frequency_penalty <= 100,
            "presence_penalty": -100 <= self.presence_penalty <= 100,
            "seed": self.seed is None or 0 <= self.seed < 2**32 - 1,
        }
        for name, fine in allowed.items():
            if not fine:
                raise SomaError(f"{name} cannot be {asdict(self)[name]}; choose another value")


class Sampler:
    """One answer's sampler chain. `free` gives its memory back to llama.cpp.

    Raises SomaError for a grammar that cannot be read.
    """

    def __init__(self, library: Any, settings: SamplingSettings, vocabulary: Vocabulary) -> None:
        self._grammar = _grammar(library, settings.grammar, vocabulary)
        self._library = library
        self.seed = secrets.randbelow(2**32 - 1) if settings.seed is None else settings.seed
        self._chain = library.llama_sampler_chain_init(library.llama_sampler_chain_default_params())
        for sampler in _samplers(library, settings, self.seed, vocabulary.size):
            library.llama_sampler_chain_add(self._chain, sampler)
        self._constrained: ConstrainedSampler | None = None
        if self._grammar is not None:
            self._constrained = ConstrainedSampler(
                library, self._chain, self._grammar, vocabulary.size, _looked_at(settings)
            )

    def sample(self, context: Any, output: int) -> int:
        """Draws and accepts a token from the `output`-th row of logits of the last batch.

        Raises NothingAllowed where the grammar leaves the model nothing to say.
        """
        if self._constrained is not None:
            return self._constrained.sample(context, output)
        token: int = self._library.llama_sampler_sample(self._chain, context, output)
        return token

    def free(self) -> None:
        """Frees the chain; the sampler must not be used afterwards."""
        for sampler in (self._chain, self._grammar):
            if sampler is not None:
                self._library.llama_sampler_free(sampler)
        self._chain = self._grammar = None


def _grammar(library: Any, source: str, vocabulary: Vocabulary) -> Any:
    if not source:
        return None
    sampler = library.llama_sampler_init_grammar(vocabulary.pointer, source.encode(), b"root")
    if not sampler:
        raise SomaError("the grammar of the answer cannot be read; it has to be GBNF with a root")
    return sampler


def _penalises(settings: SamplingSettings) -> bool:
    changed = (
        settings.repeat_penalty != 1 or settings.frequency_penalty or settings.presence_penalty
    )
    return bool(changed and settings.repeat_last_n)


def _looked_at(settings: SamplingSettings) -> int:
    """How many of the likeliest tokens decide what is drawn; 0 where all do."""
    if _penalises(settings):
        return 0
    return 1 if settings.temperature == 0 else settings.top_k


def _samplers(
    library: Any, settings: SamplingSettings, seed: int, vocabulary_size: int
) -> list[Any]:
    chain = []
    if _penalises(settings):
        chain.append(
            library.llama_sampler_init_penalties(
                vocabulary_size,
                settings.repeat_last_n,
                settings.repeat_penalty,
                settings.frequency_penalty,
                settings.presence_penalty,
            )
        )
    if settings.temperature == 0:
        return [*chain, library.llama_sampler_init_greedy()]
    if settings.top_k > 0:
        chain.append(library.llama_sampler_init_top_k(settings.top_k))
    if settings.top_p < 1:
        chain.append(library.llama_sampler_init_top_p(settings.top_p, 1))
    if settings.min_p > 0:
        chain.append(library.llama_sampler_init_min_p(settings.min_p, 1))
    chain.append(library.llama_sampler_init_temp(settings.temperature))
    return [*chain, library.llama_sampler_init_dist(seed)]


@dataclass(frozen=True, slots=True)
class TokenLogprob:
    """Natural log-probability of a drawn token under the model, before any sampler touched it.

    `top` holds the likeliest tokens with theirs, best first.
    """

    token: int
    logprob: float
    top: tuple[tuple[int, float], ...]


def token_logprob(
    library: Any, context: Any, output: int, token: int, count: int, vocabulary_size: int
) -> TokenLogprob:
    """The log-probability of `token` in the `output`-th row of logits, and of the `count`
    likeliest."""
    import numpy as np

    row = np.ctypeslib.as_array(
        library.llama_get_logits_ith(context, output), shape=(vocabulary_size,)
    ).astype(np.float64)
    peak = row.max()
    row -= peak + np.log(np.exp(row - peak).sum())
    best = np.argpartition(row, -count)[-count:]
    best = best[np.argsort(-row[best])]
    return TokenLogprob(
        token=token,
        logprob=float(row[token]),
        top=tuple((int(other), float(row[other])) for other in best),
    )
