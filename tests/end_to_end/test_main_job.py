"""The main job, as a person does it: `soma` in a terminal, the starter model, a restart."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from store.conversations import Conversations, Message
from store.database import Database
from store.paths import Home
from tests.end_to_end.terminal import Terminal, soma

Open = Callable[..., Terminal]
ALT_DOWN = "\x1b[1;3B"
ALT_2 = "\x1b2"


@pytest.fixture
def open_soma(home: Home) -> Iterator[Open]:
    """Opens SOMA in a terminal on the test's own data; what is still open at the end is killed."""
    opened: list[Terminal] = []

    def start(*arguments: str, **size: int) -> Terminal:
        opened.append(Terminal(soma(*arguments), {"SOMA_HOME": str(home.root)}, **size))
        return opened[-1]

    yield start
    for terminal in opened:
        if terminal.process.isalive():
            terminal.kill()


def stored(home: Home) -> list[Message]:
    """All messages of the newest conversation."""
    with Database.open(home) as database:
        conversations = Conversations(database)
        return conversations.messages(conversations.list()[0].id)


def kill_while_it_answers(terminal: Terminal, home: Home) -> None:
    """SIGKILL as soon as a piece of the running answer is on disk."""
    journal = home.db / "journal.jsonl"
    length = len(journal.read_bytes().rstrip(b"\0")) if journal.exists() else 0
    terminal.send("tell me everything that you can do for me\r")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if journal.exists() and b'"pieces"' in journal.read_bytes()[length:]:
            terminal.kill()
            return
        time.sleep(0.001)
    raise AssertionError(f"no answer began; the screen shows:\n{terminal.text()}")


def test_talk_kill_and_find_the_conversation_again(home: Home, open_soma: Open) -> None:
    terminal = open_soma()
    terminal.until_shown("SOMA")
    terminal.send("hello there\r")
    terminal.until(lambda s: "tok/s" in s and "saved" in s, "finished answer")
    for _ in range(10):
        kill_while_it_answers(terminal, home)
        messages = stored(home)
        terminal = open_soma()
        terminal.until_shown("tell me everyth")  # in the list: a greeting names no conversation
        terminal.send(ALT_DOWN)
        terminal.until_shown("tell me everything")
        if messages[-1].state == "interrupted":
            break
    assert [m.text for m in messages[:2]] == ["hello there", messages[1].text]
    assert messages[1].text
    partial = messages[-1]
    assert (partial.role, partial.state) == ("assistant", "interrupted")
    assert partial.text
    screen = terminal.until_shown("interrupted")
    assert partial.text.split()[0] in screen
    terminal.until_shown("starter")
    terminal.send("thank you\r")
    terminal.until(lambda s: "thank you" in s and "tok/s" in s, "answer after the restart")
    terminal.send("\x11")
    assert terminal.exit_code() == 0
    assert [m.text for m in stored(home)][-2] == "thank you"


def test_what_was_typed_survives_a_kill(home: Home, open_soma: Open) -> None:
    terminal = open_soma()
    terminal.until_shown("starter")
    terminal.send("half a thought")
    journal = home.db / "journal.jsonl"
    terminal.until(lambda _: b"half a thought" in journal.read_bytes(), "draft on disk")
    terminal.kill()
    terminal = open_soma()
    terminal.until_shown("half a thought")


def test_a_half_typed_request_to_the_team_survives_a_kill(home: Home, open_soma: Open) -> None:
    terminal = open_soma()
    terminal.until_shown("starter")
    terminal.send(ALT_2)
    terminal.until_shown("enter asks for a request")
    terminal.send("n")
    terminal.until_shown("New request to the team")
    terminal.send("half a request")
    journal = home.db / "journal.jsonl"
    terminal.until(lambda _: b"half a request" in journal.read_bytes(), "draft on disk")
    terminal.kill()
    terminal = open_soma()
    terminal.until_shown("starter")
    terminal.send(ALT_2)
    terminal.until_shown("enter asks for a request")
    terminal.send("n")
    terminal.until_shown("half a request")


