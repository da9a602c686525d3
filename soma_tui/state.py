"""What the screen shows, folded from the runtime's events; draws nothing and knows no engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agents.text import visible
from soma_tui.drafts import Drafts
from soma_tui.figures import parameter_count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agents.events import Event, Figures, ModelLoading, ModelSummary, Notice
    from store.conversations import Message

_NOTICES_KEPT = 3
_ENDINGS = {"cancelled": "stopped", "length": "cut off at the limit", "failed": "failed"}
_PARTIAL = {
    "cancelled": "stopped",
    "interrupted": "interrupted when SOMA ended",
    "failed": "failed",
}
_SEPARATOR = " · "


@dataclass(slots=True)
class Answer:
    """An answer that runs.

    `message` is None until its place is on disk; `read` is the part of the prompt that was read,
    and `run` the run of a team that works on it.
    """

    message: int | None = None
    pieces: list[str] = field(default_factory=list)
    read: float | None = None
    run: int | None = None

    @property
    def text(self) -> str:
        """What was said so far."""
        return "".join(self.pieces)


@dataclass(frozen=True, slots=True)
class Entry:
    """One message as the transcript draws it.

    `ending` says in a few words how an answer ended that is not whole, and `running` is true
    while it is being said. `rating` is above 0 for a good answer and below 0 for a bad one, and
    `better` the answer the user would have liked. `siblings` are the messages that stand in this
    place on other branches, this one among them. `model` and `figures` belong to an answer, and
    `recalled` is how much was recalled for it. `specialists` were named for a message, or worked on
    an answer, several as the `run` of the team; `version` is the one that it came through.
    """

    message: int
    role: str
    text: str
    created: float
    ending: str = ""
    running: bool = False
    rating: int = 0
    better: str = ""
    siblings: tuple[int, ...] = ()
    model: str = ""
    figures: Figures | None = None
    recalled: int = 0
    specialists: tuple[str, ...] = ()
    run: int | None = None
    version: str = ""


@dataclass(slots=True)
class ViewState:
    """The state of the view. A `conversation` of None is one that has no message yet.

    `recalled` counts what was recalled for a message of the user's; `version` is the one that
    answers, "" where the model alone does.
    """

    conversation: int | None = None
    model: ModelSummary | None = None
    version: str = ""
    loading: ModelLoading | None = None
    model_error: str | None = None
    answers: dict[int, Answer] = field(default_factory=dict)
    figures: dict[int, Figures] = field(default_factory=dict)
    endings: dict[int, str] = field(default_factory=dict)
    recalled: dict[int, int] = field(default_factory=dict)
    saving: set[int | None] = field(default_factory=set)
    unsaved: set[int | None] = field(default_factory=set)
    drafts: Drafts = field(default_factory=Drafts)
    notices: list[Notice] = field(default_factory=list)

    def fold(self, event: Event) -> None:
        """Take one event into the state. Events that alter nothing here are let pass."""
        from agents import events

        match event:
            case events.ModelLoading():
                self.loading, self.model_error = event, None
            case events.ModelReady():
                self.model, self.loading, self.model_error = event.model, None, None
            case events.ModelFailed():
                self.loading, self.model_error = None, event.reason
                self.tell(f"The model could not be loaded: {event.reason}", "error")
            case events.UserSaved():
                self.saved(event.conversation)
                self.endings.pop(event.conversation, None)
                self.answers[event.conversation] = Answer()
            case events.Recalled():
                self.recalled[event.message] = len(event.hits)
            case events.AnswerStarted():
                self.answers[event.conversation] = Answer(event.message, run=event.run)
                if not event.specialists:
                    self.version = event.version
            case events.PromptRead():
                answer = self.answers.setdefault(event.conversation, Answer(event.message))
                answer.read = event.evaluated / max(1, event.total)
            case events.AnswerPiece():
                answer = self.answers.setdefault(event.conversation, Answer(event.message))
                answer.pieces.append(event.text)
            case events.AnswerFinished():
                self.answers.pop(event.conversation, None)
                if event.figures is not None:
                    self.figures[event.conversation] = event.figures
                self.endings[event.conversation] = event.finish
            case events.AnswerFailed():
                self.answers.pop(event.conversation, None)
                self.endings[event.conversation] = "failed"
                self.tell(event.reason, "error")
            case events.ConversationDeleted():
                self._forget(event.conversation)
            case events.Notice():
                self.tell(event.text, event.severity)

    def entry(self, message: Message) -> Entry:
        """A stored message as it is to be drawn; a running answer with what was said so far."""
        worked = message.work
        names, run = (worked.specialists, worked.run) if worked is not None else ((), None)
        if message.state == "streaming":
            answer = self.answers.get(message.conversation)
            said = answer.text if answer is not None and answer.message == message.id else ""
            return Entry(
                message.id,
                message.role,
                said,
                message.created,
                running=True,
                recalled=self.recalled_for(message.parent),
                specialists=names,
                run=run,
            )
        ending = _PARTIAL.get(message.state, "")
        if message.state == "done" and message.finish == "length":
            ending = _ENDINGS["length"]
        rating = message.rating
        return Entry(
            message.id,
            message.role,
            message.text,
            message.created,
            ending,
            rating=rating.value if rating else 0,
            better=rating.better if rating else "",
            model=message.model or "",
            recalled=self.recalled_for(message.parent) if message.role == "assistant" else 0,
            specialists=names,
            run=run,
            version=message.version,
        )

    def recalled_for(self, question: int | None) -> int:
        """How much was recalled for a message of the user's."""
        return 0 if question is None else self.recalled.get(question, 0)

    def open(self, conversation: int | None, messages: list[Message]) -> list[Entry]:
        """Make a conversation the present one; gives its messages as they are to be drawn."""
        self.conversation = conversation
        self.recalled.update((one.id, len(one.recalled)) for one in messages if one.role == "user")
        if conversation is not None and conversation not in self.figures:
            for message in reversed(messages):
                figures = figures_from(message.figures) if message.figures else None
                if figures is not None:
                    self.figures[conversation] = figures
                    break
        return [self.entry(message) for message in messages]

    def send(self) -> None:
        """The message of the present conversation is on its way to the disk."""
        self.unsaved.discard(self.conversation)
        self.saving.add(self.conversation)
        self.notices.clear()

    def saved(self, conversation: int | None) -> None:
        """The message of this conversation is on disk."""
        self.saving.discard(conversation)
        self.unsaved.discard(conversation)

    def not_saved(self, conversation: int | None, reason: str) -> None:
        """The message of this conversation could not be stored."""
        self.saving.discard(conversation)
        self.unsaved.add(conversation)
        self.tell(reason, "error")

    def tell(self, text: str, severity: str = "information") -> None:
        """Keep one line for the user to read; the oldest goes when there are too many."""
        from agents.events import Notice

        notice = Notice(visible(text), severity)
        if notice in self.notices:
            self.notices.remove(notice)
        self.notices = [*self.notices, notice][-_NOTICES_KEPT:]

    def _forget(self, conversation: int) -> None:
        for kept in (self.answers, self.figures, self.endings):
            kept.pop(conversation, None)
        self.drafts.forget(conversation)
        self.saved(conversation)
        if self.conversation == conversation:
            self.conversation = None


