"""SOMA killed between any two commits, while a person types, sends and thinks again."""

from __future__ import annotations

import random
import signal
import time

import pytest

from store.conversations import Conversations
from store.database import Database
from store.paths import Home
from tests.store import child

TYPE = """
import asyncio, sys
from contextlib import aclosing
from pathlib import Path
from agents.runtime import Runtime
from store.drafts import Draft
from store.paths import Home

async def main():
    runtime = Runtime(Home(Path(sys.argv[1])), starter=lambda cache: cache)
    await runtime.open_store()
    await runtime.save_draft(None, Draft("typed 0"))
    async with aclosing(runtime.answer("typed 0")) as stream:
        saved = await anext(stream)
    conversation, first = saved.conversation, saved.message
    n = 0
    while True:
        print(conversation, n, flush=True)
        n += 1
        await runtime.save_draft(conversation, Draft(f"typed {n}", (f"queued {n}",)))
        for text in (f"queued {n}", f"typed {n}"):
            instead_of = first if n % 5 == 0 and text.startswith("typed") else None
            answer = runtime.answer(text, conversation, instead_of=instead_of)
            async with aclosing(answer) as stream:
                last = (await anext(stream)).message
        if n % 3 == 0:
            await runtime.show_branch(conversation, first)
        if n % 4 == 0:
            await runtime.delete(conversation)
            await runtime.restore(conversation)

asyncio.run(main())
"""


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("rounds", [10, pytest.param(300, marks=pytest.mark.torture)])
def test_sigkill_neither_loses_nor_doubles_what_was_typed(home: Home, rounds: int) -> None:
    chance = random.Random(12)
    most = 0
    for _ in range(rounds):
        process = child.start(TYPE, home.root)
        begun = "".join(process.stdout.readline() for _ in range(chance.randint(1, 6)))
        time.sleep(chance.uniform(0, 0.02))
        process.send_signal(signal.SIGKILL)
        output, errors = process.communicate(timeout=30)
        assert errors == ""
        conversation, typed = map(int, (begun + output).rsplit("\n", 1)[0].splitlines()[-1].split())
        most = max(most, typed)
        with Database.open(home) as database:
            conversations = Conversations(database)
            if conversation in [c.id for c in conversations.deleted()]:
                conversations.restore(conversation)
            rows = database.table("messages").all()
            kept = [row["text"] for row in rows if row["conversation"] == conversation]
            draft = conversations.drafts.all().get(conversation)
            if draft is not None:
                kept += [*draft.queued, *filter(None, [draft.text])]
            shown = [m.id for m in conversations.messages(conversation)]
            assert shown == [m.id for m in conversations.branch_to(shown[-1])]
            assert conversations.get(conversation).title == "typed 0"
        numbers = range(1, typed + 2)
        expected = ["typed 0", *(f"{what} {n}" for n in numbers for what in ("queued", "typed"))]
        assert kept in (expected, expected[:-2])
        assert Database.check(home).ok
    assert most > 2
