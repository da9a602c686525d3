"""A program in a pseudo-terminal: what it wrote and when, what its screen shows."""

from __future__ import annotations

import codecs
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any

import pyte

COLUMNS, LINES = 100, 30
_CELL_WIDTH, _CELL_HEIGHT = 10, 20
_MOST_READ = 65536
# What a terminal says when it is asked what it is; some programs wait for that as they start.
_WHO_ARE_YOU, _A_VT220 = b"\x1b[c", b"\x1b[?62;22c"


class Screen:
    """What a terminal of this size shows after the bytes that it was fed."""

    def __init__(self, columns: int = COLUMNS, lines: int = LINES) -> None:
        self._screen: Any = pyte.Screen(columns, lines)
        self._stream: Any = pyte.Stream(self._screen)
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode

    def feed(self, data: bytes) -> list[str]:
        """Takes what was written; gives the rows that it touched, as they are now."""
        self._screen.dirty.clear()
        self._stream.feed(self._decode(data))
        return [self._row(number) for number in self._screen.dirty if number < self._screen.lines]

    @property
    def text(self) -> str:
        """All rows, without the blanks at their ends."""
        return "\n".join(self._row(number).rstrip() for number in range(self._screen.lines))

    def _row(self, number: int) -> str:
        row = self._screen.buffer[number]
        return "".join(row[column].data for column in range(self._screen.columns))


class Terminal:
    """Starts `command`; use it in a `with`, which ends by SIGKILL.

    What the program writes is kept in `written`, each part with the time (of `perf_counter`) at
    which it was read, so that nothing has to be understood while time is taken. Nothing is read
    but in `watch`, `until` and `shown`.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        whole = {**os.environ, "TERM": "xterm-256color", **environment}
        self.started = time.perf_counter()
        self.pid, self._master = pty.fork()
        if self.pid == 0:
            os.execvpe(command[0], list(command), whole)
        pixels = (COLUMNS * _CELL_WIDTH, LINES * _CELL_HEIGHT)
        size = struct.pack("HHHH", LINES, COLUMNS, *pixels)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, size)
        self.name = os.path.basename(command[0])
        self.written: list[tuple[float, bytes]] = []
        self.screen = Screen()
        self._fed = 0
        self._ended = False

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.close(self._master)
        os.waitpid(self.pid, 0)

    def type(self, keys: str) -> float:
        """Presses keys; gives the time just before the program could know of them."""
        pressed = time.perf_counter()
        os.write(self._master, keys.encode())
        return pressed

    def watch(self, until: float) -> None:
        """Keeps what is written up to this time (of `perf_counter`)."""
        while not self._ended and (left := until - time.perf_counter()) > 0:
            self._read(left)

    def until(self, met: Callable[[str], bool], what: str, seconds: float = 60) -> str:
        """Waits until `met` is true of the screen's text, which is given.

        Raises RuntimeError, with the screen, when the time is over or the program has ended.
        """
        self.when(met, what, seconds)
        return self.screen.text

    def when(self, met: Callable[[str], bool], what: str, seconds: float = 60) -> float:
        """The time at which that was read after which `met` is true of the screen's text.

        Now, if it is true already. Raises as `until` does.
        """
        deadline = time.perf_counter() + seconds
        moment = time.perf_counter()
        while True:
            if met(self.screen.text):
                return moment
            if self._fed < len(self.written):
                moment, data = self.written[self._fed]
                self._fed += 1
                self.screen.feed(data)
                continue
            left = deadline - time.perf_counter()
            if left <= 0 or self._ended:
                reason = "it ended" if self._ended else f"not within {seconds:.0f} s"
                raise RuntimeError(f"{self.name}: {what}; {reason}:\n{self.screen.text}")
            self._read(left)

    def shown(self) -> str:
        """The text of the screen after all that was read so far."""
        self._read(0)
        for _, data in self.take():
            self.screen.feed(data)
        return self.screen.text

    def take(self) -> list[tuple[float, bytes]]:
        """What was read since the screen was last looked at; feeding it to the screen is due."""
        taken = self.written[self._fed :]
        self._fed = len(self.written)
        return taken

    def _read(self, seconds: float) -> None:
        if not select.select([self._master], [], [], seconds)[0]:
            return
        try:
            data = os.read(self._master, _MOST_READ)
        except OSError:
            data = b""
        if data:
            self.written.append((time.perf_counter(), data))
            if _WHO_ARE_YOU in data:
                os.write(self._master, _A_VT220)
        else:
            self._ended = True
