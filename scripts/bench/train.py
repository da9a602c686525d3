"""Training against a plain trl SFT script: tokens a second and peak memory, in turn.

Usage: python scripts/bench/train.py [--rounds N] [--steps N] [--base DIR]

Both train a LoRA on all linear layers of the same base in 32 bits on the processor, on the same
conversations, packed into rows of at most 512 tokens, with the same rank, batch, rate, schedule,
seed and number of steps, each in a process of its own. Tokens are those that go through the model,
padding left out, over the time of the steps; the first step is not counted. Memory is the most that
was resident. Ratios are ours over trl's, of medians; the goal is at least 1 for the rate, at most 1
for the memory.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from scripts.bench._common import in_turn, ratio_of_medians, report, say
from training.checkpoint import Checkpoint
from training.example import Example, Turn
from training.examples import ExampleSet
from training.handing_over import hand_over
from training.manifest import manifest
from training.run_folder import RunFolder
from training.run_settings import RunSettings
from training.starter import CHECKPOINT

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES, LONGEST = 240, 512
PACKAGES = ("torch", "transformers", "peft", "trl", "accelerate", "datasets")
WORDS = (
    "boat garden river stone letter window kitchen teacher music winter bread morning paper "
    "mountain yellow quiet simple early open travel answer build carry find gather keep learn"
).split()


def examples() -> tuple[Example, ...]:
    """Conversations of one exchange, of random words, the same each time."""
    chance = random.Random(1)

    def words(least: int, most: int) -> str:
        return " ".join(chance.choices(WORDS, k=chance.randint(least, most)))

    return tuple(
        Example(
            "rated", f"message:{n}", "", "personal",
            (Turn("user", f"{words(5, 20)}?"), Turn("assistant", f"{words(10, 60)}.")),
        )
        for n in range(EXAMPLES)
    )  # fmt: skip


def ours(folder: Path, settings: RunSettings) -> dict[str, float]:
    """One run of SOMA's training script, without evaluation and checkpoints."""
    run = RunFolder(folder / "train-1")
    run.path.mkdir()
    named = manifest(ExampleSet(examples(), ()), LONGEST)
    run.write(settings, named)
    _process("-m", "training.qlora", str(run.path), told=hand_over(examples(), named))
    events, _ = run.events()
    steps = [event for event in events if "tokens_per_s" in event][1:]
    if not steps:
        raise SystemExit(f"the run did not train: {events[-1:]}")
    # Steps have different numbers of tokens, so rates are weighted by what was learned of each.
    seconds = [event["tokens"] / event["tokens_per_s"] for event in steps]
    rate = sum(event["tokens"] for event in steps) / sum(seconds)
    return {"tokens_per_s": rate, "memory": max(event["memory"] for event in events[1:-1])}


def theirs(folder: Path, settings: RunSettings) -> dict[str, float]:
    """One run of the plain script, `_trl_script.py`."""
    data = folder / "data.json"
    rows = [
        {
            "prompt": [{"role": "user", "content": one.question}],
            "completion": [{"role": "assistant", "content": one.answer}],
        }
        for one in examples()
    ]
    data.write_text(json.dumps(rows))
    options = json.dumps(settings.as_json())
    script = str(Path(__file__).with_name("_trl_script.py"))
    told = _process(script, str(data), str(folder), options)
    found: dict[str, float] = json.loads(told.splitlines()[-1])
    return found


def _process(*arguments: str, told: str = "") -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        input=told, capture_output=True, text=True, cwd=ROOT, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1", "WANDB_DISABLED": "1"},
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments[:2])} failed:\n{done.stdout}\n{done.stderr}")
    return done.stdout


def main() -> None:
    """Measures, and prints one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--base", type=Path, default=CHECKPOINT)
    asked = parser.parse_args()
    settings = RunSettings(
        str(asked.base.absolute()), Checkpoint(asked.base).fingerprint(), longest=LONGEST,
        max_steps=asked.steps, trial=True,
    )  # fmt: skip
    sides: dict[str, list[dict[str, float]]] = {"soma": [], "trl": []}

    def sample(side: str) -> float:
        say(f"{side}, run {len(sides[side]) + 1} of {asked.rounds + 1}")
        measure = ours if side == "soma" else theirs
        with tempfile.TemporaryDirectory() as folder:
            sides[side].append(measure(Path(folder), settings))
        return sides[side][-1]["tokens_per_s"]

    rates = in_turn(asked.rounds, lambda: sample("soma"), lambda: sample("trl"))
    memory = [[one["memory"] for one in sides[side][1:]] for side in ("soma", "trl")]
    script: dict[str, Any] = json.loads(
        _process(str(Path(__file__).with_name("_trl_script.py")), json.dumps(settings.as_json()))
    )
    report(
        "train",
        tokens_per_s={"soma": rates[0], "trl": rates[1]},
        peak_memory={"soma": memory[0], "trl": memory[1]},
        rate_ratio=ratio_of_medians(*rates),
        memory_ratio=ratio_of_medians(*memory),
        settings={"soma": settings.as_json(), "trl": script},
        packages={name: importlib.metadata.version(name) for name in PACKAGES},
    )


if __name__ == "__main__":
    main()
