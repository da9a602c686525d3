"""Paths completed by Tab."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from soma_tui.path_completion import Completion, complete, problem_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("gemma-1b.gguf", "gemma-4b.GGUF", "notes.txt", ".hidden.gguf"):
        (tmp_path / name).touch()
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "qwen.gguf").touch()
    return tmp_path


def test_what_is_certain_is_added_and_the_rest_is_offered(folder: Path) -> None:
    gemmas = ("gemma-1b.gguf", "gemma-4b.GGUF")
    assert complete(f"{folder}/g", ".gguf") == Completion(f"{folder}/gemma-", gemmas)
    assert complete(f"{folder}/gemma-1", ".gguf") == Completion(f"{folder}/gemma-1b.gguf")
    assert complete(f"{folder}/", ".gguf") == Completion(f"{folder}/", (*gemmas, "more/"))


def test_folders_are_gone_into(folder: Path) -> None:
    assert complete(f"{folder}/m", ".gguf") == Completion(f"{folder}/more/")
    assert complete(f"{folder}/more/", ".gguf") == Completion(f"{folder}/more/qwen.gguf")


def test_hidden_files_are_offered_after_a_dot(folder: Path) -> None:
    assert complete(f"{folder}/.", ".gguf") == Completion(f"{folder}/.hidden.gguf")


def test_the_home_directory_and_the_present_one_are_known(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.chdir(folder)
    assert complete("~", ".gguf") == Completion("~/")
    assert complete("~/mo", ".gguf") == Completion("~/more/")
    assert complete("mo", ".gguf") == Completion("more/")


@pytest.mark.parametrize("text", ["nowhere/x", "~nobody-of-that-name/x", "a\0b/x", "zzz"])
def test_what_leads_nowhere_stays_as_it_was_typed(
    text: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    assert complete(text, ".gguf") == Completion(text)


def test_a_large_folder_is_read_in_part(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("soma_tui.path_completion.MOST_ENTRIES", 3)
    for number in range(20):
        (folder / f"x{number}.gguf").touch()
    assert len(complete(f"{folder}/", ".gguf").names) <= 3


def test_what_is_wrong_with_a_path_is_said(folder: Path) -> None:
    assert problem_of("") == ""
    assert problem_of(str(folder / "gemma-1b.gguf")) == ""
    assert "is a folder" in problem_of(str(folder))
    assert problem_of(f"{folder}{os.sep}nowhere") == "does not exist"
    assert problem_of("~nobody-of-that-name/x") in ("cannot be looked at", "does not exist")
