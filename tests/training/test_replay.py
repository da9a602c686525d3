"""General examples from the base, beside what a person said is good."""

from __future__ import annotations

import pytest

from tests.training.talking import words
from training.canaries import suite
from training.example import Example, Turn
from training.examples import ExampleSet
from training.manifest import counts
from training.replay import with_replay
from training.replay_prompts import PROMPTS

OWN = ExampleSet(
    tuple(
        Example(
            "rated", f"message:{n}", f"conversation:{n}", "personal",
            (Turn("user", f"question {n}"), Turn("assistant", f"answer {n}")),
        )
        for n in range(95)
    ),
    (),
)  # fmt: skip


def sample(system: str, prompt: str, seed: int) -> str:
    """A base that has something of its own to say to everything."""
    return f"To {prompt} I say number {seed}."


def test_replay_makes_up_the_share_that_was_asked_for_and_is_only_trained_on() -> None:
    found = with_replay(OWN, sample, words, 100, 0.05)
    added = [e for e in found.examples if e.kind == "replay"]
    assert len(added) == 5
    assert {e.split for e in added} == {"train"}
    assert counts(found)["replay_share"] == 0.05
    asked = [(e.turns[0].text, e.question) for e in added]
    assert asked == list(PROMPTS[:5])
    assert found.examples[: len(OWN.examples)] == OWN.examples
    assert found == with_replay(OWN, sample, words, 100, 0.05)


def test_prompts_are_asked_again_with_another_seed() -> None:
    found = with_replay(OWN, sample, words, 100, 0.6)
    said = [e.turns for e in found.examples if e.kind == "replay"]
    assert len(said) == len(set(said)) == 142 > len(PROMPTS)
    assert said[len(PROMPTS)][-1].text == f"To {PROMPTS[0][1]} I say number 1."


def test_what_a_base_cannot_say_well_is_rejected_and_the_share_that_came_out_is_stated() -> None:
    said = {0: "  ", 1: "over and over " * 9, 2: "w " * 3 + " ".join(map(str, range(300)))}

    def poor(system: str, prompt: str, seed: int) -> str:
        return said.get(PROMPTS.index((system, prompt)), "The same to all.")

    found = with_replay(OWN, poor, words, 100, 0.6)
    told = counts(found)
    assert told["kinds"]["replay"] == len(PROMPTS) - 3
    assert 0 < told["replay_share"] < 0.6
    assert told["rejected"]["failed or empty"] == told["rejected"]["looping"] == 8
    assert told["rejected"]["too long"] == 8
    assert told["rejected"]["duplicate"] == 7 * (len(PROMPTS) - 3)


@pytest.mark.parametrize("share", [-0.1, 1, 2])
def test_a_share_that_cannot_be_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="from 0 to below 1"):
        with_replay(OWN, sample, words, 100, share)


def test_no_share_asks_the_base_for_nothing() -> None:
    def never(system: str, prompt: str, seed: int) -> str:
        raise AssertionError

    assert with_replay(OWN, never, words, 100, 0.0) == OWN


def test_no_canary_is_asked_for_replay() -> None:
    asked = {canary.turns[-1].text for canary in suite().canaries}
    assert not asked.intersection(message for _, message in PROMPTS)
    assert len(set(PROMPTS)) == len(PROMPTS)
