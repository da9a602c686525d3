"""`soma train auto` as it is typed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from soma_tui.cli import main
from store.database import Database
from store.paths import Home
from tests.training.talking import Talk

Told = pytest.CaptureFixture[str]


def result(told: Told, *arguments: str) -> Any:
    assert main(["train", "auto", *arguments, "--json"]) == 0
    return json.loads(told.readouterr().out)


def test_nothing_trains_by_itself_until_it_is_allowed_once(home: Home, capsys: Told) -> None:
    with Database.open(home) as database:
        talk = Talk(database)
        talk.say(talk.begin(), "what is my cat called?", "Your cat is called Mia.", 1)
    first = result(capsys)
    assert (first["on"], first["messages"], first["days"], first["due"]) == (False, 500, 7, False)
    on = result(capsys, "on", "--messages", "2", "--days", "3", "--examples", "1")
    assert (on["on"], on["messages"], on["days"], on["new_messages"]) == (True, 2, 3, 2)
    again = result(capsys, "status")
    assert {**on, "last": again["last"]} == again
    assert (on["quiet"], on["busy"]) == (300, 40)
    calm = result(capsys, "--quiet", "20", "--busy", "90")
    assert (calm["quiet"], calm["busy"], calm["on"]) == (20, 90, True)
    assert main(["train", "auto", "--examples", "4"]) == 0
    out = capsys.readouterr().out
    assert "on: after 2 new messages or 3 days, with 4 accepted examples" in out
    assert "idle (at most 90 % busy) and on mains power, and nobody was there for 20 seconds" in out
    assert result(capsys, "off")["reason"].startswith("training by itself is off")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["auto", "maybe"], "auto is on, off or status, not maybe"),
        (["auto", "--messages", "0"], "messages = 0 cannot be"),
        (["auto", "--quiet", "0"], "quiet = 0 cannot be"),
        (["auto", "--epochs", "2"], "--epochs is for a new run"),
        (["--days", "2"], "--days is for `soma train auto`"),
    ],
)
def test_what_cannot_be_is_refused(
    home: Home, capsys: Told, arguments: list[str], why: str
) -> None:
    assert main(["train", *arguments]) == 1
    err = capsys.readouterr().err
    assert why in err
    assert err.count("\n") == 1
