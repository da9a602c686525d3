from __future__ import annotations

import random
import signal
import time

import pytest

from store.conversations import Conversations
from store.database import Database
from store.paths import Home
from tests.store import child

WRITE = """
import sys
from pathlib import Path
from store.conversations import Conversations
from store.database import Database
from store.paths import Home
database = Database.open(Home(Path(sys.argv[1])))
conversations = Conversations(database)
conversation = conversations.create("kill").id
say = lambda *words: print(conversation, *words, flush=True)
say("created")
n = 0
while True:
    n += 1
    say("said", conversations.add_user(conversation, f"question {n} " + "é" * (n % 50)).id)
    answer = conversations.begin_answer(conversation, "m", "v").id
    for piece in range(n % 7):
        conversations.append_piece(answer, f"piece {piece} ", [piece, n])
        say("piece", answer, piece)
    conversations.finish_answer(answer, state="done", finish="stop", figures={"n": n})
    say("done", answer, n % 7)
    if n % 3 == 0:
        question = conversations.message(answer).parent
        answer = conversations.begin_answer(conversation, "m", "v", after=question).id
        conversations.finish_answer(answer, state="done", finish="stop", figures={"n": n})
        say("done", answer, 0)
    if n % 4 == 0:
        conversations.show_branch(conversation, conversations.siblings(answer)[0])
    if n % 5 == 0:
        other = conversations.create("gone").id
        conversations.add_user(other, "to be deleted")
        conversations.delete(other, now=n % 2 == 0)
        say("deleted", other)
    if n % 11 == 0:
        database.storage.compact()
"""


def whole(pieces: int) -> str:
    return "".join(f"piece {piece} " for piece in range(pieces))


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("rounds", [20, pytest.param(500, marks=pytest.mark.torture)])
def test_sigkill_loses_nothing_that_was_acknowledged(home: Home, rounds: int) -> None:
    chance = random.Random(11)
    said: dict[int, int] = {}
    done: dict[int, int] = {}
    pieces: dict[int, int] = {}
    deleted: set[int] = set()
    for _ in range(rounds):
        process = child.start(WRITE, home.root)
        assert process.stdout.readline()
        time.sleep(chance.uniform(0, 0.15))
        process.send_signal(signal.SIGKILL)
        output, errors = process.communicate(timeout=30)
        assert errors == ""
        for line in output.splitlines(keepends=True):
            words = line.split()
            if not line.endswith("\n") or len(words) < 3:
                continue
            conversation, what, message = int(words[0]), words[1], int(words[2])
            if what == "said":
                said[message] = conversation
            elif what == "piece":
                pieces[message] = int(words[3]) + 1
            elif what == "done":
                done[message] = int(words[3])
            else:
                deleted.add(message)
        with Database.open(home) as database:
            conversations = Conversations(database)
            listed = {c.id: c for c in conversations.list()}
            rows = database.table("messages").all()
            stored = {
                row.doc_id: conversations.message(row.doc_id)
                for row in rows
                if row["conversation"] in listed
            }
            for conversation in listed:
                shown = conversations.messages(conversation)
                ids = [m.id for m in shown]
                assert [m.parent for m in shown] == [None, *ids][: len(ids)]
            assert not deleted & listed.keys()
            assert said.items() <= {m.id: m.conversation for m in stored.values()}.items()
            for message, count in done.items():
                assert stored[message].state == "done"
                assert stored[message].text == whole(count)
                assert len(stored[message].token_ids) == 2 * count
            for message, count in pieces.items():
                assert stored[message].text.startswith(whole(count))
                assert stored[message].state in ("done", "interrupted")
            assert all(m.state != "streaming" for m in stored.values())
            assert len(database.table("pieces")) == 0
        assert Database.check(home).ok
    assert len(said) > 20
