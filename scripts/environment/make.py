"""Make the virtual environment and install SOMA into it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from scripts.environment import stamp
from scripts.environment.embedder import fetch_embedder
from scripts.environment.llama_build import acceleration, lacks_cuda
from scripts.environment.pip_run import Screen, SetupError, run_pip
from training.pip_output import pinned


def set_up(root: Path, venv: Path, extras: set[str]) -> None:
    """Bring `venv` to what the files in `root` ask for; extras it has already stay.

    Raises SetupError. What an interrupted set-up had done is not done again.
    """
    extras = extras | stamp.installed_extras(venv)
    screen = Screen()
    make_environment(venv, screen)
    stamp.outdate(venv)
    (venv / "setup.log").unlink(missing_ok=True)
    cmake_args, line = acceleration(dict(os.environ))
    what = f"SOMA with {' and '.join(sorted(extras))}" if extras else "what chatting needs"
    screen.say(f"Installing {what}. llama.cpp comes as source, and compiling it takes minutes")
    screen.say("(5 to 8 on 2 cores) unless pip has done so before.")
    screen.say(line)
    project = f".[{','.join(sorted(extras))}]" if extras else "."
    exact = ["-c", "constraints.txt"]
    expected = pinned(root / "constraints.txt", {"chat", *extras})
    run_pip(root, venv, [*exact, "-e", project], cmake_args, screen, expected)
    if lacks_cuda(venv, cmake_args):
        screen.say("pip's cache held a llama.cpp without CUDA: it is compiled again, with CUDA")
        anew = ["--force-reinstall", "--no-deps", "--no-cache-dir", "llama-cpp-python"]
        run_pip(root, venv, [*exact, *anew], cmake_args, screen, ["llama-cpp-python"])
    stamp.write(root, venv, extras)
    fetch_embedder(root, venv, screen)
    screen.finish("SOMA is set up")


def make_environment(venv: Path, screen: Screen) -> None:
    """Make `venv` with pip in it; one that cannot be used is made anew. Raises SetupError."""
    if venv.exists() or venv.is_symlink():
        fault = fault_of(venv)
        if not fault:
            _require_pip(venv)
            return
        if venv.is_symlink() or not (venv / "pyvenv.cfg").is_file():
            raise SetupError(f"{venv} is no Python environment of ours ({fault}): move it away")
        screen.say(f"The environment {venv} cannot be used: {fault}. It is made anew.")
        shutil.rmtree(venv)
    screen.say(f"Making the environment {venv} with Python {sys.version.split()[0]}")
    command = [sys.executable, "-m", "venv", str(venv)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        shutil.rmtree(venv, ignore_errors=True)
        printed = (made.stdout + made.stderr).strip()
        if "ensurepip" in printed or "No module named venv" in printed:
            raise SetupError(
                f"{sys.executable} cannot make environments, since venv or ensurepip is missing: "
                "install them (Debian and Ubuntu: sudo apt install python3-venv)"
            )
        raise SetupError(f"the environment {venv} could not be made:\n{printed[-1000:]}")


def fault_of(venv: Path) -> str:
    """Say why an environment cannot be used, "" if it can."""
    question = "import sys; print(sys.prefix, '%d.%d' % sys.version_info[:2], sep='\\n')"
    command = [str(venv / "bin" / "python"), "-c", question]
    try:
        asked = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except FileNotFoundError:
        return "the Python that made it is gone"
    except (OSError, subprocess.TimeoutExpired):
        return "its Python does not run"
    answer = asked.stdout.splitlines()
    if asked.returncode or len(answer) != 2:
        return "its Python does not run"
    prefix, version = answer
    if not (venv / "lib" / f"python{version}").is_dir():
        return f"it was made by another Python than the {version} that it has now"
    if tuple(map(int, version.split("."))) < (3, 11):
        return f"its Python is {version}, and SOMA needs 3.11 or newer"
    if Path(prefix).resolve() != venv.resolve() or _names_another_folder(venv):
        return "it was moved here from another folder"
    return ""


def _names_another_folder(venv: Path) -> bool:
    """The scripts in an environment name its own Python in their first two lines."""
    here = os.fsencode(venv / "bin")
    for name in ("pip", "soma"):
        try:
            head = (venv / "bin" / name).read_bytes().split(b"\n")[:2]
        except OSError:
            continue
        if not any(here in line for line in head):
            return True
    return False


def _require_pip(venv: Path) -> None:
    python = str(venv / "bin" / "python")
    for command in ([python, "-m", "pip", "--version"], [python, "-m", "ensurepip"]):
        if not subprocess.run(command, capture_output=True, check=False).returncode:
            return
    raise SetupError(f"{venv} has no pip and cannot get one: delete that folder and start again")
