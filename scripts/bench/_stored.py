"""Stored conversations to measure with, and the way to them on the screen."""

from __future__ import annotations

import time
from pathlib import Path

from scripts.bench._terminal import Terminal
from store.conversations import Conversations
from store.database import Database
from store.paths import Home

RECORDED = Path(__file__).with_name("_recorded_answer.md")
LONG = "A long talk"
QUESTION = "When do we sail, and what should we pack?"
_TURNS_SENT = 1
_NEXT_CONVERSATION = "\x1b[1;3B"
_WARM_S = 2.0
_SECONDS_TO_ANSWER = 300


def recorded_answer() -> str:
    """A Markdown answer of the usual shape: paragraphs, lists, a table, 60 lines of code."""
    return RECORDED.read_text(encoding="utf-8")


def fill(home: Home, messages: int, in_long: int) -> None:
    """Stores `messages`, of which `in_long` stand in one conversation, the newest.

    The others stand 50 to a conversation. Answers are parts of the recorded answer, and carry token
    ids. Of the long conversation only the last turn still fits the model's context.
    """
    home.create()
    parts = [part for part in recorded_answer().split("\n\n## ") if part]
    with Database.open(home) as database, database.transaction():
        conversations = Conversations(database)
        for number in range((messages - in_long) // 50):
            _talk(conversations, f"Conversation {number}", 50, parts)
        if in_long:
            _talk(conversations, LONG, in_long, parts)


def _talk(conversations: Conversations, title: str, messages: int, parts: list[str]) -> None:
    conversation = conversations.create(title).id
    for turn in range(messages // 2):
        user = conversations.add_user(conversation, f"{turn}. {QUESTION}")
        if turn == messages // 2 - _TURNS_SENT:
            conversations.set_window_start(conversation, user.id)
        text = parts[turn % len(parts)]
        answer = conversations.begin_answer(conversation, "starter", "v")
        conversations.append_piece(answer.id, text, tuple(range(100, 100 + len(text) // 4)))
        conversations.finish_answer(answer.id, state="done", finish="stop", figures=None)


def open_long_conversation(terminal: Terminal) -> None:
    """Opens the newest conversation, which is the long one, once the store is there."""
    terminal.until(lambda text: LONG in text, "the list of conversations")
    terminal.type(_NEXT_CONVERSATION)
    terminal.until(lambda text: f"▸ {LONG}" in text and "saved" in text, "the long conversation")
    terminal.watch(time.perf_counter() + _WARM_S)


def ask(terminal: Terminal) -> None:
    """Sends a question, and waits until its answer has been streaming for two seconds."""
    terminal.type(QUESTION)
    terminal.until(lambda text: QUESTION in text, "the question in the composer")
    terminal.type("\r")
    terminal.until(lambda text: "answering" in text, "an answer", _SECONDS_TO_ANSWER)
    terminal.watch(time.perf_counter() + _WARM_S)
