"""What one trait or one fact does in the prompt, in the words that the model reads."""

from __future__ import annotations

from agents.persona import SENTENCES, VERBOSITY, band
from agents.profile_lines import profile_sections
from store.claims import Fact


def trait_in_prompt(trait: str, value: float) -> str:
    """The sentence that the model is told of a trait at a value; empty where none is."""
    where = band(value)
    if trait == "verbosity":
        return VERBOSITY[where]
    low, high = SENTENCES[trait]
    return {-1: low, 0: "", 1: high}[where]


def fact_in_prompt(fact: Fact) -> tuple[str, str]:
    """The heading under which a fact is told where there is room, and its line alone."""
    heading, _, line = profile_sections([fact], len(fact.value) + 1000, len)[0].partition("\n")
    return heading, line
