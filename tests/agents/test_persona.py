"""Personality and profile as words of the prompt and as sampling."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.engine.sampling import SamplingSettings
from agents.persona import (
    IDENTITY,
    SENTENCES,
    SYSTEM_PROMPT,
    VERBOSITY,
    Room,
    sampling,
    sampling_shift,
    system_prompt,
)
from agents.profile_lines import KNOWN, ORDERS, profile_sections
from store.claims import Fact, Kind
from store.traits import BASELINES

ROOMY = Room(1000, 1000)
MIDDLE = dict.fromkeys(BASELINES, 0.5)


def words(text: str) -> int:
    return len(text.split())


def fact(
    number: int, attribute: str, value: str, kind: Kind = "fact", *, many: bool = False,
    pinned: bool = False,
) -> Fact:  # fmt: skip
    return Fact(
        number, 1, kind, attribute, value, many, 0.8, pinned, "current", None, 0.0, number, ()
    )


FACTS = [
    fact(1, "name", "Farida", "name"),
    fact(2, "dog", "Rex", "relationship"),
    fact(3, "likes", "tea", "preference", many=True),
    fact(4, "likes", "sailing", "preference", many=True),
    fact(5, "units", "metric", "preference"),
    fact(6, "instruction", "always answer in one sentence", "instruction", many=True),
    fact(7, "home town", "Bergen"),
]


def test_nothing_but_the_middle_is_the_plain_prompt() -> None:
    assert system_prompt(MIDDLE, [], ROOMY, words) == SYSTEM_PROMPT


def test_a_tiny_model_is_told_what_has_moved_alone() -> None:
    tiny = Room(1000, 1000, only_moved=True)
    assert system_prompt(BASELINES, [], tiny, words) == SYSTEM_PROMPT
    moved = BASELINES | {"humor": 0.2, "curiosity": 0.95}
    assert system_prompt(moved, [], tiny, words) == f"{SYSTEM_PROMPT} {SENTENCES['humor'][0]}"


@pytest.mark.parametrize("trait", [trait for trait in BASELINES if trait != "verbosity"])
def test_every_trait_that_differs_from_the_middle_is_told(trait: str) -> None:
    low = system_prompt(MIDDLE | {trait: 0.1}, [], ROOMY, words)
    high = system_prompt(MIDDLE | {trait: 0.9}, [], ROOMY, words)
    assert low == f"{SYSTEM_PROMPT} {SENTENCES[trait][0]}"
    assert high == f"{SYSTEM_PROMPT} {SENTENCES[trait][1]}"
    assert system_prompt(MIDDLE | {trait: 0.6}, [], ROOMY, words) == SYSTEM_PROMPT


def test_verbosity_changes_how_long_answers_are_asked_for() -> None:
    prompts = [system_prompt(MIDDLE | {"verbosity": v}, [], ROOMY, words) for v in (0.1, 0.5, 0.9)]
    for prompt, level in zip(prompts, (-1, 0, 1), strict=True):
        assert prompt.startswith(f"{IDENTITY} {VERBOSITY[level]}")


def test_the_order_does_not_depend_on_the_values() -> None:
    one = system_prompt(MIDDLE | {"humor": 0.9, "empathy": 0.7}, [], ROOMY, words)
    other = system_prompt(MIDDLE | {"humor": 0.7, "empathy": 0.9}, [], ROOMY, words)
    assert one == other


def test_a_small_room_keeps_what_has_moved_most() -> None:
    room = Room(words(SENTENCES["humor"][0]), 0)
    traits = BASELINES | {"humor": 0.1}
    assert system_prompt(traits, [], room, words) == f"{SYSTEM_PROMPT} {SENTENCES['humor'][0]}"
    assert system_prompt(traits, FACTS, Room(0, 0), words) == SYSTEM_PROMPT


def test_the_profile_is_told_in_two_sections() -> None:
    orders, known = profile_sections(FACTS, 1000, words)
    assert orders.splitlines() == [ORDERS, "- Always answer in one sentence", "- Units: metric"]
    assert known.splitlines() == [
        KNOWN, "- Name: Farida", "- Likes: tea, sailing", "- Pet: a dog called Rex",
        "- Home town: Bergen",
    ]  # fmt: skip


def test_where_nothing_is_known_nothing_is_told() -> None:
    assert profile_sections([], 1000, words) == []
    assert profile_sections(FACTS, 0, words) == []


def test_name_and_orders_are_told_before_all_else() -> None:
    told = "\n".join(profile_sections(FACTS, 40, words))
    assert "Farida" in told
    assert "one sentence" in told
    short = "\n".join(profile_sections(FACTS, 24, words))
    assert "Farida" in short
    assert "Bergen" not in short


def test_what_shares_words_with_the_question_is_told_before_the_rest() -> None:
    facts = [fact(n, f"thing {n}", f"value {n}") for n in range(50)]
    room = words(KNOWN) + 2 + 5
    (known,) = profile_sections(
        [*facts, fact(99, "boat", "Kittiwake")], room, words, "which boats do I have?"
    )
    assert known.splitlines()[1:] == ["- Boat: Kittiwake"]


def test_a_pinned_fact_is_always_told() -> None:
    facts = [fact(n, f"thing {n}", f"value {n}", pinned=n == 0) for n in range(50)]
    (known,) = profile_sections(facts, words(KNOWN) + 2 + 5, words, "value 7")
    assert known.splitlines()[1:] == ["- Thing 0: value 0"]


@given(st.integers(0, 200), st.integers(0, 12))
def test_the_room_is_never_exceeded(room: int, count: int) -> None:
    facts = [fact(n, f"thing {n}", "word " * n + "end") for n in range(count)]
    assert sum(words(section) for section in profile_sections(facts, room, words)) <= room


def test_at_their_defaults_traits_leave_the_sampling_alone() -> None:
    base = SamplingSettings()
    assert sampling(base, sampling_shift(BASELINES)) == base


@given(st.floats(0, 1), st.floats(0, 1))
def test_sampling_moves_within_narrow_limits(creative: float, safe: float) -> None:
    base = SamplingSettings(temperature=0.7, top_p=0.9)
    traits = BASELINES | {"creativity": creative, "safety": safe}
    moved = sampling(base, sampling_shift(traits))
    assert abs(moved.temperature - base.temperature) <= 0.151
    assert abs(moved.top_p - base.top_p) <= 0.051
    if creative > BASELINES["creativity"]:
        assert moved.temperature >= base.temperature


def test_a_greedy_answer_stays_greedy() -> None:
    greedy = SamplingSettings(temperature=0)
    assert sampling(greedy, {"temperature": 0.15}) == greedy
