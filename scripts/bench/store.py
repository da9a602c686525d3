"""The store: durable inserts at any size, against SQLite and stock TinyDB; opening; memory.

Usage: python scripts/bench/store.py [--messages N] [--rounds N] [--folder DIR]

All files lie in one folder, on one disk, and what is compared is measured in turn. An insert is
one message, on disk when the call returns. `small` holds 1,000 messages, `large` 100,000, stored
one by one. SQLite (WAL, synchronous=FULL) holds the same documents as text beside an indexed
conversation; stock TinyDB (JSONStorage) holds 50,000. Opening is Database.open in a fresh process,
against json.load of the same documents. Ratios are of medians.
"""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "store":
    # A script in this folder wants the package of that name, and has found this file before it.
    sys.path[:] = [place for place in sys.path if Path(place or ".") != Path(__file__).parent]
    del sys.modules["store"]
    __import__("store")

import argparse
import contextlib
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import Any

from scripts.bench._common import in_turn, ratio_of_medians, report, say
from store.conversations import Conversations
from store.database import Database
from store.paths import Home

WORDS = "the boat was late because a storm had come up from the west and nobody wanted to sail "
OPEN = Path(__file__).with_name("_open.py")
SMALL = 1_000
STOCK = 50_000
BATCH = 100
A_CONVERSATION = 50  # messages


def message(number: int) -> dict[str, Any]:
    """A message's document as SOMA stores it; every other one is an answer with token ids."""
    conversation = number // A_CONVERSATION + 1
    fields: dict[str, Any] = {"conversation": conversation, "parent": number or None}
    if number % 2 == 0:
        fields |= {"role": "user", "text": f"{number} {WORDS}", "state": "done"}
    else:
        fields |= {"role": "assistant", "text": f"{number} {WORDS * 4}", "state": "done"}
        fields |= {"model": "starter", "vocabulary": "v1", "token_ids": "ZAAAAGUAAAA=" * 30}
    return fields | {"created": 1_700_000_000.123 + number}


@contextlib.contextmanager
def filled(home: Home, messages: int) -> Iterator[Database]:
    """A database with so many messages, stored one by one."""
    with Database.open(home) as database:
        conversations = Conversations(database)
        for number in range(0, messages, A_CONVERSATION):
            conversations.create(f"Conversation {number}")
        table = database.table("messages")
        for number in range(messages):
            table.insert(message(number))
        yield database


def inserts(insert: Callable[[dict[str, Any]], object]) -> float:
    """Seconds that one insert takes, of a batch."""
    documents = [message(number) for number in range(BATCH)]
    started = time.perf_counter()
    for document in documents:
        insert(document)
    return (time.perf_counter() - started) / BATCH


def talk(database: Database) -> float:
    """Seconds that one message takes through Conversations, of a batch in a new conversation."""
    conversations = Conversations(database)
    conversation = conversations.create("batch").id
    return inserts(lambda document: conversations.add_user(conversation, document["text"]))


