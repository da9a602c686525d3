"""`soma models …` as a user runs it, on a machine that other programs left models on."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from agents.model_settings import FIELDS
from soma_tui.commands import MODEL_SETTINGS
from store.paths import Home
from tests.end_to_end.terminal import Terminal, soma

_VARIABLES = ("HF_HOME", "HF_HUB_CACHE", "OLLAMA_MODELS", "LLAMA_CACHE", "XDG_CACHE_HOME")


@pytest.fixture(autouse=True)
def machine(
    home: Home, tmp_path: Path, starter_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A home directory in which Ollama and LM Studio have a model each, and a broken one."""
    user = tmp_path / "user"
    blob = user / ".ollama" / "models" / "blobs" / f"sha256-{'a' * 64}"
    manifest = user / ".ollama" / "models" / "manifests" / "registry.ollama.ai" / "library"
    studio = user / ".lmstudio" / "models" / "org"
    for folder in (blob.parent, manifest / "llama3.2", studio):
        folder.mkdir(parents=True)
    blob.write_bytes(starter_path.read_bytes())
    layer = {"mediaType": "application/vnd.ollama.image.model", "digest": f"sha256:{'a' * 64}"}
    (manifest / "llama3.2" / "1b").write_text(json.dumps({"layers": [layer]}))
    (studio / "friend-Q8_0.gguf").write_bytes(starter_path.read_bytes() + b"\0")
    (studio / "cut.gguf").write_bytes(starter_path.read_bytes()[:4000])
    monkeypatch.setenv("HOME", str(user))
    for variable in _VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    return user


def run(*arguments: str) -> str:
    """Standard output of a command that works."""
    done = subprocess.run(
        soma("models", *arguments), capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def failure(*arguments: str) -> str:
    """The one line of a command that cannot do what it was asked."""
    done = subprocess.run(
        soma("models", *arguments), capture_output=True, text=True, timeout=100, check=False
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done
    return done.stderr


def rows(*arguments: str) -> dict[str, Any]:
    return {row["name"]: row for row in json.loads(run("list", *arguments, "--json"))}


def test_the_options_are_the_settings() -> None:
    assert list(MODEL_SETTINGS) == list(FIELDS)


def test_the_list_says_where_a_model_is_from_and_whether_it_fits() -> None:
    assert list(rows()) == ["starter"]
    found = rows("--found")
    assert {name: row["source"] for name, row in found.items()} == {
        "starter": "in the box",
        "llama3.2:1b": "Ollama",
        "friend-Q8_0": "LM Studio",
        "cut.gguf": "LM Studio",
    }
    starter, cut = found["starter"], found["cut.gguf"]
    parts = starter["memory"]
    assert starter["memory_bytes"] == parts["weights"] + parts["cache"] + parts["compute"]
    assert starter["fits"] == "fits"
    assert starter["free_bytes"] > starter["memory_bytes"]
    assert starter["largest_context"] == 2048
    assert "cut.gguf" in cut["problem"]
    assert (cut["fits"], cut["memory_bytes"]) == ("unknown", None)
    text = run("list", "--found")
    (line,) = [line for line in text.splitlines() if line.startswith("llama3.2:1b")]
    assert "Ollama" in line
    assert "fits" in line
    assert "--found" in run("list")


def test_a_found_model_is_added_by_its_name_and_used(machine: Path, starter_path: Path) -> None:
    assert "llama3.2:1b" in run("add", "llama3.2:1b")
    found = rows("--found")
    assert found["llama3.2:1b"]["source"] == "added"
    assert list(found) == ["starter", "llama3.2:1b", "cut.gguf", "friend-Q8_0"]
    assert "friend-Q8_0" in run("use", "friend-Q8_0")  # adds it, too
    assert [name for name, row in rows().items() if row["in_use"]] == ["friend-Q8_0"]
    path = machine / "own.gguf"
    path.write_bytes(starter_path.read_bytes())
    assert "own" in run("use", str(path))
    assert rows()["own"]["in_use"]


def test_a_name_goes_before_a_file_of_that_name(machine: Path) -> None:
    (machine / "starter").write_text("no model")
    done = subprocess.run(
        soma("models", "use", "starter"),
        capture_output=True, text=True, timeout=100, check=False, cwd=machine,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_settings_are_printed_changed_and_given_back() -> None:
    assert "default (0.3)" in run("settings", "starter")
    changed = run("settings", "starter", "--temperature", "0.9", "--context", "512")
    assert "512" in changed
    assert rows()["starter"]["memory"]["context"] == 512
    shown = json.loads(run("settings", "starter", "--top-k", "3", "--json"))
    assert shown["settings"]["temperature"] == 0.9
    assert shown["settings"]["top_k"] == 3
    assert shown["defaults"]["temperature"] == 0.3
    one = json.loads(run("settings", "starter", "--temperature", "default", "--json"))
    assert (one["settings"]["temperature"], one["settings"]["top_k"]) == (None, 3)
    none = json.loads(run("settings", "starter", "--reset", "--json"))
    assert set(none["settings"].values()) == {None}


def test_settings_hold_for_an_answer_and_give_way_to_its_options() -> None:
    run("settings", "starter", "--max-tokens", "2", "--context", "512")
    for arguments, most in (((), 2), (("--max-tokens", "4"), 4)):
        done = subprocess.run(
            soma("ask", "what can you do?", "--json", *arguments),
            capture_output=True, text=True, timeout=100, check=True,
        )  # fmt: skip
        answer = json.loads(done.stdout)
        assert (answer["finish"], answer["tokens"]["completion"]) == ("length", most)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["add", "nowhere"], "there is no model 'nowhere'"),
        (["add", "./nowhere.gguf"], "nowhere.gguf does not exist"),
        (["use", "."], "is a folder"),
        (["add", "cut.gguf"], "there is no model 'cut.gguf'"),
        (["settings", "nowhere"], "there is no model 'nowhere'"),
        (["settings", "starter", "--top-p", "2"], "it takes a number above 0 and at most 1"),
        (["settings", "starter", "--threads", "x"], "a whole number from 1 to 256"),
    ],
)
def test_a_mistake_is_one_line(arguments: list[str], said: str) -> None:
    assert said in failure(*arguments)


def test_an_open_soma_takes_new_settings_at_once(home: Home) -> None:
    terminal = Terminal(soma(), {"SOMA_HOME": str(home.root)})
    try:
        terminal.until_shown("starter · 5.8M")
        changed = json.loads(run("settings", "starter", "--context", "512", "--json"))
        assert changed["settings"]["context"] == 512
        terminal.send("hello\r")
        terminal.until_shown("of 512")
        assert rows()["starter"]["in_use"]
    finally:
        terminal.kill()


def test_alt_and_a_digit_go_to_a_place_as_terminals_send_them(home: Home) -> None:
    terminal = Terminal(soma(), {"SOMA_HOME": str(home.root)})
    try:
        terminal.until_shown("starter · 5.8M")
        terminal.send("\x1b5")
        screen = terminal.until_shown("in the box and added", "llama3.2:1b", "cut.gguf")
        assert "∞" not in screen
        terminal.send("\x1b1")
        terminal.until_shown("Write a message")
    finally:
        terminal.kill()
