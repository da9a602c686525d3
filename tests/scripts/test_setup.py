"""`scripts/setup.py` on a small project of its own, with a real environment and a real pip."""

from __future__ import annotations

import ast
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scripts.environment.make import make_environment
from scripts.environment.pip_run import Screen, SetupError

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "soma-tui"
version = "1"
"""
# Builds an editable wheel with the command `soma`, and prints what ninja prints while it compiles.
BACKEND = r"""
import os, subprocess, sys, time, zipfile
from pathlib import Path

def get_requires_for_build_editable(config_settings=None):
    return []

METADATA = "Metadata-Version: 2.1\nName: soma-tui\nVersion: 1\n"
METADATA += "Provides-Extra: dev\nProvides-Extra: train\n"

def prepare_metadata_for_build_editable(metadata_directory, config_settings=None):
    info = Path(metadata_directory) / "soma_tui-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(METADATA)
    return info.name

def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    for step in range(1, 41):
        print(f"[{step}/40] g++ -c {step}.cpp", flush=True)
    if Path("slow").exists():
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        Path("slow").write_text(str(child.pid))
        time.sleep(600)
    if Path("broken").exists():
        print(Path("broken").read_text(), flush=True)
        raise SystemExit(1)
    name = "soma_tui-1-py3-none-any.whl"
    info = "soma_tui-1.dist-info"
    files = {
        "soma_small.py": "def main():\n    print('soma opens')\n",
        f"{info}/METADATA": METADATA,
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": "[console_scripts]\nsoma = soma_small:main\n",
    }
    with zipfile.ZipFile(Path(wheel_directory) / name, "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)
        wheel.writestr(f"{info}/RECORD", "".join(f"{p},,\n" for p in [*files, f"{info}/RECORD"]))
    return name
"""
# Stands for the program that fetches the embedding model; it fails where a file says so.
EMBEDDER = """\
import sys
from pathlib import Path

folder = Path(sys.argv[1])
if Path("no network").exists():
    print("the embedding model could not be fetched: no network", file=sys.stderr)
    raise SystemExit(1)
folder.mkdir(parents=True, exist_ok=True)
(folder / "model.gguf").touch()
print("  the embedding model is there")
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a space in its path whose set-up has run once, with the extra `dev`."""
    folder = tmp_path_factory.mktemp("a project") / "soma"
    for copied in ("scripts/setup.py", "scripts/environment", "training/pip_output.py", "Makefile"):
        target = folder / copied
        target.parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (ROOT / copied).is_dir() else shutil.copy
        copy(ROOT / copied, target)
    (folder / "training" / "__init__.py").touch()
    (folder / "training" / "embedder.py").write_text(EMBEDDER)
    (folder / "pyproject.toml").write_text(PYPROJECT)
    (folder / "constraints.txt").write_text("# chat\nsoma-small-thing==1\n")
    (folder / "backend.py").write_text(BACKEND)
    run = set_up(folder, "dev")
    assert run.returncode == 0, run.stdout + run.stderr
    (folder / "first_output").write_text(run.stdout)
    return folder


def command(project: Path, extras: str = "") -> list[str]:
    return [sys._base_executable, str(project / "scripts" / "setup.py"), "--extras", extras]


def set_up(project: Path, extras: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(project, extras), capture_output=True, text=True, timeout=100)


def stamp(project: Path) -> dict[str, object]:
    return json.loads((project / ".venv" / "soma-setup.json").read_text())


def touch_pyproject(project: Path) -> None:
    """Make the stamp out of date."""
    with (project / "pyproject.toml").open("a") as file:
        file.write(f"# {time.monotonic_ns()}\n")


def gone(pid: int) -> bool:
    """Whether a process has ended; one that nobody has reaped yet has."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        if Path("/proc/self/stat").exists():
            return True
        return bool(subprocess.run(["ps", "-p", str(pid)], capture_output=True).returncode)
    return state == "Z"


def test_the_first_run_says_what_it_does_and_the_command_works(project: Path) -> None:
    shown = (project / "first_output").read_text()
    assert "Making the environment" in shown
    assert "compiling it takes minutes" in shown
    for step in (20, 40):
        assert f"compiling soma-tui {step}/40 · " in shown
    assert shown.splitlines()[-1].startswith("SOMA is set up · ")
    assert shown.count("compiling soma-tui") == 2
    assert "[40/40] g++ -c 40.cpp" in (project / ".venv" / "setup.log").read_text()
    soma = subprocess.run([project / ".venv/bin/soma"], capture_output=True, text=True, check=True)
    assert soma.stdout == "soma opens\n"


def test_the_second_run_starts_no_pip(project: Path) -> None:
    before = (project / ".venv" / "setup.log").stat().st_mtime_ns
    run = set_up(project)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert (project / ".venv" / "setup.log").stat().st_mtime_ns == before


def test_make_run_opens_the_command_from_any_folder(project: Path, tmp_path: Path) -> None:
    ran = subprocess.run(
        ["make", "--silent", "-C", str(project), "run", f"PYTHON={sys._base_executable}"],
        cwd=tmp_path, capture_output=True, text=True, timeout=100,
    )  # fmt: skip
    assert ran.stdout.splitlines()[-1] == "soma opens"
    assert ran.returncode == 0


def test_extras_add_up_over_runs(project: Path) -> None:
    assert stamp(project)["extras"] == ["dev"]
    assert set_up(project, "train").returncode == 0
    assert stamp(project)["extras"] == ["dev", "train"]
    touch_pyproject(project)
    run = set_up(project)
    assert "SOMA with dev and train" in run.stdout
    assert stamp(project)["extras"] == ["dev", "train"]


def test_the_embedding_model_is_fetched_once_and_a_failure_is_no_obstacle(project: Path) -> None:
    model = project / ".venv" / "share" / "soma" / "model.gguf"
    assert "  the embedding model is there\n" in (project / "first_output").read_text()
    touch_pyproject(project)
    assert "embedding model" not in set_up(project).stdout
    model.unlink()
    (project / "no network").touch()
    touch_pyproject(project)
    run = set_up(project)
    (project / "no network").unlink()
    assert run.returncode == 0
    assert run.stderr == "the embedding model could not be fetched: no network\n"
    assert "`soma setup recall` tries again" in run.stdout
    assert run.stdout.splitlines()[-1].startswith("SOMA is set up · ")
    assert stamp(project)["extras"] == ["dev", "train"]


def test_an_interrupted_run_goes_on_in_the_same_environment(project: Path) -> None:
    (project / ".venv" / "soma-setup.json").unlink()
    (project / ".venv" / "kept").touch()
    run = set_up(project)
    assert run.returncode == 0
    assert "Making the environment" not in run.stdout
    assert (project / ".venv" / "kept").exists()


def test_a_failed_build_shows_its_last_lines_the_reason_and_the_log(project: Path) -> None:
    extras = stamp(project)["extras"]
    touch_pyproject(project)
    (project / "broken").write_text("CMake Error: No CMAKE_CXX_COMPILER could be found.")
    try:
        run = set_up(project)
        again = set_up(project)
    finally:
        (project / "broken").unlink()
    assert run.returncode == again.returncode == 1, "what has failed is not taken for done"
    assert "No CMAKE_CXX_COMPILER could be found" in run.stderr
    assert "no C++ compiler: install one" in run.stderr
    assert str(project / ".venv" / "setup.log") in run.stderr
    assert "Traceback" not in run.stderr.splitlines()[0]
    assert set_up(project).returncode == 0
    assert stamp(project)["extras"] == extras


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_pip_and_its_children(
    project: Path, number: signal.Signals, status: int
) -> None:
    touch_pyproject(project)
    slow = project / "slow"
    slow.touch()
    try:
        process = subprocess.Popen(
            command(project),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # A shell's background job, which the tests may be, has Ctrl+C ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        deadline = time.monotonic() + 60
        while not slow.read_text() and time.monotonic() < deadline:
            time.sleep(0.05)
        child = int(slow.read_text())
        process.send_signal(number)
        _, errors = process.communicate(timeout=30)
    finally:
        slow.unlink()
    assert process.returncode == status
    assert "Traceback" not in errors
    assert len(errors.strip().splitlines()) <= 1
    deadline = time.monotonic() + 10
    while not gone(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert gone(child)
    assert set_up(project).returncode == 0


def test_a_moved_environment_is_made_anew(project: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(project, moved, symlinks=True)
    run = set_up(moved)
    assert run.returncode == 0, run.stderr
    assert "cannot be used: it was moved here from another folder" in run.stdout
    assert str(project) not in (moved / ".venv/bin/soma").read_text()
    assert subprocess.run([moved / ".venv/bin/soma"], capture_output=True).returncode == 0


def test_an_environment_without_its_python_is_made_anew(project: Path) -> None:
    python = project / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to(project / "a python that is gone")
    run = set_up(project)
    assert run.returncode == 0, run.stderr
    assert "cannot be used: the Python that made it is gone" in run.stdout
    assert subprocess.run([project / ".venv/bin/soma"], capture_output=True).returncode == 0


def test_a_folder_that_is_no_environment_is_left_alone(project: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(project, other, ignore=shutil.ignore_patterns(".venv"))
    (other / ".venv").mkdir()
    (other / ".venv" / "letters.txt").write_text("dear")
    run = set_up(other)
    assert run.returncode == 1
    assert "move it away" in run.stderr
    assert (other / ".venv" / "letters.txt").read_text() == "dear"


def test_a_python_that_cannot_make_environments_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    python = tmp_path / "python3"
    python.write_text("#!/bin/sh\necho 'not created: ensurepip is not available'\nexit 1\n")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    with pytest.raises(SetupError, match="apt install python3-venv") as caught:
        make_environment(tmp_path / ".venv", Screen())
    assert str(python) in str(caught.value)
    assert not (tmp_path / ".venv").exists()


def test_an_unknown_extra_is_refused(project: Path) -> None:
    run = set_up(project, "dev,trian")
    assert run.returncode == 2
    assert "no such extra: trian" in run.stderr


def test_an_older_python_is_told_which_one_is_needed() -> None:
    source = (ROOT / "scripts" / "setup.py").read_text()
    ast.parse(source, feature_version=(3, 8))
    program = (
        "import sys, runpy; sys.version_info = (3, 9, 2, 'final', 0);"
        f"runpy.run_path({str(ROOT / 'scripts' / 'setup.py')!r}, run_name='__main__')"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.returncode == 1
    assert run.stderr.startswith("SOMA needs Python 3.11 or newer; this is 3.9 (")
    assert len(run.stderr.splitlines()) == 1


def test_a_terminal_gets_one_line_drawn_again(project: Path) -> None:
    import pexpect

    touch_pyproject(project)
    arguments = command(project)
    run = pexpect.spawn(
        arguments[0], arguments[1:], timeout=60, dimensions=(24, 60), encoding="utf-8",
        env={**os.environ, "TERM": "xterm"},
    )  # fmt: skip
    run.expect("compiling soma-tui 33/40 · 0 s")
    run.expect("SOMA is set up · ")
    run.expect(pexpect.EOF)
    run.close()
    assert run.exitstatus == 0
