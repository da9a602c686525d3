"""The socket of an open SOMA, with the real starter model behind it."""

from __future__ import annotations

import asyncio
import json
import socket
import stat
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from agents.events import Event
from agents.runtime import Runtime
from agents.service import NotOpenError, Service, call
from store.errors import SomaError
from store.paths import Home
from tests.agents.runtime_helpers import never_ending, open_runtime

ASK: dict[str, Any] = {
    "operation": "ask", "text": "hello", "max_tokens": 40, "sampling": {"temperature": 0}
}  # fmt: skip


@asynccontextmanager
async def serving(home: Home, starter: Path, *, load: bool = True) -> AsyncIterator[Runtime]:
    async with open_runtime(home, starter, load=load) as runtime:
        service = Service(runtime, home.socket)
        await service.start()
        try:
            yield runtime
        finally:
            await service.close()


async def replies(home: Home, request: dict[str, Any]) -> list[dict[str, Any]]:
    return [reply async for reply in call(home.socket, request)]


async def test_an_answer_streams_through_the_socket(home: Home, starter_path: Path) -> None:
    async with serving(home, starter_path) as runtime:
        seen = await replies(home, ASK)
        result = seen[-1]["result"]
        assert result["answer"] == "".join(
            reply["text"] for reply in seen[:-1] if reply["event"] == "answer_piece"
        )
        assert runtime.conversations.messages(result["conversation"])[-1].text == result["answer"]
        assert set(result["tokens"]) == {"prompt", "cached", "completion"}
        assert set(result["timings"]) == {"first_token_s", "tokens_per_s"}


async def test_the_socket_is_for_its_owner_alone_and_goes_with_the_service(
    home: Home, starter_path: Path
) -> None:
    async with serving(home, starter_path, load=False):
        assert stat.S_IMODE(home.socket.stat().st_mode) == 0o600
        assert await replies(home, {"operation": "conversations.list"}) == [{"result": []}]
    assert not home.socket.exists()
    with pytest.raises(NotOpenError):
        await replies(home, ASK)


async def test_a_dead_soma_s_socket_is_replaced(home: Home, starter_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(home.socket))
    with pytest.raises(NotOpenError):
        await replies(home, ASK)
    async with serving(home, starter_path, load=False):
        assert await replies(home, {"operation": "conversations.list"}) == [{"result": []}]


async def test_a_data_directory_deeper_than_a_socket_s_name_may_be(
    tmp_path: Path, starter_path: Path
) -> None:
    home = Home(tmp_path / ("deep" * 20) / ("deeper" * 10))
    home.create()
    assert len(str(home.socket)) > 108
    async with serving(home, starter_path, load=False):
        assert await replies(home, {"operation": "conversations.list"}) == [{"result": []}]


async def test_a_client_that_goes_away_stops_its_answer(home: Home, starter_path: Path) -> None:
    async with serving(home, starter_path) as runtime:
        async with never_ending(runtime):
            async with aclosing(call(home.socket, {**ASK, "max_tokens": 900})) as stream:
                async for reply in stream:
                    if reply["event"] == "answer_piece":
                        break
            conversation = reply["conversation"]
            async with asyncio.timeout(30):
                while runtime.answering(conversation):
                    await asyncio.sleep(0.01)
        assert runtime.conversations.messages(conversation)[-1].state == "cancelled"


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ({"operation": "nonsense"}, "there is no operation 'nonsense'"),
        ({"operation": "ask"}, "lacks 'text'"),
        ({"operation": "conversations.show", "conversation": 7}, "there is no conversation 7"),
        ({"operation": "ask", "text": "hi", "model": "other"}, "open with the model 'starter'"),
        ({**ASK, "conversation": [1]}, r"conversation is a whole number, not \[1\]"),
        ({"operation": "ask", "text": 5}, "text is a text, not 5"),
        ({"operation": "conversations.show"}, "lacks 'conversation'"),
        ({"operation": "conversations.show", "conversation": "7"}, "is a whole number, not '7'"),
        ({"operation": "conversations.edit", "message": 7, "text": "x"}, "there is no message 7"),
        ({"operation": "conversations.regenerate", "conversation": 7}, "there is no conversation"),
        ({"operation": "conversations.rate", "message": 7, "value": 2}, "a rating is 1, -1 or 0"),
        ({"operation": "conversations.rate", "message": 7, "value": True}, "is a whole number"),
        ({**ASK, "sampling": {"nonsense": 1}}, "sampling setting"),
        ({**ASK, "sampling": {"temperature": "hot"}}, "sampling setting"),
        ({**ASK, "sampling": {"temperature": -1}}, "temperature cannot be -1"),
    ],
)
async def test_a_request_that_cannot_be_done_is_answered_with_the_reason(
    home: Home, starter_path: Path, request_: dict[str, Any], said: str
) -> None:
    async with serving(home, starter_path):
        with pytest.raises(SomaError, match=said):
            await replies(home, request_)


