"""What an evaluation found: each item, as the serving model and the new one answered it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from store.errors import SomaError

Measure = Literal["likelihood", "check"]
MEASURES: tuple[Measure, ...] = ("likelihood", "check")
PERSONAL = "personal"
"""The group of the sealed items: what the person said is good."""
RELEVANCE = "relevance"
"""The group of how much likelier the accepted answers are than those to other sealed questions:
what a model loses that learned how to answer, but not what."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two models of an evaluation: its name, such as "soma-v2" or "base", and SHA-256
    digests of the very files that were served: of the base's GGUF and of the adapter's, which is
    empty for the base alone."""

    name: str
    base: str
    adapter: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """An item as both models answered it.

    `group` is "personal" or the name of a canary group; items of one `cluster` (a conversation,
    a template) are not independent. A likelihood is the mean natural logarithm of the probability
    of a token of the accepted answer; a check is 1 where the answer passes and 0 where it fails,
    is empty or could not be given. None is what could not be computed. Texts are of checks only.
    """

    item: str
    group: str
    cluster: str
    measure: Measure
    old: float | None
    new: float | None
    question: str = ""
    old_text: str = ""
    new_text: str = ""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Old against new. `sealed` is a hash of the sealed items, `suite` one of the canaries; what is
    compared must have been measured on the same. `figures` are numbers beside the items, such as
    "old.tokens_per_s", "new.kl_to_base" (nats a token) or "new.entropy" (nats); None is unknown."""

    old: Side
    new: Side
    sealed: str
    suite: str
    outcomes: tuple[Outcome, ...]
    figures: Mapping[str, float | None] = field(default_factory=dict)

    def of(self, group: str, measure: Measure) -> tuple[Outcome, ...]:
        """Give the outcomes of a group by one measure."""
        return tuple(o for o in self.outcomes if o.group == group and o.measure == measure)

    @property
    def canaries(self) -> tuple[str, ...]:
        """The names of the canary groups, in the order in which they come."""
        return tuple(dict.fromkeys(o.group for o in self.outcomes if o.group != PERSONAL))

    def as_json(self) -> dict[str, Any]:
        """Give what `read_evaluation` reads."""
        return asdict(self)


def read_evaluation(content: Any) -> Evaluation:
    """Give the evaluation that `as_json` wrote. Raises SomaError where it is none."""
    try:
        outcomes = tuple(Outcome(**row) for row in content["outcomes"])
        sides = Side(**content["old"]), Side(**content["new"])
        found = Evaluation(
            *sides, content["sealed"], content["suite"], outcomes, dict(content["figures"])
        )
    except (KeyError, TypeError) as error:
        raise SomaError("the evaluation cannot be read; evaluate again") from error
    if not all(outcome.measure in MEASURES for outcome in outcomes):
        raise SomaError("the evaluation names a measure that is not known; evaluate again")
    return found
