"""What the runtime tells of a store that is damaged or has troubles of its own."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from agents.events import Event, Notice
from agents.runtime import Runtime
from store.conversations import Conversations
from store.database import Database
from store.errors import SomaError
from store.paths import Home


def make_runtime(home: Home, seen: list[Event]) -> Runtime:
    def no_model(cache: Path) -> Path:
        raise SomaError("these tests need no model")

    runtime = Runtime(home, starter=no_model)
    runtime.subscribe(seen.append)
    return runtime


async def test_a_damaged_store_is_opened_for_reading_with_a_notice(home: Home) -> None:
    with Database.open(home) as database:
        conversations = Conversations(database)
        conversation = conversations.create("old").id
        conversations.add_user(conversation, "what was said")
        conversations.create("lost")
        conversations.create("last")
    path = home.db / "journal.jsonl"
    data = path.read_bytes().replace(b'"lost"', b'"lust"')
    path.write_bytes(data)
    seen: list[Event] = []
    runtime = make_runtime(home, seen)
    await runtime.open_store()
    try:
        (notice,) = seen
        assert isinstance(notice, Notice)
        assert notice.severity == "warning"
        assert "`soma doctor --repair`" in notice.text
        assert [m.text for m in runtime.conversations.messages(conversation)] == ["what was said"]
        for wanted in (None, conversation):
            with pytest.raises(SomaError, match=r"^cannot save: .*`soma doctor --repair`$"):
                await anext(runtime.answer("more", wanted))
        with pytest.raises(SomaError, match="cannot save"):
            await runtime.rename(conversation, "other")
        with pytest.raises(SomaError, match="cannot save"):
            await runtime.delete(conversation)
    finally:
        await runtime.close()
    assert path.read_bytes() == data


async def test_what_goes_wrong_in_the_background_is_told(home: Home) -> None:
    seen: list[Event] = []
    runtime = make_runtime(home, seen)
    await runtime.open_store()
    try:
        database = runtime._database
        assert database is not None
        line = "the journal could not be compacted: no space left on device"
        threading.Thread(target=database._tell, args=(line,)).start()
        deadline = asyncio.get_running_loop().time() + 30
        while not seen and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.01)
        assert seen == [Notice(line, "warning")]
    finally:
        await runtime.close()
