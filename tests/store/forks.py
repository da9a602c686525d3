"""Processes that are there at once, to be killed: forked from one that has imported the store."""

from __future__ import annotations

import importlib
import json
import os
import random
import signal
import subprocess
import sys
import time
import traceback
from pathlib import Path
from types import TracebackType

REPOSITORY = Path(__file__).parents[2]

_WAIT = "wait"


class Forks:
    """A server of such processes; they run functions named as `module:function`."""

    def __init__(self) -> None:
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.store.forks"],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )

    def start(self, function: str, *arguments: object) -> int:
        """Run a function in a process of its own; gives its pid."""
        request = {"function": function, "arguments": arguments}
        self._server.stdin.write(json.dumps(request, default=str) + "\n")
        return int(self._server.stdout.readline())

    def wait(self) -> int:
        """Wait for that process to end; gives its exit code, or less than 0 for a signal."""
        self._server.stdin.write(_WAIT + "\n")
        return int(self._server.stdout.readline())

    def run(self, function: str, *arguments: object) -> int:
        """Run a function in a process of its own to its end; gives its exit code."""
        self.start(function, *arguments)
        return self.wait()

    def kill_after(self, pid: int, log: Path, lines: int, chance: random.Random) -> int:
        """Kill that process a moment after it has written so many lines; gives its exit code."""
        deadline = time.monotonic() + 60
        while lines and (not log.exists() or log.read_bytes().count(b"\n") < lines):
            assert time.monotonic() < deadline, f"{log} does not grow"
            time.sleep(0.0005)
        time.sleep(chance.choice([0.001, 0.003, 0.02]) * chance.random())
        return self.kill(pid)

    def kill(self, pid: int) -> int:
        """Kill that process; gives its exit code, which tells whether it had ended before."""
        os.kill(pid, signal.SIGKILL)
        return self.wait()

    def __enter__(self) -> Forks:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.communicate(timeout=60)


def serve() -> None:
    """Fork a process for each request and print its pid; print its exit code when asked to wait.

    Until then its number is its own, so that no other process can be killed in its place.
    """
    pid = 0
    for line in sys.stdin:
        if line.strip() == _WAIT:
            print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
            continue
        request = json.loads(line)
        module, _, name = request["function"].partition(":")
        function = getattr(importlib.import_module(module), name)
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                function(*request["arguments"])
                code = 0
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(code)
        print(pid, flush=True)


if __name__ == "__main__":
    serve()
