"""A process that writes at random until it is killed, and what must be there afterwards.

What it is about to do and what has been acknowledged goes into a log, which survives a SIGKILL.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tinydb.table import Document

from store import compaction
from store.storage import JournalStorage
from store.table import JournalDB

Operation = list[Any]
State = dict[str, dict[str, Any]]


def random_operations(chance: random.Random) -> list[Operation]:
    """One commit: `[table, "put", id, fields]`, `[table, "delete", id]`, `[table, "truncate"]`."""
    made: list[Operation] = []
    for _ in range(chance.choice([1, 1, 1, 2, 5])):
        table, doc_id = chance.choice("ab"), chance.randrange(1, 60)
        text = chance.choice("xé\n😀") * chance.choice([0, 10, 300, 300, 9_000])
        made.append(
            chance.choices(
                [
                    [table, "put", doc_id, {"n": chance.random(), "text": text}],
                    [table, "delete", doc_id],
                    [table, "truncate"],
                ],
                [20, 5, 0.3],
            )[0]
        )
    return made


def perform(db: JournalDB, operations: list[Operation]) -> None:
    """Do it on a database, as one commit."""
    with db.storage.transaction():
        for table, what, *rest in operations:
            if what == "put":
                db.table(table).remove(doc_ids=[rest[0]])
                db.table(table).insert(Document(rest[1], rest[0]))
            elif what == "delete":
                db.table(table).remove(doc_ids=rest)
            else:
                db.table(table).truncate()


def performed(state: State, operations: list[Operation]) -> State:
    """Give what the state is afterwards; tables without documents are left out."""
    after = {name: dict(table) for name, table in state.items()}
    for table, what, *rest in operations:
        if what == "put":
            after.setdefault(table, {})[str(rest[0])] = rest[1]
        elif what == "delete":
            after.get(table, {}).pop(str(rest[0]), None)
        else:
            after.pop(table, None)
    return {name: table for name, table in after.items() if table}


def live(folder: str, seed: int) -> None:
    """Open the journal in `folder`, write at random and log it, compact often, never end."""
    compaction.COMPACT_ABOVE = 30_000
    compaction._PAUSE_S = 0.0
    chance = random.Random(seed)
    log = os.open(Path(folder) / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_TRUNC)
    db = JournalDB(Path(folder) / "journal.jsonl")
    assert not db.storage.read_only, db.storage.damage
    while True:
        operations = random_operations(chance)
        os.write(log, json.dumps(operations).encode() + b"\n")
        perform(db, operations)
        os.write(log, b'"done"\n')
        if chance.random() < 0.02:
            db.storage.compact()
        if chance.random() < 0.01:
            db.close()
            db = JournalDB(Path(folder) / "journal.jsonl")


def possible_states(before: State, log: Path) -> Iterator[State]:
    """Give the state after all that was acknowledged, and the one with what was begun besides."""
    lines = log.read_bytes().split(b"\n")[:-1] if log.exists() else []
    state = before
    for line, answer in zip(lines[::2], [*lines[1::2], None][: len(lines[::2])], strict=False):
        after = performed(state, json.loads(line))
        if answer is None:
            yield after
        else:
            state = after
    yield state


def on_disk(path: Path) -> State:
    """Give what is stored, as `performed` does; fails where anything is damaged."""
    storage = JournalStorage(path, read_only=True)
    assert not storage.damage
    return {name: table for name, table in (storage.read() or {}).items() if table}
