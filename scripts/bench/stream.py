"""How long a key takes to its echo while the engine decodes: SOMA against a bare Textual app.

Usage: python scripts/bench/stream.py [--model FILE] [--rounds N] [--keys N] [--seed N] [--agents N]

Both run in a pseudo-terminal of 100 by 30 and decode the same model of the shape of Gemma 3 1B
(Q4_0, random weights; made first unless a file is named) with the number of threads that SOMA takes
beside a screen. SOMA shows the answer as it comes, in a conversation of 2,000 messages; the bare
application has an editor, and draws nothing of what the engine says. They take turns, A B, B A,
A B: in each, one of them is asked, letters are typed every 120 to 250 ms without waiting for their
echo, and the answer is stopped, while the other one rests. Should an answer end early, that turn is
taken again. What the model says is words without a full stop: one long paragraph.

The time of a letter begins before it is written to the terminal's other side, and ends with the
reading of the bytes after which the emulated screen has the letter at its place, behind all that
was typed before it on its line. Milliseconds; `ratio` is ours over bare, of medians.

With --agents 4 SOMA is typed to while four specialists stream at once, half of the turns in the
composer of that conversation, half in the box for a request over the place for the team, which
draws them. There is no bare application beside it; the targets are the same.
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from agents.engine.threads import default_threads
from scripts.bench import _stream_team
from scripts.bench._common import percentile, report, say, summary
from scripts.bench._stored import ask, fill, open_long_conversation
from scripts.bench._terminal import Terminal
from scripts.bench._typing import LONGEST_S, SHORTEST_S, type_and_time
from scripts.bench.make_model import make_model
from store.paths import Home

SOMA = Path(sys.executable).with_name("soma")
BARE = Path(__file__).with_name("_bare_stream_app.py")
MESSAGES = 2000
TARGETS = {"p50_ms": 30, "p99_ms": 100}
ESCAPE = "\x1b"
_TRIES = 3
_SETTINGS = {"seconds_between_keys": [SHORTEST_S, LONGEST_S], "stored_messages": MESSAGES}


def rate_shown(text: str) -> float | None:
    """The tokens a second that a screen shows; None where it shows none."""
    found = re.search(r"([\d,]+(?:\.\d+)?) tok/s", text)
    return float(found[1].replace(",", "")) if found else None


class Side:
    """One of the two: it is asked, typed to, and stopped again; samples are in seconds."""

    def __init__(self, terminal: Terminal, keys: int) -> None:
        self.samples: list[float] = []
        self.rates: list[float] = []
        self._terminal = terminal
        self._keys = keys

    def take_turn(self, seed: int) -> None:
        """Types while an answer runs, from the first letter to the last."""
        for attempt in range(_TRIES):
            ask(self._terminal)
            times = type_and_time(self._terminal, self._keys, seed + 1000 * attempt)
            if "answering" in self._terminal.shown():
                self._stop()
                self.samples += times
                return
            say("the answer ended early; again …")
        raise RuntimeError(f"{_TRIES} answers ended within {self._keys} keys; is it a chat model?")

    def _stop(self) -> None:
        self._terminal.type(ESCAPE)
        text = self._terminal.until(lambda t: "answering" not in t, "the end of the answer")
        if rate := rate_shown(text):
            self.rates.append(rate)


def measure(model: Path, folder: Path, rounds: int, keys: int, seed: int) -> tuple[Side, Side]:
    """Types to both in turn; gives SOMA's side and the bare one's."""
    home = Home(folder / "home")
    say(f"storing {MESSAGES:,} messages …")
    fill(home, MESSAGES, MESSAGES)
    environment = {"SOMA_HOME": str(home.root)}
    with ExitStack() as open_terminals:
        enter: Callable[[Terminal], Terminal] = open_terminals.enter_context
        soma = enter(Terminal([str(SOMA), "--model", str(model)], environment))
        open_long_conversation(soma)
        bare = enter(Terminal([sys.executable, str(BARE), str(model)], environment))
        bare.until(lambda text: "ready" in text, "the model")
        sides = (Side(soma, keys), Side(bare, keys))
        for number in range(rounds):
            for side in sides if number % 2 == 0 else sides[::-1]:
                say(f"{'SOMA' if side is sides[0] else 'bare'}, round {number + 1} …")
                side.take_turn(seed + number)
    return sides


def figures(ours: Side, bare: Side) -> dict[str, Any]:
    """What the benchmark reports of both."""
    found = summary(ours.samples)
    return {
        **found,
        **{f"bare_{name}": value for name, value in summary(bare.samples).items()},
        "ratio": percentile(ours.samples, 50) / percentile(bare.samples, 50),
        "targets": {name: f"<= {most}" for name, most in TARGETS.items()},
        "within_targets": all(found[name] <= most for name, most in TARGETS.items()),
        "keys": len(ours.samples),
        **_SETTINGS,
        "threads": default_threads(beside_screen=True),
        "tokens_per_s": statistics.median(ours.rates) if ours.rates else None,
        "bare_tokens_per_s": statistics.median(bare.rates) if bare.rates else None,
        "samples_ms": [round(1000 * sample, 2) for sample in ours.samples],
        "bare_samples_ms": [round(1000 * sample, 2) for sample in bare.samples],
    }


def main() -> None:
    """Measures both and prints one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, help="a GGUF chat model; made where none is named")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--keys", type=int, default=70, help="letters to each in a round")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--agents", type=int, default=1, help="specialists that stream at once")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        model = given.model
        if model is None:
            say("making the model …")
            model = Path(folder) / "gemma3-1b-shape.gguf"
            make_model(model, "gemma3-1b", "Q4_0", None, 1)
        turns = (given.rounds, given.keys, given.seed)
        if given.agents > 1:
            agents = (SOMA, model.resolve(), Path(folder), given.agents, *turns, MESSAGES)
            team = _stream_team.measure(*agents)
            found = {"agents": given.agents, **_stream_team.figures(team, TARGETS), **_SETTINGS}
        else:
            ours, bare = measure(model.resolve(), Path(folder), *turns)
            found = figures(ours, bare)
    report(
        "stream",
        **found,
        model=given.model.name if given.model else "shape of Gemma 3 1B, Q4_0, random weights",
        commands={"ours": "soma", "bare": "python scripts/bench/_bare_stream_app.py"},
        arguments=sys.argv[1:],
    )


if __name__ == "__main__":
    main()
