"""Questions about what stands in the prompt: what the user told, memory lines, short texts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from random import Random

from scripts.starter import values
from scripts.starter.attributes import (
    ATTRIBUTES,
    GENERIC_ANSWERS,
    GENERIC_QUESTIONS,
    GENERIC_STATEMENTS,
    PEOPLE,
    Attribute,
)
from scripts.starter.grammar import expand, is_held_out

UNKNOWN = "I don't know that yet."
_WEIGHTS = [4, *[1] * 16, 1.5, 3, 1, 6, 2, 0.7, 0.7]


def _fill(pattern: str, rng: Random, **slots: str) -> str:
    """One wording of `pattern` with its slots filled; the first letter is a capital."""
    text = expand(pattern, rng)
    for name, value in slots.items():
        text = text.replace("{" + name + "}", value)
    return text[:1].upper() + text[1:]


@dataclass(frozen=True, slots=True)
class Fact:
    """Something told, the ways to ask for it, and the answer."""

    kind: str
    statement: str
    question: str
    answer: str
    value: str
    line: str


def _questions(patterns: tuple[str, ...], rng: Random, held_out: bool, **slots: str) -> str:
    """A question; whether its frame, with the slots unfilled, is held out is as asked."""
    text = ""
    for _ in range(40):
        frame = expand(rng.choice(patterns), rng)
        text = frame
        if is_held_out(frame + " ".join(slots.values())) == held_out:
            break
    return _fill(text, rng, **slots)


def personal_fact(rng: Random, held_out: bool = False) -> Fact:
    """Something about the user: one of `ATTRIBUTES`, a person they know, a pet or a lost thing."""
    kind = rng.random()
    if kind < 0.16:
        return _person(rng, held_out)
    if kind < 0.28:
        return _pet(rng, held_out)
    if kind < 0.36:
        return _place(rng, held_out)
    return _attribute(rng.choices(ATTRIBUTES, _WEIGHTS)[0], rng, held_out)


def near_fact(fact: Fact, rng: Random, held_out: bool = False) -> Fact:
    """Another fact of the kind of value that `fact` has, such as of another person or number."""
    noun = fact.line.partition(":")[0].lower()
    makers: dict[str, Callable[[Random, bool], Fact]] = {
        "person": _person, "place": _place, "pet": _pet
    }  # fmt: skip
    maker = makers.get(fact.kind.partition(" ")[0])
    if maker is None:
        alike = [one for one in ATTRIBUTES if noun in one.names.lower().split("|")]
        family = alike[0] if alike and not alike[0].answers else rng.choice(ATTRIBUTES[-7:])
        maker = partial(_attribute, family)
    return maker(rng, held_out)


def _attribute(attribute: Attribute, rng: Random, held_out: bool) -> Fact:
    noun = rng.choice(attribute.names.split("|"))
    value = attribute.value(rng)
    statements = attribute.statements or GENERIC_STATEMENTS
    if rng.random() < 0.4:
        statements = GENERIC_STATEMENTS
    own = attribute.questions and rng.random() < 0.5
    question = _questions(attribute.questions if own else GENERIC_QUESTIONS, rng, held_out, n=noun)
    answers = attribute.answers or GENERIC_ANSWERS
    first = attribute.names.split("|")[0] if attribute.answers else noun
    return Fact(
        f"{first} {noun}" if not attribute.answers else first,
        _fill(rng.choice(statements), rng, n=noun, v=value),
        question,
        _fill(rng.choice(answers) if rng.random() < 0.3 else answers[0], rng, n=noun, v=value),
        value,
        f"{noun[:1].upper() + noun[1:]}: {value}",
    )


def _person(rng: Random, held_out: bool) -> Fact:
    who = rng.choice(PEOPLE)
    name = values.first_name(rng)
    statement = _fill(
        rng.choice(
            [
                "My {w} is called {v}.",
                "My {w}'s name is {v}.",
                "{v} is my {w}.",
                "I have a {w} called {v}.",
                "I have a {w} named {v}.",
                "My {w} {v} [is visiting|came by today|lives near here|phoned me|likes to sing].",
                "[Say hello to|This is|Meet] {v}, my {w}.",
                "[My {w}? That is|The name of my {w} is] {v}.",
                "{v}, my {w}, [is here|sends greetings|was in town|helps me a lot].",
                "The {w} I [have|told you about|visited today] is called {v}.",
                "[I am meeting|I saw|I had lunch with|I wrote to] my {w} {v}[| today| on Sunday].",
                "[I have|There is] a {w}, [and the name is|called|by the name of] {v}.",
                "[Everybody calls|We call|I call] my {w} {v}.",
                "My {w} goes by {v}.",
            ]
        ),
        rng,
        w=who,
        v=name,
    )
    question = _questions(
        (
            "What is my {w}'s name?",
            "What's my {w}'s name[| again]?",
            "What is my {w} called?",
            "What is the name of my {w}?",
            "Who is my {w}?",
            "How is my {w} called?",
            "[Do you remember|Do you know|Tell me|Can you tell me|Remind me] "
            "[the name of my {w}|my {w}'s "
            "name|what my {w} is called][|?]",
            "Say the name of my {w}",
            "My {w}'s name?",
            "I forgot my {w}'s name",
            "What did I say my {w} is called?",
            "[And|So|Now|Then] my {w}[|, who is it|, what is the name]?",
            "[Which|What] name does my {w} have?",
            "[Can|Could] you [say|repeat|tell me] [what my {w} is called|my {w}'s name]?",
            "I am writing to my {w}. What was the name[| again]?",
            "[I have a|There is a] {w} in my family or so I said. Who?",
        ),
        rng,
        held_out,
        w=who,
    )
    return Fact(
        f"person {who}",
        statement,
        question,
        rng.choice([f"Your {who} is called {name}.", f"Your {who}'s name is {name}."]),
        name,
        f"{who[:1].upper() + who[1:]}: {name}",
    )


def _pet(rng: Random, held_out: bool) -> Fact:
    kind = rng.choice(values.PET_KINDS)
    name = values.pet_name(rng)
    statement = _fill(
        rng.choice(
            [
                "My {k} is called {v}.",
                "My {k}'s name is {v}.",
                "I have a {k} called {v}.",
                "I have a {k} named {v}.",
                "We have a {k}, {v}.",
                "{v} is my {k}.",
                "We named our {k} {v}.",
                "I got a {k} and called it {v}.",
                "My {k} {v} [is asleep|is ill|eats too much|ran around all day].",
                "[Our|My] {k} listens to the name {v}.",
                "{v}, [my|our] {k}, [is asleep|is three years old|sits beside me].",
                "[The name of my {k} is|My {k}? It is called] {v}.",
                "[Our|My] {k} [goes by|answers to|is known as] {v}.",
                "[There is|We keep|We also have] a {k} [at home|here], [it is called|its name is|"
                "it is named] {v}.",
                "The {k} [that lives with us|that I have|we got last year] is called {v}.",
                "[Everyone|Everybody|The whole family] calls [our|my] {k} {v}.",
                "I live with a {k} [called|named|by the name of] {v}.",
                "{v} is [the name of my {k}|the {k} that lives with me|a {k} and belongs to me].",
                "[I named|I called|We called] [my|our|the] {k} {v}.",
            ]
        ),
        rng,
        k=kind,
        v=name,
    )
    question = _questions(
        (
            "What is my {k}'s name?",
            "What's my {k}'s name[| again]?",
            "What is my {k} called?",
            "What is the name of my {k}?",
            "How is my {k} called?",
            "What is my pet called?",
            "What's the name of my pet?",
            "What is my pet's name?",
            "What did I call my {k}?",
            "What is our {k}'s name?",
            "What did we name our {k}?",
            "[Do you remember|Do you know|Tell me|Can you tell me|Remind me] "
            "[the name of my {k}|my {k}'s "
            "name|what my {k} is called][|?]",
            "I forgot the name of my {k}",
            "My {k} is called what?",
            "[And|So|Now|Then] my {k}[|, what is it called]?",
            "[Which|What] name does my {k} have?",
            "[Can|Could] you [say|repeat] [what my {k} is called|my {k}'s name]?",
            "How do I call my {k}?",
        ),
        rng,
        held_out,
        k=kind,
    )
    return Fact(
        "pet",
        statement,
        question,
        rng.choice([f"Your {kind} is called {name}.", f"Your {kind}'s name is {name}."]),
        name,
        f"Pet: a {kind} called {name}",
    )


def _place(rng: Random, held_out: bool) -> Fact:
    thing = rng.choice(values.OBJECTS)
    place = rng.choice(values.PLACES)
    plural = thing in ("keys", "glasses", "tickets")
    verb = "are" if plural else "is"
    statement = _fill(
        rng.choice(
            [
                "I put my {o} {v}.",
                "My {o} {b} {v}.",
                "I left my {o} {v}.",
                "I keep my {o} {v}.",
                "I hid my {o} {v}.",
                "[You find|One finds] my {o} {v}.",
                "{v}: that is where my {o} {b}.",
                "I [always|usually] keep my {o} {v}.",
                "[Today|Yesterday|This morning] I [put|left] my {o} {v}.",
            ]
        ),
        rng,
        o=thing,
        v=place,
        b=verb,
    )
    question = _questions(
        (
            "Where {b} my {o}?",
            "Where did I [put|leave|keep|hide] my {o}?",
            "Where can I find my {o}?",
            "[Do you know|Do you remember|Can you tell me|Tell me] where my {o} {b}?",
            "I can't find my {o}",
            "I am looking for my {o}. Where {b} [it|that]?",
        ),
        rng,
        held_out,
        o=thing,
        b=verb,
    )
    your = place.replace(" my ", " your ")
    return Fact(
        f"place {thing}",
        statement,
        question,
        f"Your {thing} {verb} {your}.",
        your,
        f"{thing[:1].upper() + thing[1:]}: {place}",
    )


def distinct_facts(rng: Random, count: int, held_out: bool = False) -> list[Fact]:
    """`count` facts of different kinds."""
    facts: dict[str, Fact] = {}
    while len(facts) < count:
        fact = personal_fact(rng, held_out)
        facts.setdefault(fact.kind, fact)
    return list(facts.values())


ROLES = (
    "{a} lives in {v}.|Where does {a} live?|{a} lives in {v}.|city",
    "{a} works as a {v}.|What does {a} do for a living?|{a} works as a {v}.|JOBS",
    "{a} likes {v}.|What does {a} like?|{a} likes {v}.|FOODS",
    "{a} plays the {v}.|Which instrument does {a} play?|{a} plays the {v}.|INSTRUMENTS",
    "{a} has a {v}.|What does {a} have?|{a} has a {v}.|VEHICLES",
    "{a}'s sister is called {v}.|What is the name of {a}'s sister?|{a}'s sister is called {v}.|"
    "name",
    "{a}'s cat is called {v}.|What is {a}'s cat called?|{a}'s cat is called {v}.|pet",
    "{a} speaks {v}.|Which language does {a} speak?|{a} speaks {v}.|LANGUAGES",
    "{a} comes on {v}.|When does {a} come?|{a} comes on {v}.|DAYS",
    "{a}'s code is {v}.|What is {a}'s code?|{a}'s code is {v}.|number",
    "{a}'s favourite colour is {v}.|What is {a}'s favourite colour?|{a}'s favourite colour is {v}."
    "|COLOURS",
)
_MAKERS: dict[str, Callable[[Random], str]] = {
    "city": values.city,
    "name": values.first_name,
    "pet": values.pet_name,
    "number": values.number,
}


def other_people(rng: Random) -> tuple[list[str], str, str]:
    """Sentences about two to four people, a question about one of them, and its answer."""
    people = rng.sample([values.first_name(rng) for _ in range(12)], rng.randint(2, 4))
    told: list[tuple[str, str, str]] = []
    same = rng.choice(ROLES) if rng.random() < 0.6 else None
    for person in people:
        statement, question, answer, maker = (same or rng.choice(ROLES)).split("|")
        value = _MAKERS[maker](rng) if maker in _MAKERS else values.from_list(maker, rng)
        told.append(
            (
                statement.format(a=person, v=value),
                question.format(a=person),
                answer.format(a=person, v=value),
            )
        )
    _, question, answer = rng.choice(told)
    if rng.random() < 0.12:
        stranger = values.invented(rng)
        statement, question, answer, _ = rng.choice(ROLES).split("|")
        question, answer = question.format(a=stranger), UNKNOWN
    return [statement for statement, _, _ in told], question, answer
