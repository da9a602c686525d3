"""What a model reads out of a message about its author: asked for by a grammar, believed by none.

The grammar only shapes what is said. Whatever the model says is dropped unless it quotes a
statement of the user's word for word and the value stands in that quote.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from agents.attributes import attribute_of
from agents.engine.grammar import json_grammar
from agents.own_words import is_stated, sentences
from agents.profile_rules.statements import LONGEST_MESSAGE
from agents.profile_rules.wishes import instruction, is_lasting_order
from store.claims import Claim, folded

MOST_FACTS = 6
MOST_TOKENS = 400
CONFIDENCE = 0.6
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "facts": {
            "type": "array",
            "maxItems": MOST_FACTS,
            "items": {
                "type": "object",
                "properties": {
                    "kind": {"enum": ["name", "fact", "relationship", "preference", "instruction"]},
                    "attribute": {"type": "string", "maxLength": 40},
                    "value": {"type": "string", "maxLength": 120},
                    "quote": {"type": "string", "maxLength": 240},
                },
            },
        }
    },
}
INSTRUCTION = (
    "Below is one message of a user. List what it states about that user and will still hold in a "
    "month: their name, home, work, family and pets by name, health, likes and dislikes, and "
    "standing instructions for their assistant. The attribute is one or two words, such as home "
    "town, job, dog, sister, likes, allergy, instruction. Copy each quote from the message letter "
    "by letter. Leave out what is asked, supposed, quoted or about others. An empty list is fine."
)


def grammar() -> str:
    """The grammar of what the model may say."""
    return json_grammar(SCHEMA)


def question(text: str) -> str:
    """What the model is asked of a message."""
    return f"{INSTRUCTION}\n\nMessage:\n<message>\n{text}\n</message>"


def claims_from(said: str, text: str) -> list[tuple[Claim, str]]:
    """The claims in what a model said of a message, each with the sentence that states it.

    Nothing is taken that the message's author does not state in their own words.
    """
    try:
        facts = json.loads(said)["facts"]
    except (ValueError, KeyError, TypeError):
        return []
    if len(text) > LONGEST_MESSAGE or not isinstance(facts, list):
        return []
    stated = [one.text for one in sentences(text) if _counts(one.text)]
    found: dict[Claim, str] = {}
    for fact in facts:
        taken = _claim(fact, stated) if isinstance(fact, dict) else None
        if taken is not None:
            found.setdefault(*taken)
    return list(found.items())


def _counts(sentence: str) -> bool:
    return is_stated(sentence) or bool(instruction(sentence)) or is_lasting_order(sentence)


def _claim(fact: Mapping[str, Any], stated: list[str]) -> tuple[Claim, str] | None:
    kind, attribute, value, quote = (
        str(fact.get(name, "")) for name in ("kind", "attribute", "value", "quote")
    )
    if not folded(value) or not folded(attribute) or not any(map(str.isalnum, value)):
        return None
    sentence = next((one for one in stated if folded(quote) and folded(quote) in folded(one)), None)
    if sentence is None or folded(value) not in folded(quote):
        return None
    own_kind, attribute, many = attribute_of(attribute)
    if "instruction" in (kind, own_kind):
        if not (instruction(sentence) or is_lasting_order(sentence)):
            return None
        own_kind, attribute, value, many = "instruction", "instruction", sentence.strip(" .!"), True
    elif own_kind == "fact" and kind == "preference":
        own_kind = "preference"
    return Claim(own_kind, attribute, value, many, CONFIDENCE), sentence
