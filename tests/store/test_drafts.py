"""What was typed and not sent: kept, and taken away by the message that it becomes."""

from __future__ import annotations

import pytest

from store.conversations import Conversations
from store.database import Database
from store.drafts import Draft
from store.errors import StoreError, UnknownIdError
from store.paths import Home
from tests.store.fake_disk import FakeDisk
from tests.store.talk import records


def test_drafts_outlive_a_restart(home: Home) -> None:
    with Database.open(home) as database:
        conversations = Conversations(database)
        one = conversations.create("x").id
        conversations.drafts.save(one, Draft("hal"))
        conversations.drafts.save(one, Draft("half a\n sentence ", ("first", "second")))
        conversations.drafts.save(None, Draft(" "))
        kept = conversations.drafts.all()
        assert kept == {one: Draft("half a\n sentence ", ("first", "second")), None: Draft(" ")}
    with Database.open(home) as database:
        assert Conversations(database).drafts.all() == kept


def test_an_empty_draft_leaves_nothing(conversations: Conversations, database: Database) -> None:
    one = conversations.create("x").id
    for draft in (Draft("text"), Draft("", ("queued",))):
        conversations.drafts.save(one, draft)
        assert conversations.drafts.all() == {one: draft}
        conversations.drafts.save(one, Draft(""))
        assert conversations.drafts.all() == {}
    assert len(database.table("drafts")) == 0


def test_what_is_there_already_is_not_written(conversations: Conversations, home: Home) -> None:
    one = conversations.create("x").id
    conversations.drafts.save(one, Draft("text", ("a",)))
    before = records(home)
    conversations.drafts.save(one, Draft("text", ("a",)))
    conversations.drafts.save(None, Draft(""))
    assert records(home) == before
    conversations.drafts.save(one, Draft("text"))
    assert records(home) == before + 1


@pytest.mark.parametrize(
    ("draft", "left"),
    [
        (Draft("hello"), None),
        (Draft("hello", ("next",)), Draft("", ("next",))),
        (Draft("typing", ("hello", "next")), Draft("typing", ("next",))),
        (Draft("hello", ("hello",)), Draft("hello")),
        (Draft("", ("hello",)), None),
        (Draft("", ("next", "hello")), Draft("", ("next", "hello"))),
        (Draft("hello "), Draft("hello ")),
        (Draft("other"), Draft("other")),
    ],
)
@pytest.mark.parametrize("new", [True, False])
def test_a_message_takes_itself_out_of_the_draft(
    conversations: Conversations, draft: Draft, left: Draft | None, new: bool
) -> None:
    one = None if new else conversations.create("x").id
    conversations.drafts.save(one, draft)
    conversations.drafts.sent(one, "hello")
    assert conversations.drafts.all() == ({} if left is None else {one: left})


def test_a_text_is_compared_as_it_is_kept(conversations: Conversations) -> None:
    conversations.drafts.save(None, Draft("odd \ud800"))
    assert conversations.drafts.all() == {None: Draft("odd \ufffd")}
    conversations.drafts.sent(None, "odd \ud800")
    assert conversations.drafts.all() == {}


def test_a_draft_belongs_to_a_conversation_that_is_there(conversations: Conversations) -> None:
    with pytest.raises(UnknownIdError, match="there is no conversation 7"):
        conversations.drafts.save(7, Draft("text"))
    assert conversations.drafts.all() == {}


def test_a_draft_that_cannot_be_kept_leaves_the_one_before(home: Home) -> None:
    disk = FakeDisk(kinds=("write", "fsync"))
    with Database.open(home, disk=disk) as database:
        drafts = Conversations(database).drafts
        drafts.save(None, Draft("before"))
        disk.failing = {len(disk.calls)}
        with pytest.raises(StoreError, match="cannot save"):
            drafts.save(None, Draft("after"))
        assert drafts.all() == {None: Draft("before")}
