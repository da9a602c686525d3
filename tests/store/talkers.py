"""Processes that talk and type for ever; what they were told is saved goes into a log."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from store.conversations import Conversations
from store.database import Database
from store.drafts import Draft
from store.paths import Home

LOG = "acknowledged"


def _sayer(root: str, conversation: int) -> Callable[..., None]:
    log = os.open(Path(root) / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def say(*words: object) -> None:
        os.write(log, " ".join(map(str, (conversation, *words))).encode() + b"\n")

    return say


def acknowledged(root: Path) -> list[list[str]]:
    """Give the lines of the log, word by word, and begin a new one."""
    log = root / LOG
    lines = log.read_text().splitlines() if log.exists() else []
    log.unlink(missing_ok=True)
    return [line.split() for line in lines]


def talk(root: str) -> None:
    """Ask and answer in a new conversation, delete others, compact now and then."""
    database = Database.open(Home(Path(root)))
    conversations = Conversations(database)
    conversation = conversations.create("kill").id
    say = _sayer(root, conversation)
    n = 0
    while True:
        n += 1
        question = conversations.add_user(conversation, f"question {n} " + "é" * (n % 50)).id
        say("said", question)
        answer = conversations.begin_answer(conversation, "m", "v").id
        for piece in range(n % 7):
            conversations.append_piece(answer, f"piece {piece} ", [piece, n])
            say("piece", answer, piece)
        conversations.finish_answer(answer, state="done", finish="stop", figures={"n": n})
        say("done", answer, n % 7)
        if n % 3 == 0:
            answer = conversations.begin_answer(conversation, "m", "v", after=question).id
            conversations.finish_answer(answer, state="done", finish="stop", figures={"n": n})
            say("done", answer, 0)
        if n % 4 == 0:
            conversations.show_branch(conversation, conversations.siblings(answer)[0])
        if n % 5 == 0:
            other = conversations.create("gone").id
            conversations.add_user(other, "to be deleted")
            conversations.delete(other, now=n % 2 == 0)
            say("deleted", other)
        if n % 11 == 0:
            database.storage.compact()


def type_and_send(root: str) -> None:
    """Save drafts in a new conversation, and send what they hold."""
    database = Database.open(Home(Path(root)))
    conversations = Conversations(database)
    conversation = conversations.create("kill").id
    say = _sayer(root, conversation)
    n = 0
    while True:
        n += 1
        text, queued = f"typed {n}", f"queued {n}"
        conversations.drafts.save(conversation, Draft(text, (queued,)))
        say(n)
        for sent in (queued, text):
            with database.transaction():
                conversations.add_user(conversation, sent)
                conversations.drafts.sent(conversation, sent)


def import_at_once(root: str, messages: int) -> None:
    """Store many messages in one transaction, and log that they are saved."""
    database = Database.open(Home(Path(root)))
    conversations = Conversations(database)
    with database.transaction():
        conversation = conversations.create("imported").id
        table = database.table("messages")
        head = {"conversation": conversation, "role": "user", "state": "done", "created": 1.0}
        for number in range(messages):
            table.insert(head | {"text": f"message {number}"})
    _sayer(root, conversation)(messages)
