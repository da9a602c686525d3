"""What the screen costs: processor while an answer streams and while nothing happens, and memory.

Usage: python scripts/bench/interface.py [--rate N] [--rounds N] [--idle SECONDS]

All in a pseudo-terminal of 100 by 30; Linux only, since figures are read from /proc.

- Streaming: a recorded Markdown answer (paragraphs, lists, a table, 60 lines of code) comes at 50
  tokens a second from a double of the engine; store, runtime and screen are SOMA's own, and the
  pieces go to the disk. Once among 10,000 stored messages in a conversation of 2,000, once in a new
  conversation of an empty store. Seconds of processor in a second, from the first word to the end.
- Keys: while the same answer streams in the long conversation, letters are typed every 120 to 250
  ms; milliseconds to their echo, as `stream.py` takes them, but with no model beside.
- Idle: `soma` with the starter loaded and the long conversation open, nothing being done.
- Memory: resident MB of the process, without an engine (the double) and with the starter loaded,
  without a stored message and with 10,000 of which 2,000 are open.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from scripts.bench._common import report, say, summary
from scripts.bench._process import check_platform, memory, processor_seconds
from scripts.bench._replay import TOKENS_A_SECOND
from scripts.bench._stored import ask, fill, open_long_conversation
from scripts.bench._terminal import Terminal
from scripts.bench._typing import type_and_time
from store.paths import Home

SOMA = Path(sys.executable).with_name("soma")
REPLAY = Path(__file__).with_name("_replay.py")
STORED, OPEN = 10_000, 2000
_SETTLING_S = 5.0
_LONGEST_ANSWER_S = 300.0
_KEYS = 100


def start(home: Home, rate: float | None) -> Terminal:
    """SOMA on this data: with the double at so many tokens a second, or with its starter."""
    command = [str(SOMA)] if rate is None else [sys.executable, str(REPLAY), str(rate)]
    return Terminal(command, {"SOMA_HOME": str(home.root)})


def settle(terminal: Terminal, *, long: bool) -> None:
    """Waits for the model, opens the long conversation if there is one, and lets all settle."""
    terminal.until(lambda t: "starter ·" in t or "recorded ·" in t, "the model")
    if long:
        open_long_conversation(terminal)
    terminal.watch(time.perf_counter() + _SETTLING_S)


def cost_of_seconds(terminal: Terminal, seconds: float) -> float:
    """Seconds of processor in a second while nothing is done for so long."""
    before, begun = processor_seconds(terminal.pid), time.perf_counter()
    terminal.watch(begun + seconds)
    return (processor_seconds(terminal.pid) - before) / (time.perf_counter() - begun)


def cost_of_answer(terminal: Terminal) -> float:
    """Seconds of processor in a second while an answer streams."""
    ask(terminal)
    before, begun = processor_seconds(terminal.pid), time.perf_counter()
    while "answering" in terminal.shown():
        if time.perf_counter() - begun > _LONGEST_ANSWER_S:
            raise RuntimeError(f"the answer does not end:\n{terminal.shown()}")
        terminal.watch(time.perf_counter() + 1)
    return (processor_seconds(terminal.pid) - before) / (time.perf_counter() - begun)


def keys_beside_answer(terminal: Terminal, keys: int) -> list[float]:
    """Seconds to the echo of letters that are typed while an answer streams."""
    ask(terminal)
    times = type_and_time(terminal, keys, seed=1)
    terminal.type("\x1b")
    terminal.until(lambda text: "answering" not in text, "the end of the answer")
    return times


def measure_long(home: Home, rate: float, rounds: int) -> dict[str, Any]:
    """Streaming, keys and memory in the long conversation, without an engine."""
    with start(home, rate) as terminal:
        settle(terminal, long=True)
        found: dict[str, Any] = {"memory": asdict(memory(terminal.pid))}
        say("streaming in the long conversation …")
        found["streaming"] = [cost_of_answer(terminal) for _ in range(rounds)]
        say("typing beside it …")
        found["keys"] = keys_beside_answer(terminal, _KEYS)
        found["memory_after"] = asdict(memory(terminal.pid))
    return found


def measure(folder: Path, rate: float, rounds: int, idle: float) -> dict[str, Any]:
    """All figures by name."""
    full, empty = Home(folder / "full"), Home(folder / "empty")
    say(f"storing {STORED:,} messages …")
    fill(full, STORED, OPEN)
    long = measure_long(full, rate, rounds)
    say("streaming in a new conversation …")
    with start(empty, rate) as terminal:
        settle(terminal, long=False)
        memory_empty = asdict(memory(terminal.pid))
        streaming_new = cost_of_answer(terminal)
    say("idle …")
    with start(full, None) as terminal:
        settle(terminal, long=True)
        memory_starter = asdict(memory(terminal.pid))
        idle_cost = cost_of_seconds(terminal, idle)
    with start(Home(folder / "fresh"), None) as terminal:
        settle(terminal, long=False)
        memory_starter_empty = asdict(memory(terminal.pid))
    return {
        "streaming_cpu": statistics.median(long["streaming"]),
        "streaming_cpu_samples": long["streaming"],
        "streaming_cpu_new_conversation": streaming_new,
        "idle_cpu": idle_cost,
        "idle_seconds": idle,
        "keys_while_streaming": summary(long["keys"]),
        "keys_samples_ms": [round(1000 * sample, 2) for sample in long["keys"]],
        "memory_mb": {
            "no engine, nothing stored": memory_empty,
            "no engine, long conversation open": long["memory"],
            "no engine, long conversation open, after the answers": long["memory_after"],
            "starter, nothing stored": memory_starter_empty,
            "starter, long conversation open": memory_starter,
        },
    }


def main() -> None:
    """Measures and prints one JSON object."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rate", type=float, default=TOKENS_A_SECOND, help="tokens a second")
    parser.add_argument("--rounds", type=int, default=1, help="answers in the long conversation")
    parser.add_argument("--idle", type=float, default=20.0, help="seconds of doing nothing")
    given = parser.parse_args()
    check_platform()
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder), given.rate, given.rounds, given.idle)
    report(
        "interface",
        **found,
        targets={"streaming_cpu": "<= 0.35", "idle_cpu": "<= 0.01"},
        within_targets=found["streaming_cpu"] <= 0.35 and found["idle_cpu"] <= 0.01,
        tokens_per_s=given.rate,
        stored_messages=STORED,
        messages_of_the_open_conversation=OPEN,
        commands={"streaming": "python scripts/bench/_replay.py", "idle": "soma"},
    )


if __name__ == "__main__":
    main()
