from __future__ import annotations

import stat
from pathlib import Path

import pytest

from store.errors import SomaError
from store.paths import Home
from tests.store import child


def test_soma_home_moves_everything(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SOMA_HOME", str(tmp_path / "here"))
    home = Home.from_environment()
    for path in (home.db, home.models, home.cache, home.logs, home.socket):
        assert path.parent == tmp_path / "here"


def test_relative_soma_home_becomes_absolute(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOMA_HOME", "data")
    assert Home.from_environment().root == tmp_path / "data"


@pytest.mark.parametrize("value", ["", "  "])
def test_without_soma_home_the_platform_says(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("SOMA_HOME", value)
    assert Home.from_environment().root.name == "soma"


def test_folders_are_for_their_owner_alone(tmp_path: Path) -> None:
    home = Home(tmp_path / "a" / "soma")
    home.create()
    home.create()
    for folder in (home.root, home.db, home.models, home.cache, home.logs):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("place", ["soma", "soma/db"])
def test_a_file_in_the_place_of_a_folder(tmp_path: Path, place: str) -> None:
    (tmp_path / place).parent.mkdir(exist_ok=True)
    (tmp_path / place).write_text("")
    with pytest.raises(SomaError, match=r"a file is in its place; move it away"):
        Home(tmp_path / "soma").create()


def test_no_write_permission(tmp_path: Path) -> None:
    script = """
import os, sys
from pathlib import Path
from store.errors import SomaError
from store.paths import Home
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
try:
    Home(Path(sys.argv[1])).create()
except SomaError as error:
    print(error)
"""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    said = child.run(script, closed / "soma")
    assert said.startswith("cannot create the folder")
    assert "permission denied" in said
    assert "SOMA_HOME" in said
    assert said.count("\n") == 1
