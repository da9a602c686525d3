"""Whether a new model may take the old one's place: better for the person, and worse in nothing.

Pure: the same evaluation after the same decisions gives the same decision, to the digit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import ceil, isfinite, log
from statistics import fmean

from training import wording
from training.decision import Decision, Finding, Guard, GuardName, Verdict, allowed, attempts
from training.evaluation import MEASURES, PERSONAL, RELEVANCE, Evaluation, Measure, Outcome
from training.paired import interval, p_better, p_no_worse
from training.speed import SPEED

LEAST_CHECKS = 100
"""Sealed checks from which they decide; with fewer, the likelihoods do."""
LEAST_CLUSTERS = 12
"""Sealed conversations without which nothing is decided: of fewer, one can make the result."""
LEAST_GAIN: dict[Measure, float] = {"check": 0.0, "likelihood": 0.05}
"""What the sealed items have to be better by beyond chance, in the same units as below. Two runs
that differ by their seed alone differ a little on every answer alike, which no test of items can
tell from learning."""
MARGINS: dict[Measure, float] = {"check": 0.10, "likelihood": 0.10}
"""By how much a group may be worse, wins set off against losses: a share of its items, or nats a
token. So a group of ten checks may lose one more than it wins, and one of nine none."""
RELEVANCE_MARGIN = 0.20
"""The same of relevance, which falls a little whenever a model learns how a person is answered."""
ALL_CANARIES = "all canaries"
ALL_MARGIN = 0.15
"""By how much all canary checks together may be worse: that it is less has to be shown, since a
small group alone can show nothing."""
SHOWN = 0.05
"""What p has to be at most for that."""

ENTROPY = 0.5
"""The least entropy of the answers, as a share of the old model's: less is a collapse."""
DISTINCT = 0.5
"""The least share of different answers to the canaries, as a share of the old model's."""
STYLE = 0.10
"""By how much less it may keep to the personality, where that can be counted."""
KL = 1.0
"""The most nats a token from the base, on the fixed probes."""


def decide(evaluation: Evaluation, earlier: Sequence[Decision] = ()) -> Decision:
    """Decide about the new model of an evaluation.

    `earlier` are the decisions before, the oldest first; all may be given, and only those on the
    same sealed items count. What cannot be computed is unknown, and then nothing is shipped.
    """
    items = tuple(sorted({o.item for o in evaluation.outcomes if o.group == PERSONAL}))
    attempt = attempts(evaluation, items, earlier)
    alpha = allowed(attempt)
    measure = _deciding(evaluation)
    unknown: list[str] = []
    against: list[str] = []
    judged: list[tuple[Finding | Guard, str]] = []
    personal = None
    if measure:
        personal, said = _personal(evaluation.of(PERSONAL, measure), alpha, attempt)
        judged.append((personal, said))
    else:
        checks = len(evaluation.of(PERSONAL, "check"))
        unknown.append(wording.too_few_checks(checks, LEAST_CHECKS))
    if not _canary_checks(evaluation):
        unknown.append("no canary was measured")
    judged += [*_others(evaluation, measure), *_guards(evaluation)]
    for found, reason in judged:
        if not found.holds:
            (unknown if found.holds is None else against).append(reason)
    verdict: Verdict = "refuse" if against else "unknown" if unknown else "ship"
    reasons = against or unknown or [judged[0][1], "no canary worse"]
    return Decision(
        verdict, wording.sentence(verdict, reasons), evaluation.old, evaluation.new,
        evaluation.sealed, evaluation.suite, items, attempt, alpha, personal,
        tuple(f for f, _ in judged if isinstance(f, Finding) and f is not personal),
        tuple(f for f, _ in judged if isinstance(f, Guard)),
    )  # fmt: skip


def _deciding(evaluation: Evaluation) -> Measure | None:
    """The measure that the sealed items are judged by."""
    if len(evaluation.of(PERSONAL, "check")) >= LEAST_CHECKS:
        return "check"
    return "likelihood" if evaluation.of(PERSONAL, "likelihood") else None


def _personal(outcomes: Sequence[Outcome], alpha: float, attempt: float) -> tuple[Finding, str]:
    """Whether the sealed items are better, and what there is to say of it."""
    gain = LEAST_GAIN[outcomes[0].measure]
    found = _finding(PERSONAL, outcomes, -gain)
    needed = max(LEAST_CLUSTERS, ceil(log(1 / alpha, 2)))
    if found.clusters < needed:
        return replace(found, p=None), wording.too_few_clusters(found, needed)
    if found.p is None:
        return found, wording.not_measured(found, _missing(outcomes))
    p = p_better([(cluster, change - gain) for cluster, change in _differences(outcomes)])
    found = replace(found, p=p, holds=p <= alpha)
    return found, wording.better(found, alpha, attempt)


