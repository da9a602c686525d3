"""Short texts of everyday use, such as notices, letters and tales, with questions about them."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

from scripts.starter import values
from scripts.starter.corpus import Passage
from scripts.starter.events import SLOTS
from scripts.starter.grammar import is_held_out

_TEXTS = [
    [line.split("|") for line in block.strip().splitlines()]
    for block in Path(__file__).with_name("notices.txt").read_text(encoding="utf-8").split("\n\n")
]
"""Blocks of sentences; a row is a sentence and questions with answers, apart by "|"."""


def notice(rng: Random, held_out: bool = False) -> tuple[str, list[Passage]]:
    """A text of several sentences, and what can be asked about it; every answer stands in it."""
    asked: list[Passage] = []
    while not asked:
        text, asked = _notice(rng, held_out)
    return text, asked


def _notice(rng: Random, held_out: bool) -> tuple[str, list[Passage]]:
    rows = rng.choice(_TEXTS)
    fillings = {name: make(rng) for name, make in SLOTS.items()}
    for name in ("name2", "name3"):
        fillings[name] = values.first_name(rng)
    fillings["city2"] = values.city(rng)
    fillings["number2"] = values.number(rng)

    def fill(pattern: str) -> str:
        text = re.sub(r"\{(\w+)\}", lambda found: fillings[found[1]], pattern)
        text = re.sub(r"\b([Aa]) (?=[aeiou])", r"\1n ", text)
        return text[:1].upper() + text[1:]

    first, *others = rows
    kept = [first, *(row for row in others if rng.random() < 0.8)]
    text = " ".join(fill(row[0]) for row in kept)
    asked = []
    for row in kept:
        for pair in row[1:]:
            questions, _, answer = pair.partition("=")
            question = rng.choice(questions.split("/"))
            if is_held_out("notice " + question) == held_out:
                asked.append(Passage(text, fill(question), f"{fill(answer)}."))
    return text, asked
