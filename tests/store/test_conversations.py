from __future__ import annotations

import json
from pathlib import Path

import pytest

from store import conversations as module
from store.conversations import Conversation, Conversations
from store.database import Database
from store.errors import StoreError, UnknownIdError
from store.message import pack_ids, unpack_ids
from store.paths import Home
from tests.store.fake_disk import FakeDisk
from tests.store.talk import ask, finish, records


def test_a_new_conversation(conversations: Conversations, clock: list[float]) -> None:
    created = conversations.create(" My\ttrip ", "You are SOMA.")
    assert created == Conversation(1, "My trip", 1_700_000_001.0, 1_700_000_001.0, 0)
    assert conversations.get(1) == created
    assert conversations.list() == [created]
    assert conversations.system_prompt(1) == "You are SOMA."
    assert conversations.messages(1) == []
    assert conversations.window_start(1) == 0


def test_a_turn_from_question_to_answer(conversations: Conversations, home: Home) -> None:
    conversation = conversations.create().id
    question = conversations.add_user(conversation, "What is 2+2?\nQuick!")
    assert (question.role, question.text, question.state) == (
        "user",
        "What is 2+2?\nQuick!",
        "done",
    )
    assert (question.model, question.token_ids, question.figures) == (None, (), None)
    conversations.set_token_ids(question.id, [2, 105, 262_143], "gemma")

    answer = conversations.begin_answer(conversation, "starter", "gemma")
    assert (answer.role, answer.text, answer.state) == ("assistant", "", "streaming")
    assert (answer.model, answer.vocabulary) == ("starter", "gemma")
    conversations.append_piece(answer.id, "It is ", [7, 8])
    conversations.append_piece(answer.id, "", [9])
    conversations.append_piece(answer.id, "four.", [])
    conversations.append_piece(answer.id, "", [])
    assert conversations.messages(conversation)[1].text == "It is four."
    assert conversations.messages(conversation)[1].state == "streaming"

    before = records(home)
    figures = {"prompt": 12, "tokens_per_s": 3.5, "first_token_s": None}
    done = conversations.finish_answer(answer.id, state="done", finish="stop", figures=figures)
    assert records(home) == before + 1
    assert (done.text, done.token_ids) == ("It is four.", (7, 8, 9))
    assert (done.state, done.finish, done.figures) == ("done", "stop", figures)
    messages = conversations.messages(conversation)
    assert messages[1] == done
    assert (messages[0].token_ids, messages[0].vocabulary) == ((2, 105, 262_143), "gemma")
    assert messages[0].text == question.text


def test_everything_is_there_after_a_restart(home: Home) -> None:
    with Database.open(home) as database:
        conversations = Conversations(database)
        conversation = conversations.create("Trip", "prompt").id
        ask(conversations, conversation, "Where to?", "Łódź 🌍")
        conversations.set_window_start(conversation, 2)
        before = (conversations.list(), conversations.messages(conversation))
    with Database.open(home) as database:
        conversations = Conversations(database)
        assert (conversations.list(), conversations.messages(conversation)) == before
        assert conversations.window_start(conversation) == 2
        assert conversations.system_prompt(conversation) == "prompt"


def test_an_answer_whose_process_died_is_interrupted(home: Home) -> None:
    with Database.open(home) as database:
        conversations = Conversations(database)
        conversation = conversations.create().id
        answer = conversations.begin_answer(conversation, "m", "v").id
        conversations.append_piece(answer, "as far ", [1])
        conversations.append_piece(answer, "as it got", [2, 3])
        empty = conversations.begin_answer(conversation, "m", "v").id
    with Database.open(home) as database:
        conversations = Conversations(database)
        first, second = conversations.messages(conversation)
        assert (first.id, first.state, first.text) == (answer, "interrupted", "as far as it got")
        assert first.token_ids == (1, 2, 3)
        assert (second.id, second.state, second.text) == (empty, "interrupted", "")
        assert len(database.table("pieces")) == 0
        with pytest.raises(StoreError, match="has ended"):
            conversations.append_piece(answer, "more", [4])


@pytest.mark.parametrize("state", ["done", "cancelled", "interrupted", "failed"])
def test_an_answer_ends_once(conversations: Conversations, state: str) -> None:
    conversation = conversations.create().id
    answer = conversations.begin_answer(conversation, "m", "v").id
    conversations.append_piece(answer, "part", [1])
    ended = finish(conversations, answer, state=state, finish=None, figures=None)
    assert (ended.state, ended.text, ended.finish, ended.figures) == (state, "part", None, None)
    for again in (
        lambda: finish(conversations, answer),
        lambda: conversations.append_piece(answer, "x", [1]),
    ):
        with pytest.raises(StoreError, match=f"the answer {answer} has ended"):
            again()


