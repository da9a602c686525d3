"""What was forgotten stays out when the same file is imported or taken in again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from store.conversations import Conversations
from store.database import Database
from store.document_files import read_document
from store.forgetting import Forgetting, Plan
from store.imports import Importer, ImportReport
from store.library import ForgottenError, Library
from store.paths import Home
from store.profiles import Profiles
from store.tombstones import Tombstones
from tests.store.test_imports import CLAUDE, TREE, lines, talk

NOW = 1_750_000_000.0
SAILING = talk(
    "sea", "We sail to Genoa in June", "Fine.", "My berth costs 4711 a month. Yes.", "Ok"
)


def forgetting(database: Database) -> Forgetting:
    return Forgetting(database, Profiles(database), Library(database))


def forget(database: Database, what: str, number: int = 0, text: str = "") -> None:
    one = forgetting(database)
    plans: dict[str, Any] = {
        "message": lambda: one.plan_message(number),
        "conversation": lambda: one.plan_conversation(number),
        "document": lambda: one.plan_document(number),
        "text": lambda: one.plan_text(text),
    }
    plan: Plan = plans[what]()
    one.erase(plan, NOW)


def take(database: Database, path: Path) -> ImportReport:
    return Importer(database, "").import_file(path)


def said(database: Database) -> list[str]:
    return [fields["text"] for _, fields in database.table("messages").peek_all()]


@pytest.fixture
def sailing(database: Database, tmp_path: Path) -> Path:
    path = lines(tmp_path / "sea.jsonl", SAILING)
    take(database, path)
    return path


def test_a_forgotten_message_stays_out(database: Database, sailing: Path) -> None:
    forget(database, "message", 1)
    report = take(database, sailing)
    assert (report.forgotten, report.repeated, report.messages) == (2, 2, 0)
    assert report.faults == []
    assert said(database)[:2] == ["[forgotten]", "[forgotten]"]


def test_what_comes_behind_a_forgotten_message_still_follows_it(
    database: Database, conversations: Conversations, tmp_path: Path, sailing: Path
) -> None:
    forget(database, "message", 3)
    longer = talk("sea", *(m["text"] for m in SAILING["messages"]), "One more thing")
    report = take(database, lines(tmp_path / "longer.jsonl", longer))
    assert (report.grown, report.messages, report.forgotten) == (1, 1, 2)
    assert [m.id for m in conversations.messages(1)] == [1, 2, 3, 4, 5]


def test_a_forgotten_message_stays_out_of_a_conversation_that_was_deleted_since(
    database: Database, conversations: Conversations, sailing: Path
) -> None:
    forget(database, "message", 2)
    conversations.delete(1, now=True)
    report = take(database, sailing)
    assert (report.new, report.messages, report.forgotten) == (1, 3, 1)
    (conversation,) = (i for i, _ in database.table("conversations").peek_all())
    shown = [m.text for m in conversations.messages(conversation)]
    assert shown == [m["text"] for m in SAILING["messages"] if m["text"] != "Fine."]


def test_a_forgotten_sentence_stays_out_of_a_message_that_comes_again(
    database: Database, conversations: Conversations, sailing: Path
) -> None:
    forget(database, "text", text="4711")
    again = take(database, sailing)
    assert (again.faults, again.repeated) == ([], 4)
    conversations.delete(1, now=True)
    take(database, sailing)
    assert said(database)[2] == "[forgotten] Yes."


def test_a_forgotten_conversation_stays_out_whole(
    database: Database, tmp_path: Path, sailing: Path
) -> None:
    forget(database, "conversation", 1)
    longer = talk("sea", *(m["text"] for m in SAILING["messages"]), "One more thing")
    report = take(database, lines(tmp_path / "longer.jsonl", longer, talk("other", "Yes.", "Ok")))
    assert (report.new, report.known, report.messages, report.forgotten) == (1, 1, 2, 5)
    assert said(database) == ["Yes.", "Ok"]


def test_words_of_one_s_own_stay_out_of_other_files_and_short_ones_come_in(
    database: Database, tmp_path: Path, sailing: Path
) -> None:
    forget(database, "conversation", 1)
    copied = talk("copy", "we sail to  GENOA in june", "Fine.", "And then?")
    report = take(database, lines(tmp_path / "copy.jsonl", copied))
    assert (report.messages, report.forgotten) == (2, 1)
    assert said(database) == ["Fine.", "And then?"]


def test_a_conversation_of_forgotten_messages_alone_is_not_begun(
    database: Database, conversations: Conversations, sailing: Path
) -> None:
    forget(database, "message", 1)
    forget(database, "message", 3)
    conversations.delete(1, now=True)
    report = take(database, sailing)
    assert (report.new, report.known, report.forgotten) == (0, 1, 4)
    assert conversations.list() == []


@pytest.mark.parametrize("archive", [TREE, CLAUDE], ids=["chatgpt", "claude"])
def test_exports_of_others_hold_to_it_too(
    database: Database, conversations: Conversations, tmp_path: Path, archive: dict[str, Any]
) -> None:
    path = tmp_path / "conversations.json"
    path.write_text(json.dumps([archive]), encoding="utf-8")
    whole = take(database, path).messages
    texts = said(database)
    forget(database, "message", 2)
    conversations.delete(1, now=True)
    again = take(database, path)
    assert (again.messages, again.forgotten) == (whole - 1, 1)
    assert said(database) == texts[:1] + texts[2:]
    (conversation,) = (i for i, _ in database.table("conversations").peek_all())
    forget(database, "conversation", conversation)
    assert take(database, path).forgotten == whole
    assert said(database) == []


def test_a_title_that_was_forgotten_stays_out(database: Database, tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl", talk("a", "Hello there", title="About Zorbax"))
    take(database, path)
    forget(database, "message", 1)
    forget(database, "text", text="Zorbax")
    Conversations(database).delete(1, now=True)
    longer = talk("a", "Hello there", "Good day", "Now to the weather", title="About Zorbax")
    take(database, lines(path, longer))
    titles = [fields["title"] for _, fields in database.table("conversations").peek_all()]
    assert titles == ["Now to the weather"]


def test_it_holds_after_compaction_and_a_restart(home: Home, tmp_path: Path) -> None:
    path = lines(tmp_path / "sea.jsonl", SAILING)
    with Database.open(home) as database:
        take(database, path)
        forget(database, "conversation", 1)
        database.storage.compact()
    journal = b"".join(one.read_bytes() for one in home.db.iterdir() if one.is_file())
    assert b"Genoa" not in journal
    assert b"sea-0" not in journal
    with Database.open(home) as database:
        assert take(database, path).forgotten == 4
        assert said(database) == []


def test_a_forgotten_document_stays_out_and_a_removed_one_does_not(
    database: Database, tmp_path: Path
) -> None:
    library = Library(database)
    path, copy = tmp_path / "boats.txt", tmp_path / "copy.txt"
    path.write_text("The berth in Genoa costs 4711 a month. " * 8, encoding="utf-8")
    copy.write_bytes(path.read_bytes())
    library.remove(library.take_in(read_document(path), NOW).document.id)
    taken = library.take_in(read_document(path), NOW)
    assert taken.outcome == "new"
    forget(database, "document", taken.document.id)
    for one in (path, copy):
        with pytest.raises(ForgottenError, match=f"{one.name} is left out: you had it forgotten"):
            library.take_in(read_document(one), NOW)
    path.write_bytes(copy.read_bytes() + b"\n\nKetches have two masts.")
    changed = library.take_in(read_document(path), NOW)
    assert [p.text for p in library.passages(changed.document.id)] == ["Ketches have two masts."]


def test_nothing_is_forgotten_at_first(database: Database) -> None:
    stones = Tombstones(database)
    assert stones.left_of("a", "b", "Any text at all.") == "Any text at all."
    assert not stones.is_conversation("a")
    assert not stones.is_document("a")
    assert not stones.is_forgotten("Any text at all.")
