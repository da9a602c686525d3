"""The typed events that every front end folds: what the runtime says while it works."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar

from agents.event import Event as Event
from agents.recall_events import Recalled as Recalled
from agents.recall_events import RecalledHit as RecalledHit
from agents.recall_events import RecallProgress as RecallProgress
from agents.recall_events import hits as hits
from agents.recall_events import shown_hits as shown_hits
from agents.team_events import RunEnded as RunEnded
from agents.team_events import RunStarted as RunStarted
from agents.team_events import TaskChanged as TaskChanged
from agents.team_events import TasksPlanned as TasksPlanned
from agents.team_events import TaskText as TaskText
from agents.team_events import TaskView as TaskView
from agents.team_events import task_view as task_view
from agents.why_events import WhyEnded as WhyEnded
from agents.why_events import WhyText as WhyText


@dataclass(frozen=True, slots=True)
class Figures:
    """What one answer cost. Times are in seconds, rates in tokens a second, sizes in tokens.

    `cached_tokens` is the part of `prompt_tokens` that did not have to be evaluated again.
    A figure that could not be measured is None.
    """

    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    context_used: int
    context_size: int
    first_token_s: float | None
    tokens_per_s: float | None

    def as_dict(self) -> dict[str, int | float | None]:
        """The figures by name."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class ModelSummary:
    """The model in use, in the words a person reads. `starter` is true for the built-in model."""

    name: str
    path: str
    architecture: str
    parameters: int
    quantisation: str
    context_size: int
    size_bytes: int
    threads: int
    starter: bool
    template: bool


@dataclass(frozen=True, slots=True)
class ModelLoading(Event):
    """Weights are being read; `fraction` runs from 0 to 1, `doing` says what is being done."""

    kind: ClassVar[str] = "model_loading"
    name: str
    fraction: float
    doing: str


@dataclass(frozen=True, slots=True)
class ModelReady(Event):
    """The model answers from here on."""

    kind: ClassVar[str] = "model_ready"
    model: ModelSummary


@dataclass(frozen=True, slots=True)
class ModelFailed(Event):
    """The model could not be loaded; `reason` is one line for the user."""

    kind: ClassVar[str] = "model_failed"
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class ConversationChanged(Event):
    """A conversation was created, restored, got another title or a message."""

    kind: ClassVar[str] = "conversation_changed"
    conversation: int


@dataclass(frozen=True, slots=True)
class ConversationDeleted(Event):
    """A conversation is gone, for good or until it is restored."""

    kind: ClassVar[str] = "conversation_deleted"
    conversation: int


@dataclass(frozen=True, slots=True)
class BranchChanged(Event):
    """Another branch of a conversation is shown, or it ends with another message."""

    kind: ClassVar[str] = "branch_changed"
    conversation: int


@dataclass(frozen=True, slots=True)
class Rated(Event):
    """An answer was rated: 1 is good, -1 is bad, 0 takes the rating away.

    `better` is the answer that the user would have liked, or empty.
    """

    kind: ClassVar[str] = "rated"
    conversation: int
    message: int
    value: int
    better: str


@dataclass(frozen=True, slots=True)
class UserSaved(Event):
    """The user's message is on disk, after the message `after`; None: it is the first.

    `specialists` are those that it was given to by name.
    """

    kind: ClassVar[str] = "user_saved"
    conversation: int
    message: int
    text: str
    after: int | None = None
    specialists: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerStarted(Event):
    """The answer's place, after the message `after`, is on disk and the engine has the prompt.

    `version` is the one that is to write it, "" where it is the model alone. `specialists` work on
    it where any were named, several as the `run` of the team.
    """

    kind: ClassVar[str] = "answer_started"
    conversation: int
    message: int
    model: str
    after: int | None = None
    version: str = ""
    specialists: tuple[str, ...] = ()
    run: int | None = None


@dataclass(frozen=True, slots=True)
class PromptRead(Event):
    """`evaluated` of `total` prompt tokens have been read; the answer begins when all are."""

    kind: ClassVar[str] = "prompt_read"
    conversation: int
    message: int
    evaluated: int
    total: int


@dataclass(frozen=True, slots=True)
class TurnsDropped(Event):
    """The oldest messages no longer fit the model's context; `messages` of them are left out."""

    kind: ClassVar[str] = "turns_dropped"
    conversation: int
    messages: int


