"""What the base says to general prompts, trained on along with the rest, so that it is not lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from training.example import PERSONAL, Example, Turn
from training.examples import ExampleSet
from training.filters import Filter, Measure, Rejected, fitted
from training.replay_prompts import PROMPTS

SHARE = 0.5
"""The share of the examples trained on that replay is, where nothing else is said."""
MOST_ROUNDS = 8
"""How often each prompt is asked at most; a base that says little gives a smaller share."""
Sample = Callable[[str, str, int], str]
"""Gives what the pristine base answers to a system prompt and a message, drawn by a seed."""


def wanted_replay(train: int, share: float) -> int:
    """Give how many examples of replay make up `share` beside so many others."""
    return round(share / (1 - share) * train)


def with_replay(
    examples: ExampleSet,
    sample: Sample,
    measure: Measure,
    longest: int,
    share: float = SHARE,
    specialist: str = PERSONAL,
) -> ExampleSet:
    """Give a set with replay that makes up `share` of what is trained on, from 0 to below 1.

    Prompts are asked in order and then again with the next seed. An answer that is empty, loops,
    holds a secret, is too long or was given before is rejected. `manifest.counts` states the share
    that it came to. Raises ValueError for another share.
    """
    if not 0 <= share < 1:
        raise ValueError(f"a share of replay is from 0 to below 1, not {share}")
    wanted = wanted_replay(len(examples.of("train")), share)
    words = Filter(lambda text: False)
    added: dict[tuple[Turn, ...], Example] = {}
    rejected: list[Rejected] = []
    for number in range(MOST_ROUNDS * len(PROMPTS)):
        if len(added) >= wanted:
            break
        seed, place = divmod(number, len(PROMPTS))
        system, asked = PROMPTS[place]
        said = sample(system, asked, seed).strip()
        turns = Turn("system", system), Turn("user", asked), Turn("assistant", said)
        source = f"replay:{place}.{seed}"
        example = Example("replay", source, f"replay:{place}", specialist, turns)
        reason = words.fault(example)
        if reason is None and fitted(example, measure, longest) is None:
            reason = "too long"
        if reason is None and turns in added:
            reason = "duplicate"
        if reason is None:
            added[turns] = example
        else:
            rejected.append(Rejected(source, "replay", specialist, reason))
    return replace(
        examples,
        examples=(*examples.examples, *added.values()),
        rejected=(*examples.rejected, *rejected),
    )
