from __future__ import annotations

from dataclasses import replace

import pytest

from agents import events
from soma_tui.drafts import Drafts
from soma_tui.state import ViewState, doing, model_labels, status_line, storing, welcome
from store.draft import Draft
from store.message import Message
from tests.soma_tui.fakes import FIGURES, STARTER


def stored(id: int, role: str, text: str, state: str = "done", **other) -> Message:
    fields = {"model": None, "token_ids": (), "vocabulary": None, "figures": None, "finish": None}
    return Message(id, 1, role, text, 0.0, state, **{**fields, **other})


@pytest.fixture
def state() -> ViewState:
    state = ViewState(conversation=1)
    state.fold(events.ModelReady(STARTER))
    return state


def test_an_answer_is_followed_from_the_disk_to_its_figures(state) -> None:
    told = []
    for event in (
        events.UserSaved(1, 1, "hi"),
        events.AnswerStarted(1, 2, "starter"),
        events.PromptRead(1, 2, 30, 120),
        events.AnswerPiece(1, 2, "Hel"),
        events.AnswerPiece(1, 2, "lo"),
    ):
        state.fold(event)
        told.append(doing(state))
    assert told == [
        "reading the prompt",
        "reading the prompt",
        "reading the prompt 25 %",
        "answering",
        "answering",
    ]
    assert state.answers[1].text == "Hello"
    state.fold(events.AnswerFinished(1, 2, "Hello", "cancelled", FIGURES))
    assert doing(state) == "stopped"
    assert not state.answers
    assert status_line(state, 200) == (
        "saved · stopped · 38 tok/s · first token 0.21 s · context 1,204 of 8,192 · 961 cached"
    )


def test_the_same_events_give_the_same_state() -> None:
    happened = [
        events.ModelLoading("m", 0.5, "loading weights"),
        events.ModelReady(STARTER),
        events.UserSaved(3, 1, "hi"),
        events.AnswerStarted(3, 2, "starter"),
        events.AnswerPiece(3, 2, "x"),
        events.Notice("mind this", "warning"),
        events.AnswerFailed(3, 2, "no"),
    ]
    first, second = ViewState(), ViewState()
    for event in happened:
        first.fold(event)
        second.fold(events.from_json(events.to_json(event)))
    assert first == second


def test_what_matters_least_is_left_out_first(state) -> None:
    state.fold(events.AnswerFinished(1, 2, "x", "stop", FIGURES))
    lines = {status_line(state, width) for width in range(120)}
    assert all(len(status_line(state, width)) <= width for width in range(120))
    assert sorted(lines, key=len) == [
        "",
        "saved",
        "saved · 38 tok/s",
        "saved · 38 tok/s · context 1,204 of 8,192",
        "saved · 38 tok/s · first token 0.21 s · context 1,204 of 8,192",
        "saved · 38 tok/s · first token 0.21 s · context 1,204 of 8,192 · 961 cached",
    ]


def test_figures_that_were_not_measured_are_not_shown(state) -> None:
    unknown = replace(FIGURES, tokens_per_s=None, first_token_s=None)
    state.fold(events.AnswerFinished(1, 2, "x", "stop", unknown))
    assert status_line(state, 200) == "saved · context 1,204 of 8,192 · 961 cached"


def test_saving_saved_and_not_saved() -> None:
    state = ViewState()
    assert storing(state) == ""
    state.send()
    assert storing(state) == "saving"
    state.not_saved(None, "the disk is full")
    assert storing(state) == "not saved"
    assert state.notices == [events.Notice("the disk is full", "error")]
    state.send()
    assert state.notices == []
    state.saved(None)
    state.conversation = 4
    assert storing(state) == "saved"


def test_loading_and_failing_are_told_in_words() -> None:
    state = ViewState()
    state.fold(events.ModelLoading("", 0.0, "reading the file"))
    assert (doing(state), model_labels(state)[0]) == ("reading the file", "loading")
    state.fold(events.ModelLoading("gemma", 0.4, "loading weights"))
    assert (doing(state), model_labels(state)[0]) == ("loading weights 40 %", "loading gemma")
    state.fold(events.ModelFailed("gemma", "gemma.gguf is cut short; fetch it again"))
    assert (doing(state), model_labels(state)[0]) == ("no model", "no model")
    assert "No model is loaded" in welcome(state)
    assert "cut short" in state.notices[0].text
    state.fold(events.ModelReady(STARTER))
    assert doing(state) == ""
    assert model_labels(state)[0] == "starter · 5.8M · F16"
    assert welcome(state).startswith("This is the starter model: very small")
    state.fold(events.ModelReady(replace(STARTER, name="gemma-3-1b", starter=False)))
    assert "gemma-3-1b" in welcome(state)


