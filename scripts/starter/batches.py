"""Batches of packed rows: documents side by side, none of which sees another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from scripts.starter import conversations, told
from scripts.starter import tokenizer as words
from scripts.starter.corpus import Corpus
from scripts.starter.model import SLIDING_WINDOW

TOKENS_A_BATCH = 3072
SHORT_ROW, LONG_ROW = 384, 1024
MAKERS: dict[str, Callable[..., conversations.Messages]] = {
    "chat": conversations.chat,
    "told": told.told,
    "ordered": conversations.ordered,
    "helped": conversations.helped,
    "routed": conversations.routed,
    "extracted": conversations.extracted,
    "copying": conversations.copying,
    "reading": conversations.reading,
    "planned": conversations.planned,
}
MIX_AT_START = {
    "prose": 0.24, "copying": 0.14, "told": 0.26, "ordered": 0.06, "helped": 0.04,
    "routed": 0.02, "extracted": 0.04, "chat": 0.14, "reading": 0.06, "planned": 0.0,
}  # fmt: skip
MIX_AT_END = {
    "prose": 0.03, "copying": 0.02, "told": 0.33, "ordered": 0.13, "helped": 0.08,
    "routed": 0.02, "extracted": 0.14, "chat": 0.08, "reading": 0.15, "planned": 0.02,
}  # fmt: skip

ANSWER_WEIGHT = {"reading": 2.0, "told": 1.5}
"""What a token of an answer counts where it is not 1: these answers are short for their prompts."""


def encode(tokenizer: Any, messages: conversations.Messages) -> tuple[list[int], list[bool]]:
    """Token ids of a conversation in Gemma's turn format, and which of them are the answers'."""
    ids, is_answer = [words.BOS], [False]
    system = ""
    for message in messages:
        if message["role"] == "system":
            system = message["content"].strip() + "\n\n"
            continue
        model = message["role"] == "assistant"
        head = tokenizer.encode("model\n" if model else "user\n", add_special_tokens=False).ids
        text = tokenizer.encode(system + message["content"].strip(), add_special_tokens=False).ids
        newline = tokenizer.encode("\n", add_special_tokens=False).ids
        ids += [words.START_OF_TURN, *head, *text, words.END_OF_TURN, *newline]
        is_answer += [False] * (1 + len(head)) + [model] * (len(text) + 1) + [False] * len(newline)
        system = ""
    return ids, is_answer


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of tokens (rows, length), places in documents, document numbers, loss weights."""

    ids: Any
    positions: Any
    documents: Any
    weights: Any

    def masks(self, device: str) -> dict[str, Any]:
        """Boolean attention masks (rows, 1, length, length) for the two kinds of layer."""
        import torch

        documents = torch.from_numpy(self.documents).to(device)
        length = documents.shape[1]
        places = torch.arange(length, device=device)
        distance = places[:, None] - places[None, :]
        same = documents[:, None, :, None] == documents[:, None, None, :]
        full = same & (distance >= 0)
        near = full & (distance < SLIDING_WINDOW) if length > SLIDING_WINDOW else full
        return {"full_attention": full, "sliding_attention": near}