def test_two_answers_at_a_time_keep_apart(conversations: Conversations) -> None:
    one, two = conversations.create().id, conversations.create().id
    first = conversations.begin_answer(one, "m", "v").id
    second = conversations.begin_answer(two, "m", "v").id
    for number in range(5):
        conversations.append_piece(first, f"a{number}", [number])
        conversations.append_piece(second, f"b{number}", [number + 100])
    assert finish(conversations, second).text == "b0b1b2b3b4"
    assert conversations.messages(one)[0].text == "a0a1a2a3a4"
    assert finish(conversations, first).token_ids == (0, 1, 2, 3, 4)


def test_bytes_on_disk_grow_with_the_answer_not_with_its_square(
    conversations: Conversations, database: Database
) -> None:
    conversation = conversations.create().id

    def cost(pieces: int) -> int:
        before = database.storage.length
        answer = conversations.begin_answer(conversation, "m", "v").id
        for _ in range(pieces):
            conversations.append_piece(answer, "twenty characters...", [1, 2, 3, 4, 5])
        finish(conversations, answer)
        return database.storage.length - before

    assert cost(400) < 11 * cost(40)


@pytest.mark.parametrize("text", ["", " ", "\n\t \r\n", "\u3000"])
def test_an_empty_message_is_not_sent(conversations: Conversations, home: Home, text: str) -> None:
    conversation = conversations.create().id
    before = records(home)
    with pytest.raises(StoreError, match="an empty message is not sent"):
        conversations.add_user(conversation, text)
    assert records(home) == before


def test_the_first_message_names_an_untitled_conversation(
    conversations: Conversations, home: Home
) -> None:
    conversation = conversations.create().id
    before = records(home)
    conversations.add_user(conversation, "\n\n  Plan a trip\nto Norway")
    assert records(home) == before + 1
    assert conversations.get(conversation).title == "Plan a trip"
    conversations.add_user(conversation, "Something else")
    assert conversations.get(conversation).title == "Plan a trip"
    named = conversations.create("Mine").id
    conversations.add_user(named, "hello")
    assert conversations.get(named).title == "Mine"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("a" * 40, "a" * 40),
        ("a" * 41, "a" * 40 + "…"),
        (
            "please tell me all about the history of Norway",
            "please tell me all about the history of…",
        ),
        (
            "please tell me all the long, long history, of Norway",
            "please tell me all the long, long…",
        ),
        ("\x1b[31mred\x00\talert", "[31mred alert"),
        ("\ud800 odd", "\ufffd odd"),
        ("日本語" * 20, "日本語" * 13 + "日…"),
    ],
)
def test_titles_are_short_and_plain(conversations: Conversations, text: str, title: str) -> None:
    conversation = conversations.create().id
    conversations.add_user(conversation, text)
    assert conversations.get(conversation).title == title


def test_rename(conversations: Conversations) -> None:
    conversation = conversations.create("old", "the prompt").id
    conversations.rename(conversation, "  new\nname ")
    assert conversations.get(conversation).title == "new name"
    assert conversations.system_prompt(conversation) == "the prompt"
    for empty in ("", " ", "\x00"):
        with pytest.raises(StoreError, match="an empty title is not kept"):
            conversations.rename(conversation, empty)
    conversations.rename(conversation, "x" * 1000)
    assert len(conversations.get(conversation).title) == 200


def test_the_list_begins_with_the_newest_message(
    conversations: Conversations, clock: list[float]
) -> None:
    first, second, third = (conversations.create(name).id for name in "abc")
    assert [c.id for c in conversations.list()] == [third, second, first]
    ask(conversations, first, "hello", "hi")
    conversations.add_user(second, "me too")
    assert [c.id for c in conversations.list()] == [second, first, third]
    assert [c.messages for c in conversations.list()] == [1, 2, 0]
    assert conversations.list()[0].updated == clock[0]
    conversations.rename(third, "renamed")
    assert conversations.list()[-1].title == "renamed"


