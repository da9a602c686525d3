"""Questions about what was told, in SOMA's own prompts, and about what was not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from random import Random

from scripts.starter import product, recall, values
from scripts.starter.attributes import ATTRIBUTES
from scripts.starter.events import event, events
from scripts.starter.grammar import expand, typed
from scripts.starter.recall import UNKNOWN, Fact
from scripts.starter.relations import relation

Messages = list[dict[str, str]]
_ACKNOWLEDGED = (
    "Thank you for telling me.|I will keep that in mind.|Good to know. Thank you.|Noted.|"
    "That is good to know.|Okay, I have noted that.|All right.|I see."
).split("|")
_NEWS: tuple[str, ...] = (
    "[I made a mistake|That was wrong|Wait]: my {n} is {v}[|, not {o}].",
    "My {n} was {o}, [now it is|but now it is|but it is] {v}[| now].",
    "[Please change|Change|Update|Please correct] my {n} to {v}.",
    "[Since today|Since last week|These days|As of now], my {n} is {v}.",
    "Forget {o}: my {n} is {v}.",
    "My {n} is {v} now.",
    "[Actually|Correction:|Sorry,|No,|I was wrong:] my {n} is {v}.",
    "My {n} has changed, it is {v} now.",
    "My {n} is no longer {o}, it is {v}.",
    "I changed my {n}. Now it is {v}.",
    "My {n} is not {o} but {v}.",
    "Not {o}, {v} is my {n} now.",
    "From today my {n} is {v}.",
)
_AGAIN = (
    "{s}",
    "[Now|By now|Since today|From now on|Today|These days|In the meantime], {s}",
    "[Correction|News|A change of plan|Update|I was wrong|Something changed]: {s}",
    "[Actually|No|Wait|Sorry|Well, no|Oh, I mixed it up]: {s}",
    "[Forget|Not|It is not|No longer] {o}. {s}",
    "{s} [Not {o}|No longer {o}|It was {o} before|{o} is out of date].",
)
_NEW_HOME: tuple[str, ...] = (
    "I have moved to {v}.",
    "I live in {v} now.",
    "I left {o} and live in {v} now.",
    "[I don't|I no longer] live in {o}[| any more]. My home is {v}.",
    "We [moved|have moved] from {o} to {v}.",
)
_NEW_WORK = (
    "I work as a {v} now.",
    "I am no longer a {o}, I am a {v} now.",
    "I changed jobs and became a {v}.",
)
_NEW_PET = (
    "I renamed my {k}. Now it is called {v}.",
    "My {k} is called {v} now.",
    "We call our {k} {v} now, no longer {o}.",
    "My {k}'s name is not {o}, it is {v}.",
)


def acknowledge(fact: Fact, rng: Random) -> str:
    """What is said to something told."""
    if fact.kind == "name" and rng.random() < 0.7:
        return rng.choice(
            [f"Nice to meet you, {fact.value}.", f"Hello, {fact.value}! Good to meet you."]
        )
    if rng.random() < 0.3:
        return rng.choice(["Good to know.", "I see.", "Noted.", "Okay."]) + " " + fact.answer
    return rng.choice(_ACKNOWLEDGED)


def facts(rng: Random, count: int, held_out: bool = False) -> list[Fact]:
    """`count` different things told: of a person, and of their days."""
    found: dict[str, Fact] = {}
    while len(found) < count:
        draw = rng.random()
        if draw < 0.2:
            fact = event(rng, held_out)
        elif draw < 0.4:
            alike = [one for one in found.values() if one.kind.startswith("relation")]
            near = rng.choice(alike) if alike and rng.random() < 0.7 else None
            fact = relation(rng, held_out, near)
        else:
            fact = recall.personal_fact(rng, held_out)
        found.setdefault(fact.kind, fact)
    return list(found.values())


_PLAIN = re.compile(r"(?:I|I'm|My|Our|We|The|It)\b[^.?!:;]*\.")
_LINKS = (" and ", " and ", " and ", ", and ", ", and ", " but ", "; ", ", while ")


def joined(statements: Sequence[str], rng: Random) -> list[str]:
    """The statements in their order, some of two neighbours made one sentence."""
    said: list[str] = []
    fresh = False
    for one in statements:
        fits = fresh and all(_PLAIN.fullmatch(part) for part in (said[-1], one))
        if fits and rng.random() < 0.35:
            small = one if re.match(r"I\b", one) else one[:1].lower() + one[1:]
            said[-1] = said[-1].rstrip(".") + rng.choice(_LINKS) + small
            fresh = False
        else:
            said.append(one)
            fresh = True
    return said


def untold(rng: Random, known: list[Fact], held_out: bool = False) -> Fact:
    """Something to ask for of which nothing known speaks, often near to what is known."""
    kinds = {fact.kind for fact in known}
    said = " ".join(f"{fact.statement} {fact.question}" for fact in known).lower()
    pets = [kind for kind in values.PET_KINDS if kind not in said]
    if "pet" in kinds and rng.random() < 0.4:
        for _ in range(40):
            fact = recall.personal_fact(rng, held_out)
            if fact.kind == "pet" and any(kind in fact.question for kind in pets):
                return fact
    things = [fact for fact in known if fact.kind.startswith("relation")]
    if things and rng.random() < 0.6:
        for _ in range(10):
            fact = relation(rng, held_out, rng.choice(things))
            if fact.kind not in kinds:
                return fact
    near = [fact for fact in known if not fact.kind.startswith(("event", "pet", "relation"))]
    if near and rng.random() < 0.5:
        for _ in range(10):
            fact = recall.near_fact(rng.choice(near), rng, held_out)
            noun = fact.line.partition(":")[0].lower()
            if fact.kind not in kinds and fact.kind != "pet" and noun not in said:
                return fact
    while True:
        draw = rng.random()
        if draw < 0.2:
            fact = event(rng, held_out)
        elif draw < 0.3:
            fact = relation(rng, held_out)
        else:
            fact = recall.personal_fact(rng, held_out)
        if fact.kind not in kinds and not (fact.kind == "pet" and "pet" in kinds):
            return fact


def updated(rng: Random, held_out: bool = False) -> tuple[Fact, Fact]:
    """Something told and later told anew: the first fact, and the one that holds.

    The second's statement is the news.
    """
    if rng.random() < 0.3:
        return _told_again(rng, held_out)
    draw = rng.random()
    while True:
        old = recall.personal_fact(rng, held_out)
        if draw < 0.25 and old.kind != "pet":
            continue
        if draw >= 0.75 and old.kind not in ("home town", "job"):
            continue
        if old.kind.startswith(("person", "place")) or old.kind == "name":
            continue
        break
    if old.kind == "pet":
        kind = next((kind for kind in values.PET_KINDS if f" {kind}" in f" {old.answer}"), "pet")
        patterns: tuple[str, ...] = _NEW_PET
        new_value, noun = values.pet_name(rng), kind
        while new_value == old.value:
            new_value = values.pet_name(rng)
    else:
        noun = old.line.partition(":")[0]
        noun = noun[:1].lower() + noun[1:]
        attribute = next(one for one in ATTRIBUTES if noun in one.names.split("|"))
        new_value, patterns = attribute.value(rng), _NEWS
        while new_value == old.value:
            new_value = attribute.value(rng)
        if old.kind == "home town" and rng.random() < 0.6:
            patterns = _NEW_HOME
        elif old.kind == "job" and rng.random() < 0.6:
            patterns = _NEW_WORK
        elif attribute.statements and rng.random() < 0.5:
            patterns = tuple(rng.choice(_AGAIN).replace("{s}", s) for s in attribute.statements)
    news = expand(rng.choice(patterns), rng)
    for slot, filling in (("n", noun), ("k", noun), ("o", old.value), ("v", new_value)):
        news = news.replace("{" + slot + "}", filling)
    news = news[:1].upper() + news[1:]
    answer = old.answer.replace(old.value, new_value)
    line = old.line.replace(old.value, new_value)
    return old, Fact(old.kind, news, old.question, answer, new_value, line)


def _told_again(rng: Random, held_out: bool) -> tuple[Fact, Fact]:
    """A remark or a property, and the same with another value."""
    first, second = events(rng, held_out)
    while second.value == first.value:
        first, second = events(rng, held_out)
    if rng.random() < 0.4:
        first = relation(rng, held_out)
        while True:
            second = relation(rng, held_out, first)
            if second.kind == first.kind and second.value != first.value:
                break
        second = replace(second, question=first.question)
    news = expand(rng.choice(_AGAIN), rng).replace("{s}", second.statement)
    if "{o}" in news:
        news = news.replace("{o}", first.value)
    return first, replace(second, statement=_tidy(news))


def _tidy(news: str) -> str:
    """A sentence after a comma begins small, unless with a name or "I"."""
    news = re.sub(r", (My|Our|We|The|It|On|In|For|At|A) ", lambda m: m[0].lower(), news)
    return news[:1].upper() + news[1:]


def _asked(
    rng: Random, known: list[Fact], held_out: bool, unknown_share: float = 0.34
) -> tuple[str, str]:
    draw = rng.random()
    if draw < unknown_share:
        return typed(untold(rng, known, held_out).question, rng), UNKNOWN
    fact = rng.choice(known)
    if len(known) > 1 and draw > 0.95:
        other = rng.choice([one for one in known if one is not fact])
        second = other.question[:1].lower() + other.question[1:]
        return f"{fact.question.rstrip('?.')} and {second}", f"{fact.answer} {other.answer}"
    return typed(fact.question, rng), fact.answer


def told(rng: Random, corpus: object, held_out: bool = False) -> Messages:
    """Things told, in profile, recalled lines, turns or the same message, and questions."""
    del corpus
    known = facts(rng, rng.choice([1, 2, 2, 3, 3, 4, 5, 6, 8]), held_out)
    form = rng.choices(["profile", "recalled", "turns", "message"], [0.36, 0.24, 0.26, 0.14])[0]
    old = None
    if rng.random() < 0.22:
        old, new = updated(rng, held_out)
        known = [new, *(fact for fact in known if fact.kind != new.kind)]
    messages: Messages = []
    statements = [fact.statement for fact in known]
    rng.shuffle(statements)
    asked = [_asked(rng, known, held_out) for _ in range(rng.choice([1, 2, 3, 4, 5, 6, 8]))]
    if old is not None and rng.random() < 0.7:
        asked[0] = (typed(known[0].question, rng), known[0].answer)
    if form == "profile":
        known_now = [] if old is None else [known[0].line]
        rest = [one for one in statements if not (known_now and one == known[0].statement)]
        lines = [_as_statement(line) for line in known_now]
        messages.append({"role": "system", "content": product.system(rng, [*lines, *rest])})
        if old is not None and rng.random() < 0.5:
            question, answer = asked[0]
            asked[0] = (product.with_recalled(rng, [old.statement], question), answer)
    elif rng.random() < 0.9:
        messages.append({"role": "system", "content": product.system(rng)})
    if form == "recalled":
        lines = statements[:5]
        if old is not None:
            lines = [line for line in lines if line != known[0].statement]
            at = rng.randint(0, len(lines))
            lines = [*lines[:at], old.statement, *lines[at:], known[0].statement]
        elif len(lines) < len(statements):
            known = [fact for fact in known if fact.statement in lines]
            asked = [_asked(rng, known, held_out) for _ in asked]
        question, answer = asked[0]
        asked[0] = (product.with_recalled(rng, joined(lines, rng), question), answer)
    elif form == "turns":
        told_now = ([old] if old else []) + [f for f in known if old is None or f is not known[0]]
        if old is not None:
            told_now.insert(rng.randint(1, len(told_now)), known[0])
        at = 0
        while at < len(told_now):
            group = told_now[at : at + rng.choice([1, 1, 2, 2])]
            said = " ".join(joined([fact.statement for fact in group], rng))
            named = next((fact for fact in group if fact.kind == "name"), group[-1])
            messages.append({"role": "user", "content": said})
            messages.append({"role": "assistant", "content": acknowledge(named, rng)})
            at += len(group)
    elif form == "message":
        lines = ([old.statement] if old else []) + [
            *(one for one in statements if old is None or one != known[0].statement)
        ]
        if old is not None:
            lines.insert(rng.randint(1, len(lines)), known[0].statement)
        question, answer = asked[0]
        asked[0] = (
            " ".join(joined(lines, rng)) + rng.choice([" ", "\n", "\n\n"]) + question,
            answer,
        )
    for question, answer in asked:
        messages.append({"role": "user", "content": question})
        messages.append({"role": "assistant", "content": answer})
    return messages


def asked_of(
    rng: Random, known: list[Fact], question: str, before: Sequence[Fact] = ()
) -> Messages:
    """A conversation that ends in `question`: in profile, recalled lines, turns or one message.

    What was told `before` what is known comes first, or is recalled beside the profile.
    """
    told_in_order = [fact.statement for fact in (*before, *known)]
    usual = product.system(rng, plain=True)
    match rng.choice(["profile", "recalled", "turns", "message"]):
        case "profile":
            lines = [_as_statement(f.line) if before else f.statement for f in known]
            system = product.system(rng, lines, plain=True)
            if before:
                question = product.with_recalled(rng, [f.statement for f in before], question)
            return _asked_last([], system, question)
        case "recalled":
            return _asked_last([], usual, product.with_recalled(rng, told_in_order, question))
        case "turns":
            turns: Messages = []
            for fact in (*before, *known):
                turns.append({"role": "user", "content": fact.statement})
                turns.append({"role": "assistant", "content": acknowledge(fact, rng)})
            return _asked_last(turns, usual, question)
        case _:
            return _asked_last([], usual, " ".join([*told_in_order, question]))


def _asked_last(turns: Messages, system: str, question: str) -> Messages:
    first = {"role": "system", "content": system}
    return [first, *turns, {"role": "user", "content": question}]


def _as_statement(line: str) -> str:
    """A line such as "Home town: Bergen" as the sentence that tells it."""
    if line.startswith("Pet: a "):
        kind, _, name = line.removeprefix("Pet: a ").partition(" called ")
        return f"My {kind} is called {name}."
    noun, found, value = line.partition(": ")
    if not found:
        return line
    return f"My {noun[:1].lower() + noun[1:]} is {value}."
