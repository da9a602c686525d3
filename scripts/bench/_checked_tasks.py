"""Generated tasks with one right answer each, which a program can check."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from agents.consensus import numbers_in
from store.words import words

NAMES = "Ana Ben Cora Dario Elif Finn Greta Hugo Iris Jonas Kira Leo Mina Noah Olga Piet".split()
THINGS = "apples books chairs coins lamps nails pears shells stamps tickets".split()
PLACES = "Arles Bergen Cadiz Delft Evora Faro Ghent Jena Kiel Lund Nantes Porto".split()
COLOURS = "amber black blue brown green grey orange purple red silver white yellow".split()
MONTHS = [datetime.date(2024, month, 1).strftime("%B") for month in range(1, 13)]


@dataclass(frozen=True, slots=True)
class Checked:
    """A request and what its answer has to hold; a `number` has to be the last one in it."""

    kind: str
    text: str
    expected: str
    number: bool = False

    def is_right(self, answer: str) -> bool:
        """Whether an answer is right."""
        if self.number:
            found = numbers_in(answer)
            return bool(found) and found[-1] == numbers_in(self.expected)[0]
        return f" {' '.join(words(self.expected))} " in f" {' '.join(words(answer))} "


def sums(chance: Random) -> Checked:
    """Two numbers and a sign, written in one of three ways."""
    one, other = chance.randrange(12, 100), chance.randrange(3, 40)
    name, sign, value = chance.choice(
        [("plus", "+", one + other), ("minus", "-", one - other), ("times", "*", one * other)]
    )
    asked = chance.choice(
        [
            f"What is {one} {name} {other}?",
            f"Work out {one} {sign} {other}.",
            f"Calculate {one} {name} {other} and give the number.",
        ]
    )
    return Checked("sums", asked, str(value), number=True)


def stories(chance: Random) -> Checked:
    """A sum that is told in words."""
    first, second = chance.sample(NAMES, 2)
    thing = chance.choice(THINGS)
    has, change = chance.randrange(20, 90), chance.randrange(3, 20)
    told, value = f"{first} has {has} {thing}, and {second} brings {change} more.", has + change
    if chance.random() < 0.5:
        told, value = (
            f"{first} has {has} {thing}, and {second} takes {change} of them.",
            has - change,
        )
    return Checked("stories", f"{told} How many {thing} does {first} have now?", str(value), True)


def dates(chance: Random) -> Checked:
    """A date that stands in the request among others."""
    people = chance.sample(NAMES, 3)
    days = [f"{chance.randrange(1, 29)} {month}" for month in chance.sample(MONTHS, 3)]
    told = " ".join(f"{who}'s birthday is on {day}." for who, day in zip(people, days, strict=True))
    place = chance.randrange(3)
    return Checked("dates", f"{told} When is {people[place]}'s birthday?", days[place])


def facts(chance: Random) -> Checked:
    """Something that was told, asked for."""
    people = chance.sample(NAMES, 2)
    places, colours = chance.sample(PLACES, 2), chance.sample(COLOURS, 2)
    told = " ".join(
        f"{who} lives in {place} and has a {colour} bicycle."
        for who, place, colour in zip(people, places, colours, strict=True)
    )
    who = chance.randrange(2)
    if chance.random() < 0.5:
        return Checked("facts", f"{told} Where does {people[who]} live?", places[who])
    asked = f"{told} Which colour has {people[who]}'s bicycle?"
    return Checked("facts", asked, colours[who])


def copies(chance: Random) -> Checked:
    """Words to be said again."""
    said = " ".join(chance.sample([*THINGS, *COLOURS, *(name.lower() for name in PLACES)], 5))
    asked = chance.choice(["Repeat these words: {}", "Say exactly this: {}", "Copy this: {}"])
    return Checked("copies", asked.format(said), said)


Make = Callable[[Random], Checked]
KINDS: tuple[Make, ...] = (sums, stories, dates, facts, copies)


def checked_tasks(each: int, seed: int, kinds: Sequence[Make] = KINDS) -> list[Checked]:
    """So many different tasks of each kind, the kinds in turn; the same for the same seed."""
    chance = Random(seed)
    made: dict[str, Checked] = {}
    for make in [*kinds] * each:
        task = make(chance)
        while task.text in made:
            task = make(chance)
        made[task.text] = task
    return list(made.values())
