"""What was measured of the starter: whether several specialists or tools make its answers better.

`measured.json` is written by scripts/bench/consensus.py and scripts/bench/tools.py with `--keep`.
Of other models nothing is known.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from agents.models import STARTER

FILE = Path(__file__).with_name("measured.json")


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares of right answers; each gain has the interval of 95 % that it lies in.

    `several` is a consensus of three specialists, `one` the best of them alone, `gain` the paired
    difference; the same for answers `with_tools` and `without_tools`.
    """

    several: float
    one: float
    gain: tuple[float, float]
    with_tools: float
    without_tools: float
    gain_of_tools: tuple[float, float]

    @property
    def several_help(self) -> bool:
        """Whether a consensus is better than one alone, by more than chance explains."""
        return self.gain[0] > 0

    @property
    def tools_help(self) -> bool:
        """Whether tools make answers better, by more than chance explains."""
        return self.gain_of_tools[0] > 0

    @property
    def why_one(self) -> str:
        """Why one specialist works alone, in a sentence."""
        return (
            "several specialists do not help this model: measured, a consensus was right in "
            f"{self.several:.0%} of generated tasks and one alone in {self.one:.0%}"
        )

    @property
    def why_no_tools(self) -> str:
        """Why no tools are offered, in a sentence."""
        return (
            "tools are not offered, since this model is too weak for them: measured, it was right "
            f"in {self.with_tools:.0%} of sums with them and in {self.without_tools:.0%} without"
        )


@cache
def figures_of(model: str) -> Figures | None:
    """What was measured of the model of that name; None where nothing was."""
    if model != STARTER:
        return None
    known: Mapping[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    consensus, tools = known["consensus"], known["tools"]
    return Figures(
        several=consensus["several"],
        one=consensus["one"],
        gain=tuple(consensus["gain"]),
        with_tools=tools["with"],
        without_tools=tools["without"],
        gain_of_tools=tuple(tools["gain"]),
    )
