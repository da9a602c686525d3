"""The training tools: what is missing, and a real pip that installs, fails and is cancelled."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from training import tools
from training.tools import ToolsError

ROOT = Path(__file__).resolve().parents[2]
NAME = "soma-test-thing"


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """A folder with one small wheel in it, which is all that pip may look at."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    info = "soma_test_thing-1.0.dist-info"
    files = {
        "soma_test_thing.py": "value = 1\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {NAME}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    with zipfile.ZipFile(folder / "soma_test_thing-1.0-py3-none-any.whl", "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)
        wheel.writestr(f"{info}/RECORD", "".join(f"{p},,\n" for p in [*files, f"{info}/RECORD"]))
    return folder


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where pip installs to: a folder on the path of this process, not its environment."""
    folder = tmp_path / "target"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    return folder


def options(wheels: Path, target: Path) -> list[str]:
    return ["--no-index", "--find-links", str(wheels), "--target", str(target)]


def test_the_extra_is_read_from_the_project() -> None:
    names = [line.partition("==")[0] for line in tools.requirements()]
    assert {"torch", "transformers", "peft", "trl", "bitsandbytes"} <= set(names)
    assert all("==" in line and ";" not in line for line in tools.requirements())


def test_every_requirement_is_pinned_to_the_same_version() -> None:
    pins = tools.constraints().read_text().splitlines()
    for wanted in tools.requirements():
        assert wanted in pins


def test_an_installed_package_reads_its_own_metadata(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tools, "_PACKAGE", tmp_path / "training")
    declared = ["textual>=8", "torch==2.13.0; extra == 'train'", 'ruff==1; extra == "dev"']
    monkeypatch.setattr(tools.metadata, "requires", lambda name: declared)
    assert tools.requirements() == ["torch==2.13.0"]
    with pytest.raises(ToolsError, match=r"constraints\.txt is missing"):
        tools.constraints()


def test_missing_compares_versions_and_takes_local_builds(monkeypatch: pytest.MonkeyPatch) -> None:
    there = {"torch": "2.13.0+cpu", "transformers": "4.0.0"}

    def version(name: str) -> str:
        if name not in there:
            raise metadata.PackageNotFoundError(name)
        return there[name]

    monkeypatch.setattr(tools.metadata, "version", version)
    monkeypatch.setattr(tools, "requirements", lambda: ["torch==2.13.0", "transformers==5.23.0"])
    assert tools.missing() == ["transformers==5.23.0"]
    note = tools.download_note()
    assert "transformers and what they need" in note
    assert "torch and" not in note


def test_asking_what_is_missing_imports_no_tool_and_is_quick() -> None:
    program = (
        "import sys, time; from training import tools; start = time.perf_counter();"
        "tools.missing(); print(time.perf_counter() - start);"
        "print([m for m in ('torch', 'transformers', 'trl', 'peft', 'numpy') if m in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    seconds, imported = run.stdout.splitlines()
    assert imported == "[]"
    assert float(seconds) < 1.0


async def test_install_tells_its_progress_and_keeps_a_log(
    wheels: Path, target: Path, tmp_path: Path
) -> None:
    told: list[tuple[str, float | None]] = []
    log = tmp_path / "tools.log"
    await tools.install(
        lambda text, done: told.append((text, done)),
        log=log,
        wanted=[f"{NAME}==1.0"],
        options=options(wheels, target),
    )
    assert metadata.version(NAME) == "1.0"
    assert (target / "soma_test_thing.py").exists()
    texts = [text for text, _ in told]
    assert any(f"{NAME} 1.0 is on this machine · 1 of 1" in text for text in texts)
    assert "installing 1 package" in texts
    assert told[-1] == ("the training tools are installed", 1.0)
    assert "Successfully installed" in log.read_text()


async def test_a_failure_is_one_line_with_the_log(
    wheels: Path, target: Path, tmp_path: Path
) -> None:
    log = tmp_path / "tools.log"
    with pytest.raises(ToolsError) as caught:
        await tools.install(
            lambda text, done: None,
            log=log,
            wanted=["soma-test-other==3"],
            options=options(wheels, target),
        )
    line = str(caught.value)
    assert "\n" not in line
    assert "Could not find a version that satisfies the requirement soma-test-other==3" in line
    assert str(log) in line
    assert "No matching distribution" in log.read_text()


async def test_cancelling_ends_pip_and_what_it_started(target: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    )
    (source / "backend.py").write_text(
        "import os, time, pathlib\n"
        f"pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(os.getpid()))\n"
        "time.sleep(600)\n"
    )
    task = asyncio.create_task(
        tools.install(
            lambda text, done: None,
            log=tmp_path / "tools.log",
            wanted=[str(source)],
            options=["--no-index", "--target", str(target)],
        )
    )
    deadline = time.monotonic() + 60
    while not (tmp_path / "pid").exists() and time.monotonic() < deadline:
        await asyncio.sleep(0.05)
    pid = int((tmp_path / "pid").read_text())
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    deadline = time.monotonic() + 10
    while _runs(pid) and time.monotonic() < deadline:
        await asyncio.sleep(0.05)
    assert not _runs(pid)


async def test_without_pip_the_line_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tools.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ToolsError, match=r"has no pip.*-m ensurepip"):
        await tools.install(lambda text, done: None, log=tmp_path / "log", wanted=[NAME])


async def test_a_log_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(ToolsError, match="cannot write the log"):
        await tools.install(lambda text, done: None, log=tmp_path / "no" / "log", wanted=[NAME])


def _runs(pid: int) -> bool:
    """Whether a process is there and is not merely waiting to be reaped."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return not state.stdout.strip().startswith("Z") and bool(state.stdout.strip())
