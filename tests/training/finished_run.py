"""A run that is done, with a small adapter for the starter, written by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from store.digests import file_digest
from store.paths import Home
from training.adapter import convert_adapter
from training.checkpoint import Checkpoint
from training.evaluation import Evaluation, Outcome, Side
from training.lora import CONFIG, WEIGHTS, note_base
from training.run_folder import RunFolder
from training.run_settings import RunSettings
from training.starter import CHECKPOINT

MODULE = "base_model.model.model.layers.0.mlp.down_proj"
BASE = "b" * 64


def finished_run(home: Home, number: int = 1, phase: str = "done", **settings: Any) -> RunFolder:
    """Gives a run that has ended so, with an adapter that is not the same for another number."""
    folder = RunFolder(home.runs / f"train-{number}")
    folder.path.mkdir(parents=True)
    base = Checkpoint(CHECKPOINT)
    made = RunSettings(str(CHECKPOINT), base.fingerprint())
    row = {"hash": "h", "split": "train", "source": "message:2", "messages": [1, 2]}
    folder.write(replace(made, **settings), {"format": 1, "examples": [row]})
    folder.tell(phase="training", step=1, steps=1)
    write_adapter(folder.adapter, number)
    convert_adapter(folder.adapter, CHECKPOINT, folder.gguf)
    folder.tell(phase=phase)
    return folder


def write_adapter(folder: Path, seed: int) -> None:
    """An adapter of one matrix of the starter, as peft saves it."""
    folder.mkdir()
    config = {"peft_type": "LORA", "r": 4, "lora_alpha": 8, "base_model_name_or_path": "starter"}
    (folder / CONFIG).write_text(json.dumps(config))
    chance = np.random.default_rng(seed)
    shapes = {"lora_A": (4, 768), "lora_B": (256, 4)}
    weights = {
        f"{MODULE}.{part}.weight": chance.normal(0, 0.3, shape).astype(np.float32)
        for part, shape in shapes.items()
    }
    save_file(weights, folder / WEIGHTS)
    note_base(folder, Checkpoint(CHECKPOINT))


def evaluation_of(
    run: RunFolder, *new: float | None, base: str = BASE, sealed: str = "s"
) -> dict[str, Any]:
    """An evaluation of a run's adapter with so many sealed items."""
    outcomes = tuple(
        Outcome(f"item {n}", "personal", f"conversation:{n}", "likelihood", -3.0, value)
        for n, value in enumerate(new)
    )
    sides = Side("base", base), Side(run.name, base, file_digest(run.gguf))
    return Evaluation(*sides, sealed, "c", outcomes).as_json()
