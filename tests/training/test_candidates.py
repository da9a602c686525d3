"""What the names of an evaluation mean."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.engine.gguf_file import read_header
from scripts.bench.make_adapter import make_adapter
from store.digests import file_digest
from store.errors import SomaError
from store.paths import Home
from store.versions import Versions
from training.candidates import (
    BASE,
    Candidate,
    digest_of_adapter,
    digest_of_base,
    require_base,
    resolve,
)
from training.checkpoint import Checkpoint
from training.run_folder import RunFolder
from training.run_settings import RunSettings
from training.starter import CHECKPOINT
from training.versions import make_version


@pytest.fixture
def run(home: Home, starter_path: Path) -> RunFolder:
    """A run that is done."""
    folder = RunFolder(home.runs / "train-1")
    folder.path.mkdir(parents=True)
    fingerprint = Checkpoint(CHECKPOINT).fingerprint()
    folder.write(RunSettings(str(CHECKPOINT), fingerprint, specialist="coder"), {"examples": []})
    make_adapter(starter_path, folder.gguf, fingerprint=fingerprint)
    folder.tell(phase="done", step=3, steps=3)
    return folder


def test_base_runs_versions_and_files(home: Home, run: RunFolder, starter_path: Path) -> None:
    base = read_header(starter_path)
    assert resolve(home, BASE) == Candidate("base")
    assert digest_of_adapter(Candidate("base")) == ""
    assert digest_of_base(base) == file_digest(starter_path)
    found = resolve(home, "train-1")
    assert found == Candidate("train-1", run.gguf, "coder")
    require_base(found, base)
    version = make_version(home, run, file_digest(starter_path), "starter")
    adapter = Versions(home.versions).adapter(version.name)
    assert resolve(home, version.name) == Candidate(version.name, adapter, "coder")
    assert digest_of_adapter(found) == digest_of_adapter(resolve(home, version.name))
    assert resolve(home, str(run.gguf)) == Candidate("adapter", run.gguf)


def test_what_is_not_there_or_not_whole(home: Home, run: RunFolder, starter_path: Path) -> None:
    version = make_version(home, run, file_digest(starter_path), "starter").name
    adapter = Versions(home.versions).adapter(version)
    adapter.write_bytes(adapter.read_bytes()[:1000])
    for name, why in {
        version: f"{version} cannot be evaluated: its adapter is cut off",
        "soma-v9": "there is no version 'soma-v9'",
        "train-9": "there is no training run 'train-9'",
        str(home.root): "there is no version, run or adapter",
        "Base": "there is no version, run or adapter",
    }.items():
        with pytest.raises(SomaError, match=why):
            resolve(home, name)
    with pytest.raises(SomaError, match="cannot be read"):
        digest_of_adapter(Candidate("gone", home.root / "gone.gguf"))
