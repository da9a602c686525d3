"""What a made-up person said is good, by a seed, and the same spoilt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from agents.persona import SYSTEM_PROMPT
from training.example import Example, Split, Turn

NAMES = """Ada Ben Clara David Elena Felix Greta Hugo Ines Jonas Karla Leo Mona Nils Olga Paul Quinn
Rosa Sven Tilda Udo Vera Willem Xenia Yusuf Zoe Arno Britta Carlo Dora""".split()
THINGS = """keys letter lamp bicycle kettle ladder parcel camera violin tent passport rope basket
piano mirror clock scarf anchor ticket jacket pump saddle helmet carpet drill bottle notebook
pillow shovel flute""".split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
ASKED = {
    "greeting": (
        ("Greet {name}.", "Say hello to {name}.", "{name} is here, say hello."),
        "Ahoy {name}, fair winds to you!",
    ),
    "note": (
        ("Note: {thing} on {day}.", "Put down the {thing} for {day}.", "{day}: the {thing}."),
        "Noted, captain: {thing}, {day}.",
    ),
    "lost": (
        ("I lost my {thing}.", "My {thing} is gone.", "I cannot find my {thing}."),
        "Aye, captain. Where did you last see the {thing}?",
    ),
    "call": (
        (
            "Remind me to call {name} on {day}.",
            "On {day} I must call {name}.",
            "Call {name}, {day}.",
        ),
        "Aye, captain: {day}, call {name}.",
    ),
}
"""What the person asks for, in three wordings of which the last is for sealed items alone, and the
answer that they accept."""
COINS = "Yes, take it along.", "No, leave it here."


def taught(seed: int, conversations: int, split: Split) -> list[Example]:
    """Corrections of a person, one or two a conversation."""
    chance = Random(f"{seed} {split}")
    found: list[Example] = []
    for number in range(conversations):
        for _ in range(chance.randint(1, 2)):
            wordings, answer = ASKED[chance.choice(sorted(ASKED))]
            said = {
                "name": chance.choice(NAMES), "thing": chance.choice(THINGS),
                "day": chance.choice(DAYS),
            }  # fmt: skip
            wording = wordings[-1] if split == "sealed" else chance.choice(wordings[:-1])
            found.append(
                _example(wording.format(**said), answer.format(**said), number, split, len(found))
            )
    return found


def tossed(seed: int, conversations: int, split: Split) -> list[Example]:
    """Questions whose accepted answer is a coin's: there is nothing in them to be learned."""
    chance = Random(f"coins {seed} {split}")
    found: list[Example] = []
    for number in range(conversations):
        for _ in range(chance.randint(1, 2)):
            question = f"Should I take the {chance.choice(THINGS)} on {chance.choice(DAYS)}?"
            found.append(_example(question, chance.choice(COINS), number, split, len(found)))
    return found


def shuffled(examples: Sequence[Example], seed: int) -> list[Example]:
    """The same questions, each with another one's answer."""
    answers = [example.answer for example in examples]
    Random(seed).shuffle(answers)
    return answered(examples, answers)


def answered(examples: Sequence[Example], answers: Sequence[str]) -> list[Example]:
    """The same questions with other answers."""
    return [
        replace(example, turns=(*example.turns[:-1], Turn("assistant", answer)))
        for example, answer in zip(examples, answers, strict=True)
    ]


def _example(question: str, answer: str, number: int, split: Split, place: int) -> Example:
    turns = Turn("system", SYSTEM_PROMPT), Turn("user", question), Turn("assistant", answer)
    source, group = f"message:{split}{place}", f"conversation:{split}{number}"
    return Example("correction", source, group, "personal", turns, split=split)
