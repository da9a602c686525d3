"""Conversations as Markdown files."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.export import write_markdown
from store.conversations import Conversations
from store.database import Database
from store.errors import SomaError
from store.paths import Home


@pytest.fixture
def conversations(home: Home):
    with Database.open(home) as database:
        yield Conversations(database)


def test_the_file_is_named_after_the_title_and_replaces_none(conversations, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    conversation = conversations.create().id
    conversations.add_user(conversation, "Where shall we sail? ../../x")
    first = write_markdown(conversations, conversation)
    second = write_markdown(conversations, conversation, str(tmp_path))
    assert (first.name, second.name) == ("where-shall-we-sail-x.md", "where-shall-we-sail-x-2.md")
    assert first.parent == tmp_path
    assert "Where shall we sail? ../../x" in first.read_text(encoding="utf-8")


def test_a_title_of_signs_alone_still_gives_a_name(conversations, tmp_path: Path) -> None:
    conversation = conversations.create("???").id
    assert write_markdown(conversations, conversation, str(tmp_path)).name == "conversation.md"


@pytest.mark.parametrize("name", ["there.md", "no/such/folder/x.md"])
def test_a_file_that_cannot_be_made_is_said(conversations, tmp_path: Path, name: str) -> None:
    (tmp_path / "there.md").write_text("mine")
    conversation = conversations.create("a").id
    with pytest.raises(SomaError, match=name):
        write_markdown(conversations, conversation, str(tmp_path / name))
    assert (tmp_path / "there.md").read_text() == "mine"
