"""Deleting with a day to think it over, and for good."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from store.conversations import Conversations
from store.database import Database
from store.deletion import SECONDS_TO_RESTORE
from store.drafts import Draft
from store.errors import StoreError, UnknownIdError
from store.paths import Home
from tests.store.fake_disk import FakeDisk
from tests.store.talk import ask, finish, records, texts


def test_a_deleted_conversation_is_nowhere(conversations: Conversations, home: Home) -> None:
    keep, gone = conversations.create("keep").id, conversations.create("gone").id
    ask(conversations, keep, "stay", "here")
    message = ask(conversations, gone, "leave", "now").id
    conversations.drafts.save(gone, Draft("more"))
    before = records(home)
    conversations.delete(gone)
    assert records(home) == before + 1
    assert [c.id for c in conversations.list()] == [keep]
    assert conversations.search("leave") == conversations.search("gone") == []
    assert conversations.drafts.all() == {}
    calls: list[Callable[[], object]] = [
        lambda: conversations.get(gone),
        lambda: conversations.messages(gone),
        lambda: conversations.add_user(gone, "x"),
        lambda: conversations.begin_answer(gone, "m", "v"),
        lambda: conversations.rename(gone, "x"),
        lambda: conversations.delete(gone),
        lambda: conversations.export_markdown(gone),
        lambda: conversations.show_branch(gone, message),
        lambda: conversations.message(message),
        lambda: conversations.siblings(message),
        lambda: conversations.branch_to(message),
        lambda: conversations.rate(message, 1),
        lambda: conversations.append_piece(message, "x", [1]),
    ]
    for call in calls:
        with pytest.raises(UnknownIdError):
            call()


def test_it_comes_back_as_it_was(conversations: Conversations, clock: list[float]) -> None:
    first, second = conversations.create("first").id, conversations.create("second").id
    answer = ask(conversations, first, "one", "two")
    ask(conversations, first, "three", "four", after=answer.id)
    conversations.rate(answer.id, 1)
    conversations.drafts.save(first, Draft("more", ("wait",)))
    before = (conversations.get(first), conversations.messages(first))
    conversations.delete(second)
    conversations.delete(first)
    deleted = conversations.deleted()
    assert [c.title for c in deleted] == ["first", "second"]
    assert (deleted[0].messages, deleted[0].deleted) == (4, clock[0])
    assert conversations.restore(first) == before[0]
    assert (conversations.get(first), conversations.messages(first)) == before
    assert conversations.drafts.all() == {first: Draft("more", ("wait",))}
    assert [c.id for c in conversations.deleted()] == [second]


def test_what_was_just_typed_is_not_lost_with_it(conversations: Conversations) -> None:
    gone = conversations.create("gone").id
    conversations.delete(gone)
    conversations.drafts.save(gone, Draft("half a"))
    assert conversations.drafts.all() == {}
    conversations.restore(gone)
    assert conversations.drafts.all() == {gone: Draft("half a")}


def test_only_what_was_deleted_is_restored(conversations: Conversations) -> None:
    there = conversations.create("x").id
    line = "^there is no deleted conversation {}; `soma conversations list --deleted` shows"
    for never in (there, 99):
        with pytest.raises(UnknownIdError, match=line.format(never)):
            conversations.restore(never)


@pytest.mark.parametrize("hidden", [True, False])
def test_deleted_now_is_gone_with_all_that_belongs_to_it(
    conversations: Conversations, database: Database, home: Home, hidden: bool
) -> None:
    keep, gone = conversations.create("keep").id, conversations.create("gone").id
    ask(conversations, keep, "stay", "here")
    conversations.drafts.save(keep, Draft("stays"))
    conversations.drafts.save(gone, Draft("leaves"))
    ask(conversations, gone, "leave", "now")
    running = conversations.begin_answer(gone, "m", "v").id
    conversations.append_piece(running, "text", [1])
    if hidden:
        conversations.delete(gone)
    before = records(home)
    conversations.delete(gone, now=True)
    assert records(home) == before + 1
    assert len(database.table("messages")) == 2
    assert len(database.table("pieces")) == 0
    assert len(database.table("drafts")) == 1
    assert conversations.deleted() == []
    with pytest.raises(UnknownIdError, match="there is no deleted conversation"):
        conversations.restore(gone)
    with pytest.raises(UnknownIdError, match=f"there is no message {running}"):
        conversations.append_piece(running, "more", [2])


@pytest.mark.parametrize(("age", "kept"), [(60.0, True), (-60.0, False)])
def test_a_day_later_it_is_gone_for_good(home: Home, age: float, kept: bool) -> None:
    with Database.open(home) as database:
        conversations = Conversations(database)
        gone = conversations.create("gone").id
        ask(conversations, gone, "leave", "now")
        conversations.drafts.save(gone, Draft("leaves"))
        conversations.delete(gone)
        then = time.time() - SECONDS_TO_RESTORE + age
        database.table("conversations").update({"deleted": then})
    with Database.open(home, read_only=True) as database:
        assert [c.id for c in Conversations(database).deleted()] == [gone]
    with Database.open(home) as database:
        conversations = Conversations(database)
        assert [c.id for c in conversations.deleted()] == ([gone] if kept else [])
        assert len(database.table("messages")) == (2 if kept else 0)
        assert len(database.table("drafts")) == (1 if kept else 0)
        if kept:
            conversations.restore(gone)
            assert texts(conversations, gone) == ["leave", "now"]


def test_what_cannot_be_taken_away_yet_hinders_nothing(home: Home) -> None:
    with Database.open(home) as database:
        conversations = Conversations(database)
        gone = conversations.create("gone").id
        keep = conversations.create("keep").id
        conversations.delete(gone)
        database.table("conversations").update({"deleted": 1.0}, doc_ids=[gone])
    disk = FakeDisk(kinds=("write",))
    disk.failing = set(range(3))
    with Database.open(home, disk=disk) as database:
        assert [c.id for c in Conversations(database).list()] == [keep]
        assert "cannot save" in database.notices[-1]


def test_an_answer_in_a_hidden_conversation_is_closed_by_a_restart(home: Home) -> None:
    with Database.open(home) as database:
        conversations = Conversations(database)
        gone = conversations.create("gone").id
        running = conversations.begin_answer(gone, "m", "v").id
        conversations.append_piece(running, "so far", [1])
        conversations.delete(gone)
    with Database.open(home) as database:
        conversations = Conversations(database)
        conversations.restore(gone)
        (message,) = conversations.messages(gone)
        assert (message.state, message.text) == ("interrupted", "so far")
        with pytest.raises(StoreError, match="has ended"):
            finish(conversations, running)
