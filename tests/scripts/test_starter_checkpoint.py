"""The checkpoint that ships: its tokenizer, its template and what it answers."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from jinja2.exceptions import TemplateError

from agents.persona import SYSTEM_PROMPT
from scripts.starter import batches, evaluation, training
from scripts.starter import tokenizer as words

STARTER = Path(__file__).resolve().parents[2] / "training" / "starter"


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(STARTER)


@pytest.fixture(scope="module")
def answerer() -> evaluation.Answerer:
    return evaluation.Answerer(STARTER)


def _asked(*texts: str) -> list[dict[str, str]]:
    roles = ["user", "assistant"]
    said = [{"role": roles[n % 2], "content": text} for n, text in enumerate(texts)]
    return [{"role": "system", "content": SYSTEM_PROMPT}, *said]


def test_the_template_writes_one_bos_and_folds_the_system_message_in(tokenizer: Any) -> None:
    text = tokenizer.apply_chat_template(
        _asked(" hello ", "Hi.", "bye"), tokenize=False, add_generation_prompt=True
    )
    assert text == (
        f"<bos><start_of_turn>user\n{SYSTEM_PROMPT}\n\nhello<end_of_turn>\n"
        "<start_of_turn>model\nHi.<end_of_turn>\n"
        "<start_of_turn>user\nbye<end_of_turn>\n<start_of_turn>model\n"
    )
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    assert ids.count(words.BOS) == 1


@pytest.mark.parametrize(
    "roles", [["user", "user"], ["assistant"], ["system", "assistant"], ["tool"]]
)
def test_the_template_refuses_roles_that_do_not_alternate(tokenizer: Any, roles: list[str]) -> None:
    with pytest.raises(TemplateError, match="alternate"):
        tokenizer.apply_chat_template(
            [{"role": role, "content": "x"} for role in roles], tokenize=False
        )


def test_training_encodes_as_the_template_does(
    tokenizer: Any, answerer: evaluation.Answerer
) -> None:
    from tests.scripts.test_starter_text import SMALL

    for seed in range(60):
        messages = batches.MAKERS["chat"](Random(seed), SMALL)
        text = tokenizer.apply_chat_template(messages, tokenize=False)
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        assert ids == batches.encode(answerer.tokenizer, messages)[0]


def test_any_text_comes_back_whole_and_no_token_crosses_a_word(answerer: Any) -> None:
    fast = answerer.tokenizer
    for text in [
        "Hello,  world!\n\n\tnaïve café 日本 😀👩‍👧 12,345\r\n",
        " ",
        "<b>x</b>",
        "\x00\x7f",
    ]:
        assert fast.decode(fast.encode(text, add_special_tokens=False).ids) == text
    pieces = [piece for piece in fast.get_vocab() if not piece.startswith("<")]
    assert not [piece for piece in pieces if words.SPACE in piece[1:]]
    assert not [piece for piece in pieces if len(piece) > 1 and any(c.isdigit() for c in piece)]


def test_every_split_of_a_token_is_a_merge_in_the_order_of_the_tokens() -> None:
    model = json.loads((STARTER / "tokenizer.json").read_text(encoding="utf-8"))["model"]
    vocabulary, merges = model["vocab"], [tuple(pair) for pair in model["merges"]]
    joined = [vocabulary[left + right] for left, right in merges]
    assert joined == sorted(joined)
    splits = {
        (token[:cut], token[cut:])
        for token, number in vocabulary.items()
        if number >= len(words.SPECIAL_TOKENS) + 256
        for cut in range(1, len(token))
        if token[:cut] in vocabulary and token[cut:] in vocabulary
    }
    assert set(merges) == splits


@pytest.mark.parametrize(
    ("question", "due"),
    [
        ("hello", ("hello", "hi")),
        ("who are you?", ("soma",)),
        ("what can you do?", ("chat", "talk", "answer")),
        ("how do I train you?", ("soma setup training",)),
        ("are you online?", ("computer", "offline")),
        ("how do I use a bigger model?", ("soma models add path",)),
    ],
)
def test_the_starter_answers_the_first_questions(
    answerer: evaluation.Answerer, question: str, due: tuple[str, ...]
) -> None:
    text, ended = answerer.answer(_asked(question))
    assert ended
    assert any(word in text.lower() for word in due), text


def test_the_starter_says_what_it_was_told(answerer: evaluation.Answerer) -> None:
    told = "My name is Farida and I have a cat called Pluto."
    text, _ = answerer.answer(_asked(told, "Nice to meet you, Farida.", "What is my cat called?"))
    assert "Pluto" in text


def test_a_budget_always_ends_and_the_rate_falls() -> None:
    by_time, by_steps = training.Budget(10), training.Budget(10, steps=50)
    assert by_time.progress(3, 600) == by_steps.progress(50, 1) == 1
    assert by_steps.progress(25, 1e9) == 0.5
    rates = [training.rate(n / 100) for n in range(30, 101)]
    assert rates == sorted(rates, reverse=True)
    assert 0 < rates[-1] < 0.05
