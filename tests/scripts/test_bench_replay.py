"""The recorded answer, the runtime that says it, and the stored conversations beside it."""

from __future__ import annotations

from pathlib import Path

from agents import events
from scripts.bench._process import fields_of_stat, kilobytes
from scripts.bench._replay import TOKENS_A_SECOND, ReplayRuntime, tokens_of
from scripts.bench._stored import LONG, fill, recorded_answer
from scripts.bench.peers import take_turns
from store.conversations import Conversations
from store.database import Database
from store.paths import Home


def test_the_recorded_answer_has_the_shape_of_an_answer() -> None:
    text = recorded_answer()
    lines = text.splitlines()
    fences = [number for number, line in enumerate(lines) if line.startswith("```")]
    assert len(fences) == 2
    assert fences[1] - fences[0] - 1 >= 60
    for beginning in ("- ", "  - ", "1. ", "| ", "## ", "> "):
        assert any(line.startswith(beginning) for line in lines)
    assert len(tokens_of(text)) / TOKENS_A_SECOND >= 20


def test_tokens_leave_nothing_out_and_have_a_usual_length() -> None:
    text = recorded_answer() + "  Ünïcode → 12,345 __x__\r\n\t$$$"
    tokens = tokens_of(text)
    assert "".join(tokens) == text
    assert 3 < len(text) / len(tokens) < 5


async def test_the_double_answers_with_the_recorded_text_and_stores_it(tmp_path: Path) -> None:
    runtime = ReplayRuntime(Home(tmp_path), rate=1e6)
    await runtime.open_store()
    try:
        assert (await runtime.load_model()).name == "recorded"
        said, last = [], None
        async for event in runtime.answer("What about the tide?"):
            last = event
            if isinstance(event, events.AnswerPiece):
                said.append(event.text)
        assert isinstance(last, events.AnswerFinished)
        assert last.finish == "stop"
        assert "".join(said) == last.text == recorded_answer()
        stored = runtime.conversations.messages(last.conversation)
        assert [message.text for message in stored] == ["What about the tide?", recorded_answer()]
    finally:
        await runtime.close()


async def test_the_double_stops_when_it_is_told_to(tmp_path: Path) -> None:
    runtime = ReplayRuntime(Home(tmp_path), rate=20.0)
    await runtime.open_store()
    try:
        await runtime.load_model()
        async for event in runtime.answer("What about the tide?"):
            if isinstance(event, events.AnswerPiece):
                runtime.cancel(event.conversation)
            if isinstance(event, events.AnswerFinished):
                assert event.finish == "cancelled"
                assert recorded_answer().startswith(event.text)
                assert 0 < len(event.text) < len(recorded_answer())
                break
        else:
            raise AssertionError("the answer failed")
    finally:
        await runtime.close()


def test_stored_messages_are_as_many_as_asked_for(tmp_path: Path) -> None:
    fill(Home(tmp_path), messages=260, in_long=60)
    with Database.open(Home(tmp_path)) as database:
        conversations = Conversations(database)
        known = conversations.list()
        assert sum(conversation.messages for conversation in known) == 260
        assert (known[0].title, known[0].messages) == (LONG, 60)
        messages = conversations.messages(known[0].id)
        assert conversations.window_start(known[0].id) == messages[-2].id
        assert {message.role for message in messages[-2:]} == {"user", "assistant"}


def test_what_proc_says_is_read() -> None:
    stat = "42 (a (strange) name) S 7 42 42 0 -1 4194560 10 0 0 0 123 45 0 0 20 0"
    assert fields_of_stat(stat)[:2] == ["S", "7"]
    assert fields_of_stat(stat)[11:13] == ["123", "45"]
    status = "Name:\tpython\nVmRSS:\t   2048 kB\nRssAnon:\t    512 kB\n"
    assert (kilobytes(status, "VmRSS"), kilobytes(status, "RssAnon")) == (2048, 512)
    assert kilobytes(status, "VmSwap") == 0


def test_each_round_begins_with_another() -> None:
    order: list[str] = []

    def measure(name: str) -> float:
        order.append(name)
        return float(len(order))

    samples = take_turns(2, {name: lambda name=name: measure(name) for name in "abc"})
    assert order == [*"abc", *"bca"]
    assert samples == {"a": [1.0, 6.0], "b": [2.0, 4.0], "c": [3.0, 5.0]}
