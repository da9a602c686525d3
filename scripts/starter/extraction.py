"""Messages and the facts in them as JSON, in the words and the shape that the product asks for."""

from __future__ import annotations

import json
import re
from random import Random

from agents.profile_extraction import claims_in
from agents.profile_model import MOST_FACTS, SCHEMA, question
from scripts.starter import recall
from scripts.starter.events import SLOTS, event
from scripts.starter.grammar import expand
from scripts.starter.orders import order
from scripts.starter.values import first_name, from_list

_KINDS = SCHEMA["properties"]["facts"]["items"]["properties"]["kind"]["enum"]
_TASTES = [
    "I [am allergic to|don't eat|do not eat|can't eat|hate|don't like|do not like] {food}.",
    "I [like|love|really like|enjoy] {hobby}.",
    "I [come from|was born in|am from] {city}.",
    "I have [two|three|four|five] [children|sons|daughters|cats|dogs].",
    "I [am vegetarian|am left-handed|have asthma|am married|am retired|do not drink alcohol].",
    "I work [at|for] {word}.",
    "I speak {language} and {language2}.",
    "I [am learning|learn|study] {language}.",
    "[Please answer|Always answer|Answer me] in {language}.",
    "Please use [metric units|British spelling|simple words|short sentences].",
]
_NOTHING = [
    "[Can|Could] you [tell me|say] [where|when|why] [the train leaves|the shop opens|it rains]?",
    "{name} [says|said|thinks] that {name2} is a {job}.",
    "[If I were|Suppose I was|Imagine I were] a {job}, [what would I need|what then]?",
    "[The weather is fine|It is late|The bus was full|The soup is hot|It snowed all night].",
    "{name} has a [dog|cat|horse] called {pet}.",
    "[Does|Did] {name} [live in {city}|play the {instrument}|like {food}]?",
    "[Are you there|How are you|Who are you|What can you do|Is it {day} today]?",
    "[Read|Open|Look at|Compare] the [file|report|letter|two lists][| for me| again], please.",
    "[How do I|Can you tell me how to|Please explain how to] [bake bread|fix a bike|learn to swim|"
    "cook rice|tie a knot|write a letter|grow beans]?",
    "What is the [weather|time|capital of Peru|meaning of this|news]?",
    "[What would you say|What would happen] if I [lived in Rome|had a horse|were a pilot|moved "
    "away]?",
    "[Hello|Hi|Good morning|Thank you|Good night|Okay|That is nice].",
    "[Write|Give me] a [poem|story|short text|list] about [the sea|a fox|winter|the moon].",
    "My friend says [it will rain|the film is good|he is late].",
    "Is it true that [bees sleep|the moon moves away|tea is older than coffee]?",
    "She said: I live in a castle.",
    "[Summarise|Translate|Check] this text, please.",
    "[I am tired today|I am hungry|I just came home|I have to go now].",
]


def extraction(rng: Random, held_out: bool = False) -> tuple[str, str]:
    """A message, and the JSON that lists what it states of its author."""
    count = rng.choice([0, 1, 1, 1, 2, 2, 3])
    facts = recall.distinct_facts(rng, count, held_out)
    parts = [fact.statement for fact in facts if _is_clear(fact.statement, fact.kind)]
    if rng.random() < 0.4 and expected(taste := _said(_TASTES, rng)):
        parts.insert(rng.randint(0, len(parts)), taste)
    if rng.random() < 0.2 and expected(wish := f"{order(rng, held_out).text}."):
        parts.append(wish)
    if not parts or rng.random() < 0.35:
        parts.insert(rng.randint(0, len(parts)), _said(_NOTHING, rng))
    if rng.random() < 0.1:
        parts.append(event(rng, held_out).statement)
    text = " ".join(parts)
    return text, json.dumps({"facts": expected(text)}, ensure_ascii=False)


def _said(patterns: list[str], rng: Random) -> str:
    """One of the patterns with its slots filled."""
    fillings = {name: make(rng) for name, make in SLOTS.items()}
    fillings |= {"name2": first_name(rng), "language2": from_list("LANGUAGES", rng)}
    text = expand(rng.choice(patterns), rng)
    return re.sub(r"\{(\w+)\}", lambda found: fillings[found[1]], text)


def _is_clear(statement: str, kind: str) -> bool:
    """Whether the rules find what is stated, or it is nothing that is true in a month."""
    return kind.startswith("place") or bool(expected(statement))


def expected(text: str) -> list[dict[str, str]]:
    """The facts that the product's own rules find, in the shape of its schema."""
    found = []
    for claim, quote in claims_in(text, []):
        if claim.kind in _KINDS and claim.value.lower() in quote.lower() and not claim.retract:
            found.append(
                {
                    "kind": claim.kind,
                    "attribute": claim.attribute,
                    "value": claim.value,
                    "quote": quote,
                }
            )
    return found[:MOST_FACTS]


def asked(text: str) -> str:
    """What the product asks of a message."""
    return question(text)
