"""`soma doctor --repair`, and what the other commands do on a damaged journal before it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from store.conversations import Conversations
from store.database import Database
from store.paths import Home
from tests.end_to_end.test_commands import failure, soma


@pytest.fixture
def damaged(home: Home) -> bytes:
    """A journal of three conversations, of which the second is lost, and its bytes."""
    with Database.open(home) as database:
        for title in ("one", "two", "three"):
            conversations = Conversations(database)
            conversations.add_user(conversations.create(title).id, f"question {title}")
    path = home.db / "journal.jsonl"
    data = path.read_bytes().replace(b'"title":"two"', b'"title":"twe"', 1)
    path.write_bytes(data)
    return data


def titles() -> list[str]:
    return [row["title"] for row in json.loads(soma("conversations", "list", "--json").stdout)]


def test_a_damaged_journal_can_be_read_and_not_written(home: Home, damaged: bytes) -> None:
    assert titles() == ["three", "one"]
    assert "question three" in soma("conversations", "show", "3").stdout
    said = failure("conversations", "rename", "1", "uno")
    assert said.startswith("soma: cannot save: the journal ")
    assert said.endswith("is damaged; close SOMA and run `soma doctor --repair`")
    assert (home.db / "journal.jsonl").read_bytes() == damaged


def test_doctor_repairs_it_and_says_what_was_lost(home: Home, damaged: bytes) -> None:
    done = soma("doctor", "--repair", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads(done.stdout)
    assert (Path(report["copy"]) / "journal.jsonl").read_bytes() == damaged
    assert report["records"] == 5
    assert report["documents"] == {"conversations": 2, "messages": 3}
    (lost,) = report["lost"]
    assert lost.endswith("it held conversations 2; lost: conversations 2")
    assert titles() == ["three", "one"]
    done = soma("conversations", "rename", "1", "uno")
    assert done.returncode == 0
    assert titles() == ["three", "uno"]


def test_it_is_told_in_plain_words_too(home: Home, damaged: bytes) -> None:
    lines = soma("doctor", "--repair").stdout.splitlines()
    (copy,) = home.root.glob("db-before-repair-*")
    assert lines[0].endswith("5 records were kept (2 conversations, 3 messages)")
    assert lines[1] == f"everything as it was before: {copy}"
    assert lines[2].startswith("damaged: record 3 (byte ")
    assert soma("doctor", "--repair").stdout.endswith("all of its 7 records are whole\n")
    assert len(list(home.root.glob("db-before-repair-*"))) == 1


def test_it_is_refused_while_another_has_the_store(home: Home, damaged: bytes) -> None:
    with Database.open(home):
        said = failure("doctor", "--repair")
    assert "close it, then run `soma doctor --repair` again" in said
    assert (home.db / "journal.jsonl").read_bytes() == damaged


def test_there_is_nothing_to_repair_in_an_empty_home(home: Home) -> None:
    assert "there is nothing to repair" in failure("doctor", "--repair")
