"""`soma export`, as it is typed, with and without an open SOMA."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agents.operations import perform
from agents.service import Service
from soma_tui import headless
from soma_tui.cli import main
from soma_tui.composition import make_runtime
from store.database import Database
from store.paths import Home
from tests.training.talking import Talk

Told = pytest.CaptureFixture[str]


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Home:
    """A data directory of their own, which SOMA_HOME names."""
    home = Home(tmp_path / "home")
    home.create()
    monkeypatch.setenv("SOMA_HOME", str(home.root))
    return home


def talk_of(home: Home) -> None:
    """Six conversations of which one is rated for what it says, one cut off, one never rated."""
    with Database.open(home) as database:
        talk = Talk(database)
        talk.say(talk.begin(), "who are you?", "I am SOMA, your own.", -1, "I am SOMA, and yours.")
        talk.say(talk.begin(), "tell me of the sea", "It is deep and \x1b[2Jwide.", 1)
        talk.say(talk.begin(), "tell me of the land", "It is", 1, state="cancelled")
        talk.say(talk.begin(), "tell me of the sky", "It is blue.")
        talk.say(talk.begin("sealed"), "tell me of fire", "It burns and warms.", 1)


def test_export_writes_what_is_trained_on_and_its_manifest(
    home: Home, tmp_path: Path, capsys: Told
) -> None:
    talk_of(home)
    out = tmp_path / "mine.jsonl"
    assert main(["export", "--format", "chat", "--out", str(out)]) == 0
    assert capsys.readouterr().out == (
        f"2 examples to {out}; the manifest is {out}.manifest.json\n"
    )
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row["completion"][0]["content"] for row in rows] == [
        "I am SOMA, and yours.", "It is deep and \x1b[2Jwide."
    ]  # fmt: skip
    manifest = json.loads((tmp_path / "mine.jsonl.manifest.json").read_text())
    assert manifest["counts"]["splits"] == {"train": 2, "dev": 0, "sealed": 1}
    sealed = tmp_path / "sealed.jsonl"
    arguments = ["export", "--format", "alpaca", "--split", "sealed", "--out", str(sealed)]
    assert main([*arguments, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["examples"], told["hash"]) == (1, manifest["hash"])
    assert json.loads(sealed.read_text())["output"] == "It burns and warms."


def test_stats_say_what_is_there_and_why_not_more(home: Home, capsys: Told) -> None:
    talk_of(home)
    assert main(["export", "--stats"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == "3 examples, 1 rejected".split()
    assert ["what", "correction", "1"] in lines
    assert ["split", "sealed", "1"] in lines
    assert "rejected cut off 1 the answer was stopped or ran into a limit".split() in lines
    assert main(["export", "--stats", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["accepted"], told["rejected"]["cut off"], told["longest"]) == (3, 1, 2048)
    with Database.open(home) as database:
        assert not database.table("sealed").peek_all()


def test_stats_of_a_fresh_start_say_how_to_begin(home: Home, capsys: Told) -> None:
    assert main(["export", "--stats"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("0 examples, 0 rejected\nnothing to learn from: rate answers")


def only_rejected(home: Home) -> None:
    with Database.open(home) as database:
        talk = Talk(database)
        for _ in range(2):
            talk.say(talk.begin(), "tell me of the land", "It is", 1, state="cancelled")


def only_sealed(home: Home) -> None:
    with Database.open(home) as database:
        talk = Talk(database)
        talk.say(talk.begin("sealed"), "tell me of fire", "It burns and warms.", 1)


def nothing(home: Home) -> None:
    pass


@pytest.mark.parametrize(
    ("before", "arguments", "said"),
    [
        (nothing, ["--out", "x"], "there is nothing to learn from yet; rate answers with"),
        (only_rejected, ["--out", "x"], "none of 2 examples can be used (2 cut off); rate"),
        (only_sealed, ["--out", "x"], "no example is in the split train (1 sealed); rate"),
        (talk_of, ["--out", "x", "--longest", "3"], "(1 cut off, 3 too long); rate"),
        (talk_of, ["--out", "x", "--longest", "0"], "at least one token, not 0"),
        (talk_of, ["--out", "there"], "there is there already; choose another name"),
        (talk_of, ["--out", "."], "is a folder; name a file in it"),
        (talk_of, ["--out", "no/x"], "no is no folder; make it or choose another place"),
        (
            talk_of,
            ["--out", "x", "--specialist", "cook"],
            "nothing to learn from yet for the specialist 'cook'",
        ),
        (nothing, [], "give either --out FILE or --stats"),
        (nothing, ["--out", "x", "--stats"], "give either --out FILE or --stats"),
    ],
)
def test_mistakes_are_told_in_one_line(
    home: Home,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Told,
    before: Callable[[Home], None],
    arguments: list[str],
    said: str,
) -> None:
    before(home)
    (tmp_path / "there").write_text("mine")
    monkeypatch.chdir(tmp_path)
    assert main(["export", *arguments]) == 1
    told = capsys.readouterr()
    assert said in told.err
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert {path.name for path in tmp_path.iterdir()} == {"home", "there"}
    assert (tmp_path / "there").read_text() == "mine"


async def test_an_open_soma_writes_the_same(home: Home, tmp_path: Path) -> None:
    talk_of(home)
    runtime = make_runtime(home)
    await runtime.open_store()
    service = Service(runtime, home.socket)
    await service.start()
    try:
        request = {
            "operation": "examples.export", "format": "sharegpt", "split": "train",
            "out": str(tmp_path / "through.jsonl"),
        }  # fmt: skip
        through = [reply async for reply in headless.replies(home, request)][-1]["result"]
        direct: list[Any] = [
            reply
            async for reply in perform(runtime, request | {"out": str(tmp_path / "direct.jsonl")})
        ]
    finally:
        await service.close()
        await runtime.close()
    assert through["hash"] == direct[-1]["result"]["hash"]
    texts = [(tmp_path / f"{name}.jsonl").read_text() for name in ("through", "direct")]
    assert texts[0] == texts[1]
    assert texts[0].count("\n") == through["examples"] == 2
