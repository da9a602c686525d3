"""Processes that are there at once, to be killed: forked from one that has imported the store."""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import traceback
from pathlib import Path
from types import TracebackType

REPOSITORY = Path(__file__).parents[2]


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
        return int(self._server.stdout.readline())

    def run(self, function: str, *arguments: object) -> int:
        """Run a function in a process of its own to its end; gives its exit code."""
        self.start(function, *arguments)
        return self.wait()

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
    """Fork a process for every request, one after the other; print its pid and its exit code."""
    ended_before = 0
    for line in sys.stdin:
        if ended_before:
            # Not earlier, so that its number cannot be another process's when it is killed.
            os.waitpid(ended_before, 0)
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
        ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        assert ended is not None
        print(-ended.si_status if ended.si_code == os.CLD_KILLED else ended.si_status, flush=True)
        ended_before = pid


if __name__ == "__main__":
    serve()
