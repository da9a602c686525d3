"""Training within 4 GB of a graphics card, and decoding on it: one command for whoever has one.

Usage: python scripts/bench/gpu.py [--limit GB] [--steps N] [--model GGUF] [--server PATH]
       [--rounds N]

The base has the shape of Gemma 3 1B and random weights, sequences of 512 tokens; SOMA's own preset
for a card of `--limit` GB (4) without bf16 picks the rest, and the process may not take more of the
card. `fits` says whether it did; memory is in bytes, the peak after each part in turn. With
`--model` (see make_model.py) one and eight agents write at once through SOMA's engine, and through
the llama-server named by `--server`, in turn. Without a card that torch can use it ends with a line
that says so.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from scripts.bench._common import report, say
from scripts.bench.make_model import SHAPES
from training.hardware import Hardware, find_hardware
from training.run_settings import RunSettings

LONGEST, OWN, NEW, AGENTS = 512, 96, 128, (1, 8)


def make_base(folder: Path, shape: dict[str, Any]) -> None:
    """A checkpoint of a shape of Gemma 3, of random weights in 16 bits, without a tokenizer."""
    import torch
    from transformers import Gemma3ForCausalLM, Gemma3TextConfig

    torch.manual_seed(1)
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.bfloat16)
    try:
        Gemma3ForCausalLM(Gemma3TextConfig(**shape)).save_pretrained(folder)
    finally:
        torch.set_default_dtype(before)


def settings_for(folder: Path, hardware: Hardware, limit: int) -> RunSettings:
    """What SOMA's presets choose for a card of `limit` bytes without bf16, else for the hardware
    that there is."""
    from training.checkpoint import Checkpoint
    from training.presets import choose
    from training.run_memory import memory, shape_of

    card = Hardware(hardware.card, limit, limit, main_free=hardware.main_free)
    shape = shape_of(Checkpoint(folder))
    asked = RunSettings(str(folder), "", longest=LONGEST, batch=1)
    return choose(
        asked,
        frozenset({"longest"}),
        card if hardware.card else hardware,
        lambda one: sum(memory(shape, one).values()),
    )


def train(settings: RunSettings, limit: int, steps: int) -> dict[str, Any]:
    """Steps on one full row; gives whether they fitted, the peak by part, and tokens a second."""
    import torch

    from training.lora_model import LoraModel, memory_ran_out
    from training.packing import IGNORED, Row
    from training.qlora import peak_memory

    card = settings.device == "cuda"
    if card:
        whole = torch.cuda.get_device_properties(0).total_memory
        torch.cuda.set_per_process_memory_fraction(min(1.0, limit / whole))
    peaks: dict[str, int] = {}

    def note(part: str) -> None:
        peaks[part] = torch.cuda.max_memory_reserved() if card else peak_memory()

    chance = random.Random(1)
    seconds = []
    try:
        note("start")
        model = LoraModel(settings)
        note("weights, embedding and adapter")
        ids = tuple(chance.randrange(8, 1000) for _ in range(settings.longest))
        row = Row(ids, tuple(range(len(ids))), (*ids[1:], IGNORED))
        for step in range(steps + 1):
            started = time.perf_counter()
            model.step([row], 1e-4, 1.0)  # gives a number, so it waits for the card
            seconds.append(time.perf_counter() - started)
            note("first step" if step == 0 else "all steps")
    except (MemoryError, RuntimeError) as error:
        if not memory_ran_out(error):
            raise
        return {"fits": False, "peak_memory": peaks, "tokens_per_s": None}
    rates = [settings.longest / one for one in seconds[1:]]
    return {
        "fits": True,
        "peak_memory": peaks,
        "tokens_per_s": statistics.median(rates),
        "samples": rates,
    }


def decode(model: Path, server: Path | None, rounds: int) -> dict[str, Any]:
    """Tokens a second that one and that eight agents write, through each side, in turn."""
    from agents.engine.gguf_file import read_header
    from scripts.bench._team import Job, Server, Side, serve_ours

    chance = random.Random(1)
    vocabulary = read_header(model).vocabulary_size
    sides: dict[str, Any] = {"soma": Side(serve_ours, model, 4)}
    if server is not None:
        sides["llama-server"] = Server(server, model, 4, slots=max(AGENTS))
    rates: dict[str, dict[str, list[float]]] = {
        name: {str(count): [] for count in AGENTS} for name in sides
    }
    try:
        for number in range(rounds + 1):
            for count in AGENTS:
                prompts = [
                    [chance.randrange(400, vocabulary) for _ in range(OWN)] for _ in range(count)
                ]
                for name in list(sides)[:: 1 if number % 2 else -1]:
                    times = sides[name].times(Job(prompts, NEW))
                    if number:
                        rates[name][str(count)].append(count * NEW / times.writing_s)
    finally:
        for side in sides.values():
            side.close()
    return rates


def main() -> int:
    """Measures, and prints one JSON object; 1 where there is no card."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--limit", type=float, default=4.0, help="GB of the card (4)")
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--model", type=Path, help="GGUF to decode with")
    parser.add_argument("--server", type=Path, help="a llama-server built for the card")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    hardware = find_hardware()
    if not hardware.card:
        print("no graphics card that the installed torch can use, so nothing was measured",
              file=sys.stderr)  # fmt: skip
        return 1
    limit = int(asked.limit * (1 << 30))
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder) / "gemma-3-1b-shape"
        say(f"making a base of random weights in {base}")
        make_base(base, SHAPES["gemma3-1b"])
        settings = settings_for(base, hardware, limit)
        say(f"training on {hardware.name} within {asked.limit} GB")
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            trained = pool.apply(train, (settings, limit, asked.steps))
    report(
        "gpu",
        card=hardware.name,
        bf16=hardware.bf16,
        limit=limit,
        settings=settings.as_json(),
        training=trained,
        decode=decode(asked.model, asked.server, asked.rounds) if asked.model else None,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