class Source:
    """Batches that depend only on the seed, the number of the step and the progress."""

    def __init__(self, corpus: Corpus, prose: Any, tokenizer: Any, seed: int) -> None:
        self._corpus = corpus
        self._prose = prose
        self._tokenizer = tokenizer
        self._seed = seed

    def training(self, step: int, progress: float) -> Batch:
        """The batch of `step`; with `progress` (0–1) the mix moves from copying to conversation."""
        rng = Random(f"{self._seed}:{step}")
        long = progress > 0.12 and step % 12 == 11
        shift = min(1.0, progress / 0.3)
        mix = {
            kind: (1 - shift) * share + shift * MIX_AT_END[kind]
            for kind, share in MIX_AT_START.items()
        }
        quiet = max(0.0, 1 - progress / 0.2)
        return self._pack(rng, LONG_ROW if long else SHORT_ROW, mix, quiet, long=long)

    def held_out(self, kind: str, number: int) -> Batch:
        """The batch `number` of one kind, in wordings and prose that are not trained on."""
        rng = Random(f"held out {kind} {number}")
        mix = dict.fromkeys(MIX_AT_END, 0.0) | {kind: 1.0}
        return self._pack(rng, SHORT_ROW, mix, 1.0 if kind == "prose" else 0.0, held_out=True)

    def _prose_piece(self, rng: Random, size: int, held_out: bool) -> list[int]:
        kept = len(self._prose) // 50
        low, high = (0, kept) if held_out else (kept, len(self._prose))
        start = rng.randrange(low, high - size)
        return [words.BOS, *self._prose[start : start + size - 1].tolist()]

    def _pack(
        self,
        rng: Random,
        length: int,
        mix: dict[str, float],
        quiet: float,
        long: bool = False,
        held_out: bool = False,
    ) -> Batch:
        import numpy

        rows: list[list[tuple[list[int], list[float]]]] = [
            [] for _ in range(TOKENS_A_BATCH // length)
        ]
        room = [length] * len(rows)
        kinds = list(MAKERS.items())
        rng.shuffle(kinds)
        for kind, make in kinds:
            wanted = mix[kind] * TOKENS_A_BATCH
            maker = partial(make, long=True) if long and kind == "chat" else make
            while wanted > 0:
                ids, answer = encode(self._tokenizer, maker(rng, self._corpus, held_out=held_out))
                ids, answer = ids[:length], answer[:length]
                row = next((n for n, left in enumerate(room) if left >= len(ids)), None)
                wanted -= max(len(ids), 40)
                if row is None:
                    continue
                due = ANSWER_WEIGHT.get(kind, 1.0)
                rows[row].append((ids, [due if mine else quiet for mine in answer]))
                room[row] -= len(ids)
        prose_weight = max(quiet, 0.5) if mix["prose"] else 0.0
        for row, left in enumerate(room):
            if left >= 24 and mix["prose"]:
                rows[row].append((self._prose_piece(rng, left, held_out), [prose_weight] * left))
        shape = (len(rows), length)
        ids_, places = numpy.zeros(shape, numpy.int64), numpy.zeros(shape, numpy.int64)
        documents, weights = numpy.zeros(shape, numpy.int64), numpy.zeros(shape, numpy.float32)
        for row, contents in enumerate(rows):
            at = 0
            for number, (ids, weight) in enumerate(contents, start=1):
                span = slice(at, at + len(ids))
                ids_[row, span], weights[row, span] = ids, weight
                places[row, span] = range(len(ids))
                documents[row, span] = number
                weights[row, at] = 0.0
                at += len(ids)
        return Batch(ids_, places, documents, weights)


def _in_order(corpus: Corpus) -> list[str]:
    documents = list(corpus.documents)
    Random(0).shuffle(documents)
    return documents


def held_out_documents(corpus: Corpus) -> Iterator[str]:
    """Stories and dialogues that are not trained on: the first 1 % of all, by their letters."""
    left = sum(map(len, corpus.documents)) // 100
    for text in _in_order(corpus):
        left -= len(text)
        if left < 0:
            return
        yield text


def tokenise_prose(corpus: Corpus, tokenizer: Any, cache: Path) -> Any:
    """All prose documents as one array of uint16, each after <eos>; kept in the file `cache`."""
    import numpy

    if not cache.exists():
        documents = _in_order(corpus)
        ids: list[int] = []
        for start in range(0, len(documents), 200):
            for coded in tokenizer.encode_batch(
                [
                    paragraph
                    for text in documents[start : start + 200]
                    for paragraph in [*(line + "\n" for line in text.split("\n")), "<eos>"]
                ],
                add_special_tokens=False,
            ):
                ids += coded.ids
        numpy.save(cache.with_suffix(".part.npy"), numpy.array(ids, numpy.uint16))
        cache.with_suffix(".part.npy").replace(cache)
    return numpy.load(cache)
