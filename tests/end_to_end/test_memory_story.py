"""One person's story on the real starter: told, kept over restarts, corrected, forgotten.

What the model is told is looked at, not what it makes of that: its words vary with what the
background has embedded by then.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from store.conversations import Conversations
from store.database import Database
from store.paths import Home
from store.profiles import Profiles


def soma(*arguments: str) -> Any:
    """What a command prints as JSON; every call is a process of its own, and so a restart."""
    done = subprocess.run(
        [sys.executable, "-m", "soma_tui.cli", *arguments, "--json"],
        capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def ask(text: str, conversation: int | None = None) -> Any:
    going_on = ["--conversation", str(conversation)] if conversation else []
    return soma("ask", text, "--temperature", "0", *going_on)


@contextmanager
def opened(home: Home) -> Iterator[Database]:
    with Database.open(home, read_only=True) as database:
        yield database


def prompt_of(home: Home, conversation: int) -> str:
    with opened(home) as database:
        return Conversations(database).system_prompt(conversation)


def files_with(home: Home, word: str) -> list[str]:
    return [
        path.name
        for path in home.root.rglob("*")
        if path.is_file() and path.suffix != ".gguf" and word.encode() in path.read_bytes()
    ]


def known(history: bool = False) -> dict[str, list[str]]:
    facts: dict[str, list[str]] = {}
    for fact in soma("profile", "show", *(["--history"] if history else []))["facts"]:
        facts.setdefault(fact["attribute"], []).append(fact["value"])
    return facts


def test_what_was_told_lasts_is_corrected_and_is_forgotten(home: Home) -> None:
    told = ask("My name is Farida and my dog is called Pluto.")["conversation"]
    ask("From now on, answer in one short sentence.", told)
    assert known() == {
        "name": ["Farida"], "dog": ["Pluto"],
        "instruction": ["From now on, answer in one short sentence"],
    }  # fmt: skip

    later = ask("what is my dog called?")
    assert later["conversation"] != told
    prompt = prompt_of(home, later["conversation"])
    for kept in ("Farida", "Pluto", "From now on, answer in one short sentence"):
        assert kept in prompt
    assert later["answer"]

    ask("No, my dog is called Biscuit.", later["conversation"])
    assert known()["dog"] == ["Biscuit"]
    assert known(history=True)["dog"] == ["Pluto", "Biscuit"]
    newest = ask("what is my dog called?")
    prompt = prompt_of(home, newest["conversation"])
    assert "Biscuit" in prompt
    assert "Pluto" not in prompt
    ask("thanks", told)
    assert "Biscuit" in prompt_of(home, told)

    with opened(home) as database:
        profiles = Profiles(database)
        (dog,) = [fact for fact in profiles.facts(1) if fact.attribute == "dog"]
        said = [one.message for fact in profiles.history(dog.id) for one in fact.evidence]
    assert len(set(said)) == 2
    receipt = soma("forget", f"fact:{dog.id}", "--yes")
    assert receipt["facts"] == 2
    assert receipt["remaining"] == []
    for name in ("Pluto", "Biscuit"):
        assert files_with(home, name) == []
    assert "dog" not in known(history=True)
    assert known()["name"] == ["Farida"]
    for conversation in (told, later["conversation"], newest["conversation"]):
        ask("hello again", conversation)
        prompt = prompt_of(home, conversation)
        assert "Farida" in prompt
        assert "Pluto" not in prompt
        assert "Biscuit" not in prompt
    for row in soma("conversations", "list"):
        exported = subprocess.run(
            [sys.executable, "-m", "soma_tui.cli", "conversations", "export", str(row["id"])],
            capture_output=True, text=True, timeout=100, check=True,
        ).stdout  # fmt: skip
        assert "Pluto" not in exported
        assert "Biscuit" not in exported
    assert soma("conversations", "search", "Pluto") == []
    fresh = ask("what is my dog called?")
    for name in ("Pluto", "Biscuit"):
        assert name not in fresh["answer"]
        assert files_with(home, name) == []
