"""When a training run is due by itself: enough that is new, or a week, and nobody is kept waiting.

Pure: what is known goes in, a decision and its reason come out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal

from store.errors import SomaError

DAY = 86_400.0
MOST_DAYS_OF_WAITING = 32
_DEFAULTS = "`soma train auto status` shows what they are"


@dataclass(frozen=True, slots=True)
class AutoSettings:
    """What the user allows. A run is due after `messages` new ones or `days` with any, where there
    are `examples` that were accepted; none begins by itself until `on` was said once.

    Nobody is thought to be there after `quiet` seconds without a key or an answer, and the machine
    counts as idle while its processors together do at most `busy` percent of what they could.
    """

    on: bool = False
    messages: int = 500
    days: int = 7
    examples: int = 50
    quiet: int = 300
    busy: int = 40

    def as_json(self) -> dict[str, Any]:
        """Give what `read_settings` reads."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class AutoState:
    """What is kept from one question to the next; times are in Unix seconds.

    Messages up to the id `mark` were there when the last run began, at the time `at`, or when runs
    were allowed first. `refusals` in a row have been, the last at `refused`.
    """

    mark: int = 0
    at: float = 0.0
    refusals: int = 0
    refused: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """Give what `read_state` reads."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Situation:
    """How things stand: the time, `messages` that are new, examples `accepted` (None: not counted),
    whether a run is under way (`training`), the machine is `idle` and on the `mains`, and whether
    something that the serving version was trained on has been `forgotten` since the last run."""

    now: float
    messages: int
    accepted: int | None
    training: bool
    idle: bool
    mains: bool
    forgotten: bool = False


@dataclass(frozen=True, slots=True)
class Due:
    """Whether a run is to begin, and why or why not. With `lacks` "examples", they are to be
    counted first; with "quiet", it waits for the machine alone."""

    due: bool
    reason: str
    lacks: Literal["", "examples", "quiet"] = ""


def decide(settings: AutoSettings, state: AutoState, found: Situation) -> Due:
    """Say whether a run is due. `state` is one that `in_step` has gone over."""
    if not settings.on:
        return Due(False, "training by itself is off; `soma train auto on` allows it")
    if found.training:
        return Due(False, "a run is under way")
    waiting = _waits(state, found)
    if waiting > 0:
        tried = "1 run came" if state.refusals == 1 else f"{state.refusals} runs came"
        return Due(False, f"{tried} to nothing, so the next waits for {_long(waiting)}")
    reason = _enough(settings, state, found)
    if not reason:
        if not found.messages:
            return Due(False, "nothing is new since the last run")
        more, left = settings.messages - found.messages, _left(settings, state, found)
        return Due(False, f"{more:,} messages to go, or {_long(left)}")
    if not found.idle:
        return Due(False, f"{reason}; it waits until the machine is idle", "quiet")
    if not found.mains:
        return Due(False, f"{reason}; it waits for mains power", "quiet")
    if found.accepted is None:
        return Due(False, f"{reason}; the examples are to be counted", "examples")
    if found.accepted < settings.examples:
        return Due(
            False,
            f"{reason}, but of {settings.examples:,} examples that it takes {found.accepted:,} "
            "are there; rate answers, or write better ones",
        )
    return Due(True, reason)


def standing(settings: AutoSettings, state: AutoState, found: Situation, version: str) -> str:
    """Say in a line how far it is to the run that would make a `version`, or what that waits for:
    "on · 312 of 500 messages to soma-v3". `state` is one that `in_step` has gone over."""
    if not settings.on:
        return "off"
    due = decide(settings, state, found)
    if found.training:
        return f"on · {due.reason}"
    waits = _waits(state, found) > 0
    if not waits and _enough(settings, state, found):
        begins = "; it begins when nobody needs the machine" if due.due else ""
        return f"on · {version} is due: {due.reason}{begins}"
    parts = ["on", f"{found.messages:,} of {settings.messages:,} messages to {version}"]
    if waits:
        parts.append(due.reason)
    elif found.messages:
        parts.append(f"or in {_long(_left(settings, state, found))}")
    return " · ".join(parts)


def in_step(state: AutoState, now: float) -> AutoState:
    """Give the state for a clock that may have been set back: what lies in the future is now, so
    that neither a run begins for it nor the next one waits for a time that is far away."""
    return replace(state, at=min(state.at, now), refused=min(state.refused, now))


def allowed(state: AutoState, now: float) -> AutoState:
    """Give the state after the user's yes: the week begins then, and no refusal counts."""
    return replace(state, at=now, refusals=0, refused=0.0)


def begun(state: AutoState, newest: int, now: float) -> AutoState:
    """Give the state after a run has begun, where `newest` is the id of the newest message."""
    return replace(state, mark=newest, at=now)


def ended(state: AutoState, *, shipped: bool, now: float) -> AutoState:
    """Give the state after a run has ended: one that came to nothing doubles the wait."""
    if shipped:
        return replace(state, refusals=0, refused=0.0)
    return replace(state, refusals=state.refusals + 1, refused=now)


def days_of_waiting(refusals: int) -> int:
    """Give how long the next run waits after so many refusals in a row: 1, 2, 4 … 32 days."""
    return min(MOST_DAYS_OF_WAITING, 1 << min(refusals - 1, 8)) if refusals > 0 else 0


def changed(settings: AutoSettings, changes: Mapping[str, Any]) -> AutoSettings:
    """Give settings with some of them changed. Raises SomaError for what cannot be."""
    for name, value in changes.items():
        fine = type(value) is bool if name == "on" else type(value) is int and value >= 1
        if name not in {one.name for one in fields(AutoSettings)} or not fine:
            raise SomaError(f"{name} = {value!r} cannot be; {_DEFAULTS}")
    return replace(settings, **changes)


def read_settings(content: Any) -> AutoSettings:
    """Give the settings in a JSON object; what is not sound is as it was at first."""
    return changed(AutoSettings(), _sound(content, AutoSettings()))


def read_state(content: Any) -> AutoState:
    """Give the state in a JSON object; what is not sound is as it was at first."""
    return replace(AutoState(), **_sound(content, AutoState()))


def _sound(content: Any, first: AutoSettings | AutoState) -> dict[str, Any]:
    given = content if isinstance(content, dict) else {}
    kinds = {name: type(value) for name, value in first.as_json().items()}
    least = 1 if isinstance(first, AutoSettings) else 0
    return {
        name: kinds[name](value)
        for name, value in given.items()
        if name in kinds
        and type(value) in (kinds[name], int if kinds[name] is float else kinds[name])
        and (kinds[name] is bool or value >= least)
    }


def _enough(settings: AutoSettings, state: AutoState, found: Situation) -> str:
    """Why there is enough for a run, "" where there is not."""
    if found.forgotten:
        return "what the serving version was trained on was forgotten"
    if found.messages >= settings.messages:
        return f"{found.messages:,} messages are new"
    if found.messages and found.now - state.at >= settings.days * DAY:
        return f"{settings.days} days have passed"
    return ""


def _waits(state: AutoState, found: Situation) -> float:
    """Seconds for which the next run waits after those that came to nothing."""
    if not state.refusals:
        return 0.0
    return state.refused + days_of_waiting(state.refusals) * DAY - found.now


def _left(settings: AutoSettings, state: AutoState, found: Situation) -> float:
    """Seconds until the days have passed."""
    return state.at + settings.days * DAY - found.now


def _long(seconds: float) -> str:
    days = seconds / DAY
    if days >= 1.5:
        return f"{days:.0f} days"
    hours = max(1, round(seconds / 3600))
    return f"{hours} hour{'s' * (hours != 1)}"
