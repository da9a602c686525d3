"""What goes wrong around a run: a full disk, a kill in each phase, a clock set back, hand edits."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from store.errors import SomaError
from store.paths import Home
from tests.training.test_qlora import EXAMPLES, SETTINGS, never, reason, values
from training import jobs, qlora
from training.example import Example, Turn
from training.examples import ExampleSet
from training.handing_over import hand_over
from training.lora_model import LoraModel
from training.manifest import manifest
from training.qlora import work
from training.run_folder import RunFolder

ROOT = Path(__file__).resolve().parents[2]
KILLED_WHILE = {
    "loading": "m.load_base = kill",
    "converting": (
        "plain = q.convert_adapter; "
        "q.convert_adapter = lambda *a, **k: plain(*a, **k, on_progress=kill)"
    ),
}
PROGRAM = """
import os, signal, sys
import training.lora_model as m
import training.qlora as q
def kill(*_): os.kill(os.getpid(), signal.SIGKILL)
HOW
q.main(sys.argv[1:])
"""


def new(folder: RunFolder, **changes: Any) -> RunFolder:
    folder.path.mkdir(parents=True)
    settings = replace(SETTINGS, max_steps=2, **changes)
    folder.write(settings, manifest(ExampleSet(EXAMPLES, ()), 48))
    return folder


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """A limit that ends a write as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_that_fills_up_as_the_adapter_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = new(RunFolder(tmp_path / "train-1"))
    plain = {"adapter": LoraModel.save_adapter, "GGUF": qlora.convert_adapter}

    def full(which: str) -> Any:
        def write(*arguments: Any, **options: Any) -> None:
            if which == "adapter" and arguments[1] != folder.adapter:
                plain[which](*arguments, **options)  # that of a checkpoint
                return
            with files_no_larger_than(100_000):
                plain[which](*arguments, **options)

        return write

    with monkeypatch.context() as patch:
        patch.setattr(LoraModel, "save_adapter", full("adapter"))
        assert work(folder, EXAMPLES, never) == 1
        assert "cannot go on: the file may not grow any further" in reason(folder)
    assert folder.checkpoints()
    with monkeypatch.context() as patch:
        patch.setattr(qlora, "convert_adapter", full("GGUF"))
        assert work(folder, EXAMPLES, never) == 1
        assert "the disk is full or the file may not grow" in reason(folder)
    assert not folder.gguf.exists()
    assert list(folder.path.glob("**/*.part")) == []
    assert work(folder, EXAMPLES, never) == 0
    assert folder.gguf.exists()
    assert len(values(folder, "loss")) == 2


def test_a_disk_without_room_for_an_event_leaves_a_run_that_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = Home(tmp_path / "home")
    folder = new(RunFolder(home.runs / "train-1"))
    assert work(folder, EXAMPLES, lambda: len(values(folder, "loss")) >= 1) == 0
    (events,) = folder.path.glob("events.jsonl")
    with files_no_larger_than(events.stat().st_size):
        assert work(folder, EXAMPLES, never) == 1
    assert "train-1 cannot go on: the file may not grow any further" in capsys.readouterr().err
    view = jobs.view(home, folder)
    assert (view.state, view.step) == ("cancelled", 1)
    assert work(folder, EXAMPLES, never) == 0
    assert folder.gguf.exists()
    assert values(folder, "resumed") == [1]


@pytest.mark.parametrize("phase", KILLED_WHILE)
def test_a_run_that_is_killed_goes_on_and_ends_as_if_it_had_not_been(
    phase: str, tmp_path: Path
) -> None:
    folder = new(RunFolder(tmp_path / "train-1"))
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.replace("HOW", KILLED_WHILE[phase]), str(folder.path)],
        input=hand_over(EXAMPLES, folder.manifest()), text=True, cwd=ROOT, check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"},
        capture_output=True,
    )  # fmt: skip
    assert done.returncode == -9, done.stderr
    assert not folder.gguf.exists()
    assert jobs.view(Home(tmp_path / "home"), folder).state == "interrupted"
    assert work(folder, EXAMPLES, never) == 0
    assert folder.gguf.exists()
    assert folder.events()[0][-1]["phase"] == "done"
    assert (folder.events()[0][-1]["step"], folder.checkpoints()) == (2, [])


def test_a_clock_that_is_set_back_changes_no_rate_and_no_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / "home")
    clock = iter(range(2_000_000_000, 0, -10_000))
    monkeypatch.setattr(time, "time", lambda: float(next(clock)))
    for name in ("train-1", "train-2"):
        assert work(new(RunFolder(home.runs / name)), EXAMPLES, never) == 0
    found = jobs.runs(home)
    assert [run.name for run in found] == ["train-2", "train-1"]
    assert found[0].events()[0][0]["at"] < found[1].events()[0][0]["at"]
    assert all(rate > 0 for run in found for rate in values(run, "tokens_per_s"))
    assert jobs.view(home, found[0]).state == "done"


def test_general_examples_are_kept_with_the_run_and_an_edit_is_refused(tmp_path: Path) -> None:
    turns = Turn("user", "Name a fruit."), Turn("assistant", "A pear.")
    said = Example("replay", "replay:1.0", "replay:1", "personal", turns)
    folder = RunFolder(tmp_path / "train-1")
    folder.path.mkdir()
    folder.write(SETTINGS, manifest(ExampleSet((*EXAMPLES, said), ()), 48), [said])
    assert folder.replay() == [said]
    hand_over([*EXAMPLES, *folder.replay()], folder.manifest())
    file = folder.path / "replay.json"
    file.write_text(file.read_text().replace("pear", "fig"))
    with pytest.raises(SomaError, match="changed or forgotten since; start a new run"):
        hand_over([*EXAMPLES, *folder.replay()], folder.manifest())
    file.write_text(json.dumps({"examples": [{"kind": "replay"}]}))
    with pytest.raises(SomaError, match=r"replay.json was changed; start a new run"):
        folder.replay()
