from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence

import pexpect
import pyte


class Terminal:
    """A program in a pseudo-terminal, and what its screen shows."""

    def __init__(
        self, command: Sequence[str], env: Mapping[str, str], columns: int = 100, lines: int = 30
    ) -> None:
        self._screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self._screen)
        self._lock = threading.Lock()
        self.raw = b""
        self.process = pexpect.spawn(
            command[0],
            list(command[1:]),
            env={**os.environ, "TERM": "xterm-256color", **env},
            dimensions=(lines, columns),
            timeout=None,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                data = self.process.read_nonblocking(65536, timeout=None)
            except (pexpect.EOF, OSError, ValueError):
                return
            with self._lock:
                self.raw += data
                self._stream.feed(data)

    def text(self) -> str:
        """The screen as text."""
        with self._lock:
            return "\n".join(line.rstrip() for line in self._screen.display)

    def until(self, met: Callable[[str], bool], what: str, seconds: float = 60) -> str:
        """The screen once `met` is true of it."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            screen = self.text()
            if met(screen):
                return screen
            time.sleep(0.02)
        raise AssertionError(f"no {what} within {seconds:.0f} s; the screen shows:\n{self.text()}")

    def until_shown(self, *texts: str, seconds: float = 60) -> str:
        """The screen once it shows all of `texts`."""
        return self.until(lambda s: all(t in s for t in texts), " and ".join(texts), seconds)

    def send(self, keys: str) -> None:
        """Types."""
        self.process.send(keys)

    def kill(self) -> None:
        """SIGKILL, and waits for the end."""
        self.process.kill(signal.SIGKILL)
        self.exit_code()

    def exit_code(self, seconds: float = 30) -> int | None:
        """The exit code, once the program has ended; None after a signal."""
        deadline = time.monotonic() + seconds
        while self.process.isalive():
            if time.monotonic() > deadline:
                raise AssertionError(f"it did not end; the screen shows:\n{self.text()}")
            time.sleep(0.02)
        self._reader.join(timeout=5)
        status: int | None = self.process.exitstatus
        return status


def soma(*arguments: str) -> list[str]:
    """The command that opens SOMA."""
    return [sys.executable, "-m", "soma_tui.cli", *arguments]
