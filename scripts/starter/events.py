"""Remarks of everyday life that hold something to ask for, beyond what a profile keeps."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from random import Random

from scripts.starter import values
from scripts.starter.grammar import expand, is_held_out
from scripts.starter.recall import Fact

SLOTS: dict[str, Callable[[Random], str]] = {
    "city": values.city,
    "name": values.first_name,
    "pet": values.pet_name,
    "word": values.invented,
    "number": values.number,
    "day": lambda rng: rng.choice(values.DAYS),
    "month": lambda rng: rng.choice(values.MONTHS),
    "time": lambda rng: f"{rng.randrange(6, 23)}:{rng.choice('00 15 20 30 45 50'.split())}",
    "food": lambda rng: rng.choice(values.FOODS),
    "subject": lambda rng: rng.choice(values.SUBJECTS),
    "job": lambda rng: rng.choice(values.JOBS),
    "hobby": lambda rng: rng.choice(values.HOBBIES),
    "colour": lambda rng: rng.choice(values.COLOURS),
    "animal": lambda rng: rng.choice(values.ANIMALS),
    "flower": lambda rng: rng.choice(values.FLOWERS),
    "place": lambda rng: rng.choice(values.PLACES).replace(" my ", " the "),
    "object": lambda rng: rng.choice([o for o in values.OBJECTS if not o.endswith("s")]),
    "place3": lambda rng: rng.choice(
        "church|mill|station|bridge|library|well|market|tower".split("|")
    ),
    "place2": lambda rng: rng.choice("kitchen cellar attic garage bathroom shed barn".split()),
    "instrument": lambda rng: rng.choice(values.INSTRUMENTS),
    "language": lambda rng: rng.choice(values.LANGUAGES),
    "relative": lambda rng: rng.choice("brother sister cousin uncle aunt friend son niece".split()),
}
"""What fills the slots of a pattern, by name."""

_EVENTS = Path(__file__).with_name("events.txt").read_text(encoding="utf-8").splitlines()
"""What is said | what is asked, several ways apart by "/" | the answer | the value asked for."""


def event(rng: Random, held_out: bool = False) -> Fact:
    """A remark with a question and its answer; the frame of the question is held out or not."""
    return events(rng, held_out)[0]


def events(rng: Random, held_out: bool = False) -> tuple[Fact, Fact]:
    """A remark as `event` gives it, and the same with another value of what is asked for."""
    for _ in range(60):
        row = rng.choice(_EVENTS)
        statement, questions, answer, value = row.split("|")
        question = rng.choice(questions.split("/"))
        if is_held_out("event " + question) == held_out:
            break
    drawn = {name: make(rng) for name, make in SLOTS.items()}
    drawn["name2"] = values.first_name(rng)
    slot = re.findall(r"\{(\w+)\}", value)[-1]
    again = drawn | {slot: SLOTS.get(slot, values.first_name)(rng)}
    if rng.random() < 0.15:
        lead = expand("[Do you remember|Tell me|Can you tell me|I forgot]:", rng)
        question = f"{lead} {question}"

    def fact(fillings: dict[str, str]) -> Fact:
        def fill(text: str) -> str:
            text = re.sub(r"\{(\w+)\}", lambda found: fillings[found[1]], text)
            return re.sub(r"\b([Aa]) (?=[aeiou])", r"\1n ", text)

        said, asked, due = (
            text[:1].upper() + text[1:] for text in map(fill, (statement, question, answer))
        )
        return Fact(f"event {_EVENTS.index(row)}", said, asked, due, fill(value), said)

    return fact(drawn), fact(again)
