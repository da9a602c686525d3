"""One run by two processes, as `torchrun` starts them, against the same run by one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file

from tests.training.test_qlora import EXAMPLES, SETTINGS
from training.examples import ExampleSet
from training.handing_over import hand_over
from training.manifest import manifest
from training.run_folder import RunFolder
from training.run_settings import RunSettings

ROOT = Path(__file__).resolve().parents[2]
LAUNCH = ("-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2")


def trained(folder: RunFolder, *launch: str) -> dict[str, torch.Tensor]:
    """The adapter of a run by the training script, launched in one way or another."""
    named = manifest(ExampleSet(EXAMPLES, ()), 48)
    folder.path.mkdir(parents=True)
    settings = RunSettings(**{**SETTINGS.as_json(), "batch": 2, "max_steps": 3})
    folder.write(settings, named)
    done = subprocess.run(
        [sys.executable, *launch, "-m", "training.qlora", str(folder.path)],
        input=hand_over(EXAMPLES, named),
        env={**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"},
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return load_file(folder.adapter / "adapter_model.safetensors")


def test_two_processes_learn_what_one_learns_and_one_of_them_writes(tmp_path: Path) -> None:
    one, two = RunFolder(tmp_path / "one" / "train-1"), RunFolder(tmp_path / "two" / "train-1")
    alone, shared = trained(one), trained(two, *LAUNCH)
    for name, weight in alone.items():
        torch.testing.assert_close(shared[name], weight, rtol=1e-3, atol=1e-4)
    kinds = [
        [(e["phase"], e["step"], sorted(e.keys() - {"at"})) for e in run.events()[0]]
        for run in (one, two)
    ]
    assert kinds[0] == kinds[1]
    losses = [[e["loss"] for e in run.events()[0] if "loss" in e] for run in (one, two)]
    torch.testing.assert_close(*map(torch.tensor, losses), rtol=1e-3, atol=1e-3)