def test_ids_are_not_reused_after_delete_and_restart(home: Home) -> None:
    with Database.open(home) as database:
        conversations = Conversations(database)
        conversation = conversations.create().id
        message = conversations.add_user(conversation, "hello").id
        conversations.delete(conversation, now=True)
        database.storage.compact()
    with Database.open(home) as database:
        conversations = Conversations(database)
        assert conversations.create().id == conversation + 1
        assert conversations.add_user(conversation + 1, "hello").id == message + 1


def test_an_unknown_id_is_told_with_what_to_do(conversations: Conversations) -> None:
    line = r"^there is no conversation 12; `soma conversations list` shows those there are$"
    for call in (
        lambda: conversations.get(12),
        lambda: conversations.messages(12),
        lambda: conversations.add_user(12, "x"),
        lambda: conversations.begin_answer(12, "m", "v"),
        lambda: conversations.rename(12, "x"),
        lambda: conversations.delete(12),
        lambda: conversations.delete(12, now=True),
        lambda: conversations.show_branch(12, 1),
        lambda: conversations.continue_after(12, None),
        lambda: conversations.wants_title(12),
        lambda: conversations.keep_title(12, "x"),
        lambda: conversations.export_markdown(12),
        lambda: conversations.system_prompt(12),
        lambda: conversations.window_start(12),
        lambda: conversations.set_window_start(12, 1),
    ):
        with pytest.raises(UnknownIdError, match=line):
            call()
    for call in (
        lambda: conversations.append_piece(7, "x", [1]),
        lambda: finish(conversations, 7),
        lambda: conversations.set_token_ids(7, [1], "v"),
        lambda: conversations.message(7),
        lambda: conversations.branch_to(7),
        lambda: conversations.siblings(7),
        lambda: conversations.rate(7, 1),
    ):
        with pytest.raises(UnknownIdError, match="there is no message 7"):
            call()


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("nul \x00 bell \x07 escape \x1b[2J", None),
        ("lone \ud800 surrogate \udcff", "lone \ufffd surrogate \ufffd"),
        ("a pair \ud83d\ude00", "a pair 😀"),
        ("lines \u2028 \x85 \r\n \x0b", None),
        ("مرحبا · 你好 · 👩‍👩‍👧", None),
    ],
)
def test_any_text_survives_a_restart(home: Home, text: str, kept: str | None) -> None:
    with Database.open(home) as database:
        conversations = Conversations(database)
        conversation = conversations.create(text, text).id
        conversations.add_user(conversation, text)
        answer = conversations.begin_answer(conversation, "m", "v").id
        conversations.append_piece(answer, text, [1])
        finish(conversations, answer)
    with Database.open(home) as database:
        conversations = Conversations(database)
        assert [m.text for m in conversations.messages(conversation)] == [kept or text] * 2
        assert conversations.system_prompt(conversation) == (kept or text)
        conversations.export_markdown(conversation).encode()
        conversations.get(conversation).title.encode()


@pytest.mark.parametrize("number", range(8))
def test_a_failed_finish_leaves_the_answer_streaming(home: Home, number: int) -> None:
    disk = FakeDisk(kinds=("write", "fsync"))
    with Database.open(home, disk=disk) as database:
        conversations = Conversations(database)
        conversation = conversations.create().id
        answer = conversations.begin_answer(conversation, "m", "v").id
        conversations.append_piece(answer, "part", [1])
        disk.failing = {len(disk.calls) + number}
        try:
            conversations.append_piece(answer, " two", [2])
            finish(conversations, answer)
        except StoreError:
            message = conversations.messages(conversation)[0]
            assert message.state == "streaming"
            assert message.text in ("part", "part two")
        else:
            assert number >= 4
            assert conversations.messages(conversation)[0].text == "part two"