@pytest.mark.parametrize("line", [b"\n", b"nonsense\n", b"[1]\n", b"\xff\xfe\n", b""])
async def test_a_line_that_is_no_request_hurts_nobody(
    home: Home, starter_path: Path, line: bytes
) -> None:
    async with serving(home, starter_path, load=False):
        reader, writer = await asyncio.open_unix_connection(str(home.socket))
        writer.write(line)
        writer.write_eof()
        answer = await reader.read()
        assert "error" in json.loads(answer)
        writer.close()
        assert await replies(home, {"operation": "conversations.list"}) == [{"result": []}]


async def test_closing_the_service_tells_those_who_wait(home: Home, starter_path: Path) -> None:
    async with open_runtime(home, starter_path, load=False) as runtime:
        service = Service(runtime, home.socket)
        await service.start()
        waiting = asyncio.create_task(replies(home, ASK))  # no model comes
        await asyncio.sleep(0.1)
        await service.close()
        with pytest.raises(SomaError, match="was closed before it had answered"):
            await waiting


async def test_branches_and_ratings_through_the_socket(home: Home, starter_path: Path) -> None:
    async with serving(home, starter_path) as runtime:

        async def do(operation: str, **fields: Any) -> Any:
            request = {"operation": f"conversations.{operation}", **fields}
            return (await replies(home, request))[-1]["result"]

        first = (await replies(home, ASK))[-1]["result"]
        conversation = first["conversation"]
        seen: list[Event] = []
        runtime.subscribe(seen.append)
        again = await do("regenerate", conversation=conversation)
        shown = await do("show", conversation=conversation)
        question, answer = shown["messages"]
        assert (answer["id"], answer["parent"]) == (again["message"], question["id"])
        other, _ = answer["alternatives"]
        edited = await do("edit", message=question["id"], text="who are you?")
        assert edited["conversation"] == conversation
        shown = await do("branch", conversation=conversation, message=other)
        assert [m["id"] for m in shown["messages"]] == [question["id"], other]
        shown = await do("branch", conversation=conversation, message=question["id"], end=True)
        assert [m["id"] for m in shown["messages"]] == [question["id"]]
        shown = await do("branch", conversation=conversation, message=0, end=True)
        assert shown["messages"] == []
        rated = await do("rate", message=other, value=-1, better="Ahoy!")
        assert (rated["rating"]["value"], rated["rating"]["better"]) == (-1, "Ahoy!")
        assert await do("delete", conversation=conversation) == {
            "deleted": conversation, "now": False
        }  # fmt: skip
        (deleted,) = await do("list", deleted=True)
        assert deleted["id"] == conversation
        assert (await do("restore", conversation=conversation))["id"] == conversation
        kinds = [type(event).__name__ for event in seen]
        assert kinds.count("BranchChanged") == 3
        assert {"Rated", "ConversationDeleted", "ConversationChanged"} <= set(kinds)