def _others(evaluation: Evaluation, decided: Measure | None) -> Iterator[tuple[Finding, str]]:
    """The other measure of the sealed items, each canary group, and all canary checks."""
    for group in (PERSONAL, *evaluation.canaries):
        for measure in MEASURES:
            outcomes = evaluation.of(group, measure)
            if outcomes and (group, measure) != (PERSONAL, decided):
                margin = RELEVANCE_MARGIN if group == RELEVANCE else MARGINS[measure]
                yield _no_worse(_finding(group, outcomes, margin), _missing(outcomes))
    if checks := _canary_checks(evaluation):
        yield _all_canaries(checks)


def _canary_checks(evaluation: Evaluation) -> list[Outcome]:
    return [o for group in evaluation.canaries for o in evaluation.of(group, "check")]


def _no_worse(found: Finding, missing: int) -> tuple[Finding, str]:
    if found.difference is None:
        return found, wording.not_measured(found, missing)
    # One of ten is within a margin of .10, whatever the last digits say.
    found = replace(found, holds=found.difference >= -(found.margin or 0.0) - 1e-9)
    return found, "" if found.holds else wording.worse(found)


def _all_canaries(checks: Sequence[Outcome]) -> tuple[Finding, str]:
    found = replace(_finding(ALL_CANARIES, checks, ALL_MARGIN), p=None)
    if found.difference is None:
        return found, wording.not_measured(found, _missing(checks))
    needed = ceil(log(SHOWN) / log(1 - ALL_MARGIN))
    if found.clusters < needed:
        return found, wording.too_few_canaries(found, needed)
    p = p_no_worse(_differences(checks), ALL_MARGIN)
    found = replace(found, p=p, holds=p <= SHOWN)
    return found, "" if found.holds else wording.canaries(found)


def _guards(evaluation: Evaluation) -> Iterator[tuple[Guard, str]]:
    """What keeps a model from being shipped that no item shows."""
    yield _guard(_speed(evaluation))
    shares: tuple[tuple[GuardName, str, float], ...] = (
        ("entropy", "entropy", ENTROPY),
        ("variety", "distinct_answers", DISTINCT),
    )
    for name, figure, least in shares:
        old, new = _figure(evaluation, f"old.{figure}"), _figure(evaluation, f"new.{figure}")
        share = new / old if old and new is not None else None
        yield _guard(Guard(name, share, least, None if share is None else share >= least))
    moved = _figure(evaluation, "new.kl_to_base")
    if evaluation.figures.get("old.style") is not None:
        old, new = _figure(evaluation, "old.style"), _figure(evaluation, "new.style")
        change = None if old is None or new is None else new - old
        holds = None if change is None else change >= -STYLE
        yield _guard(Guard("style", change, -STYLE, holds))
    yield _guard(Guard("distance", moved, KL, None if moved is None else moved <= KL))


def _speed(evaluation: Evaluation) -> Guard:
    """Whether it is fast enough; None where the interval of its share has the limit in it."""
    old, new = (_figure(evaluation, f"{side}.tokens_per_s") for side in ("old", "new"))
    value = low = high = new / old if old and new is not None else None
    if value is not None and "speed.share" in evaluation.figures:
        value, low, high = (_figure(evaluation, f"speed.{one}") for one in ("share", "low", "high"))
    holds = None
    if low is not None and high is not None:
        holds = True if low >= SPEED else False if high < SPEED else None
    return Guard("speed", value, SPEED, holds)


def _guard(found: Guard) -> tuple[Guard, str]:
    return found, "" if found.holds else wording.guard(found)


def _figure(evaluation: Evaluation, name: str) -> float | None:
    value = evaluation.figures.get(name)
    return value if value is not None and isfinite(value) else None


def _finding(group: str, outcomes: Sequence[Outcome], margin: float | None = None) -> Finding:
    """The numbers of outcomes by one measure, None where an item has none; nothing is judged."""
    measure = outcomes[0].measure
    clusters = len({(o.group, o.cluster) for o in outcomes})
    if _missing(outcomes):
        return Finding(
            group, measure, len(outcomes), clusters, None, None, None, None, margin, None, (), (),
            None,
        )  # fmt: skip
    differences = _differences(outcomes)
    changes = list(zip((o.item for o in outcomes), (d for _, d in differences), strict=True))
    return Finding(
        group, measure, len(outcomes), clusters,
        fmean(o.old for o in outcomes if o.old is not None),
        fmean(o.new for o in outcomes if o.new is not None),
        fmean(value for _, value in differences),
        interval(differences), margin, p_better(differences),
        tuple(item for item, change in changes if change > 0),
        tuple(item for item, change in changes if change < 0),
        None,
    )  # fmt: skip


def _missing(outcomes: Sequence[Outcome]) -> int:
    return len(outcomes) - len(_differences(outcomes))


def _differences(outcomes: Sequence[Outcome]) -> list[tuple[str, float]]:
    """New minus old of the outcomes that have both, each with its cluster."""
    return [
        (f"{o.group}\n{o.cluster}", o.new - o.old)
        for o in outcomes
        if o.old is not None and o.new is not None and isfinite(o.old) and isfinite(o.new)
    ]
