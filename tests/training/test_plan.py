"""The memory that a run is planned with, held against what a process of its own needs."""

from __future__ import annotations

import os
import subprocess
import sys

from training.checkpoint import Checkpoint
from training.plan import _memory, _trainable
from training.starter import CHECKPOINT

TOKENS, ANSWERS = 1024, 400
PROGRAM = f"""
from training.lora_model import LoraModel
from training.packing import IGNORED, Row
from training.qlora import peak_memory
from training.run_settings import RunSettings
before = peak_memory()
model = LoraModel(RunSettings({str(CHECKPOINT)!r}, ""))
ids = tuple(10 + n * 37 % 4000 for n in range({TOKENS}))
labels = (*[IGNORED] * {TOKENS - ANSWERS - 1}, *ids[{TOKENS - ANSWERS}:], IGNORED)
for _ in range(2):
    model.step([Row(ids, tuple(range({TOKENS})), labels)], 1e-4, 1.0)
print(peak_memory() - before)
"""


def test_the_memory_of_a_plan_is_that_of_a_run_within_15_percent() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"},
        capture_output=True, text=True, timeout=100, check=True,
    )  # fmt: skip
    checkpoint = Checkpoint(CHECKPOINT)
    parts = _memory(checkpoint, _trainable(checkpoint, 16), TOKENS, ANSWERS)
    measured = int(done.stdout)
    assert abs(sum(parts.values()) - measured) < 0.15 * measured
