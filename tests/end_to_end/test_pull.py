"""`soma models pull` as a user runs it: from a hub on this machine to a model that answers."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from store.paths import Home
from tests.agents.fake_hub import serving
from tests.end_to_end.terminal import soma


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        soma(*arguments), capture_output=True, text=True, timeout=100, check=False
    )


def test_a_model_is_pulled_and_answers(
    home: Home, starter_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    with serving({"friend-Q8_0.gguf": starter_path.read_bytes()}) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
        done = run("models", "pull", "org/model")
        assert done.returncode == 0, done.stderr
        assert "org/model · friend-Q8_0.gguf · 0.01 GB · licence apache-2.0" in done.stderr
        name = done.stdout.split()[0]
        refused = run("models", "pull", "org/absent")
        assert (refused.returncode, refused.stderr.count("\n")) == (1, 1), refused
    listed = json.loads(run("models", "list", "--json").stdout)
    assert [model["name"] for model in listed] == ["starter", name]
    assert Path(listed[1]["path"]).is_relative_to(home.models)
    answered = run("ask", "hello", "--model", name, "--json")
    assert json.loads(answered.stdout)["answer"].strip(), answered.stderr


def test_offers_are_named_with_size_and_licence(home: Home) -> None:
    done = run("models", "offers")
    assert "gemma-3-1b" in done.stdout
    assert "GB  gemma" in done.stdout
