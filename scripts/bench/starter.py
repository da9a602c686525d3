"""What the starter does with its prompt, against another checkpoint, with 95 % intervals.

Usage: python scripts/bench/starter.py [--against FOLDER] [--items N] [--corpus FOLDER]

Each checkpoint is made a GGUF by the converter, as at the first start, and answers greedily through
the engine: 100 questions written by hand before training, and N of each kind from the generators,
in wordings and values that are kept out of training. Passages are asked about with texts kept
back; their measure is token F1, also of the longest sentence of the text. Shares have Wilson's
interval, F1 that of 1,000 resamplings. JSON facts are drawn under the product's grammar and read by
the product. The perplexity is of dialogues that are kept out of training.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

from agents.engine.engine import Engine, EngineOptions
from agents.engine.gguf_file import read_header
from agents.engine.requests import Finished, Piece
from agents.engine.sampling import SamplingSettings
from scripts.bench._common import report, say
from scripts.bench._starter_items import Item, by_hand, held_out
from scripts.starter import batches, corpus, model
from scripts.starter import tokenizer as words
from training.convert import convert_checkpoint
from training.starter import CHECKPOINT, OUTTYPE

REPOSITORY = Path(__file__).resolve().parents[2]
MOST_TOKENS, MOST_JSON = 160, 400
DIALOGUE_TOKENS = 20_000
Z = 1.959964
_SHARES = frozenset(("passage_f1", "passage_f1_longest_sentence"))


def wilson(right: int, count: int) -> list[float]:
    """Wilson's interval of 95 % for a share."""
    share = right / count
    middle = (share + Z * Z / (2 * count)) / (1 + Z * Z / count)
    half = Z * math.sqrt(share * (1 - share) / count + Z * Z / (4 * count * count))
    half /= 1 + Z * Z / count
    return [round(max(0.0, middle - half), 3), round(min(1.0, middle + half), 3)]


def resampled(values: Sequence[float]) -> list[float]:
    """The interval that holds 95 % of the means of 1,000 resamplings."""
    rng = Random(1)
    means = sorted(sum(rng.choices(values, k=len(values))) / len(values) for _ in range(1000))
    return [round(means[24], 3), round(means[974], 3)]


def summed_up(values: Sequence[float], share: bool) -> dict[str, Any]:
    """A measure as its mean, its interval and how many answers it rests on."""
    interval = wilson(round(sum(values)), len(values)) if share else resampled(values)
    mean = round(sum(values) / len(values), 3)
    return {"value": mean, "interval_95": interval, "of": len(values)}


def prompt_of(engine: Engine, messages: list[dict[str, str]]) -> list[int]:
    """The token ids of a conversation as the product sends it."""
    system = ""
    ids: list[int] = []
    for message in messages:
        text = message["content"]
        if message["role"] == "system":
            system = text
        elif message["role"] == "assistant":
            ids += engine.vocabulary.tokenize(text, markup=False)
        elif ids:
            ids += engine.template.next_turn(text)
        else:
            ids += engine.template.opening(system, text)
    return ids


async def answer(engine: Engine, item: Item) -> tuple[str, bool]:
    """The greedy answer to an item, and whether it ended by itself."""
    settings = SamplingSettings(temperature=0, grammar=item.grammar)
    said, ended = [], False
    most = MOST_JSON if item.grammar else MOST_TOKENS
    async for update in engine.generate(
        prompt_of(engine, item.messages), settings, max_tokens=most
    ):
        if isinstance(update, Piece):
            said.append(update.text)
        elif isinstance(update, Finished):
            ended = update.finish == "stop"
    return "".join(said), ended


async def figures(gguf: Path, items: list[Item], log: Path, show: bool) -> dict[str, Any]:
    """Every measure over the items, and how many answers were empty or never ended."""
    options = EngineOptions(context=2048)
    engine = await Engine.load(read_header(gguf), log=log, options=options)
    measured: dict[str, list[float]] = defaultdict(list)
    try:
        for item in items:
            text, ended = await answer(engine, item)
            checked = item.check(text)
            if show:
                say(f"{item.kind} {checked} {item.messages[-1]['content'][-160:]!r} -> {text!r}")
            measured["loop_or_empty"].append(float(not ended or not text.strip()))
            for name, value in checked.items():
                measured[name].append(value)
    finally:
        await engine.close()
    return {name: summed_up(values, name not in _SHARES) for name, values in measured.items()}


def perplexity(folder: Path, texts: corpus.Corpus) -> float:
    """Perplexity a token of the checkpoint over dialogues that training leaves out."""
    import torch
    from tokenizers import Tokenizer

    # Two threads wait for each other for minutes where other programs want the processor.
    torch.set_num_threads(1)
    tokens = Tokenizer.from_file(str(folder / "tokenizer.json"))
    network = model.load(folder).eval()
    loss, count = 0.0, 0
    for text in batches.held_out_documents(texts):
        if not text.startswith("A: "):
            continue
        ids = [words.BOS, *tokens.encode(text, add_special_tokens=False).ids][: model.CONTEXT]
        with torch.no_grad():
            mean = network(torch.tensor([ids]), labels=torch.tensor([ids])).loss.item()
        loss, count = loss + mean * (len(ids) - 1), count + len(ids) - 1
        if count > DIALOGUE_TOKENS:
            break
    return round(math.exp(loss / count), 2)


def main() -> None:
    """Measure the starter, and another checkpoint beside it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", type=Path, default=CHECKPOINT)
    parser.add_argument("--against", type=Path, help="folder of another checkpoint")
    parser.add_argument("--items", type=int, default=50, help="questions of each kind")
    parser.add_argument("--corpus", type=Path, default=REPOSITORY / ".." / "shared" / "corpus")
    parser.add_argument("--show", action="store_true", help="say every answer on standard error")
    options = parser.parse_args()
    texts = corpus.read(options.corpus)
    sets = {"by_hand": by_hand(), "held_out": held_out(texts, options.items)}
    folders = {"starter": options.checkpoint}
    if options.against:
        folders["against"] = options.against
    found: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for name, folder in folders.items():
            gguf = Path(scratch) / f"{name}.gguf"
            convert_checkpoint(folder, gguf, OUTTYPE, name)
            found[name] = {}
            for kind, items in sets.items():
                say(f"{name}: {len(items)} questions {kind}")
                log = Path(scratch) / "log"
                found[name][kind] = asyncio.run(figures(gguf, items, log, options.show))
            found[name]["perplexity"] = perplexity(folder, texts)
    report("starter", items=options.items, **found)


if __name__ == "__main__":
    main()