def test_the_newest_conversation_is_opened_on_request(home: Home, open_soma: Open) -> None:
    with Database.open(home) as database:
        conversations = Conversations(database)
        conversations.add_user(conversations.create().id, "the tide at noon")
    terminal = open_soma("--continue")
    terminal.until_shown("▸ the tide at noon")
    terminal.send("hello\r")
    terminal.until(lambda s: "tok/s" in s, "answer")
    terminal.send("\x11")
    assert terminal.exit_code() == 0
    assert [m.text for m in stored(home)][:2] == ["the tide at noon", "hello"]


def test_headless_commands_work_through_the_open_soma(home: Home, open_soma: Open) -> None:
    terminal = open_soma()
    terminal.until_shown("SOMA")
    terminal.send("hello there\r")
    terminal.until(lambda s: "tok/s" in s, "finished answer")
    command = [sys.executable, "-m", "soma_tui.cli"]
    asked = subprocess.run(
        [*command, "ask", "greetings from a pipe", "--json"],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    result = json.loads(asked.stdout)
    assert result["answer"]
    terminal.until_shown("greetings from a pipe")  # the open screen lists it at once
    listed = subprocess.run(
        [*command, "conversations", "list", "--json"],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    titles = [row["title"] for row in json.loads(listed.stdout)]
    assert titles == ["greetings from a pipe", "hello there"]


def test_a_second_soma_is_told_of_the_first(home: Home, open_soma: Open) -> None:
    first = open_soma()
    first.until_shown("starter")
    second = open_soma()
    assert second.exit_code() == 1
    assert f"process {first.process.pid}".encode() in second.raw
    assert b"Traceback" not in second.raw
    first.send("hello\r")
    first.until(lambda s: "tok/s" in s, "answer")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_closed_terminal_loses_nothing(
    home: Home, open_soma: Open, number: signal.Signals
) -> None:
    terminal = open_soma()
    terminal.until_shown("starter")
    terminal.send("hello there\r")
    terminal.until_shown("You")
    os.kill(terminal.process.pid, number)
    terminal.exit_code()
    messages = stored(home)
    assert messages[0].text == "hello there"
    assert all(message.state != "streaming" for message in messages)


def test_typing_before_the_first_frame_is_not_lost(home: Home, open_soma: Open) -> None:
    terminal = open_soma()
    terminal.until_shown("SOMA")
    terminal.send("typed at once")
    terminal.until_shown("typed at once")


def test_leaving_restores_the_terminal(home: Home, open_soma: Open) -> None:
    terminal = open_soma()
    terminal.until_shown("starter")
    terminal.send("\x11")
    assert terminal.exit_code() == 0
    assert terminal.raw.rstrip().endswith(b"\x1b[?1049l") or b"\x1b[?1049l" in terminal.raw[-400:]


def test_a_model_that_cannot_be_loaded_is_explained_on_the_screen(
    home: Home, open_soma: Open, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF" + bytes(64))
    terminal = open_soma("--model", str(broken))
    terminal.until_shown("broken.gguf")
    terminal.send("still here")
    terminal.until_shown("still here")


def _colours(raw: bytes) -> set[bytes]:
    """The colours that a program set, by their numbers in its SGR sequences; 39 and 49 are none."""
    found: set[bytes] = set()
    for sequence in re.findall(rb"\x1b\[([0-9;]*)m", raw):
        numbers = sequence.split(b";")
        for number in numbers:
            if re.fullmatch(rb"3[0-7]|4[0-7]|9[0-7]|10[0-7]", number):
                found.add(number)
            elif number in (b"38", b"48"):
                found.add(sequence)
                break
    return found


@pytest.mark.parametrize(
    ("environment", "allowed"),
    [({"NO_COLOR": "1"}, r"(?!)"), ({"TERM": "xterm", "COLORTERM": ""}, r"3[0-7]|4[0-7]|\d{2,3}")],
)
def test_few_colours_or_none_are_respected(
    home: Home, environment: dict[str, str], allowed: str
) -> None:
    terminal = Terminal(soma(), {"SOMA_HOME": str(home.root), **environment})
    try:
        terminal.until_shown("starter")
        terminal.send("hello\r")
        terminal.until_shown("tok/s")
        terminal.send("\x1b[17~")  # F6: the list, with its highlighted row
        terminal.until_shown("enter open")
        used = _colours(terminal.raw)
    finally:
        terminal.kill()
    assert all(re.fullmatch(allowed, colour.decode()) for colour in used), used
