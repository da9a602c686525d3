"""Typing while several agents of the team stream at once, in the chat and over the place for it."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agents.specialists import BUILT_IN, Team
from scripts.bench._common import say, summary
from scripts.bench._stored import QUESTION, fill, open_long_conversation
from scripts.bench._terminal import Terminal
from scripts.bench._typing import type_and_time
from store.database import Database
from store.paths import Home

PLACES = ("chat", "team")
_ESCAPE, _CHAT, _TEAM = "\x1b", "\x1b1", "\x1b2"
_AT_WORK = "the team is at work"
_WARM_S = 2.0
_SECONDS_TO_BEGIN = 300
_TRIES = 3
_TOGETHER = re.compile(r"([\d,]+(?:\.\d+)?) tok/s together")


def add_specialists(home: Home, count: int) -> list[str]:
    """Has that many specialists on the team; gives their names."""
    names = [one.name for one in BUILT_IN][:count]
    with Database.open(home) as database:
        team = Team(database)
        for number in range(len(names) + 1, count + 1):
            names.append(team.add(f"agent{number}", {"role": "answers at length"}).name)
    return names


class Agents:
    """The team of one SOMA: it is asked, typed beside, and stopped; samples are in seconds."""

    def __init__(self, terminal: Terminal, names: list[str], keys: int) -> None:
        self.samples: dict[str, list[float]] = {place: [] for place in PLACES}
        self.rates: list[float] = []
        self._terminal = terminal
        self._asked = f"{' '.join(f'@{name}' for name in names)} {QUESTION}"
        self._all = f"{len(names)} at once"
        self._keys = keys

    def take_turn(self, place: str, seed: int) -> None:
        """Types while all of them stream, from the first letter to the last.

        A turn in which one of them ended early is taken again; raises RuntimeError after three.
        """
        for attempt in range(_TRIES):
            self._begin(place)
            times = type_and_time(self._terminal, self._keys, seed + 1000 * attempt)
            if self._end(place):
                self.samples[place] += times
                return
            say("an agent ended early; again …")
        raise RuntimeError(f"{_TRIES} runs ended within {self._keys} keys; is it a chat model?")

    def _begin(self, place: str) -> None:
        terminal, text = self._terminal, self._asked
        terminal.type(f"/team {text}" if place == "team" else text)
        terminal.until(lambda shown: QUESTION[-5:] in shown, "the request in the composer")
        terminal.type("\r")
        if place == "chat":
            terminal.until(lambda shown: _AT_WORK in shown, "an answer", _SECONDS_TO_BEGIN)
            terminal.type(_TEAM)
        terminal.until(self._streams, "all agents at work", _SECONDS_TO_BEGIN)
        if place == "chat":
            terminal.type(_CHAT)
            terminal.until(lambda shown: _AT_WORK in shown, "the chat")
        else:
            terminal.type("n")
            terminal.until(lambda shown: "New request" in shown, "the box for a request")
        terminal.watch(time.perf_counter() + _WARM_S)

    def _streams(self, shown: str) -> bool:
        return self._all in shown and _TOGETHER.search(shown) is not None

    def _end(self, place: str) -> bool:
        """Stops the run; whether all were at work until then."""
        terminal = self._terminal
        terminal.type(_TEAM if place == "chat" else _ESCAPE)
        gone = "New request"
        terminal.until(lambda text: "slots " in text and gone not in text, "the run")
        terminal.watch(time.perf_counter() + _WARM_S / 2)  # until it is drawn as it is by now
        shown = terminal.shown()
        whole = self._all in shown
        if found := _TOGETHER.search(shown):
            self.rates.append(float(found[1].replace(",", "")))
        terminal.type(_ESCAPE)
        terminal.until(
            lambda text: any(end in text for end in ("· cancelled", "· done", "· failed")),
            "the end of the run",
        )
        terminal.type(_CHAT)
        terminal.until(lambda text: _AT_WORK not in text and "▸" in text, "the chat")
        return whole


def measure(
    soma: Path,
    model: Path,
    folder: Path,
    agents: int,
    rounds: int,
    keys: int,
    seed: int,
    stored: int,
) -> Agents:
    """Types in chat and in Team in turn while that many agents stream."""
    home = Home(folder / "home")
    say(f"storing {stored:,} messages …")
    fill(home, stored, stored)
    names = add_specialists(home, agents)
    with Terminal([str(soma), "--model", str(model)], {"SOMA_HOME": str(home.root)}) as terminal:
        open_long_conversation(terminal)
        terminal.type(_TEAM)
        terminal.until(lambda text: "enter asks for a request" in text, "the place for the team")
        terminal.type(_CHAT)
        terminal.until(lambda text: "▸" in text, "the chat")
        team = Agents(terminal, names, keys)
        for number in range(rounds):
            for place in PLACES if number % 2 == 0 else PLACES[::-1]:
                say(f"{place}, round {number + 1} …")
                team.take_turn(place, seed + number)
    return team


def figures(team: Agents, targets: Mapping[str, float]) -> dict[str, Any]:
    """What the benchmark reports: the figures of each place, and whether both are within."""
    found = {place: summary(samples) for place, samples in team.samples.items()}
    return {
        **found,
        "targets": {name: f"<= {most:g}" for name, most in targets.items()},
        "within_targets": all(
            place[name] <= most for place in found.values() for name, most in targets.items()
        ),
        "keys": {place: len(samples) for place, samples in team.samples.items()},
        "tokens_per_s_together": team.rates,
        "samples_ms": {
            place: [round(1000 * sample, 2) for sample in samples]
            for place, samples in team.samples.items()
        },
    }