def sqlite(path: Path, messages: int) -> sqlite3.Connection:
    """A SQLite database with so many messages, durable at every commit."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(
        "CREATE TABLE messages (id INTEGER PRIMARY KEY, conversation INTEGER, document TEXT)"
    )
    connection.execute("CREATE INDEX of_conversation ON messages (conversation)")
    connection.execute("BEGIN")
    for number in range(messages):
        insert_row(connection, message(number))
    connection.execute("COMMIT")
    return connection


def insert_row(connection: sqlite3.Connection, document: dict[str, Any]) -> None:
    """Insert a message as text."""
    connection.execute(
        "INSERT INTO messages (conversation, document) VALUES (?, ?)",
        (document["conversation"], json.dumps(document, ensure_ascii=False)),
    )


def opened(kind: str, place: Path) -> dict[str, float]:
    """What opening it in a fresh process took."""
    done = subprocess.run(
        [sys.executable, str(OPEN), kind, str(place)], capture_output=True, text=True, check=True
    )
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def compare_sizes(small: Database, large: Database, rounds: int) -> dict[str, Any]:
    """Inserts into the large database against the small one."""
    say("inserting at both sizes …")
    few, many = small.table("messages"), large.table("messages")
    at_large, at_small = in_turn(rounds, lambda: inserts(many.insert), lambda: inserts(few.insert))
    talk_large, talk_small = in_turn(rounds, lambda: talk(large), lambda: talk(small))
    return {
        "large_over_small": ratio_of_medians(at_large, at_small),
        "target": "<= 1.2",
        "large_ms": 1e3 * statistics.median(at_large),
        "small_ms": 1e3 * statistics.median(at_small),
        "through_conversations": ratio_of_medians(talk_large, talk_small),
        "samples_large": at_large,
        "samples_small": at_small,
    }


def look_ups(database: Database) -> dict[str, float]:
    """Microseconds that finding a message by its id, and those of a conversation, takes."""
    table = database.table("messages")
    count = len(table)

    def microseconds(look_up: Callable[[int], object]) -> float:
        samples = []
        for number in range(1, count, max(1, count // 1_000)):
            started = time.perf_counter()
            look_up(number)
            samples.append(time.perf_counter() - started)
        return 1e6 * statistics.median(samples)

    return {
        "by_id_us": microseconds(lambda number: table.get(doc_id=number)),
        "by_conversation_us": microseconds(
            lambda number: table.find("conversation", number // A_CONVERSATION + 2)
        ),
        "update_by_id_us": microseconds(
            lambda number: table.update({"rating": number}, doc_ids=[number])
        ),
    }


def compare_sqlite(large: Database, rows: sqlite3.Connection, rounds: int) -> dict[str, Any]:
    """Inserts against SQLite, as many stored in both."""
    say("inserting against SQLite …")
    table = large.table("messages")
    ours, theirs = in_turn(
        rounds, lambda: inserts(table.insert), lambda: inserts(lambda d: insert_row(rows, d))
    )
    return {
        "rate_over_sqlite": ratio_of_medians(theirs, ours),
        "target": ">= 0.8",
        "ours_per_second": 1 / statistics.median(ours),
        "sqlite_per_second": 1 / statistics.median(theirs),
        "samples_ours": ours,
        "samples_sqlite": theirs,
    }


def compare_stock(root: Path) -> dict[str, Any]:
    """Inserts against stock TinyDB, 50,000 stored in both."""
    from tinydb import TinyDB

    say(f"inserting against stock TinyDB at {STOCK:,} …")
    stock = TinyDB(root / "stock.json")
    stock.table("messages").insert_multiple(message(number) for number in range(STOCK))

    def one_stock_insert() -> float:
        started = time.perf_counter()
        stock.table("messages").insert(message(0))
        return time.perf_counter() - started

    with filled(Home(root / "same"), STOCK) as same:
        table = same.table("messages")
        os.sync()
        ours, theirs = in_turn(5, lambda: inserts(table.insert), one_stock_insert)
    stock.close()
    return {
        "rate_over_stock": ratio_of_medians(theirs, ours),
        "target": ">= 500",
        "stored": STOCK,
        "ours_ms": 1e3 * statistics.median(ours),
        "stock_ms": 1e3 * statistics.median(theirs),
    }


def compare_opening(root: Path, rounds: int) -> dict[str, Any]:
    """Opening the large database against json.load, and the memory that it takes."""
    say("opening …")
    memory: dict[str, list[dict[str, float]]] = {"store": [], "json": []}

    def seconds(kind: str, place: Path) -> float:
        figures = opened(kind, place)
        memory[kind].append(figures)
        return figures["seconds"]

    ours, theirs = in_turn(
        rounds,
        lambda: seconds("store", root / "opened"),
        lambda: seconds("json", root / "large.json"),
    )
    mib = {
        f"{kind}_{what}_mib": statistics.median(one[f"{what}_bytes"] for one in taken) / 2**20
        for kind, taken in memory.items()
        for what in ("resident", "peak")
    }
    return {
        "opening": {
            "over_json_load": ratio_of_medians(ours, theirs),
            "target": "<= 3",
            "ours_seconds": statistics.median(ours),
            "json_load_seconds": statistics.median(theirs),
            "samples_ours": ours,
            "samples_json": theirs,
        },
        "memory": mib,
    }


def grouped(root: Path, messages: int) -> dict[str, float]:
    """Storing as many messages in one transaction, all or nothing."""
    say("storing them again in one transaction …")
    with Database.open(Home(root / "grouped")) as database:
        table = database.table("messages")
        started = time.perf_counter()
        with database.transaction():
            for number in range(messages):
                table.insert(message(number))
        seconds = time.perf_counter() - started
    return {"seconds": seconds, "messages_per_second": messages / seconds}


def main() -> None:
    """Measures everything and prints one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=31)
    parser.add_argument("--folder", type=Path, help="where to write, on the disk to be measured")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        root = Path(folder)
        say(
            f"storing {SMALL:,} and {arguments.messages:,} messages, each on disk before the next …"
        )
        with (
            filled(Home(root / "small"), SMALL) as small,
            filled(Home(root / "large"), arguments.messages) as large,
        ):
            shutil.copytree(root / "large" / "db", root / "opened" / "db")
            documents = json.dumps(large.storage.read(), ensure_ascii=False)
            (root / "large.json").write_text(documents, encoding="utf-8")
            rows = sqlite(root / "messages.sqlite", arguments.messages)
            os.sync()  # what was prepared is not to be written while others are measured
            figures: dict[str, Any] = {
                "insert": compare_sizes(small, large, arguments.rounds),
                "sqlite": compare_sqlite(large, rows, arguments.rounds),
                "look_up": {"small": look_ups(small), "large": look_ups(large)},
            }
            rows.close()
        figures["stock_tinydb"] = compare_stock(root)
        figures |= compare_opening(root, min(7, arguments.rounds))
        figures["grouped_commit"] = grouped(root, arguments.messages)
        size = (root / "opened" / "db" / "journal.jsonl").stat().st_size
    report("store", messages=arguments.messages, journal_bytes=size, **figures)


if __name__ == "__main__":
    main()