def test_a_message_waits_for_the_model() -> None:
    state = ViewState(conversation=1)
    state.fold(events.UserSaved(1, 1, "hi"))
    assert doing(state) == "waiting for the model"


def test_notices_are_few_and_not_told_twice() -> None:
    state = ViewState()
    for text in ("one", "two", "two", "three", "four"):
        state.fold(events.Notice(text))
    assert [notice.text for notice in state.notices] == ["two", "three", "four"]


def test_a_deleted_conversation_is_forgotten(state) -> None:
    state.fold(events.UserSaved(1, 1, "hi"))
    state.fold(events.AnswerFinished(1, 2, "x", "stop", FIGURES))
    state.drafts.write(1, "half a thought")
    state.fold(events.ConversationDeleted(1))
    assert state == ViewState(model=STARTER)


def test_how_answers_ended_is_said(state) -> None:
    messages = [
        stored(1, "user", "hi"),
        stored(2, "assistant", "whole", finish="stop"),
        stored(3, "assistant", "part", state="cancelled"),
        stored(4, "assistant", "part", state="interrupted"),
        stored(5, "assistant", "part", state="failed"),
        stored(6, "assistant", "long", finish="length", figures={"prompt_tokens": 1}),
        stored(7, "assistant", "what the disk has", state="streaming"),
    ]
    state.fold(events.AnswerPiece(1, 7, "what was told"))
    entries = state.open(1, messages)
    assert [entry.ending for entry in entries] == [
        "",
        "",
        "stopped",
        "interrupted when SOMA ended",
        "failed",
        "cut off at the limit",
        "",
    ]
    assert (entries[6].text, entries[6].running) == ("what was told", True)
    assert 1 not in state.figures


def test_stored_figures_are_shown_again(state) -> None:
    figures = {
        "prompt_tokens": 10,
        "cached_tokens": 4,
        "completion_tokens": 5,
        "context_used": 15,
        "context_size": 2048,
        "first_token_s": 1.25,
        "tokens_per_s": 12.4,
    }
    state.open(1, [stored(2, "assistant", "x", figures=figures)])
    assert status_line(state, 90) == (
        "saved · 12 tok/s · first token 1.2 s · context 15 of 2,048 · 4 cached"
    )


def test_drafts_are_loaded_before_what_was_typed_since() -> None:
    drafts = Drafts()
    drafts.write(None, "since")
    drafts.load({None: Draft("before"), 1: Draft("text", ("waits",))})
    assert (drafts.text(None), drafts.text(1)) == ("before\n\nsince", "waits\n\ntext")
    assert drafts.queued(1) == ()
    assert dict(drafts.unsaved()) == {None: Draft("before\n\nsince"), 1: Draft("waits\n\ntext")}
    assert dict(drafts.unsaved()) == {}


def test_what_waits_is_sent_in_order_or_taken_back_from_the_end() -> None:
    drafts = Drafts()
    for text in ("one", "two", "three"):
        drafts.wait(1, text)
    drafts.sent(1, "one")
    assert drafts.queued(1) == ("two", "three")
    assert drafts.take_back(1) == "three"
    drafts.wait(1, "four")
    assert drafts.take_back(1, all=True) == "two\n\nfour"
    assert drafts.take_back(1) == ""
    assert drafts.written() == set()


def test_the_draft_of_a_new_conversation_goes_with_it() -> None:
    drafts = Drafts()
    drafts.write(None, "typed after")
    drafts.move(None, 4)
    assert (drafts.text(None), drafts.text(4)) == ("", "typed after")
    assert dict(drafts.unsaved()) == {None: Draft(""), 4: Draft("typed after")}


def test_names_from_files_cannot_carry_escape_sequences(state) -> None:
    state.fold(events.ModelReady(replace(STARTER, name="\x1b[2J", starter=False)))
    state.fold(events.Notice("\x07", "error"))
    assert "\x1b" not in model_labels(state)[0] + welcome(state)
    assert state.notices[0].text == "␇"
