"""Grouped commits: many messages at once, all of them or none."""

from __future__ import annotations

import random
import shutil
import signal
import sys
import time

import pytest

from store.database import Database
from store.errors import StoreError
from store.paths import Home
from tests.store.fake_disk import FakeDisk, FakeShortDisk
from tests.store.forks import Forks
from tests.store.rounds import rounds
from tests.store.talk import records
from tests.store.talkers import acknowledged


def fill(database: Database, messages: int) -> None:
    table = database.table("messages")
    table.index("conversation")
    with database.transaction():
        for number in range(messages):
            place = {"conversation": number // 50, "state": "done"}
            table.insert(place | {"text": f"message {number}"})


def test_they_are_one_record_on_one_sync(home: Home) -> None:
    disk = FakeDisk(kinds=("fsync",))
    with Database.open(home, disk=disk) as database:
        before = len(disk.calls)
        fill(database, 3_000)
        assert len(disk.calls) == before + 1
        assert database.table("messages").find("conversation", 7) == list(range(351, 401))
    assert records(home) == 1
    with Database.open(home) as database:
        assert len(database.table("messages")) == 3_000


def test_inside_it_a_look_up_costs_the_same_at_any_size(home: Home) -> None:
    """The steps of the interpreter are counted, since time depends on the machine."""

    def steps(number: int) -> int:
        count = 0

        def trace(*_: object) -> object:
            nonlocal count
            count += 1
            return trace

        sys.settrace(trace)
        try:
            table.insert({"conversation": number, "text": "counted"})
            table.find("conversation", number)
            table.update({"text": "again"}, doc_ids=table.find("conversation", number))
            assert len(table) > 0
        finally:
            sys.settrace(None)
        return count

    with Database.open(home) as database:
        table = database.table("messages")
        table.index("conversation")
        with database.transaction():
            table.insert({"conversation": 1, "text": ""})
            few = steps(-1)
            for number in range(2_000):
                table.insert({"conversation": number, "text": ""})
            assert steps(-2) <= few + 5


@pytest.mark.parametrize("kind", ["write", "fsync"])
def test_a_failure_leaves_none_of_them(home: Home, kind: str) -> None:
    disk = FakeDisk(kinds=(kind,))
    with Database.open(home, disk=disk) as database:
        disk.failing = {len(disk.calls)}
        with pytest.raises(StoreError, match="the disk is full"):
            fill(database, 500)
        assert len(database.table("messages")) == 0
        fill(database, 10)
    with Database.open(home) as database:
        assert len(database.table("messages")) == 10
        assert database.notices == []


def test_short_writes_are_continued(home: Home) -> None:
    with Database.open(home, disk=FakeShortDisk(1_000)) as database:
        fill(database, 1_000)
    with Database.open(home) as database:
        assert len(database.table("messages")) == 1_000


@pytest.mark.timeout(3600)
@rounds(5, 20)
def test_killed_at_a_random_moment(home: Home, rounds: int) -> None:
    messages = 2_000 if rounds == 5 else 100_000
    chance = random.Random(rounds)
    outcomes = set()
    with Forks() as forks:
        forks.run("tests.store.talkers:import_at_once", home.root, messages)
        assert acknowledged(home.root) == [["1", str(messages)]]
        started = time.monotonic()
        shutil.rmtree(home.root)
        forks.run("tests.store.talkers:import_at_once", home.root, messages)
        seconds = time.monotonic() - started
        for _ in range(rounds):
            shutil.rmtree(home.root)
            pid = forks.start("tests.store.talkers:import_at_once", home.root, messages)
            time.sleep(chance.uniform(0, 1.2) * seconds)
            assert forks.kill(pid) in (0, -signal.SIGKILL)
            done = bool(acknowledged(home.root))
            with Database.open(home) as database:
                found = len(database.table("messages"))
            assert found in ((messages,) if done else (0, messages))
            outcomes.add(found)
    assert 0 in outcomes
