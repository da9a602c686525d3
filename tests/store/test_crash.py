"""Killed while somebody talks: what the screen showed as saved is there."""

from __future__ import annotations

import random
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.conversations import Conversations
from store.database import Database
from store.paths import Home
from tests.store.forks import Forks
from tests.store.rounds import rounds
from tests.store.talkers import LOG, acknowledged

IN_ONE_HOME = 40  # rounds, after which a fresh one is taken


@pytest.fixture
def forks() -> Iterator[Forks]:
    with Forks() as forks:
        yield forks


class Talk:
    """What has been acknowledged in a data directory, and whether it is there."""

    def __init__(self) -> None:
        self.said: dict[int, int] = {}
        self.done: dict[int, int] = {}
        self.pieces: dict[int, int] = {}
        self.deleted: set[int] = set()

    def hear(self, lines: list[list[str]]) -> None:
        for conversation, what, message, *more in lines:
            if what == "said":
                self.said[int(message)] = int(conversation)
            elif what == "piece":
                self.pieces[int(message)] = int(more[0]) + 1
            elif what == "done":
                self.done[int(message)] = int(more[0])
            else:
                self.deleted.add(int(message))

    def check(self, database: Database) -> None:
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
        assert not self.deleted & listed.keys()
        assert self.said.items() <= {m.id: m.conversation for m in stored.values()}.items()
        for message, count in self.done.items():
            assert stored[message].state == "done"
            assert stored[message].text == whole(count)
            assert len(stored[message].token_ids) == 2 * count
        for message, count in self.pieces.items():
            assert stored[message].text.startswith(whole(count))
            assert stored[message].state in ("done", "interrupted")
        assert all(m.state != "streaming" for m in stored.values())
        assert len(database.table("pieces")) == 0


def whole(pieces: int) -> str:
    return "".join(f"piece {piece} " for piece in range(pieces))


def kill(forks: Forks, what: str, root: Path, chance: random.Random) -> None:
    """Let it begin, and kill it after it has logged some of what it did, or nothing."""
    pid = forks.start(f"tests.store.talkers:{what}", root)
    lines = chance.randrange(chance.choice([1, 10, 100]))
    assert forks.kill_after(pid, root / LOG, lines, chance) == -signal.SIGKILL


@pytest.mark.timeout(3600)
@rounds(20, 1_000)
def test_sigkill_loses_nothing_that_was_acknowledged(home: Home, forks: Forks, rounds: int) -> None:
    chance = random.Random(11)
    said = 0
    talk = Talk()
    for number in range(rounds):
        if number % IN_ONE_HOME == 0:
            shutil.rmtree(home.root, ignore_errors=True)
            talk = Talk()
        kill(forks, "talk", home.root, chance)
        talk.hear(acknowledged(home.root))
        with Database.open(home) as database:
            talk.check(database)
        assert Database.check(home).ok
        said = max(said, len(talk.said))
    assert said > 20


@pytest.mark.timeout(3600)
@rounds(8, 300)
def test_sigkill_neither_loses_nor_doubles_what_was_typed(
    home: Home, forks: Forks, rounds: int
) -> None:
    chance = random.Random(12)
    most = 0
    for _ in range(rounds):
        shutil.rmtree(home.root, ignore_errors=True)
        kill(forks, "type_and_send", home.root, chance)
        typed = max((int(line[1]) for line in acknowledged(home.root)), default=0)
        with Database.open(home) as database:
            conversations = Conversations(database)
            kept = []
            for conversation in conversations.list():
                sent = [m.text for m in conversations.messages(conversation.id)]
                draft = conversations.drafts.all().get(conversation.id)
                waiting = [*draft.queued, draft.text] if draft else []
                kept += [*sent, *filter(None, waiting)]
        most = max(most, typed)
        in_order = [f"{what} {n}" for n in range(1, typed + 2) for what in ("queued", "typed")]
        assert kept in (in_order, in_order[:-2])
    assert most > 2
