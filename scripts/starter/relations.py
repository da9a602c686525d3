"""What is said of a thing: whose it is, what it is and one of its properties.

Two statements may share the thing or the property, so that only both together find the answer.
"""

from __future__ import annotations

import re
from random import Random

from scripts.starter import values
from scripts.starter.events import SLOTS
from scripts.starter.grammar import expand, is_held_out
from scripts.starter.recall import Fact

_OWNERS = (
    "my|my|my|my|our|our|the neighbour's|my {relative}'s|my {relative}'s|{name}'s|{name}'s|the"
).split("|")
_THINGS = (
    "boat van lorry piano harp clock oven tent hut garden orchard vineyard kiosk salon workshop "
    "studio office stall mill greenhouse fountain balcony cupboard sofa armchair mirror carpet "
    "teapot kettle basket blanket jacket helmet racket sledge scooter trailer compass telescope "
    "microscope radio speaker keyboard printer fridge freezer heater stove pram bench statue "
    "painting diary album chessboard puppet kite railway aquarium hutch coop"
).split()
_PARTS = ("office", "studio", "room", "group", "league", "yard", "crew", "lot", "book", "set")
_PROPERTIES: tuple[tuple[str, str, str, str], ...] = (
    (
        "{t} [is called|is named|goes by the name of|bears the name] {v}",
        "[what is {t} called|what name does {t} have|what is the name of {t}|how is {t} called]",
        "{y} is called {v}",
        "word",
    ),
    (
        "{t} [cost|was bought for|sold for] {v} euros",
        "[how much was {t}|what did {t} cost|what was the price of {t}|how many euros was {t}]",
        "{y} cost {v} euros",
        "number",
    ),
    (
        "{t} is [painted |coloured |all |mostly |]{v}",
        "[what colour is {t}|which colour has {t}|what is the colour of {t}]",
        "{y} is {v}",
        "colour",
    ),
    (
        "{t} [comes|came|is|was shipped] from {v}",
        "[where does {t} come from|where is {t} from|from which town is {t}]",
        "{y} comes from {v}",
        "city",
    ),
    (
        "{t} [was made by|was built by|is the work of] {v}",
        "[who made {t}|who built {t}|by whom was {t} made|whose work is {t}]",
        "{v} made {y}",
        "name",
    ),
    (
        "[{v} looks after {t}|{v} takes care of {t}|{t} is looked after by {v}]",
        "[who looks after {t}|who takes care of {t}|in whose care is {t}]",
        "{v} looks after {y}",
        "name",
    ),
    (
        "[{v} repaired {t}|{t} was mended by {v}|{v} fixed {t} for us]",
        "[who repaired {t}|who mended {t}|who fixed {t}|by whom was {t} repaired]",
        "{v} repaired {y}",
        "name",
    ),
    (
        "{t} [dates from|is from|was bought in|arrived in] {v}",
        "[when was {t} bought|since when is {t} there|in which month did {t} come|from when "
        "is {t}]",
        "{y} is from {v}",
        "month",
    ),
    (
        "{t} [is ready|will be there|is checked|gets cleaned] on {v}",
        "[on which day is {t} ready|when is {t} done|what day is it for {t}|when is it the turn of "
        "{t}]",
        "it is {v} for {y}",
        "day",
    ),
    (
        "{t} [has the number|has number|carries the number] {v}",
        "[what number has {t}|which number does {t} have|what is the number of {t}]",
        "{y} has the number {v}",
        "number",
    ),
    (
        "{t} [weighs|has a weight of] {v} kilos",
        "[how heavy is {t}|what does {t} weigh|how many kilos is {t}|what is the weight of {t}]",
        "{y} weighs {v} kilos",
        "number",
    ),
    (
        "{t} is {v} years old",
        "[how old is {t}|what is the age of {t}|how many years old is {t}]",
        "{y} is {v} years old",
        "number",
    ),
    (
        "{t} [stands|is kept|can be found|was put] {v}",
        "[where is {t}|where does {t} stand|where can I find {t}|where is {t} kept]",
        "{y} is {v}",
        "place",
    ),
    (
        "{t} [belongs to|is the property of|was given to] {v}",
        "[to whom does {t} belong|who owns {t}|whose is {t}|who has {t} now]",
        "{y} belongs to {v}",
        "name",
    ),
    (
        "{t} smells of {v}",
        "[what does {t} smell of|which smell has {t}|how does {t} smell]",
        "{y} smells of {v}",
        "food",
    ),
    (
        "{t} [shows|has a picture of|is decorated with] a {v}",
        "[what does {t} show|what is on {t}|what picture is on {t}]",
        "{y} shows a {v}",
        "animal",
    ),
    (
        "{t} [opens|starts|is switched on] at {v}",
        "[when does {t} open|at what time does {t} start|what time is it for {t}]",
        "{y} starts at {v}",
        "time",
    ),
    (
        "{t} is [for|used for|good for|about] {v}",
        "[what is {t} for|what is {t} used for|what is {t} good for]",
        "{y} is for {v}",
        "hobby",
    ),
)
_LEAD = "[You know|By the way|Well|Note that|Remember that|As I said|So]"
_ASKS = ("[Do you remember|Tell me|Can you tell me|I forgot|Say]:", "[And|So|Now|Then],")


