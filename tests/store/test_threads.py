from __future__ import annotations

import threading
from collections.abc import Callable

from store.conversations import Conversations
from store.database import Database
from store.paths import Home
from tests.store.together import run_together


def test_one_writes_while_others_read(home: Home) -> None:
    with Database.open(home) as database:
        conversations = Conversations(database)
        conversation = conversations.create("busy").id
        done = threading.Event()

        def write() -> None:
            try:
                for n in range(60):
                    conversations.add_user(conversation, f"question {n}")
                    answer = conversations.begin_answer(conversation, "m", "v").id
                    conversations.append_piece(answer, f"answer {n}", [n])
                    conversations.finish_answer(answer, state="done", finish=None, figures=None)
            finally:
                done.set()

        def read() -> None:
            seen = 0
            while not done.is_set():
                messages = conversations.messages(conversation)
                assert len(messages) >= seen
                seen = len(messages)
                for question, answer in zip(messages[::2], messages[1::2], strict=False):
                    if answer.state == "done":
                        assert answer.text == question.text.replace("question", "answer")
                assert conversations.get(conversation).messages >= seen
                assert conversation in [c.id for c in conversations.list()]
                conversations.search("answer 1")

        def delete() -> None:
            while not done.is_set():
                other = conversations.create("short-lived").id
                conversations.add_user(other, "gone soon")
                conversations.delete(other)

        run_together(write, read, delete)
        before = conversations.messages(conversation)
    with Database.open(home) as database:
        assert Conversations(database).messages(conversation) == before
        assert len(before) == 120


def test_two_writers_lose_nothing(home: Home) -> None:
    with Database.open(home) as database:
        table = database.table("t")

        def insert(who: str) -> Callable[[], None]:
            def work() -> None:
                for n in range(100):
                    table.insert({"who": who, "n": n})

            return work

        def move() -> None:
            for _ in range(100):
                with database.transaction():
                    total = sum(d["n"] for d in database.table("sum"))
                    database.table("sum").truncate()
                    database.table("sum").insert({"n": total + 1})

        run_together(insert("a"), insert("b"), move, move)
        ids = [d.doc_id for d in table]
        assert sorted(ids) == list(range(1, 201))
    with Database.open(home) as database:
        assert len(database.table("t")) == 200
        assert database.table("sum").all() == [{"n": 200}]
