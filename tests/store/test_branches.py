"""Messages as a tree: which branch is shown, and what a conversation remembers of the others."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from store.conversations import HEAD, Conversations
from store.database import Database
from store.errors import UnknownIdError
from store.message_tables import MessageTables
from store.paths import Home
from tests.store.talk import ask, give, records, texts


def test_messages_follow_one_another(conversations: Conversations) -> None:
    conversation = conversations.create().id
    ask(conversations, conversation, "one", "first")
    ask(conversations, conversation, "two", "second")
    messages = conversations.messages(conversation)
    assert [m.parent for m in messages] == [None, *(m.id for m in messages[:-1])]
    assert [conversations.siblings(m.id) for m in messages] == [(m.id,) for m in messages]
    assert conversations.branch_to(messages[2].id) == messages[:3]
    assert [conversations.message(m.id) for m in messages] == messages


def test_a_message_that_is_added_costs_the_same_in_a_long_conversation(
    conversations: Conversations, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = conversations.create().id
    looked_at: list[int] = []
    ids = MessageTables.ids

    def counted(tables: MessageTables, owner: int) -> list[int]:
        found = ids(tables, owner)
        looked_at.extend(found)
        return found

    monkeypatch.setattr(MessageTables, "ids", counted)
    for number in range(20):
        ask(conversations, conversation, f"question {number}", f"answer {number}")
    assert looked_at == []
    assert len(conversations.messages(conversation)) == 40


def test_a_further_answer_is_shown_and_the_first_one_kept(conversations: Conversations) -> None:
    conversation = conversations.create().id
    first = ask(conversations, conversation, "one", "first")
    question = conversations.message(first.parent)
    second = give(conversations, question, "second")
    assert texts(conversations, conversation) == ["one", "second"]
    assert conversations.siblings(first.id) == conversations.siblings(second.id)
    assert conversations.siblings(second.id) == (first.id, second.id)
    assert conversations.siblings(question.id) == (question.id,)
    assert second.parent == question.id
    conversations.show_branch(conversation, first.id)
    assert texts(conversations, conversation) == ["one", "first"]
    ask(conversations, conversation, "two", "on")
    assert texts(conversations, conversation) == ["one", "first", "two", "on"]
    assert conversations.get(conversation).messages == 4


def test_a_branch_comes_back_down_to_where_it_was_left(conversations: Conversations) -> None:
    conversation = conversations.create().id
    first = ask(conversations, conversation, "one", "first")
    old = ask(conversations, conversation, "two", "old")
    ask(conversations, conversation, "two again", "new", after=first.id)
    conversations.show_branch(conversation, old.id)
    other = ask(conversations, conversation, "ONE", "other", after=None)
    assert texts(conversations, conversation) == ["ONE", "other"]
    conversations.show_branch(conversation, first.parent)
    assert texts(conversations, conversation) == ["one", "first", "two", "old"]
    conversations.show_branch(conversation, other.id)
    conversations.show_branch(conversation, first.id)
    assert texts(conversations, conversation) == ["one", "first", "two", "old"]


def test_the_next_message_follows_the_one_that_was_named(conversations: Conversations) -> None:
    conversation = conversations.create().id
    first = ask(conversations, conversation, "one", "first")
    second = ask(conversations, conversation, "two", "second")
    conversations.continue_after(conversation, first.id)
    assert texts(conversations, conversation) == ["one", "first"]
    assert conversations.get(conversation).messages == 2
    ask(conversations, conversation, "three", "third")
    assert texts(conversations, conversation) == ["one", "first", "three", "third"]
    conversations.continue_after(conversation, None)
    assert texts(conversations, conversation) == []
    conversations.show_branch(conversation, second.id)
    assert texts(conversations, conversation) == ["one", "first", "two", "second"]
    conversations.continue_after(conversation, None)
    ask(conversations, conversation, "ONE", "other")
    assert texts(conversations, conversation) == ["ONE", "other"]
    conversations.continue_after(conversation, conversations.messages(conversation)[-1].id)
    assert texts(conversations, conversation) == ["ONE", "other"]


def test_a_branch_that_was_shortened_is_whole_again_when_it_is_shown(
    conversations: Conversations,
) -> None:
    conversation = conversations.create().id
    first = ask(conversations, conversation, "one", "first")
    old = ask(conversations, conversation, "two", "old")
    ask(conversations, conversation, "two again", "new", after=first.id)
    conversations.show_branch(conversation, old.id)
    conversations.continue_after(conversation, first.id)
    conversations.show_branch(conversation, first.id)
    assert texts(conversations, conversation) == ["one", "first", "two", "old"]


def test_everything_is_there_after_a_restart(home: Home) -> None:
    with Database.open(home) as database:
        conversations = Conversations(database)
        conversation = conversations.create().id
        first = ask(conversations, conversation, "one", "first")
        give(conversations, conversations.message(first.parent), "second")
        conversations.show_branch(conversation, first.id)
        shown = conversations.messages(conversation)
        listed = conversations.list()
    with Database.open(home) as database:
        conversations = Conversations(database)
        assert conversations.messages(conversation) == shown
        assert conversations.list() == listed
        assert len(conversations.siblings(first.id)) == 2


def test_messages_that_name_no_parent_follow_the_one_before(
    database: Database, conversations: Conversations
) -> None:
    conversation, other = conversations.create("old").id, conversations.create("other").id
    old = {"conversation": conversation, "state": "done", "created": 1.0}
    table = database.table("messages")
    ids = [table.insert(old | {"role": "user", "text": "one"})]
    ask(conversations, other, "in", "between")
    ids += [
        table.insert(old | {"role": role, "text": text})
        for role, text in (("assistant", "first"), ("user", "two"), ("assistant", "second"))
    ]
    assert [m.id for m in conversations.messages(conversation)] == ids
    assert [m.parent for m in conversations.messages(conversation)] == [None, *ids[:3]]
    assert conversations.get(conversation).messages == 4
    give(conversations, conversations.message(ids[0]), "other")
    assert texts(conversations, conversation) == ["one", "other"]
    ask(conversations, conversation, "three", "third")
    conversations.show_branch(conversation, ids[2])
    assert texts(conversations, conversation) == ["one", "first", "two", "second"]
    assert len(conversations.siblings(ids[1])) == 2


def test_a_parent_that_was_lost_breaks_no_branch(
    database: Database, conversations: Conversations
) -> None:
    conversation = conversations.create().id
    first = ask(conversations, conversation, "one", "first")
    lost = conversations.add_user(conversation, "lost")
    give(conversations, lost, "second")
    database.table("messages").remove(doc_ids=[lost.id])
    assert texts(conversations, conversation) == ["one", "first", "second"]
    give(conversations, conversations.message(first.parent), "other")
    assert texts(conversations, conversation) == ["one", "other"]
    conversations.show_branch(conversation, first.id)
    assert texts(conversations, conversation) == ["one", "first", "second"]


def test_a_message_costs_one_record_on_whatever_branch(
    conversations: Conversations, home: Home
) -> None:
    conversation = conversations.create("x").id
    first = ask(conversations, conversation, "one", "first")
    for after in (HEAD, first.id, None, HEAD):
        before = records(home)
        message = conversations.add_user(conversation, "more", after=after)
        assert records(home) == before + 1
        assert conversations.messages(conversation)[-1] == message


def test_a_conversation_without_alternatives_is_not_rewritten_by_a_message(
    conversations: Conversations, home: Home
) -> None:
    conversation = conversations.create("x", "a long system prompt").id
    ask(conversations, conversation, "one", "first")
    written = (home.db / "journal.jsonl").read_text()
    assert written.count("a long system prompt") == 1
    fork = conversations.message(1)
    give(conversations, fork, "second")
    ask(conversations, conversation, "two", "third")
    assert (home.db / "journal.jsonl").read_text().count("a long system prompt") == 2


def test_search_finds_what_is_not_shown_and_names_its_message(
    conversations: Conversations,
) -> None:
    conversation = conversations.create("x").id
    hidden = ask(conversations, conversation, "one", "a needle")
    give(conversations, conversations.message(hidden.parent), "hay")
    (hit,) = conversations.search("needle")
    assert hit.message == hidden
    conversations.show_branch(hit.conversation.id, hit.message.id)
    assert texts(conversations, conversation) == ["one", "a needle"]


def test_only_the_shown_branch_is_exported(conversations: Conversations) -> None:
    conversation = conversations.create("x").id
    hidden = ask(conversations, conversation, "one", "a needle")
    give(conversations, conversations.message(hidden.parent), "hay")
    exported = conversations.export_markdown(conversation)
    assert "hay" in exported
    assert "needle" not in exported
    assert "- Messages: 2\n" in exported


def test_the_newest_message_of_any_branch_dates_a_conversation(
    conversations: Conversations, clock: list[float]
) -> None:
    conversation = conversations.create("x").id
    first = ask(conversations, conversation, "one", "first")
    give(conversations, conversations.message(first.parent), "second")
    newest = conversations.messages(conversation)[-1].created
    conversations.show_branch(conversation, first.id)
    assert conversations.get(conversation).updated == newest


class TestWindow:
    def test_it_belongs_to_the_branch(self, conversations: Conversations) -> None:
        conversation = conversations.create().id
        first = ask(conversations, conversation, "one", "first")
        ask(conversations, conversation, "two", "second")
        two = first.id + 1
        conversations.set_window_start(conversation, two)
        assert conversations.window_start(conversation) == two
        ask(conversations, conversation, "TWO", "other", after=first.id)
        assert conversations.window_start(conversation) == 0
        assert conversations.window_start(conversation, two) == two
        conversations.show_branch(conversation, two)
        assert conversations.window_start(conversation) == two

    def test_an_edit_after_it_leaves_it(self, conversations: Conversations) -> None:
        conversation = conversations.create().id
        first = ask(conversations, conversation, "one", "first")
        second = ask(conversations, conversation, "two", "second")
        conversations.set_window_start(conversation, first.id + 1)
        ask(conversations, conversation, "three", "third")
        conversations.set_window_start(conversation, second.id + 1)
        conversations.add_user(conversation, "THREE", after=second.id)
        assert conversations.window_start(conversation) == first.id + 1

    def test_that_of_older_data_counts(
        self, database: Database, conversations: Conversations
    ) -> None:
        conversation = conversations.create().id
        first = ask(conversations, conversation, "one", "first")
        second = ask(conversations, conversation, "two", "second")
        database.table("conversations").update({"window_start": first.id + 1})
        assert conversations.window_start(conversation) == first.id + 1
        conversations.add_user(conversation, "TWO", after=first.id)
        assert conversations.window_start(conversation) == 0
        conversations.show_branch(conversation, second.id)
        third = conversations.add_user(conversation, "three").id
        conversations.set_window_start(conversation, third)
        assert conversations.window_start(conversation) == third


@pytest.mark.parametrize("other", [True, False])
def test_a_message_of_another_conversation_is_refused(
    conversations: Conversations, home: Home, other: bool
) -> None:
    here, there = conversations.create().id, conversations.create().id
    ask(conversations, here, "one", "first")
    message = ask(conversations, there, "other", "second").id if other else 99
    before = records(home)
    for call in (
        lambda: conversations.show_branch(here, message),
        lambda: conversations.continue_after(here, message),
        lambda: conversations.add_user(here, "x", after=message),
        lambda: conversations.begin_answer(here, "m", "v", after=message),
        lambda: conversations.set_window_start(here, message),
        lambda: conversations.keep_sent(here, {}, "v", message),
    ):
        with pytest.raises(
            UnknownIdError, match=rf"^there is no message {message} in conversation {here}; `soma"
        ):
            call()
    assert records(home) == before
    assert texts(conversations, here) == ["one", "first"]


class Tree(RuleBasedStateMachine):
    """Whatever is done, the shown branch is the one that a plain model of the rules gives."""

    conversations: Conversations
    conversation: int

    @initialize()
    def start(self) -> None:
        self.parents: dict[int, int | None] = {}
        self.last_shown: dict[int, int] = {}
        self.clock = 0
        self.branch: list[int] = []
        self.conversation = self.conversations.create("x").id

    def expect(self, branch: list[int]) -> None:
        """This branch is shown from now on; each of its messages has been shown just now."""
        self.clock += 1
        self.branch = branch
        self.last_shown |= dict.fromkeys(branch, self.clock)

    def branch_to(self, message: int | None) -> list[int]:
        branch: list[int] = []
        while message is not None:
            branch.insert(0, message)
            message = self.parents[message]
        return branch

    @rule(choice=st.integers(0, 30), at_head=st.booleans())
    def add(self, choice: int, at_head: bool) -> None:
        places = [None, *self.parents]
        after = places[choice % len(places)]
        if at_head:
            after = self.branch[-1] if self.branch else None
        message = self.conversations.add_user(
            self.conversation, "x", after=HEAD if at_head else after
        )
        assert message.parent == after
        self.parents[message.id] = after
        self.expect(self.branch_to(message.id))

    @rule(choice=st.integers(0, 30))
    def show(self, choice: int) -> None:
        if not self.parents:
            return
        message = list(self.parents)[choice % len(self.parents)]
        self.conversations.show_branch(self.conversation, message)
        branch = self.branch_to(message)
        while below := [m for m, parent in self.parents.items() if parent == branch[-1]]:
            branch.append(max(below, key=lambda m: (self.last_shown[m], m)))
        self.expect(branch)

    @rule(choice=st.integers(0, 30))
    def cut(self, choice: int) -> None:
        places = [None, *self.parents]
        after = places[choice % len(places)]
        self.conversations.continue_after(self.conversation, after)
        self.expect(self.branch_to(after))

    @invariant()
    def the_branch_is_shown(self) -> None:
        if not hasattr(self, "branch"):
            return
        shown = self.conversations.messages(self.conversation)
        assert [m.id for m in shown] == self.branch
        assert [m.parent for m in shown] == [self.parents[m] for m in self.branch]
        assert self.conversations.get(self.conversation).messages == len(self.branch)
        for message in self.branch:
            alternatives = [m for m in self.parents if self.parents[m] == self.parents[message]]
            assert self.conversations.siblings(message) == tuple(alternatives)


def test_any_order_of_changes(conversations: Conversations) -> None:
    Tree.conversations = conversations
    Tree.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
    Tree.TestCase("runTest").runTest()
