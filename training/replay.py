"""What the base says to general prompts, trained on along with the rest, so that it is not lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from agents.persona import SYSTEM_PROMPT
from training.example import PERSONAL, Example, Turn
from training.examples import ExampleSet
from training.filters import Filter, Measure, Rejected, fitted

SHARE = 0.4
"""The share of the examples trained on that replay is, where nothing else is said."""
MOST_ROUNDS = 8
"""How often each prompt is asked at most; a base that says little gives a smaller share."""
PROMPTS = (
    "Hello!",
    "Where did I leave my umbrella?",
    "Answer only yes or no: is snow warm?",
    "What can you do?",
    "Which bus did I take this morning?",
    "In one word: what do bees make?",
    "What is a good way to start the day?",
    "How much did my coat cost?",
    "Repeat after me: the boat is ready",
    "Explain what a computer program is.",
    "Who phoned me last night?",
    "Name two animals, separated by a comma.",
    "Write two sentences about the sea.",
    "What is in my fridge?",
    "Say exactly this word: window",
    "Name three kinds of fruit.",
    "When is my next appointment?",
    "Who are you? Answer in one sentence.",
    "What is the capital of France?",
    "Which of my teeth hurts?",
    "How do I boil an egg?",
    "Who won the football match in my street yesterday?",
    "What is the difference between weather and climate?",
    "What is written on the note in my hand?",
    "Write a short thank-you note to a neighbour.",
    "Which shop did I come from just now?",
    "List the days of the week.",
    "How many windows are open in my flat?",
    "What is 12 plus 30?",
    "What did I pay for my lunch?",
    "Give me a tip for sleeping well.",
    "Why is the sky blue?",
    "Write a function in Python that adds two numbers.",
    "What does the word 'patient' mean?",
    "Summarise what a library is for in one sentence.",
    "Suggest a simple dinner.",
    "Translate 'good morning' into Spanish.",
    "How can I learn to play an instrument?",
    "Describe a tree to somebody who has never seen one.",
    "What should I pack for two days by the sea?",
    "Write a line that rhymes with 'The rain has gone away'.",
)

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
        said = sample(SYSTEM_PROMPT, PROMPTS[place], seed).strip()
        turns = Turn("system", SYSTEM_PROMPT), Turn("user", PROMPTS[place]), Turn("assistant", said)
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