@dataclass(frozen=True, slots=True)
class AnswerPiece(Event):
    """The next whole characters of an answer, control characters made visible."""

    kind: ClassVar[str] = "answer_piece"
    conversation: int
    message: int
    text: str


@dataclass(frozen=True, slots=True)
class AnswerFinished(Event):
    """The whole answer is on disk.

    `finish` is "stop" (the model ended it), "length" (its limit was reached) or "cancelled".
    `version` is the one that wrote it, "" where it was the model alone. An answer of a team has no
    figures of its own; those of its run are there.
    """

    kind: ClassVar[str] = "answer_finished"
    conversation: int
    message: int
    text: str
    finish: str
    figures: Figures | None
    version: str = ""


@dataclass(frozen=True, slots=True)
class AnswerFailed(Event):
    """No answer, or no more of it, can be given; `reason` is one line for the user."""

    kind: ClassVar[str] = "answer_failed"
    conversation: int
    message: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class ProfileChanged(Event):
    """The profile of a person changed by what they wrote in a message, or by hand (None).

    `learned` and `ended` say in words what holds from now on and what no longer does; both are
    empty where it is to be looked at anew.
    """

    kind: ClassVar[str] = "profile_changed"
    person: str
    message: int | None
    learned: str
    ended: str


@dataclass(frozen=True, slots=True)
class DocumentTaken(Event):
    """One of the files that are taken in was read: `number` of `of`.

    `outcome` is "new", "changed", "unchanged", "known" from another path, or "refused" or
    "forgotten", which `note` explains; otherwise `note` says what could not be read of it, if
    anything.
    """

    kind: ClassVar[str] = "document_taken"
    path: str
    number: int
    of: int
    document: int | None
    outcome: str
    passages: int
    note: str


@dataclass(frozen=True, slots=True)
class PersonalityChanged(Event):
    """Traits moved by what a message says or how an answer was rated, or by hand (None).

    `traits` are their names, with commas; empty where all are to be looked at anew.
    """

    kind: ClassVar[str] = "personality_changed"
    message: int | None
    traits: str


@dataclass(frozen=True, slots=True)
class ServingChanged(Event):
    """Another version of a specialist answers from the next answer on; "" is the base alone."""

    kind: ClassVar[str] = "serving_changed"
    specialist: str
    version: str


@dataclass(frozen=True, slots=True)
class RunEvaluated(Event):
    """The adapter of a training run is being measured: `done` of `of` steps are made."""

    kind: ClassVar[str] = "run_evaluated"
    run: str
    done: int
    of: int


@dataclass(frozen=True, slots=True)
class RunDecided(Event):
    """A training run has its verdict, "ship", "refuse" or "unknown", in a sentence for people."""

    kind: ClassVar[str] = "run_decided"
    run: str
    version: str
    verdict: str
    sentence: str


@dataclass(frozen=True, slots=True)
class RunUndecided(Event):
    """A training run could not be decided this time; `reason` is one line for the user."""

    kind: ClassVar[str] = "run_undecided"
    run: str
    reason: str


@dataclass(frozen=True, slots=True)
class Notice(Event):
    """One line that the user should read; `severity` is "information", "warning" or "error"."""

    kind: ClassVar[str] = "notice"
    text: str
    severity: str = "information"


KINDS: dict[str, type[Event]] = {
    value.kind: value
    for value in list(globals().values())
    if isinstance(value, type) and issubclass(value, Event) and value is not Event
}
_NESTED: dict[str, type[Any]] = {"figures": Figures, "model": ModelSummary}
_HITS = frozenset(("hits", "recalled"))


def to_json(event: Event) -> dict[str, Any]:
    """The event as a JSON object; `event` holds its kind."""
    return {"event": event.kind, **asdict(event)}


def from_json(data: Mapping[str, Any]) -> Event:
    """The event that `to_json` wrote. Raises KeyError on an unknown kind, TypeError on a wrong
    field."""
    kind = KINDS[data["event"]]
    values = {field.name: data[field.name] for field in fields(kind) if field.name in data}
    for name, nested in _NESTED.items():
        if isinstance(values.get(name), Mapping):
            values[name] = nested(**values[name])
    if "specialists" in values:
        values["specialists"] = tuple(values["specialists"])
    for name in _HITS & values.keys():
        values[name] = hits(values[name])
    if "tasks" in values:
        values["tasks"] = tuple(task_view(task) for task in values["tasks"])
    if isinstance(values.get("task"), Mapping):
        values["task"] = task_view(values["task"])
    return kind(**values)