def relation(rng: Random, held_out: bool = False, near: Fact | None = None) -> Fact:
    """A property of a thing; of the same thing as `near`, or the same of another, where given."""
    for _ in range(200):
        thing, number = _drawn(rng, near)
        said, asked, answered, slot = _PROPERTIES[number]
        frame = expand(asked, rng)
        if is_held_out(f"relation {frame} {thing}") == held_out:
            break
    value = SLOTS[slot](rng)
    lead = expand(rng.choice(_ASKS), rng) if rng.random() < 0.2 else ""
    question = _small(frame) if lead else frame
    statement = expand(said, rng)
    if rng.random() < 0.12:
        statement = f"{expand(_LEAD, rng)}, {_small(statement)}".replace("that,", "that")

    def fill(text: str, end: str) -> str:
        yours = re.sub(r"\b(my|our)\b", "your", thing)
        for name, filling in (("t", thing), ("y", yours), ("v", value)):
            text = text.replace(f"{{{name}}}", filling).replace(f"{{{name.upper()}}}", filling)
        text = re.sub(r"\b([Aa]) (?=[aeiou])", r"\1n ", text)
        return text[:1].upper() + text[1:] + end

    filled = fill(statement, ".")
    kind = f"relation|{thing}|{number}"
    return Fact(
        kind, filled, fill(f"{lead} {question}".strip(), "?"), fill(answered, "."), value, filled
    )


def _drawn(rng: Random, near: Fact | None) -> tuple[str, int]:
    """A thing and the number of a property, one of them that of `near`."""
    thing, number = _thing(rng), rng.randrange(len(_PROPERTIES))
    if near is not None:
        _, old_thing, old_number = near.kind.split("|")
        if rng.random() < 0.5:
            thing = old_thing
        else:
            number = int(old_number)
            if rng.random() < 0.5:
                thing = _other_owner(rng, old_thing)
    return thing, number


def _thing(rng: Random) -> str:
    draw = rng.random()
    if draw < 0.5:
        noun = rng.choice(_THINGS)
    elif draw < 0.65:
        noun = f"{rng.choice(values.COLOURS)} {rng.choice(_THINGS)}"
    elif draw < 0.75:
        noun = f"{rng.choice(_THINGS)} {rng.choice(_PARTS)}"
    else:
        noun = values.invented(rng).lower()
    return f"{_owner(rng)} {noun}"


def _owner(rng: Random) -> str:
    fillings = {"relative": SLOTS["relative"](rng), "name": values.first_name(rng)}
    return rng.choice(_OWNERS).format(**fillings)


def _other_owner(rng: Random, thing: str) -> str:
    """The same thing of somebody else."""
    owner = re.match(r"(?:my \w+'s|the \w+'s|\w+'s|my|our|the) ", thing)
    if owner is None:
        return thing
    other = _owner(rng)
    while {owner[0].strip(), other} <= {"my", "our"}:
        other = _owner(rng)
    return f"{other} {thing[owner.end() :]}"


def _small(text: str) -> str:
    return text if text.startswith(("I ", "{")) else text[:1].lower() + text[1:]
