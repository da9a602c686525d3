"""The memory that a run is planned with, held against what a process of its own needs."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest

from training.checkpoint import Checkpoint
from training.run_memory import memory, shape_of
from training.run_settings import RunSettings
from training.starter import CHECKPOINT

TOKENS, ANSWERS = 1024, 400
PROGRAM = f"""
import bitsandbytes
from training.lora_model import LoraModel
from training.packing import IGNORED, Row
from training.qlora import peak_memory
from training.run_settings import RunSettings
before = peak_memory()
model = LoraModel(RunSettings({str(CHECKPOINT)!r}, "", **SETTINGS))
ids = tuple(10 + n * 37 % 4000 for n in range({TOKENS}))
labels = (*[IGNORED] * {TOKENS - ANSWERS - 1}, *ids[{TOKENS - ANSWERS}:], IGNORED)
row = Row(ids, tuple(range({TOKENS})), labels)
for _ in range(2):
    model.step([row] * model._settings.batch, 1e-4, 1.0)
print(peak_memory() - before)
"""


@pytest.mark.parametrize(
    "settings",
    [{"batch": 1}, {"batch": 4, "at_once": 4, "checkpointing": True, "quantise": "nf4"}],
)
def test_the_memory_of_a_plan_is_that_of_a_run_within_15_percent(settings: dict[str, Any]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.replace("SETTINGS", repr(settings))],
        env={**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    parts = memory(
        shape_of(Checkpoint(CHECKPOINT)), RunSettings("", "", **settings), TOKENS, ANSWERS
    )
    measured = int(done.stdout)
    assert abs(sum(parts.values()) - measured) < 0.15 * measured, (parts, measured)
