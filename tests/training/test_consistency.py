"""How far answers keep to a personality."""

from __future__ import annotations

from store.traits import BASELINES
from training.consistency import consistency, has_moved


def test_a_personality_at_its_defaults_says_nothing() -> None:
    assert not has_moved(BASELINES)
    assert consistency(["Hello."], BASELINES) is None
    assert consistency([], BASELINES | {"curiosity": 0.1}) is None


def test_each_trait_that_has_moved_is_counted_in_each_answer() -> None:
    calm = BASELINES | {"curiosity": 0.1}
    assert has_moved(calm)
    assert consistency(["And you?", "I see.", "Why? How?", "Good."], calm) == 0.5
    sober = calm | {"enthusiasm": 0.1}
    assert consistency(["I see.", "Great! And you?"], sober) == 0.5
    assert consistency(["I see!", "And you?"], sober) == 0.5
    long = BASELINES | {"verbosity": 0.9}
    assert consistency(["word " * 60, "word"], long) == 0.5
