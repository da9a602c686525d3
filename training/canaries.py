"""The suite that ships with SOMA: questions that a new version must answer no worse than the old.

Each file in the folder beside this module is a group, with one canary a line; `probes.jsonl` holds
fixed texts on which two models' distributions are compared.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from agents.persona import SYSTEM_PROMPT
from agents.profile_lines import KNOWN
from store.errors import SomaError
from training.checkers import Check, check_of
from training.example import Turn

FOLDER = Path(__file__).with_suffix("")
GROUPS = ("general", "format", "identity", "unknown", "refusal", "loops", "empty")
PROBES = "probes"


@dataclass(frozen=True, slots=True)
class Canary:
    """A question in its conversation, and the check of the answer.

    Canaries of one `cluster` ask for the same in other words.
    """

    id: str
    group: str
    cluster: str
    turns: tuple[Turn, ...]
    check: Check = field(compare=False)


@dataclass(frozen=True, slots=True)
class Suite:
    """All canaries, and the probes: conversations that end with a given answer. `hash` is of all
    that is asked and how it is checked."""

    canaries: tuple[Canary, ...]
    probes: tuple[tuple[Turn, ...], ...]
    hash: str


@lru_cache(1)
def suite() -> Suite:
    """Give the suite. Raises SomaError where a file of it is missing or damaged."""
    canaries: list[Canary] = []
    digest = sha256()
    for group in GROUPS:
        for number, row in enumerate(_rows(group), 1):
            try:
                turns, rules = _turns(row), row["check"]
                name = f"{group}-{number:02}"
                cluster = str(row.get("cluster", name))
                canaries.append(Canary(name, group, cluster, turns, check_of(rules)))
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                raise _damaged(group) from error
            digest.update(json.dumps([group, cluster, _said(turns), rules]).encode())
    probes = tuple(_turns(row) for row in _rows(PROBES))
    digest.update(json.dumps([_said(turns) for turns in probes]).encode())
    return Suite(tuple(canaries), probes, digest.hexdigest())


def _rows(name: str) -> Iterator[dict[str, Any]]:
    try:
        for line in (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
            yield json.loads(line)
    except (OSError, ValueError) as error:
        raise _damaged(name) from error


def _damaged(name: str) -> SomaError:
    return SomaError(f"the canaries {name}.jsonl in {FOLDER} are damaged; install SOMA again")


def _turns(row: dict[str, Any]) -> tuple[Turn, ...]:
    """The conversation of a row, as the product would send it: `say` holds the turns in order."""
    system = SYSTEM_PROMPT
    if row.get("known"):
        system = "\n".join([f"{SYSTEM_PROMPT}\n\n{KNOWN}", *(f"- {one}" for one in row["known"])])
    said = [Turn("assistant" if at % 2 else "user", text) for at, text in enumerate(row["say"])]
    return Turn("system", system), *said


def _said(turns: tuple[Turn, ...]) -> list[list[str]]:
    return [[turn.role, turn.text] for turn in turns]
