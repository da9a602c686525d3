"""What every file of the repository keeps to."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MOST_LINES = 400


def files_of_the_repository() -> list[str]:
    """Give every file that is committed, or would be; all files where this is no git checkout."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    if listed.returncode:
        found = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
        hidden = (".venv", ".git", "__pycache__")
        return sorted(str(path) for path in found if not set(path.parts) & set(hidden))
    return sorted(name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file())


FILES = files_of_the_repository()
# Put together here, so that this file does not hold what it looks for.
UNFINISHED = re.compile("|".join(["TO" + "DO", "FIX" + "ME", "X" + "XX"]))
ABSOLUTE = re.compile(r"(?<![\w.~$}])/(?:" + "|".join(["home", "Users", "root", "work"]) + r")/\w")
_REGISTRIES = [
    "pypi" + ".org",
    "pypi" + ".python",
    "python" + "hosted.org",
    "download.py" + "torch",
]
HOSTS = re.compile("|".join(map(re.escape, _REGISTRIES)))


def text_of(name: str) -> str:
    """Give a file's text, "" for one that is not text."""
    try:
        return (ROOT / name).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def lines_with(pattern: re.Pattern[str], names: list[str]) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()[:120]}"
        for name in names
        for number, line in enumerate(text_of(name).splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_file_names_a_folder_of_somebodys_machine() -> None:
    assert lines_with(ABSOLUTE, FILES) == []


def test_no_file_names_the_host_of_a_package_registry() -> None:
    assert lines_with(HOSTS, FILES) == []


def test_nothing_is_left_for_later_in_the_sources() -> None:
    assert lines_with(UNFINISHED, [name for name in FILES if name.endswith(".py")]) == []


def test_no_module_is_a_warehouse() -> None:
    modules = [name for name in FILES if name.endswith(".py") and not name.startswith("tests/")]
    lengths = {name: len(text_of(name).splitlines()) for name in modules}
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES} == {}


@pytest.mark.parametrize(
    "name", [".ci/run", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile", "README.md"]
)
def test_the_repository_has(name: str) -> None:
    assert name in FILES
    assert text_of(name).strip()


def test_constraints_pin_every_requirement_exactly() -> None:
    lines = [line for line in text_of("constraints.txt").splitlines() if line[:1] not in ("", "#")]
    assert all(re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*", line) for line in lines)
    pinned = {line.partition("==")[0] for line in lines}
    project = tomllib.loads(text_of("pyproject.toml"))["project"]
    wanted = [*project["dependencies"]]
    for extra in project["optional-dependencies"].values():
        wanted += extra
    names = {re.split(r"[=<>~!\[; ]", line)[0].lower() for line in wanted}
    assert names <= pinned
