from __future__ import annotations

import json

import pytest

from agents import events
from agents.events import Event, Figures, ModelSummary
from store.tool_call import ToolCall

FIGURES = Figures(10, 4, 6, 16, 100, 0.5, None)
MODEL = ModelSummary("starter", "m.gguf", "gemma3", 5, "Q8_0", 100, 9, 1, True, True)
CALL = ToolCall("calculator", "1+1", "2")
TASK = events.TaskView(
    "t2", "coder", ("t1",), "done", 5, 1.5, 0.25, "", "draw", "a", (CALL,), "v1", "gemma", False
)  # fmt: skip
HITS = (events.RecalledHit("message:7", "we sail", "Sailing", 1.5, "user", "words: sail", 0.6),)
EVENTS: list[Event] = [
    events.ModelLoading("starter", 0.5, "loading weights"),
    events.ModelReady(MODEL),
    events.ModelFailed("x", "why"),
    events.ConversationChanged(1),
    events.ConversationDeleted(1),
    events.BranchChanged(1),
    events.Rated(1, 3, -1, "better"),
    events.UserSaved(1, 2, "hello", 1),
    events.AnswerStarted(1, 3, "starter", 2),
    events.PromptRead(1, 3, 5, 10),
    events.TurnsDropped(1, 2),
    events.AnswerPiece(1, 3, "hé"),
    events.AnswerFinished(1, 3, "hé", "stop", FIGURES, "soma-v1"),
    events.ServingChanged("personal", "soma-v1"),
    events.AnswerFailed(1, None, "why"),
    events.ProfileChanged("me", 4, "Dog: Rex", ""),
    events.PersonalityChanged(None, "humor, verbosity"),
    events.DocumentTaken("a.pdf", 1, 2, 3, "new", 4, ""),
    events.Recalled(1, 2, HITS),
    events.RecallProgress(3, 9),
    events.RunStarted(1, "hello", "single", "starter", {"by": "you", "scores": []}, (TASK,), HITS),
    events.TasksPlanned(1, (TASK, TASK)),
    events.TaskChanged(1, TASK),
    events.TaskText(1, "t1", "hé", 3),
    events.RunEnded(1, "done", "hé", "", {"votes": [], "confidence": 0.5}),
    events.WhyText(3, 1, "hé"),
    events.WhyEnded(3, 0, "hé", "stop", None),
    events.RunEvaluated("train-1", 3, 9),
    events.RunDecided("train-1", "soma-v1", "ship", "Better."),
    events.RunUndecided("train-1", "why"),
    events.Notice("text", "warning"),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.kind)
def test_an_event_survives_json(event: Event) -> None:
    assert events.from_json(json.loads(json.dumps(events.to_json(event)))) == event


def test_every_kind_of_event_is_tested() -> None:
    assert {type(event) for event in EVENTS} == set(events.KINDS.values())


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(KeyError):
        events.from_json({"event": "nonsense"})
