"""Examples once more without what memory put before them, so that a model does not learn to answer
as a person likes it only where their profile or something recalled stands in the prompt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from training.example import Example
from training.examples import ExampleSet


def with_bare(examples: ExampleSet) -> ExampleSet:
    """Give a set in which each example that is trained on or steers is followed by its bare form,
    where that differs. What is sealed stays as it was served."""
    return replace(examples, examples=tuple(_both(examples.examples)))


def _both(examples: tuple[Example, ...]) -> Iterator[Example]:
    for example in examples:
        yield example
        if example.bare and example.bare != example.turns and example.split != "sealed":
            yield replace(example, turns=example.bare)
