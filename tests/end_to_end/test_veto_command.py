"""`soma train examples`, `veto` and `unveto`, as they are typed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from soma_tui.cli import main
from store.database import Database
from store.paths import Home
from tests.training.talking import Talk

Told = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def talked(home: Home) -> None:
    """Two answers that were rated up, one with a password in it, one that was cut off."""
    with Database.open(home) as database:
        talk = Talk(database)
        talk.say(talk.begin(), "what is my cat called?", "Your cat is called Mia.", 1)
        talk.say(talk.begin(), "what is my dog called?", "Your dog\x1b[2J is called Rex.", 1)
        talk.say(talk.begin(), "and the wifi?", "The password is hunter2.", 1)
        talk.say(talk.begin(), "more", "Half an", 1, finish="length")


def told(capsys: Told, *arguments: str) -> Any:
    assert main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def refusal(capsys: Told, *arguments: str) -> str:
    assert main(["train", *arguments]) == 1
    out = capsys.readouterr()
    assert (out.out, out.err.count("\n")) == ("", 1)
    return out.err


def test_an_example_is_listed_refused_counted_and_allowed_again(capsys: Told) -> None:
    found = told(capsys, "train", "examples")
    assert [(one["source"], one["split"], one["answer"]) for one in found["examples"]] == [
        ("message:2", "train", "Your cat is called Mia."),
        ("message:4", "train", "Your dog\x1b[2J is called Rex."),
    ]
    rejected = {one["source"]: (one["reason"], one["answer"]) for one in found["left_out"]}
    assert rejected == {"message:6": ("secret", ""), "message:8": ("cut off", "")}
    assert main(["train", "examples"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].startswith("message:4      train            rated       what is my dog called?")
    assert "\x1b" not in lines[1]

    assert main(["train", "veto", "message:2"]) == 0
    assert capsys.readouterr().out == "what comes from message:2 is not learned from\n"
    stats = told(capsys, "export", "--stats")
    assert (stats["accepted"], stats["rejected"]["refused by you"]) == (1, 1)
    listed = told(capsys, "train", "examples")["left_out"]
    assert [one["reason"] for one in listed if one["source"] == "message:2"] == ["refused by you"]

    assert told(capsys, "train", "unveto", "message:2") == {"sources": ["message:2"]}
    assert told(capsys, "export", "--stats")["accepted"] == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("veto",), "name a source, as in `soma train veto message:12`"),
        (("veto", "message:99"), "no example comes from 'message:99'; `soma train examples` lists"),
        (("unveto", "message:2"), "nothing that comes from 'message:2' was refused by you"),
        (("veto", "message:2", "--rate", "1"), "--rate is for a new run"),
        (("examples", "message:2"), "examples takes no name"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(
    arguments: tuple[str, ...], said: str, capsys: Told
) -> None:
    assert said in refusal(capsys, *arguments)


def test_where_nothing_was_said_it_says_how_examples_come_about(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, capsys: Told
) -> None:
    monkeypatch.setenv("SOMA_HOME", str(tmp_path / "other"))
    assert main(["train", "examples"]) == 0
    assert capsys.readouterr().out.startswith("no examples yet; rate answers with")