def figures_from(stored: Mapping[str, int | float | None]) -> Figures | None:
    """The figures that were stored with a message; None if they are of another shape."""
    from agents.events import Figures

    try:
        return Figures(**stored)  # type: ignore[arg-type]
    except TypeError:
        return None


def doing(state: ViewState) -> str:
    """What is being done for the present conversation, in a few words; empty if nothing is."""
    answer = state.answers.get(state.conversation) if state.conversation is not None else None
    if answer is not None and answer.pieces:
        return "answering"
    if state.loading is not None:
        part = f" {round(state.loading.fraction * 100)} %" if state.loading.fraction else ""
        return f"{state.loading.doing}{part}"
    if answer is not None and state.model is None:
        return "waiting for the model"
    if answer is not None and answer.run is not None:
        return "the team is at work"
    if answer is not None:
        part = "" if answer.read is None else f" {round(answer.read * 100)} %"
        return f"reading the prompt{part}"
    if state.model_error is not None:
        return "no model"
    if state.conversation is not None:
        return ending_of(state.endings.get(state.conversation, ""))
    return ""


def storing(state: ViewState) -> str:
    """Whether what stands in the present conversation is on disk."""
    if state.conversation in state.saving:
        return "saving"
    if state.conversation in state.unsaved:
        return "not saved"
    return "" if state.conversation is None else "saved"


def status_line(state: ViewState, width: int) -> str:
    """The line of status for `width` columns; what matters least is left out first."""
    parts = [(storing(state), 6), (doing(state), 5)]
    figures = None if state.conversation is None else state.figures.get(state.conversation)
    if figures is not None:
        if figures.tokens_per_s is not None:
            parts.append((f"{figures.tokens_per_s:,.0f} tok/s", 4))
        if figures.first_token_s is not None:
            parts.append((f"first token {_seconds(figures.first_token_s)}", 2))
        context = f"context {figures.context_used:,} of {figures.context_size:,}"
        parts.append((context, 3))
        parts.append((f"{figures.cached_tokens:,} cached", 1))
    parts = [part for part in parts if part[0]]
    while parts:
        line = _SEPARATOR.join(text for text, _ in parts)
        if len(line) <= width:
            return line
        parts.remove(min(parts, key=lambda part: part[1]))
    return ""


def _seconds(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds < 1 else f"{seconds:.1f} s"


def ending_of(finish: str) -> str:
    """How an answer ended, in a few words; empty when the model ended it."""
    return _ENDINGS.get(finish, "")


def model_labels(state: ViewState) -> tuple[str, ...]:
    """The version that answers and the model in a few words, for the header, and in fewer."""
    model = state.model
    if model is None:
        failed = "no model" if state.model_error is not None else ""
        loading = state.loading
        return (failed if loading is None else f"loading {visible(loading.name)}".rstrip(),)
    name = "starter" if model.starter else visible(model.name)
    whole = f"{name} · {parameter_count(model.parameters)} · {model.quantisation}"
    if not state.version:
        return (whole,)
    version = visible(state.version)
    return f"{version} · {whole}", f"{version} · {name}", version


def welcome(state: ViewState) -> str:
    """What an empty conversation says about the model, in one calm paragraph."""
    model = state.model
    if model is not None and model.starter:
        return (
            "This is the starter model: very small, trained from scratch for SOMA. For real work "
            "take a GGUF model: Alt+5 shows those on this machine and gets others, such as "
            "Gemma 3 1B (0.7 GB), when you ask for them."
        )
    if model is not None:
        return f"{visible(model.name)} answers, on this machine. Nothing leaves it."
    if state.model_error is not None:
        return (
            "No model is loaded. What you write is kept all the same; choose another model in "
            "Models (Alt+5)."
        )
    return "The model is being loaded. Write already: the answer comes as soon as it is there."
