"""Killed at a random moment: nothing that was acknowledged is lost, and it always opens."""

from __future__ import annotations

import random
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from store import upgrades
from store.conversations import Conversations
from store.database import Database
from store.frames import dumps, frame, header
from store.paths import Home
from store.repair import repair
from store.storage import JournalStorage
from tests.store.forks import Forks
from tests.store.lives import State, on_disk, possible_states
from tests.store.rounds import rounds
from tests.store.talk import ask


@pytest.fixture
def forks() -> Iterator[Forks]:
    with Forks() as forks:
        yield forks


@pytest.mark.timeout(3600)
@rounds(50, 5_000)
def test_at_a_random_moment(tmp_path: Path, forks: Forks, rounds: int) -> None:
    chance = random.Random(rounds)
    path, log = tmp_path / "journal.jsonl", tmp_path / "log"
    state: State = {}
    commits = interrupted = compactions = 0
    for seed in range(rounds):
        inode = path.stat().st_ino if path.exists() else 0
        pid = forks.start("tests.store.lives:live", tmp_path, seed)
        lines = chance.choice([0, 0, 1, chance.randrange(20), chance.randrange(200)])
        assert forks.kill_after(pid, log, lines, chance) == -signal.SIGKILL
        possible = list(possible_states(state, log))
        if path.exists():
            found = on_disk(path)
            assert found in possible
            state = found
            compactions += path.stat().st_ino != inode
        assert state in possible
        interrupted += len(possible) == 2
        commits += log.read_bytes().count(b'"done"') if log.exists() else 0
        log.unlink(missing_ok=True)
        for torn in tmp_path.glob("journal.torn-*"):
            torn.unlink()
    assert commits > rounds
    assert interrupted > 0
    assert compactions > 0


Check = Callable[[Path], None]


def kill_at_every_call(forks: Forks, template: Path, what: str, check: Check) -> int:
    """Do it on copies of a folder, killed at one call after the other; gives how many there are."""
    calls = 0
    while True:
        codes = set()
        for when in ("before", "amidst", "after"):
            folder = template.with_name(f"{when}-{calls}")
            shutil.copytree(template, folder)
            code = forks.run(f"tests.store.deadly:{what}", folder, calls, when)
            codes.add(code)
            assert code in (0, -signal.SIGKILL)
            check(folder)
            shutil.rmtree(folder)
        if codes == {0}:
            return calls
        calls += 1


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A data directory in which there is something of everything."""
    home = Home(tmp_path / "template")
    with Database.open(home) as database:
        conversations = Conversations(database)
        conversation = conversations.create("one").id
        ask(conversations, conversation, "how are you?", "well " * 10_000)
        hidden = conversations.create("hidden").id
        conversations.delete(hidden)
        database.table("conversations").update({"deleted": 1.0}, doc_ids=[hidden])
        running = conversations.begin_answer(conversation, "m", "v").id
        conversations.append_piece(running, "so far", [1])
        database.table("other").insert_multiple({"text": "z" * 3_000} for _ in range(60))
    return home.root


def test_during_a_compaction(template: Path, forks: Forks) -> None:
    before = on_disk(template / "db" / "journal.jsonl")

    def check(folder: Path) -> None:
        found = on_disk(folder / "db" / "journal.jsonl")
        inserted = found.pop("t", {})
        acknowledged = (folder / "acknowledged").read_text().split()
        assert set(acknowledged) <= inserted.keys()
        assert len(inserted) <= len(acknowledged) + 1
        assert found == before
        Database.open(Home(folder)).close()
        assert not (folder / "db" / "journal.jsonl.new").exists()

    assert kill_at_every_call(forks, template, "compact", check) > 12


def test_during_the_recovery_from_a_crash(template: Path, forks: Forks) -> None:
    path = template / "db" / "journal.jsonl"
    path.write_bytes(path.read_bytes() + b'["half of a record')
    before = on_disk(path)

    def check(folder: Path) -> None:
        found = on_disk(folder / "db" / "journal.jsonl")
        assert found["other"] == before["other"]
        with Database.open(Home(folder)) as database:
            assert not database.read_only
            conversations = Conversations(database)
            assert [c.title for c in conversations.list()] == ["one"]
            assert conversations.deleted() == []
            *_, answer = conversations.messages(1)
            assert (answer.state, answer.text) == ("interrupted", "so far")
        torn = [file.read_bytes() for file in (folder / "db").glob("journal.torn-*")]
        assert b'["half of a record' in torn

    assert kill_at_every_call(forks, template, "recover", check) > 8


def test_during_a_repair(template: Path, forks: Forks) -> None:
    path = template / "db" / "journal.jsonl"
    data = path.read_bytes().replace(b'"title":"one"', b'"title":"eno"', 1)
    path.write_bytes(data)
    before = JournalStorage(path, read_only=True).read()

    def check(folder: Path) -> None:
        journal = folder / "db" / "journal.jsonl"
        if journal.read_bytes() == data:
            assert JournalStorage(journal).read_only
            assert repair(Home(folder)).copy
        copies = [copy / "journal.jsonl" for copy in folder.glob("db-before-repair-*")]
        assert copies
        assert {copy.read_bytes() for copy in copies} == {data}
        storage = JournalStorage(journal)
        assert not storage.read_only
        assert storage.read() == before
        storage.close()

    assert kill_at_every_call(forks, template, "repair", check) > 10


def test_during_an_upgrade(template: Path, forks: Forks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(upgrades.STEPS, 0, lambda record: [*record.values()])
    path = template / "db" / "journal.jsonl"
    records = [{"table": "t", "id": n, "fields": {"n": n}} for n in range(1, 9)]
    data = header(version=0) + b"".join(frame(dumps(record)) for record in records)
    path.write_bytes(data)

    def check(folder: Path) -> None:
        journal = folder / "db" / "journal.jsonl"
        storage = JournalStorage(journal)
        assert storage.read() == {"t": {str(n): {"n": n} for n in range(1, 9)}}
        storage.close()
        copies = [file.read_bytes() for file in journal.parent.glob("journal.format-0*")]
        assert data in copies

    assert kill_at_every_call(forks, template, "upgrade", check) > 8
