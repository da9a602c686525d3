"""From the command to the first painted frame: `soma` against a bare Textual application.

Usage: python scripts/bench/startup.py [--rounds N] [--messages N]

Both start in a pseudo-terminal of 100 by 30, in turn; the time ends when the text at the bottom of
the first frame has been written. Both find their bytecode compiled, as an installed program does:
the first start of each, which is not counted, leaves it. SOMA's data directory holds 10,000
messages. `ratio` is ours over bare, of medians.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import pty
import select
import signal
import statistics
import struct
import sys
import tempfile
import termios
import time
from collections.abc import Sequence
from pathlib import Path

from scripts.bench._common import in_turn, ratio_of_medians, report, say
from store.conversations import Conversations
from store.database import Database
from store.paths import Home

WORDS = "the boat was late because a storm had come up from the west and nobody wanted to sail "
BARE = Path(__file__).with_name("_bare_app.py")
SOMA = Path(sys.executable).with_name("soma")


def seconds_to_first_frame(command: Sequence[str], sign: bytes, home: Path) -> float:
    """Starts `command` in a pseudo-terminal and waits until it has written `sign`."""
    environment = {**os.environ, "TERM": "xterm-256color", "SOMA_HOME": str(home)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    started = time.perf_counter()
    child, terminal = pty.fork()
    if child == 0:
        os.execvpe(command[0], list(command), environment)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    try:
        seen = b""
        while sign not in seen:
            if not select.select([terminal], [], [], 60)[0]:
                raise RuntimeError(f"{command[0]} painted nothing within a minute")
            seen += os.read(terminal, 65536)
        return time.perf_counter() - started
    finally:
        os.kill(child, signal.SIGKILL)
        os.close(terminal)
        os.waitpid(child, 0)


def fill(home: Home, messages: int) -> None:
    """Stores so many messages, 50 to a conversation, half of them with token ids."""
    home.create()
    with Database.open(home) as database, database.transaction():
        conversations = Conversations(database)
        for number in range(messages // 50):
            conversation = conversations.create(f"Conversation {number}")
            for _ in range(25):
                conversations.add_user(conversation.id, WORDS)
                answer = conversations.begin_answer(conversation.id, "starter", "v")
                conversations.append_piece(answer.id, WORDS * 4, tuple(range(100, 190)))
                conversations.finish_answer(answer.id, state="done", finish="stop", figures=None)


def main() -> None:
    """Measures both and prints one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--messages", type=int, default=10_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder) / "home")
        say(f"storing {arguments.messages:,} messages …")
        fill(home, arguments.messages)
        commands = {"ours": [str(SOMA)], "bare": [sys.executable, str(BARE)]}
        ours, bare = in_turn(
            arguments.rounds,
            lambda: seconds_to_first_frame(commands["ours"], b"quit", home.root),
            lambda: seconds_to_first_frame(commands["bare"], b"painted", home.root),
        )
    report(
        "startup",
        ratio=ratio_of_medians(ours, bare),
        target="<= 1.5",
        messages=arguments.messages,
        ours_seconds=statistics.median(ours),
        bare_seconds=statistics.median(bare),
        ours_samples=ours,
        bare_samples=bare,
        commands={"ours": "soma", "bare": "python scripts/bench/_bare_app.py"},
    )


if __name__ == "__main__":
    main()