class TestSearch:
    def test_all_words_whatever_their_case(self, conversations: Conversations) -> None:
        conversation = conversations.create("Straßenbahn nach Łódź").id
        message = ask(conversations, conversation, "Where is the LIBRARY?", "In the old library")
        found = conversations.search("library OLD")
        assert [hit.message for hit in found] == [message]
        assert found[0].conversation == conversations.get(conversation)
        assert found[0].excerpt == "In the old library"
        (title,) = conversations.search("STRASSENBAHN łódź")
        assert title.message is None
        assert title.excerpt == "Straßenbahn nach Łódź"
        assert conversations.search("library missing") == []
        assert conversations.search(" ") == []

    def test_words_must_be_in_one_text(self, conversations: Conversations) -> None:
        conversation = conversations.create("red").id
        ask(conversations, conversation, "green", "blue")
        assert conversations.search("green blue") == []

    def test_newest_first(self, conversations: Conversations, clock: list[float]) -> None:
        one, two = conversations.create("one").id, conversations.create("two").id
        old = conversations.add_user(two, "the same words")
        new = conversations.add_user(one, "words the same")
        assert [hit.message for hit in conversations.search("same words")] == [new, old]

    def test_an_answer_that_still_runs_is_found(self, conversations: Conversations) -> None:
        conversation = conversations.create().id
        answer = conversations.begin_answer(conversation, "m", "v").id
        conversations.append_piece(answer, "half a need", [1])
        conversations.append_piece(answer, "le", [2])
        (hit,) = conversations.search("needle")
        assert (hit.message.id, hit.message.state) == (answer, "streaming")

    @pytest.mark.parametrize("before", ["ß" * 300, "İ" * 300, "ab " * 100])
    def test_the_excerpt_lies_around_the_hit(
        self, conversations: Conversations, before: str
    ) -> None:
        conversation = conversations.create("x").id
        conversations.add_user(conversation, f"{before} Needle\n in  hay " + "straw " * 100)
        (hit,) = conversations.search("needle hay")
        assert "Needle in hay straw" in hit.excerpt
        assert hit.excerpt.startswith("…")
        assert hit.excerpt.endswith("straw…")
        assert len(hit.excerpt) <= 162


class TestMarkdown:
    def test_a_whole_conversation(
        self, conversations: Conversations, clock: list[float], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TZ", "UTC")
        module.time.tzset()
        conversation = conversations.create("Trip").id
        ask(conversations, conversation, "Where to?\n\n- *north*", "North.\n\n```\ncode\n```")
        assert conversations.export_markdown(conversation) == (
            "# Trip\n\n"
            "- Created: 2023-11-14 22:13\n- Last message: 2023-11-14 22:13\n"
            "- Messages: 2\n- Models: starter\n\n"
            "## You, 2023-11-14 22:13\n\nWhere to?\n\n- *north*\n\n"
            "## SOMA (starter), 2023-11-14 22:13\n\nNorth.\n\n```\ncode\n```\n"
        )
        monkeypatch.undo()
        module.time.tzset()

    @pytest.mark.parametrize(
        ("state", "words"),
        [
            ("cancelled", "cancelled here"),
            ("interrupted", "interrupted here"),
            ("failed", "failed here"),
        ],
    )
    def test_how_an_answer_ended(
        self, conversations: Conversations, state: str, words: str
    ) -> None:
        conversation = conversations.create().id
        answer = conversations.begin_answer(conversation, "m", "v").id
        conversations.append_piece(answer, "so far", [1])
        assert "still being written" in conversations.export_markdown(conversation)
        finish(conversations, answer, state=state)
        exported = conversations.export_markdown(conversation)
        assert f"so far\n\n*({words}" in exported
        assert exported.startswith("# Untitled conversation\n")


@pytest.mark.parametrize("ids", [[], [0], [1, 2, 3], [262_143, 4_294_967_295, 0]])
def test_token_ids_are_packed_without_loss(ids: list[int]) -> None:
    packed = pack_ids(ids)
    assert unpack_ids(packed) == tuple(ids)
    assert json.loads(json.dumps(packed)) == packed


@pytest.mark.parametrize("ids", [[-1], [1 << 32]])
def test_a_number_that_is_no_token_id_is_refused(conversations: Conversations, ids) -> None:
    conversation = conversations.create().id
    message = conversations.add_user(conversation, "x").id
    with pytest.raises(OverflowError):
        conversations.set_token_ids(message, ids, "v")
    assert conversations.messages(conversation)[0].token_ids == ()


def test_messages_of_a_damaged_journal_can_be_read(home: Home) -> None:
    with Database.open(home) as database:
        conversations = Conversations(database)
        conversation = conversations.create("a").id
        ask(conversations, conversation, "first", "second")
        lost = conversations.create("b").id
        conversations.add_user(lost, "orphan text")
        conversations.add_user(conversation, "third")
    path: Path = home.db / "journal.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"title":"b"', b'"title":"B"'))
    with Database.open(home, read_only=True) as database:
        conversations = Conversations(database)
        assert [c.id for c in conversations.list()] == [conversation]
        assert [m.text for m in conversations.messages(conversation)] == [
            "first",
            "second",
            "third",
        ]
        assert conversations.search("orphan") == []
        assert len(database.notices) == 1
