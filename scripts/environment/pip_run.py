"""One run of pip with its progress on the screen and all that it prints in a log."""

from __future__ import annotations

import os
import selectors
import shutil
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Collection
from pathlib import Path

from training.pip_output import PipOutput, Progress, reason_of_failure


class SetupError(Exception):
    """The environment could not be made; the text says what to do."""


class Screen:
    """Progress in one line that is drawn again on a terminal, in few lines elsewhere."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._live = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
        self._stage_started = self._started
        self._stage = self._text = self._printed = ""
        self._step = 0

    def say(self, line: str) -> None:
        """Print a line that stays."""
        self._clear()
        print(line, flush=True)

    def show(self, progress: Progress) -> None:
        """Show where pip is."""
        if progress.stage != self._stage:
            self._stage, self._stage_started, self._step = progress.stage, time.monotonic(), 0
            new = True
        else:
            new = progress.stage == "compile" and progress.done >= self._step + 20
            new = new or progress.text.endswith(" MB)") or " MB) · " in progress.text
        self._text = progress.text
        if self._live:
            self.tick()
        elif new or progress.done == progress.total > 0:
            self._step = progress.done
            self._print_once()

    def tick(self) -> None:
        """Draw the elapsed time again."""
        if self._live and self._text:
            width = shutil.get_terminal_size().columns
            print(f"\r\x1b[K{self._line()[: width - 1]}", end="", flush=True)

    def finish(self, line: str) -> None:
        """Print the last line, with the time that all took."""
        self.say(f"{line} · {_duration(time.monotonic() - self._started)}")

    def _line(self) -> str:
        return f"  {self._text} · {_duration(time.monotonic() - self._stage_started)}"

    def _print_once(self) -> None:
        if self._text != self._printed:
            self._printed = self._text
            print(self._line(), flush=True)

    def _clear(self) -> None:
        if self._live and self._text:
            print("\r\x1b[K", end="")


def _duration(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def run_pip(
    root: Path,
    venv: Path,
    arguments: list[str],
    cmake_args: str,
    screen: Screen,
    expected: Collection[str],
) -> None:
    """Run `pip install` in the folder `root`, by the Python of `venv`; append to its setup.log.

    `expected` names the packages that it may have to fetch. Raises SetupError with the last lines
    and the reason; pip and its children have ended when this returns or raises.
    """
    log = venv / "setup.log"
    output = PipOutput(expected)
    tail: deque[str] = deque(maxlen=400)
    with log.open("ab") as file:

        def take(line: bytes) -> None:
            file.write(line + b"\n")
            text = line.decode("utf-8", "replace")
            tail.append(text)
            progress = output.feed(text)
            if progress is not None:
                screen.show(progress)

        command = _command(venv, arguments)
        status = _follow(command, root, _environment(cmake_args), take, screen.tick)
    if not status:
        return
    printed = "\n".join(tail)
    reason = reason_of_failure(printed)
    if not reason:
        reason = f"pip ended with status {status}"
        if "-DGGML_CUDA=on" in cmake_args:
            reason += "; to do without CUDA: CMAKE_ARGS=-DGGML_CUDA=off make run"
    last = "\n".join(f"    {line[:300]}" for line in list(tail)[-20:])
    raise SetupError(f"{last}\n{reason}\nAll that pip printed is in {log}")


def _command(venv: Path, arguments: list[str]) -> list[str]:
    command = [str(venv / "bin" / "python"), "-m", "pip", "install", "-v", "--no-input"]
    for info in venv.glob("lib/python*/site-packages/pip-*.dist-info"):
        major, minor = info.name.removeprefix("pip-").split(".")[:2]
        if (int(major), int(minor)) >= (24, 1):
            command += ["--progress-bar", "raw"]
    return [*command, *arguments]


def _environment(cmake_args: str) -> dict[str, str]:
    return {
        "CMAKE_BUILD_PARALLEL_LEVEL": str(os.cpu_count() or 1),
        **os.environ,
        "CMAKE_ARGS": cmake_args,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PYTHONUNBUFFERED": "1",
        # Relative, since pip splits this variable at spaces: builds take their tools by it.
        "PIP_CONSTRAINT": "constraints.txt",
        "PIP_BUILD_CONSTRAINT": "constraints.txt",
    }


def _follow(
    command: list[str],
    folder: Path,
    environment: dict[str, str],
    take: Callable[[bytes], None],
    tick: Callable[[], None],
) -> int:
    """Run a command, hand on each line, call `tick` twice a second in between; give its status."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    assert process.stdout is not None
    rest = b""
    try:
        with process.stdout, selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while True:
                if not selector.select(0.5):
                    tick()
                    continue
                data = os.read(process.stdout.fileno(), 65536)
                if not data:
                    break
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    take(line)
        if rest:
            take(rest)
        return process.wait()
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End what is left of the process and its children: first asked, then made to."""
    if process.poll() is not None:
        return
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
