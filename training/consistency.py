"""Whether answers keep to the personality, as far as that can be counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from agents.persona import band
from agents.style_measures import Style, style_of
from store.traits import BASELINES

SHORT, LONG = 20, 40
"""Words of an answer that is short, and of one that is long."""

_KEPT: dict[str, dict[int, Callable[[Style], bool]]] = {
    "verbosity": {-1: lambda s: 0 < s.words <= SHORT, 1: lambda s: s.words >= LONG},
    "formality": {-1: lambda s: s.formality <= 0.5, 1: lambda s: s.formality >= 0.5},
    "curiosity": {-1: lambda s: s.questions == 0, 1: lambda s: s.questions > 0},
    "enthusiasm": {
        -1: lambda s: s.exclamations + s.emojis == 0,
        1: lambda s: s.exclamations + s.emojis > 0,
    },
}


def has_moved(traits: Mapping[str, float]) -> bool:
    """Whether a trait that can be counted has left the band of its default."""
    return bool(_moved(traits))


def consistency(answers: Sequence[str], traits: Mapping[str, float]) -> float | None:
    """Give the share of answers and traits where the answer keeps to the trait.

    Only traits count that have left the band of their default and can be counted. None where no
    trait has, or there are no answers.
    """
    kept = [
        _KEPT[trait][side](style)
        for style in map(style_of, answers)
        for trait, side in _moved(traits).items()
    ]
    return sum(kept) / len(kept) if kept else None


def _moved(traits: Mapping[str, float]) -> dict[str, int]:
    bands = {trait: band(traits[trait]) for trait in _KEPT}
    return {trait: side for trait, side in bands.items() if side and side != band(BASELINES[trait])}
