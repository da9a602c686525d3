"""How a decision is said: one sentence for a person, with the numbers that made it."""

from __future__ import annotations

from collections.abc import Sequence

from training.decision import Finding, Guard, GuardName, Verdict

_BEGINNING: dict[Verdict, str] = {
    "ship": "Better",
    "refuse": "Refused",
    "unknown": "Not decided",
}
_FIGURES: dict[GuardName, str] = {
    "speed": "its speed, as a share of the old model's,",
    "entropy": "the entropy of its answers, as a share of the old model's,",
    "variety": "the share of different answers, as a share of the old model's,",
    "style": "the change in how far it keeps to the personality",
    "distance": "its distance from the base, in nats a token,",
}
_NAMES = {"check": "checks", "likelihood": "answers"}


def sentence(verdict: Verdict, reasons: Sequence[str]) -> str:
    """Give the sentence of a verdict and what speaks for it."""
    return f"{_BEGINNING[verdict]}: {'; '.join(reasons)}."


def better(found: Finding, alpha: float, attempt: float) -> str:
    """Say what the sealed items show, for or against."""
    counted = "" if attempt == 1 else f" at attempt {attempt:.3g} on them"
    numbers = f"{_chance(found.p)}, at most {_decimals(alpha)} is asked{counted}"
    if found.interval:
        low, high = (_signed(found, end) for end in found.interval)
        numbers = f"95 % {low} to {high}, {numbers}"
    change = found.difference or 0.0
    what = f"on {found.items} sealed {_NAMES[found.measure]} of {found.clusters} conversations "
    if found.measure == "check":
        what += f"{len(found.won)} were won and {len(found.lost)} lost ({numbers})"
    else:
        side = "less" if change < 0 else "more"
        least = -(found.margin or 0.0)
        what += (
            f"the accepted answer is {side} likely, by {_unit(found, change)}, where more than "
            f"{_signed(found, least)} counts ({numbers})"
        )
    if found.holds:
        return what
    return f"{'worse, not better' if change < 0 else 'not surely better by enough'}: {what}"


def too_few_clusters(found: Finding, needed: int) -> str:
    """Say that too few conversations are sealed."""
    return f"only {found.clusters} sealed conversations; {needed} are needed"


def too_few_checks(checks: int, needed: int) -> str:
    """Say that there is nothing to judge by."""
    if not checks:
        return "nothing is sealed to measure by; rate or write more answers"
    return f"only {checks} sealed checks and no accepted answer; {needed} checks are needed"


def not_measured(found: Finding, missing: int) -> str:
    """Say that items of a group have no number."""
    return f"{missing} of {found.items} {_named(found)} could not be measured"


def worse(found: Finding) -> str:
    """Say that a group is worse by more than its margin."""
    margin = found.margin or 0.0
    if found.measure == "check":
        spare = int(margin * found.items + 1e-9)
        return (
            f"{found.group} is worse: {len(found.lost)} of {found.items} lost, {len(found.won)} "
            f"won, and at most {spare} more may be lost than won"
        )
    change = _unit(found, found.difference or 0.0)
    return f"{found.group} is worse by {change}, and {_signed(found, -margin)} is allowed"


def canaries(found: Finding) -> str:
    """Say that the canaries together are not shown to have kept their margin."""
    return (
        f"it is not shown that the canaries are less than {100 * (found.margin or 0):.0f} % worse: "
        f"{len(found.lost)} of {found.items} lost, {len(found.won)} won ({_chance(found.p)})"
    )


def too_few_canaries(found: Finding, needed: int) -> str:
    """Say that too few canaries were measured to show anything."""
    return f"only {found.clusters} canaries apart; {needed} are needed"


def guard(found: Guard) -> str:
    """Say that a figure is past its limit or unknown."""
    what = _FIGURES[found.name]
    if found.value is None:
        return f"{what} could not be measured"
    if found.holds is None:
        return (
            f"{what} is {found.value:.2f}, but too unsure to be told from {found.limit:.2f}: the "
            "machine was busy"
        )
    side = "at most" if found.value > found.limit else "at least"
    return f"{what} is {found.value:.2f}, and {side} {found.limit:.2f} is asked"


def _named(found: Finding) -> str:
    kind = _NAMES[found.measure]
    return f"sealed {kind}" if found.group == "personal" else f"{kind} of {found.group}"


def _unit(found: Finding, value: float) -> str:
    return _signed(found, value) + ("" if found.measure == "check" else " nats a token")


def _signed(found: Finding, value: float) -> str:
    text = f"{100 * value:+.0f} %" if found.measure == "check" else f"{value:+.2f}"
    return text.replace("-", "−")


def _chance(p: float | None) -> str:
    if p is None:
        return "p unknown"
    return "p < .001" if p < 0.001 else f"p = {_decimals(p)}"


def _decimals(value: float) -> str:
    return f"{value:.3f}".removeprefix("0") if value >= 0.001 else f"{value:.1g}"
