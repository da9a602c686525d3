"""Prompts from stored messages, on the starter's real template."""

from __future__ import annotations

import pytest

from agents.engine.engine import Engine
from agents.prompt import PromptBuilder, PromptTooLongError
from store.message import Message


def message(number: int, role: str, text: str, ids: tuple[int, ...] = ()) -> Message:
    return Message(
        id=number,
        conversation=1,
        role=role,  # type: ignore[arg-type]
        text=text,
        created=0.0,
        state="done",
        model=None,
        token_ids=ids,
        vocabulary="v" if ids else None,
        figures=None,
        finish=None,
    )


@pytest.fixture
def builder(engine: Engine) -> PromptBuilder:
    return PromptBuilder(engine.template, engine.vocabulary, "v", 256)


def test_ids_that_were_sent_stay_as_they_were_sent(builder: PromptBuilder) -> None:
    stored = [message(1, "user", "hello", (9, 8)), message(2, "assistant", "hi", (7,))]
    prompt = builder.build("S", [*stored, message(3, "user", "more")], 0)
    assert prompt.ids[:3] == [9, 8, 7]
    assert [segment.changed for segment in prompt.segments] == [False, False, True]


def test_ids_of_another_vocabulary_are_made_anew(engine: Engine) -> None:
    builder = PromptBuilder(engine.template, engine.vocabulary, "other", 256)
    prompt = builder.build("S", [message(1, "user", "hello", (9, 8))], 0)
    assert prompt.ids == engine.template.opening("S", "hello")


def test_a_question_without_an_answer_leaves_an_empty_turn(
    engine: Engine, builder: PromptBuilder
) -> None:
    prompt = builder.build("S", [message(1, "user", "one"), message(2, "user", "two")], 0)
    text = "".join(engine.vocabulary.name(token) for token in prompt.ids)
    assert text == (
        "<bos><start_of_turn>user\nS\n\none<end_of_turn>\n<start_of_turn>model\n<end_of_turn>\n"
        "<start_of_turn>user\ntwo<end_of_turn>\n<start_of_turn>model\n"
    )


def test_overflow_frees_half_of_the_context_and_keeps_whole_turns(
    engine: Engine, builder: PromptBuilder
) -> None:
    turns = []
    for number in range(1, 12, 2):
        turns += [
            message(number, "user", "the sea " * 15),
            message(number + 1, "assistant", "is calm " * 5),
        ]
    last = message(13, "user", "and now?")
    prompt = builder.build("S", [*turns, last], 0)
    kept = [segment.message for segment in prompt.segments]
    assert prompt.dropped == 13 - len(kept) > 0
    assert kept[0].role == "user"
    assert kept[-1] is last
    assert len(prompt.ids) < 128
    assert prompt.ids[0] == engine.vocabulary.bos
    again = builder.build("S", [*turns, last], kept[0].id)
    assert again.dropped == 0


def test_a_message_that_cannot_fit_is_named_with_the_numbers(builder: PromptBuilder) -> None:
    with pytest.raises(PromptTooLongError, match="the model's context holds 256"):
        builder.build("S", [message(1, "user", "word " * 400)], 0)
