"""What is known of a person as lines of the prompt, within a number of tokens."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from agents.profile_rules.words import PETS
from store.claims import Fact, Kind
from store.profiles import FIRST

ORDERS = "Always keep to this:"
KNOWN = "What you know about this person:"
_ORDERS: tuple[Kind, ...] = ("instruction", "preference")
_MANNERS = frozenset("units|spelling|answer language|currency|format".split("|"))
_LABELS = {
    "called": "Wants to be called",
    "allergy": "Allergic to",
    "cannot eat": "Does not eat",
    "topic": "Busy with",
    "from": "Comes from",
    "answer language": "Answer in",
}
_RANK: dict[str, int] = {
    "name": 0, "instruction": 1, "preference": 2, "relationship": 4, "fact": 5, "topic": 7
}  # fmt: skip
_WORD = re.compile(r"[^\W_]{3,}")
_STEM = 5  # letters by which words are taken for the same


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the prompt, and the place it is told at; the lower the rank the sooner chosen."""

    text: str
    order: bool
    rank: tuple[float, ...]


def profile_sections(
    facts: Sequence[Fact], room: int, count: Callable[[str], int], question: str = ""
) -> list[str]:
    """The sections of the prompt that tell of a person; none where nothing is known or fits.

    They take `room` tokens at most, as `count` counts them. Chosen first are what is pinned, the
    name, instructions and preferences, then what shares words with the question, then the newest;
    the order of what is told does not depend on the question.
    """
    lines = list(_lines(facts, question))
    headings = {True: count(ORDERS) + 2, False: count(KNOWN) + 2}
    chosen: list[_Line] = []
    for line in sorted(lines, key=lambda one: one.rank):
        heading = 0 if any(one.order == line.order for one in chosen) else headings[line.order]
        cost = count(f"{line.text}\n") + heading
        if cost <= room:
            room -= cost
            chosen.append(line)
    told = [line for line in lines if line in chosen]
    sections = {
        ORDERS: [line.text for line in told if line.order],
        KNOWN: [line.text for line in told if not line.order],
    }
    return ["\n".join([heading, *texts]) for heading, texts in sections.items() if texts]


def without_profile(system: str) -> str:
    """A system prompt without the sections that tell of a person, and what stands behind them."""
    for heading in (ORDERS, KNOWN):
        system = system.partition(f"\n\n{heading}\n")[0]
    return system


def person_in_words(handle: str) -> str:
    """Whom SOMA talks to, not made safe to draw: by name, or "you" before a name was chosen."""
    return "you" if handle == FIRST else handle


def fact_in_words(fact: Fact) -> str:
    """A fact in a few words, such as "Dog: Rex", as it was written and not made safe to draw."""
    if fact.kind == "instruction":
        return fact.value
    return f"{_label(fact)}: {fact.value}"


def _lines(facts: Sequence[Fact], question: str) -> Iterator[_Line]:
    """The lines for all facts in the order in which they are told."""
    asked = _stems(question)
    ordered = sorted(facts, key=lambda f: (_RANK[f.kind], _name_first(f), f.id))
    groups: dict[tuple[str, str], list[Fact]] = {}
    for fact in ordered:
        alone = fact.kind == "instruction" or not fact.many
        groups.setdefault((fact.attribute, str(fact.id) if alone else ""), []).append(fact)
    for group in groups.values():
        text = _text(group)
        newest = max(fact.updated for fact in group)
        shared = len(asked & _stems(text))
        order = group[0].kind in _ORDERS and not _is_taste(group[0])
        pinned = any(fact.pinned for fact in group)
        first = group[0].kind == "name" or order
        yield _Line(text, order, (-pinned, -first, -shared, _RANK[group[0].kind], -newest))


def _name_first(fact: Fact) -> str:
    return "" if fact.attribute == "name" else fact.attribute


def _is_taste(fact: Fact) -> bool:
    return fact.kind == "preference" and fact.attribute not in _MANNERS


def _text(group: Sequence[Fact]) -> str:
    fact = group[0]
    values = ", ".join(one.value for one in group)
    if fact.kind == "instruction":
        return f"- {fact.value[:1].upper()}{fact.value[1:]}"
    if fact.attribute in PETS and fact.kind == "relationship":
        article = "an" if fact.attribute[0] in "aeiou" else "a"
        pets = ", ".join(f"{article} {fact.attribute} called {one.value}" for one in group)
        return f"- Pet: {pets}"
    return f"- {_label(fact)}: {values}"


def _label(fact: Fact) -> str:
    return _LABELS.get(fact.attribute, fact.attribute[:1].upper() + fact.attribute[1:])


def _stems(text: str) -> set[str]:
    return {word[:_STEM] for word in _WORD.findall(text.casefold())}
