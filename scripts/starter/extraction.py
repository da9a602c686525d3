"""Messages and the facts in them as JSON, in the words and the shape that the product asks for."""

from __future__ import annotations

import json
from random import Random

from agents.profile_extraction import claims_in
from agents.profile_model import MOST_FACTS, SCHEMA, question
from scripts.starter import recall
from scripts.starter.events import event
from scripts.starter.grammar import expand

_KINDS = SCHEMA["properties"]["facts"]["items"]["properties"]["kind"]["enum"]
_NOTHING = [
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
    parts = [fact.statement for fact in recall.distinct_facts(rng, count, held_out)]
    if not parts or rng.random() < 0.35:
        parts.insert(rng.randint(0, len(parts)), expand(rng.choice(_NOTHING), rng))
    if rng.random() < 0.1:
        parts.append(event(rng, held_out).statement)
    text = " ".join(parts)
    return text, json.dumps({"facts": expected(text)}, ensure_ascii=False)


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
