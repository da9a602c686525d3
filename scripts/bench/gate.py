"""Whether the gate ships what is better and nothing else: real challengers, trained on the starter.

Usage: python scripts/bench/gate.py [--challengers N] [--models N] [--steps N] [--only PART]

No signal: models that differ by seed, order and data, trained on questions whose accepted answer
is a coin's, are put against each other on sealed conversations drawn anew for each pair. Their
canaries count as unchanged, so that the sealed measure alone stands against them: with canaries
fewer are shipped. Goal: at most 8 %.
Spoilt: trained on a person's examples with shuffled answers, on empty answers, on one sentence,
with a rate that overfits, on the base's own samples (T = .5), and an adapter of random weights;
each is evaluated whole against the base. Goal: none is shipped.
Better: trained on the person's examples. Its verdict, and, on sealed conversations drawn from 80,
how often the sealed measure ships it after few steps, against the power that mean and spread of the
conversations predict.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random
from statistics import NormalDist, fmean, pstdev
from typing import Any

from agents.engine.engine import Engine, EngineOptions
from agents.engine.gguf_file import read_header
from scripts.bench._common import report, say
from scripts.bench._gate_challengers import Maker, random_adapter
from scripts.bench._gate_data import shuffled, taught, tossed
from training.asking import Served
from training.candidates import Candidate
from training.decision import Decision, allowed
from training.evaluate import evaluate
from training.evaluation import PERSONAL, Evaluation, Outcome, Side
from training.gate import decide
from training.sealed_items import items_of
from training.starter import starter_gguf

PARTS = ("no signal", "spoilt", "better")
CONVERSATIONS = 40
POOL = 80
FIGURES = dict.fromkeys(
    (f"{side}.{name}" for side in ("old", "new")
     for name in ("tokens_per_s", "entropy", "distinct_answers")),
    1.0,
) | {"new.kl_to_base": 0.0}  # fmt: skip
UNCHANGED = tuple(Outcome(f"{n}", "canary", f"{n}", "check", 1.0, 1.0) for n in range(50))
Scored = Mapping[str, list[tuple[str, float | None]]]


async def scored(engine: Engine, adapter: Path | None, seed: int, toss: bool) -> Scored:
    """The likelihood of each answer of the pool, by conversation."""
    served = Served(engine, adapter)
    examples = (tossed if toss else taught)(seed, POOL, "sealed")
    found = await asyncio.gather(*(served.score(example.turns) for example in examples))
    pool: dict[str, list[tuple[str, float | None]]] = {}
    for example, one in zip(examples, found, strict=True):
        pool.setdefault(example.group, []).append((example.source, one.mean if one else None))
    return pool


def drawn(old: Scored, new: Scored, conversations: int, chance: Random, name: str) -> Evaluation:
    """Old against new on conversations drawn from the pool, with canaries that did not change."""
    rows = [
        Outcome(f"{place}:{item}", PERSONAL, str(place), "likelihood", before, after)
        for place, group in enumerate(chance.choices(sorted(old), k=conversations))
        for (item, before), (_, after) in zip(old[group], new[group], strict=True)
    ]
    sides = Side("old", "base", f"old {name}"), Side("new", "base", f"new {name}")
    return Evaluation(*sides, name, "", (*rows, *UNCHANGED), FIGURES)


async def no_signal(engine: Engine, maker: Maker, models: int, challengers: int) -> dict[str, Any]:
    """How many of the challengers that have learned nothing are shipped."""
    pools = []
    for number in range(models):
        adapter = maker.train(f"coins-{number}", tossed(number, 60, "train"), steps=8, seed=number)
        pools.append(await scored(engine, adapter, 0, True))
        say(f"no signal: model {number + 1} of {models}")
    chance, found = Random(1), []
    pairs = [(old, new) for old in range(models) for new in range(models) if old != new]
    chance.shuffle(pairs)
    for number in range(challengers):
        old, new = pairs[number % len(pairs)]
        made = drawn(pools[old], pools[new], CONVERSATIONS, chance, f"{number}")
        found.append(decide(made))
    shipped = sum(one.verdict == "ship" for one in found)
    return {
        "challengers": challengers, "models": models, "shipped": shipped,
        "goal": math.floor(0.08 * challengers), "alpha": round(allowed(1), 4),
        "mean_nats": [round(_mean(pool), 4) for pool in pools],
    }  # fmt: skip


async def spoilt(engine: Engine, maker: Maker, steps: int) -> dict[str, Any]:
    """The verdict about each model that must not be shipped, against the base."""
    person = taught(1, 120, "train")
    mixed = person + await maker.replay(engine)
    makers: dict[str, Callable[[], Path]] = {
        "shuffled answers": lambda: maker.train(
            "shuffled", shuffled(person, 1) + mixed[len(person) :], steps=steps
        ),
        "empty answers": lambda: maker.train("empty", maker.said(person, ""), steps=steps),
        "one sentence": lambda: maker.train(
            "sentence", maker.said(person, "That is a good question, captain."), steps=steps
        ),
        "overfitted": lambda: maker.train("overfitted", person[:12], steps=2 * steps, rate=1e-2),
        "random weights": lambda: random_adapter(maker.folder / "random.gguf", maker.base),
    }
    found = {}
    for name, make in makers.items():
        found[name] = await verdict(engine, name, make())
    own = await maker.own_samples(engine, person, 0.5)
    found["sharpened"] = await verdict(
        engine, "sharpened", maker.train("sharpened", own, steps=steps)
    )
    return found


async def better(engine: Engine, maker: Maker, steps: int) -> dict[str, Any]:
    """The verdict about a model that learned, and how often one that learned little is shipped."""
    mixed = taught(1, 120, "train") + await maker.replay(engine)
    found = {"verdict": await verdict(engine, "better", maker.train("better", mixed, steps=steps))}
    little = maker.train("little", mixed, steps=4)
    base, new = [await scored(engine, one, 5, False) for one in (None, little)]
    changes = [
        [(after or 0) - (before or 0) for (_, before), (_, after) in zip(old, later, strict=True)]
        for old, later in zip(base.values(), new.values(), strict=True)
    ]
    sums = [math.fsum(one) for one in changes]
    rows = []
    for conversations in (12, 20, 40, 80):
        chance = Random(conversations)
        shipped = sum(
            decide(drawn(base, new, conversations, chance, f"{number}")).verdict == "ship"
            for number in range(200)
        )
        away = fmean(sums) / pstdev(sums) * conversations**0.5
        power = NormalDist().cdf(away - NormalDist().inv_cdf(1 - allowed(1)))
        rows.append(
            {"conversations": conversations, "shipped": shipped / 200, "power": round(power, 3)}
        )
    return {**found, "rates": rows}


async def verdict(engine: Engine, name: str, adapter: Path) -> dict[str, Any]:
    """What the gate says of an adapter against the base, after a whole evaluation."""
    started = time.monotonic()
    items = items_of(taught(9, CONVERSATIONS, "sealed"))
    made = await evaluate(engine, Candidate("base"), Candidate(name, adapter), items)
    found: Decision = decide(made)
    say(f"{name}: {found.sentence} ({time.monotonic() - started:.0f} s)")
    worse = [one.group for one in found.findings if one.holds is False]
    return {
        "verdict": found.verdict, "sentence": found.sentence,
        "nats": found.personal and found.personal.difference, "worse": worse,
        "guards": [one.name for one in found.guards if not one.holds],
    }  # fmt: skip


def _mean(pool: Scored) -> float:
    return fmean(value or 0.0 for rows in pool.values() for _, value in rows)


async def measure(arguments: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """The figures of all parts that were asked for."""
    base = starter_gguf(folder)
    options = EngineOptions(context=4096, threads=arguments.threads, slots=4)
    engine = await Engine.load(read_header(base), log=folder / "llama.log", options=options)
    maker = Maker(folder, base)
    found: dict[str, Any] = {}
    parts: Sequence[str] = [arguments.only] if arguments.only else PARTS
    try:
        if "no signal" in parts:
            found["no_signal"] = await no_signal(
                engine, maker, arguments.models, arguments.challengers
            )
        if "spoilt" in parts:
            found["spoilt"] = await spoilt(engine, maker, arguments.steps)
        if "better" in parts:
            found["better"] = await better(engine, maker, arguments.steps)
    finally:
        await engine.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--challengers", type=int, default=200)
    parser.add_argument("--models", type=int, default=12, help="how many are trained on coins")
    parser.add_argument("--steps", type=int, default=60, help="of the others' training")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--only", choices=PARTS)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = asyncio.run(measure(arguments, Path(folder)))
    report("gate", **figures)


if __name__ == "__main__":
    main()
