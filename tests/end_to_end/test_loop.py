"""The whole loop by the product alone, in its terminal: talk, rate, train, be decided, be served.

Nothing of the loop is called here: keys are typed and commands run, and what is on the screen and
on the disk is looked at.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from store.conversations import Conversations, Message
from store.database import Database
from store.digests import file_digest
from store.paths import Home
from tests.end_to_end.terminal import Terminal, soma
from training.run_lock import holder

CHAT, TRAINING, UP, BETTER, LEAVE = "\x1b1", "\x1b3", "\x1b[1;5A", "\x1bw", "\x11"
PATIENCE = 900.0
NAMES = {
    "dog": "Biscuit", "cat": "Pepper", "horse": "Comet", "sister": "Ana", "brother": "Tomas",
    "mother": "Clara", "father": "Jonas", "son": "Leo", "daughter": "Ines", "boss": "Petra",
    "neighbour": "Olga", "uncle": "Henrik", "aunt": "Rosa", "teacher": "Bell",
}  # fmt: skip
BREAD = "Bread is flour, water, salt and time."
MESSAGES = 2 * (len(NAMES) + 2 + 1)


@pytest.fixture
def terminal(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    """SOMA in a terminal; neither it nor a run outlives the test."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    told(
        "train", "auto", "on", "--messages", str(MESSAGES), "--examples", "20", "--days", "99",
        "--quiet", "1", "--busy", "100",
    )  # fmt: skip
    opened = Terminal(soma("--threads", "1"), {"SOMA_HOME": str(home.root)}, columns=120, lines=40)
    yield opened
    if opened.process.isalive():
        opened.kill()
    held = holder(home.runs)
    if held is not None and held.pid:
        os.kill(held.pid, signal.SIGKILL)


def told(*arguments: str) -> Any:
    """What a command says as JSON, its last line."""
    done = subprocess.run(
        [*soma(*arguments), "--json"], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def messages(home: Home) -> list[Message]:
    """All messages, in the order in which they were written."""
    with Database.open(home, read_only=True) as database:
        stored = Conversations(database)
        found = [message for one in stored.list() for message in stored.messages(one.id)]
    return sorted(found, key=lambda message: message.id)


def say(terminal: Terminal, home: Home, text: str) -> None:
    """Type a message and wait until its answer is stored and its end is on the screen."""
    before = len(messages(home))
    terminal.send(f"{text}\r")
    terminal.until(
        lambda _: [m.state for m in messages(home)[before + 1 :]] == ["done"],
        f"answer to {text}", PATIENCE,
    )  # fmt: skip
    last = messages(home)[-1].text.split()[-1]
    terminal.until(
        lambda s: text in s and last in s.rpartition(text)[2] and "answering" not in s,
        f"end of the answer to {text}",
    )


def to_chat(terminal: Terminal) -> None:
    """Go to the chat and wait until it is there."""
    terminal.send(CHAT)
    terminal.until_shown("Write a message", "enter send")


def talk(terminal: Terminal, home: Home) -> None:
    """Tell who is who, rate one answer up, better another, and say thanks."""
    for who, name in NAMES.items():
        say(terminal, home, f"My {who} is called {name}.")
    say(terminal, home, "what can you do?")
    terminal.send(UP)
    terminal.until_shown("▲")
    say(terminal, home, "tell me of bread")
    terminal.send(BETTER)
    terminal.until_shown("The answer as it should have been")
    terminal.send(f" {BREAD}\r")
    terminal.until_shown("corrected")
    say(terminal, home, "thank you")


def versions() -> dict[str, Any]:
    """What `soma versions list` says, by name."""
    return {one["name"]: one for one in told("versions", "list")["versions"]}


@pytest.mark.timeout(4 * PATIENCE)
@pytest.mark.parametrize(
    "first",
    [
        pytest.param(["--max-steps", "8"], id="begun by hand"),
        pytest.param([], id="begun by itself", marks=pytest.mark.torture),
    ],
)
def test_what_was_learned_serves_the_next_answer_and_is_rolled_back(
    terminal: Terminal, home: Home, first: list[str]
) -> None:
    terminal.until_shown("starter")
    if first:
        told("train", "auto", "off")
    talk(terminal, home)
    if first:
        told("train", "start", *first)
    terminal.send(TRAINING)
    terminal.until_shown("soma-v1", "serving", seconds=PATIENCE)
    v1 = versions()["soma-v1"]
    print(v1["decision"]["sentence"])
    assert v1["decision"]["verdict"] == "ship", v1["decision"]["sentence"]
    adapter = home.versions / "soma-v1" / "adapter.gguf"
    served = file_digest(adapter)
    to_chat(terminal)
    say(terminal, home, "hello again")
    terminal.until_shown("SOMA soma-v1")
    assert messages(home)[-1].version == "soma-v1"

    # Nothing is new: a run that learns less is refused, and the first one goes on to serve.
    refused = told("train", "start", "--follow", "--max-steps", "2")["verdict"]
    assert (refused["version"], refused["deployed"]) == ("soma-v2", False)
    assert refused["decision"]["verdict"] == "refuse"
    say(terminal, home, "good evening")
    assert messages(home)[-1].version == "soma-v1"

    told("versions", "deploy", "soma-v2", "--anyway")
    say(terminal, home, "good night")
    assert messages(home)[-1].version == "soma-v2"
    terminal.send(TRAINING)
    terminal.until(lambda s: "● soma-v2" in s, "the other version serving")
    terminal.send("r")
    terminal.until(lambda s: "● soma-v1" in s, "the first version serving again")
    to_chat(terminal)
    say(terminal, home, "good morning")
    assert messages(home)[-1].version == "soma-v1"
    assert file_digest(adapter) == served == v1["adapter"]
    told("versions", "rollback")
    say(terminal, home, "and good day")
    assert messages(home)[-1].version == ""
    terminal.send(LEAVE)
    assert terminal.exit_code() == 0
