"""Import and recall as operations: what they reply, in which order, without a chat model."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from agents import recall_keeper
from agents.operations import NEEDS_MODEL, OPERATIONS, perform
from agents.recall_keeper import RecallKeeper
from agents.recall_operations import RECALL_OPERATIONS
from agents.requests import RequestError
from agents.runtime import Runtime
from store.conversations import Conversations
from store.database import Database
from store.errors import SomaError, StoreError, UnknownIdError
from store.message_tables import MessageTables
from store.paths import Home
from store.recall import Recall, RecallStatus
from store.recall_sources import Messages
from tests.store.fake_embedder import FakeEmbedder


@pytest.fixture
async def runtime(home: Home) -> AsyncIterator[Runtime]:
    runtime = Runtime(home, starter=lambda cache: cache / "none", embedder=FakeEmbedder)
    await runtime.open_store()
    yield runtime
    await runtime.close()


async def replies(runtime: Runtime, operation: str, **request: Any) -> list[dict[str, Any]]:
    async with aclosing(perform(runtime, {"operation": operation, **request})) as stream:
        return [reply async for reply in stream]


async def result(runtime: Runtime, operation: str, **request: Any) -> Any:
    return (await replies(runtime, operation, **request))[-1]["result"]


def export(path: Path, *texts: str, conversation: str = "talk-1") -> str:
    messages = [
        {"id": f"{conversation}/{n}", "role": "user", "name": "Ana", "text": text, "time": 100 + n}
        for n, text in enumerate(texts)
    ]
    line = json.dumps({"conversation": conversation, "messages": messages, "title": "Sailing"})
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    return str(path)


def test_the_operations_are_known_and_need_no_chat_model() -> None:
    assert RECALL_OPERATIONS.items() <= OPERATIONS.items()
    assert not set(RECALL_OPERATIONS) & NEEDS_MODEL


async def test_import_then_recall(runtime: Runtime, tmp_path: Path) -> None:
    changed: list[int] = []
    runtime.subscribe(lambda event: changed.append(getattr(event, "conversation", 0)))
    path = export(tmp_path / "a.jsonl", "The beagle is called Rex", "We sail in June")
    taken = await replies(runtime, "import", path=path, embed=True)
    assert taken[0]["event"] == "import_progress"
    assert taken[0]["done"] == taken[0]["total"] == Path(path).stat().st_size
    assert any(reply.get("event") == "recall_progress" for reply in taken)
    summary = taken[-1]["result"]
    assert (summary["new"], summary["messages"], summary["faults"]) == (1, 2, [])
    assert summary["recall"] == {
        "items": 2, "with_meaning": 2, "by_words_only": 0, "problem": ""
    }  # fmt: skip
    assert 1 in changed

    found = await result(runtime, "recall", text="hound")
    assert found["query"] == "hound"
    hit = found["hits"][0]
    assert hit == {
        "id": "talk-1/0",
        "kind": "message",
        "score": hit["score"],
        "text": "The beagle is called Rex",
        "source": "Sailing",
        "time": 100.0,
        "why": hit["why"],
        "ref": "message:1",
        "pinned": False,
        "conversation": 1,
        "role": "user",
        "speaker": "Ana",
    }
    assert 0 < hit["score"] <= 1
    assert "meaning" in hit["why"]


async def test_recall_of_one_conversation(runtime: Runtime, tmp_path: Path) -> None:
    for name in ("one", "two"):
        path = export(tmp_path / "a.jsonl", f"We sail from {name}", conversation=name)
    await result(runtime, "import", path=path)
    own = runtime.conversations.create()
    runtime.conversations.add_user(own.id, "We sail from home")
    for conversation, expected in (("two", "two/0"), (1, "one/0"), (str(own.id), 3)):
        found = await result(runtime, "recall", text="sail", conversation=conversation)
        assert [hit["id"] for hit in found["hits"]] == [expected]
    for unknown in ("three", 99, "٣", "-1"):
        with pytest.raises(UnknownIdError, match="there is no conversation"):
            await result(runtime, "recall", text="sail", conversation=unknown)


async def test_many_queries_are_answered_in_order(runtime: Runtime, tmp_path: Path) -> None:
    path = export(tmp_path / "a.jsonl", "The beagle is called Rex", "We sail in June")
    await result(runtime, "import", path=path)
    queries = tmp_path / "q.jsonl"
    queries.write_text(
        "\n".join(
            [
                json.dumps({"query": "June", "mine": 7}),
                "nonsense",
                json.dumps({"query": 5}),
                "",
                json.dumps({"query": "Rex", "conversation": "talk-1"}),
                json.dumps({"query": "Rex", "conversation": "none"}),
                json.dumps({"query": " "}),
                json.dumps({"query": "x" * 100_000 + " Rex"}),
            ]
        )
    )
    found = await replies(runtime, "recall.many", path=str(queries), limit=1)
    lines = [reply["line"] for reply in found if reply.get("event") == "recalled_for"]
    assert [line["query"] for line in lines[:-1]] == ["June", None, None, "Rex", "Rex", " "]
    assert [[hit["id"] for hit in line["hits"]] for line in lines[:4]] == [
        ["talk-1/1"], [], [], ["talk-1/0"]
    ]  # fmt: skip
    assert lines[0]["mine"] == 7
    assert [line.get("error") for line in lines[:-1]] == [
        None,
        "line 2 is not JSON",
        'line 3 lacks "query", a text',
        None,
        "line 5: there is no conversation none; `soma conversations list` shows those there are",
        "line 7 asks for nothing",
    ]
    assert found[-1]["result"]["queries"] == 7
    assert found[-1]["result"]["faults"] == 4


@pytest.mark.parametrize(
    ("operation", "request_", "said"),
    [
        ("recall", {"text": " "}, "nothing was asked for"),
        ("recall", {"text": 5}, "text is a text"),
        ("recall", {}, "the request lacks"),
        ("recall", {"text": "x", "limit": 0}, "from 1 to 1,000"),
        ("recall", {"text": "x", "limit": 1001}, "from 1 to 1,000"),
        ("recall", {"text": "x", "limit": "5"}, "a whole number"),
        ("recall.many", {"path": "nowhere.jsonl"}, "cannot be read"),
        ("recall.pin", {"ref": "message:5"}, "there is no message 5"),
        ("import", {"path": "nowhere.jsonl"}, "cannot be read"),
    ],
)
async def test_bad_requests_are_told_in_a_line(
    runtime: Runtime, operation: str, request_: dict[str, Any], said: str
) -> None:
    with pytest.raises(SomaError, match=said) as caught:
        await result(runtime, operation, **request_)
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, RequestError | SomaError)


async def test_pins_by_request(runtime: Runtime, tmp_path: Path) -> None:
    await result(runtime, "import", path=export(tmp_path / "a.jsonl", "We sail"))
    assert await result(runtime, "recall.pin", ref="message:1") == {
        "ref": "message:1", "pinned": True
    }  # fmt: skip
    assert (await result(runtime, "recall", text="sail"))["hits"][0]["pinned"]
    await result(runtime, "recall.pin", ref="message:1", pinned=False)
    assert not (await result(runtime, "recall", text="sail"))["hits"][0]["pinned"]


async def test_without_a_model_of_meaning_it_says_so(home: Home, tmp_path: Path) -> None:
    runtime = Runtime(home, starter=lambda cache: cache / "none", embedder=lambda: None)
    await runtime.open_store()
    await result(runtime, "import", path=export(tmp_path / "a.jsonl", "We sail"), embed=True)
    state = await result(runtime, "recall.status")
    assert state["problem"] == "no embedding model is there"
    assert [hit["id"] for hit in (await result(runtime, "recall", text="sail"))["hits"]]
    await runtime.close()


async def test_a_model_that_was_fetched_meanwhile_is_used(home: Home, tmp_path: Path) -> None:
    there: list[FakeEmbedder] = []
    runtime = Runtime(
        home, starter=lambda cache: cache, embedder=lambda: there[0] if there else None
    )
    await runtime.open_store()
    await result(runtime, "import", path=export(tmp_path / "a.jsonl", "The beagle"), embed=True)
    assert (await result(runtime, "recall", text="hound"))["hits"] == []
    there.append(FakeEmbedder())
    await result(runtime, "recall.renew")
    assert (await result(runtime, "recall", text="hound"))["hits"][0]["text"] == "The beagle"
    await runtime.close()


# The thread in the background.


class Told(list[RecallStatus]):
    pass


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recall_keeper, "SECONDS_AFTER_OPENING", 0.0)


async def until(condition: Any) -> None:
    import asyncio

    for _ in range(3000):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came")


async def test_what_is_stored_is_embedded_in_the_background(home: Home, at_once: None) -> None:
    with Database.open(home) as database:
        conversations = Conversations(database)
        conversation = conversations.create().id
        for number in range(300):
            conversations.add_user(conversation, f"text {number}")
        recall = Recall([Messages(MessageTables(database))], home.cache, FakeEmbedder)
        told = Told()
        resting = [True]
        keeper = RecallKeeper(recall, lambda: not resting[0], told.append)
        try:
            await until(lambda: recall.status().complete)
            assert recall.status().embedded == 0, "it rests while an answer is given"
            resting[0] = False
            await until(lambda: recall.status().embedded == 300)
            await until(lambda: told and told[-1].missing == 0)
            assert [status.embedded for status in told] == sorted(s.embedded for s in told)
            conversations.add_user(conversation, "one more")
            keeper.wake()
            await until(lambda: recall.status().embedded == 301)
        finally:
            keeper.close()


async def test_a_failing_model_ends_the_work_and_nothing_else(home: Home, at_once: None) -> None:
    class Failing(FakeEmbedder):
        def embed(self, texts: Any, *, urgent: bool = False) -> Any:
            raise StoreError("the model stopped")

    with Database.open(home) as database:
        conversations = Conversations(database)
        conversations.add_user(conversations.create().id, "We sail")
        recall = Recall([Messages(MessageTables(database))], home.cache, Failing)
        keeper = RecallKeeper(recall)
        await until(lambda: not keeper._thread.is_alive())
        keeper.close()
        assert [hit.item.text for hit in recall.search("sail")] == ["We sail"]
