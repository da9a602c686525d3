"""One run by two processes, as `torchrun` and `accelerate launch` start them, against one alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests.training.test_qlora import EXAMPLES, SETTINGS
from training.examples import ExampleSet
from training.handing_over import hand_over
from training.manifest import manifest
from training.run_folder import RunFolder
from training.run_settings import RunSettings

ROOT = Path(__file__).resolve().parents[2]
LAUNCHERS = {
    "torchrun": ("-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"),
    # Its --cpu starts one process where there is no MPI; what this starts computes as it is told.
    "accelerate launch": (
        "-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2",
        "--num_machines", "1", "--main_process_port", "0", "--mixed_precision", "no",
        "--dynamo_backend", "no",
    ),
}  # fmt: skip


def trained(folder: RunFolder, *launch: str) -> dict[str, torch.Tensor]:
    """The adapter of a run by the training script, launched in one way or another."""
    named = manifest(ExampleSet(EXAMPLES, ()), 48)
    folder.path.mkdir(parents=True)
    settings = RunSettings(**{**SETTINGS.as_json(), "batch": 2, "max_steps": 3})
    folder.write(settings, named)
    done = subprocess.run(
        [sys.executable, *launch, "-m", "training.qlora", str(folder.path)],
        input=hand_over(EXAMPLES, named),
        env={
            **os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1",
            "HF_HOME": str(folder.path.parent / "hf"),
        },
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return adapter_of(folder)


def adapter_of(folder: RunFolder) -> dict[str, torch.Tensor]:
    return load_file(folder.adapter / "adapter_model.safetensors")


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """The run by one process."""
    folder = RunFolder(tmp_path_factory.mktemp("one") / "train-1")
    trained(folder)
    return folder


@pytest.mark.parametrize("launcher", LAUNCHERS)
def test_two_processes_learn_what_one_learns_and_one_of_them_writes(
    launcher: str, one: RunFolder, tmp_path: Path
) -> None:
    two = RunFolder(tmp_path / "two" / "train-1")
    alone, shared = adapter_of(one), trained(two, *LAUNCHERS[launcher])
    for name, weight in alone.items():
        torch.testing.assert_close(shared[name], weight, rtol=1e-3, atol=1e-4)
    kinds = [
        [(e["phase"], e["step"], sorted(e.keys() - {"at"})) for e in run.events()[0]]
        for run in (one, two)
    ]
    assert kinds[0] == kinds[1]
    losses = [[e["loss"] for e in run.events()[0] if "loss" in e] for run in (one, two)]
    torch.testing.assert_close(*map(torch.tensor, losses), rtol=1e-3, atol=1e-3)
