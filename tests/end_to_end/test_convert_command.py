"""`soma convert` as a user runs it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from agents.engine.gguf_file import read_header
from store.paths import Home
from tests.end_to_end.terminal import soma
from training.checkpoint import Checkpoint
from training.starter import CHECKPOINT


def convert(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = soma("convert", *map(str, arguments))
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)


def refusal(*arguments: object) -> str:
    done = convert(*arguments)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done
    return done.stderr


def test_a_folder_becomes_a_model(home: Home, tmp_path: Path) -> None:
    out = tmp_path / "made" / "model.gguf"
    done = convert(CHECKPOINT, out, "--outtype", "q5_k_m", "--name", "A name", "--json")
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines() == ["converting", "quantising to q5_k_m"]
    made = json.loads(done.stdout)
    assert (made["file"], made["bytes"]) == (str(out), out.stat().st_size)
    header = read_header(out)
    assert (header.name, header.quantisation) == ("A name", "Q5_K_M")
    assert "is there already" in refusal(CHECKPOINT, out)
    again = convert(CHECKPOINT, out, "--overwrite")
    assert again.stdout.startswith(str(out))
    assert read_header(out).quantisation == "F16"
    assert list(out.parent.iterdir()) == [out]


def test_what_cannot_be_converted(home: Home, tmp_path: Path) -> None:
    out = tmp_path / "model.gguf"
    assert "does not exist" in refusal(tmp_path / "none", out)
    assert "there is no type q9" in refusal(CHECKPOINT, out, "--outtype", "q9")
    (tmp_path / "plain").touch()
    assert "cannot be written" in refusal(CHECKPOINT, tmp_path / "plain" / "model.gguf")
    assert list(tmp_path.glob("*.gguf")) == []


def test_a_file_that_may_not_grow(home: Home, tmp_path: Path) -> None:
    """A limit on the size of files ends a write as a full disk does."""
    command = soma("convert", str(CHECKPOINT), str(tmp_path / "model.gguf"), "--outtype", "q6_k")
    limited = ["sh", "-c", 'ulimit -f 2000; exec "$@"', "sh", *command]
    done = subprocess.run(limited, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 1
    assert "the disk is full or the file may not grow" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert [file for file in tmp_path.iterdir() if file != home.root] == []


@pytest.fixture
def adapter(tmp_path: Path) -> Path:
    """A LoRA on one matrix of the starter."""
    folder = tmp_path / "adapter"
    folder.mkdir()
    config = {"peft_type": "LORA", "r": 2, "lora_alpha": 4, "base_model_name_or_path": "starter"}
    (folder / "adapter_config.json").write_text(json.dumps(config))
    name = "base_model.model.model.layers.0.self_attn.q_proj"
    rows, columns = Checkpoint(CHECKPOINT).tensors["model.layers.0.self_attn.q_proj.weight"].shape
    tensors = {
        f"{name}.lora_A.weight": np.ones((2, columns), np.float32),
        f"{name}.lora_B.weight": np.ones((rows, 2), np.float32),
    }
    save_file(tensors, folder / "adapter_model.safetensors")
    return folder


def test_an_adapter(home: Home, tmp_path: Path, adapter: Path) -> None:
    out = tmp_path / "adapter.gguf"
    done = convert("--adapter", adapter, "--base", CHECKPOINT, out)
    assert (done.returncode, done.stderr) == (0, "converting\n"), done
    assert read_header(out).kind == "adapter"
    assert "belong together" in refusal("--adapter", adapter, out)
    assert "which is the file to write" in refusal(CHECKPOINT)
    assert "which is the file to write" in refusal("--adapter", adapter, "--base", "b", "c", out)


def test_a_merge(home: Home, tmp_path: Path, adapter: Path) -> None:
    both = ("--adapter", adapter, "--base", CHECKPOINT, "--merge")
    out = tmp_path / "made" / "merged.gguf"
    done = convert(*both, "--outtype", "q8_0", "--modelfile", out)
    assert done.returncode == 0, done.stderr
    assert read_header(out).quantisation == "Q8_0"
    assert (out.parent / "Modelfile").read_text().startswith("FROM ./merged.gguf\n")
    done = convert(*both, tmp_path / "merged")
    assert (done.returncode, done.stderr) == (0, "merging\n"), done
    assert Checkpoint(tmp_path / "merged").matrices_type == "F16"
    assert "is there already" in refusal(*both, "--modelfile", out.with_name("other.gguf"))
    assert "is there already" in refusal(*both, tmp_path / "merged")
    assert "needs an adapter" in refusal("--merge", CHECKPOINT, out)
    assert "whole model" in refusal(*both, "--modelfile", tmp_path / "folder")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_nothing(home: Home, tmp_path: Path, number: int) -> None:
    command: Sequence[str] = soma("convert", str(CHECKPOINT), str(tmp_path / "model.gguf"))
    process = subprocess.Popen([*command, "--outtype", "q4_k_m"], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    assert process.stderr.readline() == "converting\n"
    os.kill(process.pid, number)
    with process.stderr:
        said = process.stderr.read()
    status = process.wait(60)
    assert "Traceback" not in said
    left = [file.name for file in tmp_path.iterdir() if file != home.root]
    assert (status, left) in ((128 + number, []), (0, ["model.gguf"])), said
