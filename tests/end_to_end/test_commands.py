"""The `soma` command as a user runs it: a process of its own, the real starter model."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from agents.attachments import Attachment, Words, fold
from store.conversations import Conversations
from store.database import Database
from store.paths import Home

SOMA = [sys.executable, "-m", "soma_tui.cli"]


def soma(
    *arguments: str, stdin: str = "", env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*SOMA, *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=100,
        env={**os.environ, **(env or {})},
        check=False,
    )


def failure(*arguments: str, stdin: str = "", env: dict[str, str] | None = None) -> str:
    """The one line that a failing command writes."""
    done = soma(*arguments, stdin=stdin, env=env)
    assert done.returncode == 1, done
    assert done.stdout == ""
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


def asked(*arguments: str, stdin: str = "") -> Any:
    done = soma("ask", *arguments, "--json", "--temperature", "0", stdin=stdin)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1
    return json.loads(done.stdout)


def test_ask_streams_the_answer_and_keeps_the_conversation(home: Home) -> None:
    done = soma("ask", "hello")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    with Database.open(home) as database:
        conversations = Conversations(database)
        (conversation,) = conversations.list()
        user, answer = conversations.messages(conversation.id)
    assert (user.text, answer.text) == ("hello", done.stdout.removesuffix("\n"))


def test_ask_as_json_and_going_on_in_a_conversation(home: Home) -> None:
    first = asked("hello")
    assert set(first) == {
        "answer", "conversation", "model", "version", "finish", "tokens", "timings",
        "specialists", "run",
    }  # fmt: skip
    assert first["model"] == "starter"
    assert first["timings"]["first_token_s"] > 0
    second = asked("-", "--conversation", str(first["conversation"]), stdin="who are you?\n")
    assert second["conversation"] == first["conversation"]
    assert second["tokens"]["prompt"] > first["tokens"]["prompt"] + first["tokens"]["completion"]


def test_ask_attaches_files(home: Home, tmp_path: Path) -> None:
    for name, text in (("one.md", "first file\n"), ("two.md", "second file\n")):
        (tmp_path / name).write_text(text)
    one, two = str(tmp_path / "one.md"), str(tmp_path / "two.md")
    number = asked("what do they say?", "--file", one, "--file", two)["conversation"]
    with Database.open(home) as database:
        user = Conversations(database).messages(number)[0]
    assert fold(user.text) == [
        Words("what do they say?"),
        Attachment(one, "first file"),
        Attachment(two, "second file"),
    ]
    line = failure("ask", "and now?", "--file", one, "--file", str(tmp_path / "three.md"))
    assert line.startswith("soma: nothing was asked: ")
    assert "three.md cannot be attached: no such file or directory" in line
    with Database.open(home) as database:
        assert len(Conversations(database).list()) == 1


def test_conversations_are_listed_shown_searched_renamed_exported_deleted(
    home: Home, tmp_path: Path
) -> None:
    number = str(asked("hello, harbour")["conversation"])
    assert "hello, harbour" in soma("conversations", "list").stdout
    shown = soma("conversations", "show", number).stdout
    assert "You" in shown
    assert "SOMA" in shown
    assert "harbour" in soma("conversations", "search", "HARBOUR").stdout
    assert soma("conversations", "search", "nowhere").stdout == "nothing found\n"
    assert "Sailing" in soma("conversations", "rename", number, "Sailing").stdout
    listed = json.loads(soma("conversations", "list", "--json").stdout)
    assert [row["title"] for row in listed] == ["Sailing"]
    out = tmp_path / "sailing.md"
    assert soma("conversations", "export", number, "--out", str(out)).returncode == 0
    assert out.read_text().startswith("# Sailing")
    assert f"restore {number}" in soma("conversations", "delete", number).stdout
    assert "no conversations yet" in soma("conversations", "list").stdout
    assert "Sailing" in soma("conversations", "list", "--deleted").stdout
    assert "is back: Sailing" in soma("conversations", "restore", number).stdout
    assert "harbour" in soma("conversations", "show", number).stdout
    assert "for good" in soma("conversations", "delete", number, "--now").stdout
    assert "no deleted conversation" in soma("conversations", "list", "--deleted").stdout


def test_another_answer_another_question_and_the_way_back(home: Home, tmp_path: Path) -> None:
    number = str(asked("hello")["conversation"])
    done = soma("conversations", "regenerate", number, "--temperature", "0")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    shown = soma("conversations", "show", number, "--branches").stdout
    assert "message 3, 2 of 2: 2, 3" in shown
    assert "message" not in soma("conversations", "show", number).stdout
    notes = tmp_path / "notes.md"
    notes.write_text("the harbour\n")
    change = ["edit", "1", "-", "--file", str(notes), "--json"]
    edited = soma("conversations", *change, stdin="who are you?")
    assert json.loads(edited.stdout)["conversation"] == int(number)
    assert "the harbour" in soma("conversations", "show", number).stdout
    assert "message 4, 2 of 2: 1, 4" in soma("conversations", "show", number, "--branches").stdout
    branch = soma("conversations", "branch", number, "2", "--json").stdout
    messages = json.loads(branch)["messages"]
    assert [m["id"] for m in messages] == [1, 2]
    assert [m["alternatives"] for m in messages] == [[1, 4], [2, 3]]
    again = soma("conversations", "regenerate", number, "--message", "5", "--json")
    assert json.loads(again.stdout)["message"] == 6
    ended = soma("conversations", "branch", number, "1", "--end").stdout
    assert "message 1" in ended
    assert "SOMA" not in ended


def test_an_answer_is_rated(home: Home) -> None:
    number = str(asked("hello")["conversation"])
    assert soma("conversations", "rate", "2", "up").stdout == "answer 2 is rated up\n"
    better = soma("conversations", "rate", "2", "down", "--better", "-", stdin="Ahoy!\n").stdout
    assert better == "answer 2 is rated down, with a better answer\n"
    shown = soma("conversations", "show", number).stdout
    assert "(rated down)" in shown
    assert "(better: Ahoy!)" in shown
    rated = json.loads(soma("conversations", "rate", "2", "none", "--json").stdout)
    assert rated["rating"] is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ask", ""], "an empty message is not sent"),
        (["ask", "-"], "an empty message is not sent"),
        (["ask", "hi", "--conversation", "77"], "there is no conversation 77"),
        (["ask", "hi", "--model", "nowhere"], "there is no model 'nowhere'"),
        (["ask", "hi", "--model", "no/such.gguf"], "no/such.gguf"),
        (["ask", "hi", "--temperature", "-2"], "temperature cannot be -2"),
        (["conversations", "show", "5"], "there is no conversation 5"),
        (["conversations", "delete", "5"], "there is no conversation 5"),
        (["conversations", "restore", "5"], "there is no deleted conversation 5"),
        (["conversations", "regenerate", "5"], "there is no conversation 5"),
        (["conversations", "edit", "5", " "], "an empty message is not sent"),
        (["conversations", "edit", "5", "hi"], "there is no message 5"),
        (["conversations", "branch", "5", "1"], "there is no conversation 5"),
        (["conversations", "rate", "5", "up"], "there is no message 5"),
        (["models", "add", "."], "is a folder"),
        (["models", "use", "nowhere"], "there is no model 'nowhere'"),
        (["models", "remove", "starter"], "there is no model 'starter'"),
        (["setup", "training"], "--yes"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_1(home: Home, arguments: list[str], said: str) -> None:
    if arguments[0] == "setup":
        from training import tools

        if not tools.missing():
            assert "installed" in soma(*arguments).stdout
            return
    assert said in failure(*arguments)


@pytest.mark.parametrize("name", ["empty", "truncated", "vocabulary", "embedder", "text", "none"])
def test_a_file_that_is_no_chat_model_is_refused_with_a_reason(
    home: Home, tmp_path: Path, starter_path: Path, name: str
) -> None:
    path = tmp_path / f"{name}.gguf"
    if name == "empty":
        path.touch()
    elif name == "truncated":
        path.write_bytes(starter_path.read_bytes()[:-100_000])
    elif name == "text":
        path.write_text("<html>404 not found</html>")
    elif name in ("vocabulary", "embedder"):
        _write_gguf(path, name)
    line = failure("models", "add", str(path))
    assert path.name in line
    expected = {
        "empty": "empty", "truncated": "missing", "vocabulary": "weights",
        "embedder": "embed", "text": "GGUF", "none": "does not exist",
    }  # fmt: skip
    assert expected[name] in line.casefold() or expected[name] in line


def _write_gguf(path: Path, kind: str) -> None:
    import gguf
    import numpy as np

    writer = gguf.GGUFWriter(path, "llama" if kind == "vocabulary" else "bert")
    writer.add_context_length(128)
    writer.add_tokenizer_model("llama")
    writer.add_token_list([b"a", b"b"])
    if kind == "embedder":
        writer.add_tensor("token_embd.weight", np.zeros((2, 32), dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def test_a_model_is_added_listed_used_and_forgotten(
    home: Home, tmp_path: Path, starter_path: Path
) -> None:
    path = tmp_path / "friend.gguf"
    path.write_bytes(starter_path.read_bytes())
    assert "friend" in soma("models", "add", str(path)).stdout
    rows = {row["name"]: row for row in json.loads(soma("models", "list", "--json").stdout)}
    assert list(rows) == ["starter", "friend"]
    assert rows["starter"]["in_use"]
    assert rows["friend"]["architecture"] == "gemma3"
    assert rows["friend"]["size_bytes"] == path.stat().st_size
    assert soma("models", "use", "friend").returncode == 0
    assert asked("hello")["model"] == "friend"
    assert asked("hello", "--model", "starter")["model"] == "starter"
    path.unlink()
    assert "friend.gguf" in soma("models", "list").stdout
    assert "friend.gguf" in failure("ask", "hello")
    assert soma("models", "remove", "friend").returncode == 0
    assert asked("hello")["model"] == "starter"


def test_without_a_terminal_the_headless_command_is_named(home: Home) -> None:
    line = failure()
    assert "no terminal" in line
    assert "soma ask" in line


@pytest.mark.parametrize("root", ["/proc/soma", "/dev/null/soma"])
def test_a_data_directory_that_cannot_be_written_is_named(root: str) -> None:
    line = failure("conversations", "list", env={"SOMA_HOME": root})
    assert root in line


def test_ctrl_c_in_mid_answer_keeps_what_was_said(home: Home) -> None:
    process = subprocess.Popen(
        [*SOMA, "ask", "tell me who you are and what you can do", "--repeat-penalty", "100"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    first = process.stdout.read(1)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said) in [(130, "soma: interrupted\n"), (0, "")]
    with Database.open(home) as database:
        conversations = Conversations(database)
        answer = conversations.messages(conversations.list()[0].id)[-1]
    assert answer.state == ("cancelled" if process.returncode else "done")
    assert answer.text.startswith(first)


@pytest.mark.parametrize("delay", [0.3, 0.6, 1.0, 1.5])
def test_ctrl_c_at_any_moment_is_one_line(home: Home, delay: float) -> None:
    process = subprocess.Popen(
        [*SOMA, "ask", "hello"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    time.sleep(delay)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode in (0, 130, -signal.SIGINT)
    if process.returncode != -signal.SIGINT:  # Python itself was still starting
        assert "Traceback" not in said


def test_a_reader_of_the_pipe_that_leaves_is_no_error(home: Home) -> None:
    line = f"{sys.executable} -m soma_tui.cli ask 'what can you do?' | head -c 1"
    done = subprocess.run(
        ["bash", "-c", line], capture_output=True, text=True, timeout=100, check=False
    )
    assert len(done.stdout) == 1
    assert "Traceback" not in done.stderr


def test_two_commands_at_once_both_get_their_answer(home: Home) -> None:
    both = [
        subprocess.Popen([*SOMA, "ask", text], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for text in ("hello", "who are you?")
    ]
    for process in both:
        out, said = process.communicate(timeout=100)
        assert process.returncode == 0, said
        assert out.strip()


def test_a_dead_soma_s_lock_and_socket_are_no_obstacle(home: Home) -> None:
    (home.db / "lock").write_text("4194304 soma\n")
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(home.socket))
    assert asked("hello")["answer"]


def test_keys_lists_every_action_and_names_a_wrong_entry(home: Home) -> None:
    done = soma("keys")
    assert done.returncode == 0
    assert "Ctrl+N" in done.stdout
    (home.root / "keys.toml").write_text('new = "ctrl+t"\nfly = "f11"\n')
    done = soma("keys", "--json")
    assert done.returncode == 1
    assert "there is no action 'fly'" in done.stderr
    rows = {row["id"]: row["keys"] for row in json.loads(done.stdout)["actions"]}
    assert rows["new"] == ["ctrl+t"]


def test_doctor_says_ok_of_a_sound_home(home: Home) -> None:
    asked("hello")
    done = soma("doctor", "--json")
    findings = {finding["subject"]: finding for finding in json.loads(done.stdout)}
    assert {"versions", "hardware", "llama.cpp", "data", "journal", "recall"} <= set(findings)
    assert all(finding["ok"] for finding in findings.values()), findings
    assert done.returncode == 0


def test_doctor_names_a_damaged_journal_and_what_to_do(home: Home) -> None:
    for _ in range(2):
        asked("hello")
    journal = home.db / "journal.jsonl"
    data = bytearray(journal.read_bytes())
    data[len(data) // 2] ^= 0x40
    journal.write_bytes(data)
    done = soma("doctor")
    assert done.returncode == 1
    assert "!!  journal" in done.stdout


def test_a_full_disk_is_said_and_loses_nothing(home: Home) -> None:
    first = asked("hello")
    size = max(path.stat().st_size for path in (home.db / "journal.jsonl", home.logs / "llama.log"))
    blocks = size // 1024 + 1  # bash counts a file's limit in blocks of 1,024 bytes
    journal = (home.db / "journal.jsonl").read_bytes()
    done = subprocess.run(
        ["bash", "-c", f"ulimit -f {blocks}; exec {sys.executable} -m soma_tui.cli ask -"],
        input="long " * 40_000,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 1, done
    assert "cannot save" in done.stderr
    assert "Traceback" not in done.stderr
    assert (home.db / "journal.jsonl").read_bytes().startswith(journal)
    assert asked("hello", "--conversation", str(first["conversation"]))["answer"]
