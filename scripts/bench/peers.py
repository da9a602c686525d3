"""Start-up, idle processor and memory of other Textual chats, and of SOMA beside them.

Usage: python scripts/bench/peers.py [--envs FOLDER] [--rounds N] [--idle SECONDS]

The peers are installed by their published names, in the versions named in `_peers.py` (what these
need in turn as it is resolved on that day), each into a virtual environment of its own in a cache
folder, the first time; that needs the network. Each program starts with an empty home directory in
a pseudo-terminal of 100 by 30 that says it is a VT220. Linux only.

- Start: seconds from the command to the reading of the bytes after which the emulated screen shows
  the prompt. In turn, after one start of each that is not counted. Of one start also the seconds of
  processor up to there, which other work on the machine alters less.
- Idle and memory: after ten seconds at rest, seconds of processor in a second, and resident MB, of
  the process and its children.

What is behind the prompt differs: SOMA has loaded its starter model into its own process by then;
the peers hold no model and need a server or a service, which is not there.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import platformdirs

from scripts.bench._common import report, say
from scripts.bench._peers import PEERS, home_of, install, prepare, versions
from scripts.bench._process import check_platform, memory, processor_seconds
from scripts.bench._terminal import Terminal
from store.errors import SomaError

SOMA = Path(sys.executable).with_name("soma")
_SETTLING_S = 10.0
_SHOWN = ("textual", "litellm", "pydantic-ai-slim")


@dataclass(frozen=True, slots=True)
class Program:
    """What is started, and the text by which its prompt is known."""

    command: Sequence[str]
    environment: Mapping[str, str]
    sign: str
    about: Mapping[str, Any]

    def open(self) -> Terminal:
        """Starts it."""
        return Terminal(self.command, self.environment)

    def wait(self, terminal: Terminal) -> float:
        """Seconds from its start until its prompt was shown."""
        return terminal.when(lambda text: self.sign in text, "its prompt") - terminal.started


def programs(envs: Path, homes: Path) -> tuple[dict[str, Program], dict[str, str]]:
    """SOMA and the peers by name, ready to start; and why any of them is not."""
    soma = {**home_of(homes / "soma"), "SOMA_HOME": str(homes / "soma" / "data")}
    loaded = {"measured": "with the starter model in the same process"}
    ready = {"soma": Program([str(SOMA)], soma, "Write a message", loaded)}
    missing = {}
    for peer in PEERS:
        try:
            say(f"{peer.package} {peer.version} …")
            folder = install(peer, envs)
        except SomaError as error:
            missing[peer.package] = str(error)
            continue
        home = home_of(homes / peer.package)
        prepare(peer, folder, home)
        installed = versions(folder)
        about: dict[str, Any] = {
            "version": peer.version,
            "measured": peer.note,
            "packages": len(installed),
            **{name: installed[name] for name in _SHOWN if name in installed},
        }
        command = [str(folder / "bin" / peer.program)]
        environment = {**home, "PYTHONPATH": "", **peer.environment}
        ready[peer.package] = Program(command, environment, peer.sign, about)
    return ready, missing


def try_once(ready: dict[str, Program], missing: dict[str, str]) -> None:
    """Starts each once, which fills its caches; one without a prompt is `missing` from then on."""
    for name, program in list(ready.items()):
        try:
            time_start(program)
        except RuntimeError as error:
            missing[name] = str(error)
            del ready[name]


def take_turns(rounds: int, measures: Mapping[str, Callable[[], float]]) -> dict[str, list[float]]:
    """Samples of each by name; each round begins with another."""
    names = list(measures)
    samples: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            samples[name].append(measures[name]())
    return samples


def time_start(program: Program) -> float:
    """Seconds of one start."""
    with program.open() as terminal:
        return program.wait(terminal)


def at_rest(program: Program, seconds: float) -> dict[str, Any]:
    """Processor to the prompt, processor at rest and memory of one program."""
    with program.open() as terminal:
        program.wait(terminal)
        start_cpu = processor_seconds(terminal.pid)
        terminal.watch(time.perf_counter() + _SETTLING_S)
        before, begun = processor_seconds(terminal.pid), time.perf_counter()
        terminal.watch(begun + seconds)
        spent = processor_seconds(terminal.pid) - before
        cost = spent / (time.perf_counter() - begun)
        return {
            "start_cpu_seconds": start_cpu,
            "idle_cpu": cost,
            "memory_mb": asdict(memory(terminal.pid)),
        }


def main() -> None:
    """Measures all and prints one JSON object."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    cache = Path(platformdirs.user_cache_path("soma-benchmarks"))
    parser.add_argument("--envs", type=Path, default=cache, help="where the peers are installed")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--idle", type=float, default=20.0, help="seconds of doing nothing")
    given = parser.parse_args()
    check_platform()
    with tempfile.TemporaryDirectory() as folder:
        ready, missing = programs(given.envs.resolve(), Path(folder))
        say("starting …")
        try_once(ready, missing)
        starts = take_turns(
            given.rounds, {name: partial(time_start, program) for name, program in ready.items()}
        )
        found = {}
        for name, program in ready.items():
            say(f"{name} at rest …")
            found[name] = {
                "start_seconds": statistics.median(starts[name]),
                "start_samples": starts[name],
                **at_rest(program, given.idle),
                **program.about,
            }
    report(
        "peers",
        programs=found,
        not_measured=missing,
        idle_seconds=given.idle,
        inherited=[name for name in ("LANG", "COLORTERM") if name in os.environ],
    )


if __name__ == "__main__":
    main()
