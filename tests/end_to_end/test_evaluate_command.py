"""`soma evaluate` on the starter, as it is typed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scripts.bench.make_adapter import make_adapter
from soma_tui.cli import main
from store.database import Database
from store.paths import Home
from tests.training.talking import Talk
from training.canaries import GROUPS, suite
from training.checkpoint import Checkpoint
from training.evaluation import read_evaluation
from training.run_folder import RunFolder
from training.run_settings import RunSettings
from training.starter import CHECKPOINT

Told = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """One canary of each group."""
    whole = suite()
    first = {canary.group: canary for canary in reversed(whole.canaries)}
    cut = replace(whole, canaries=tuple(first[group] for group in GROUPS), probes=whole.probes[:1])
    monkeypatch.setattr("training.evaluate.suite", lambda: cut)


def talked(home: Home) -> None:
    with Database.open(home) as database:
        talk = Talk(database)
        talk.say(talk.begin(), "what is my cat called?", "Your cat is called Mia.", 1)
        talk.say(talk.begin("sealed"), "tell me of fire", "It burns and warms.", 1)


def run_with_adapter(home: Home, name: str, starter: Path, phase: str = "done") -> RunFolder:
    """A run's folder as a training leaves it."""
    folder = RunFolder(home.runs / name)
    folder.path.mkdir(parents=True)
    fingerprint = Checkpoint(CHECKPOINT).fingerprint()
    folder.write(RunSettings(str(CHECKPOINT), fingerprint), {"examples": []})
    if phase == "done":
        make_adapter(starter, folder.gguf, scale=0.03, fingerprint=fingerprint)
    folder.tell(phase=phase, step=3, steps=3)
    return folder


def result(told: Told, *arguments: str) -> Any:
    assert main(["evaluate", *arguments, "--json"]) == 0
    return json.loads(told.readouterr().out)


def refusal(told: Told, *arguments: str) -> str:
    assert main(["evaluate", *arguments]) == 1
    out = told.readouterr()
    assert (out.out, out.err.count("\n")) == ("", 1)
    return out.err


def test_the_base_against_a_run_and_a_file(
    home: Home, starter_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told
) -> None:
    talked(home)
    run_with_adapter(home, "train-1", starter_path)
    found = read_evaluation(result(capsys, "base", "train-1"))
    assert (found.old.name, found.new.name) == ("base", "train-1")
    assert found.canaries == GROUPS
    (burns,) = found.of("personal", "likelihood")
    assert burns.old is not None
    assert burns.old != burns.new
    make_adapter(starter_path, tmp_path / "mine.gguf", scale=0.0)
    monkeypatch.chdir(tmp_path)
    assert main(["evaluate", "train-1", "mine.gguf"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["train-1", "mine"]
    assert lines[1].startswith("your answers, nats a token (1)")
    assert f"{burns.new:,.4g}" in lines[1]
    assert f"{burns.old:,.4g}" in lines[1]
    assert any(line.startswith("identity") and line.endswith("won, 0 lost") for line in lines)
    assert lines[-2].split()[-2:] == ["unknown", "unknown"]
    assert lines[-1].startswith("speed, as a share of the old one")
    assert " 95 %: " in lines[-1]


def test_what_cannot_be_evaluated(
    home: Home, starter_path: Path, tmp_path: Path, capsys: Told
) -> None:
    why = refusal(capsys, "base", "base")
    assert "nothing to learn from yet" in why
    talked(home)
    assert "there is no version, run or adapter 'other'" in refusal(capsys, "base", "other")
    assert "there is no version 'soma-v7'" in refusal(capsys, "soma-v7", "base")
    assert "there is no training run 'train-7'" in refusal(capsys, "train-7", "base")
    run_with_adapter(home, "train-1", starter_path, phase="training")
    assert "train-1 is interrupted, so there is no adapter" in refusal(capsys, "base", "train-1")
    done = run_with_adapter(home, "train-2", starter_path)
    whole = done.gguf.read_bytes()
    done.gguf.write_bytes(whole[: len(whole) // 2])
    assert f"{done.gguf} is cut off" in refusal(capsys, "base", "train-2")
    done.gguf.unlink()
    assert "train-2 is done, and its adapter is gone" in refusal(capsys, "base", "train-2")
    make_adapter(starter_path, tmp_path / "other.gguf", fingerprint="0123")
    other = refusal(capsys, "base", str(tmp_path / "other.gguf"))
    assert "other was trained on another base than" in other
    assert "is a whole model and no adapter" in refusal(capsys, "base", str(starter_path))
    assert "nothing to learn from yet for the specialist 'coder'" in refusal(
        capsys, "base", "base", "--specialist", "coder"
    )
