"""The training tools (torch, transformers, trl …): which are missing, and how they get here.

They weigh gigabytes and chatting needs none of them, so they are installed on first use, from
inside the application, under the same constraints as everything else.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
import re
import signal
import sys
import tomllib
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import metadata
from pathlib import Path

from store.errors import SomaError
from training.pip_output import PipOutput, pinned, reason_of_failure

PROJECT = "soma-tui"
EXTRA = "train"
OnProgress = Callable[[str, float | None], None]

_PACKAGE = Path(__file__).resolve().parent
_SECONDS_TO_STOP = 5.0


class ToolsError(SomaError):
    """The training tools could not be installed; the line names the log."""


def requirements() -> list[str]:
    """Give what the extra `train` asks for, each as `name==version`.

    From pyproject.toml in a checkout, else from the metadata of the installed package.
    """
    project = _checkout_file("pyproject.toml")
    if project is not None:
        described = tomllib.loads(project.read_text(encoding="utf-8"))["project"]
        return list(described["optional-dependencies"][EXTRA])
    try:
        declared = metadata.requires(PROJECT) or []
    except metadata.PackageNotFoundError:
        declared = []
    wanted = re.compile(rf"""^([^;]+?)\s*;\s*extra\s*==\s*['"]{EXTRA}['"]$""")
    return [found[1] for line in declared if (found := wanted.match(line))]


def constraints() -> Path:
    """Give the file with the exact versions: beside pyproject.toml, else in the package's data.

    Raises ToolsError where there is none.
    """
    file = _checkout_file("constraints.txt") or _PACKAGE / "constraints.txt"
    if not file.is_file():
        raise ToolsError(f"{file} is missing: install SOMA itself again (pip install .)")
    return file


def missing() -> list[str]:
    """Give the requirements that are not installed, or not at the right version.

    Reads the metadata of the installed distributions and imports none of them.
    """
    return [wanted for wanted in requirements() if not _installed(wanted)]


def download_note() -> str:
    """Say what installing will fetch, in sentences for the screen that asks for it."""
    count = len(_to_fetch())
    note = f"{count} package{'s' if count != 1 else ''} from the Python package index: "
    note += ", ".join(wanted.partition("==")[0] for wanted in missing()) + " and what they need. "
    note += (
        "All of them together, measured on Linux with the CPU build of torch: 0.35 GB to fetch, "
        "1.4 GB on disk."
    )
    if sys.platform == "linux":
        note += " The build with CUDA, pip's usual choice on Linux, brings several GB more."
    return note


async def install(
    on_progress: OnProgress,
    *,
    log: Path,
    wanted: Sequence[str] | None = None,
    options: Sequence[str] = (),
) -> None:
    """Install `wanted`, else the whole extra `train`, with pip, into the running environment.

    `on_progress` is called in the event loop's thread with a line of text and the done part from 0
    to 1 (None where it is not known). All that pip prints goes to `log`. `options` are handed to
    pip. Cancelling ends pip and its children before CancelledError goes on. Raises ToolsError.
    """
    needed = list(requirements() if wanted is None else wanted)
    if not needed:
        raise ToolsError(
            "the list of training tools was not found: install SOMA itself again (pip install .)"
        )
    if importlib.util.find_spec("pip") is None:
        raise ToolsError(
            "this environment has no pip, which installs the training tools: run "
            f"'{sys.executable}' -m ensurepip, then start again"
        )
    command = [sys.executable, "-m", "pip", "install", *progress_options(), *options]
    command += ["-c", str(constraints()), *needed]
    output = PipOutput(_to_fetch() if wanted is None else [_name_of(line) for line in needed])
    on_progress("starting pip", None)
    status, tail = await run_pip(command, log, output, on_progress)
    importlib.invalidate_caches()
    if status:
        raise ToolsError(_told(status, tail, log))
    left = [wanted for wanted in needed if not _installed(wanted)]
    if left:
        raise ToolsError(f"pip finished, but {left[0]} is still missing; see {log}")
    on_progress("the training tools are installed", 1.0)


async def run_pip(
    command: list[str], log: Path, output: PipOutput, on_progress: OnProgress
) -> tuple[int, str]:
    """Run pip to its end; give its exit status and the last part of what it printed.

    Cancelling ends it and its children. Raises ToolsError where the log cannot be written.
    """
    try:
        file = log.open("wb")
    except OSError as error:
        raise ToolsError(f"cannot write the log {log}: {error.strerror}") from error
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PYTHONUNBUFFERED": "1"}
    with file:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            limit=1 << 20,
            env=environment,
        )
        assert process.stdout is not None
        tail = ""
        try:
            async for raw in process.stdout:
                file.write(raw)
                line = raw.decode("utf-8", "replace")
                tail = (tail + line)[-20_000:]
                progress = output.feed(line)
                if progress is not None:
                    on_progress(progress.text, progress.fraction)
            return await process.wait(), tail
        finally:
            await _stop(process)


async def _stop(process: asyncio.subprocess.Process) -> None:
    """End what is left of pip and its children: first asked, then made to."""
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), _SECONDS_TO_STOP)
    except TimeoutError:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def _told(status: int, tail: str, log: Path) -> str:
    errors = [line.removeprefix("ERROR: ") for line in tail.splitlines() if "ERROR: " in line]
    reason = reason_of_failure(tail) or (errors[0] if errors else f"pip ended with status {status}")
    return f"the training tools could not be installed: {reason.strip()}; see {log}"


def _checkout_file(name: str) -> Path | None:
    """Give a file of the checkout that this package runs from, None where it is installed."""
    root = _PACKAGE.parent
    file = root / name
    return file if (root / "pyproject.toml").is_file() and file.is_file() else None


def _name_of(wanted: str) -> str:
    return re.split(r"[=<>~!\[;@ ]", wanted)[0]


def _installed(wanted: str) -> bool:
    version = wanted.partition("==")[2]
    try:
        found = metadata.version(_name_of(wanted))
    except metadata.PackageNotFoundError:
        return False
    # A local build such as 2.13.0+cpu is the version 2.13.0.
    return not version or found.partition("+")[0] == version.strip()


def _to_fetch() -> list[str]:
    """Give the names of all packages that training needs beyond chatting and that are not here."""
    pins = pinned(constraints(), {EXTRA})
    return [name for name, version in pins.items() if not _installed(f"{name}=={version}")]


def progress_options() -> list[str]:
    """Ask for progress in bytes where pip is new enough to print it into a pipe."""
    version = metadata.version("pip").split(".")
    return ["--progress-bar", "raw"] if (int(version[0]), int(version[1])) >= (24, 1) else []
