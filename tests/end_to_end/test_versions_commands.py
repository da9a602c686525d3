"""`soma versions` as it is typed, on versions of the real starter."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agents.engine.gguf_file import read_header
from soma_tui.cli import main
from store.digests import file_digest
from store.paths import Home
from store.versions import Versions
from tests.training.finished_run import evaluation_of, finished_run
from training.starter import starter_gguf
from training.versions import make_version

Told = pytest.CaptureFixture[str]
SHIP = {"verdict": "ship", "sentence": "Better by 0.5 nats a token (p = .01)."}
REFUSE = {"verdict": "refuse", "sentence": "No better than chance (p = .4)."}


@pytest.fixture
def three(home: Home) -> Versions:
    """One that was found better, one that was refused, and one of another base."""
    base = file_digest(starter_gguf(home.cache))
    for number, (base_of, decision, new) in enumerate(
        ((base, SHIP, -2.5), (base, REFUSE, -3.0), ("0" * 64, None, None)), 1
    ):
        run = finished_run(home, number)
        evaluation = evaluation_of(run, new, base=base_of)
        make_version(home, run, base_of, "starter", evaluation=evaluation, decision=decision)
    return Versions(home.versions)


def result(told: Told, *arguments: str) -> Any:
    assert main(["versions", *arguments, "--json"]) == 0
    return json.loads(told.readouterr().out)


def said(told: Told, *arguments: str) -> str:
    assert main(["versions", *arguments]) == 0
    return told.readouterr().out


def refusal(told: Told, *arguments: str) -> str:
    assert main(["versions", *arguments]) == 1
    out = told.readouterr()
    assert (out.out, out.err.count("\n")) == ("", 1)
    return out.err


def asked(told: Told) -> Any:
    assert main(["ask", "hello", "--json", "--temperature", "0", "--threads", "1"]) == 0
    return json.loads(told.readouterr().out)


def test_without_versions_the_base_answers(home: Home, capsys: Told) -> None:
    assert said(capsys, "list") == "no versions yet; the base answers, and `soma train` makes one\n"
    assert "there is no version 'soma-v1'" in refusal(capsys, "deploy", "soma-v1")
    assert "the base serves already" in refusal(capsys, "rollback")


def test_versions_are_deployed_answer_and_are_rolled_back(three: Versions, capsys: Told) -> None:
    before = asked(capsys)
    assert before["version"] == ""
    refused = refusal(capsys, "deploy", "soma-v2")
    assert "soma-v2 was not found to be better (No better than chance (p = .4))" in refused
    assert "soma-v3 was not evaluated" in refusal(capsys, "deploy", "soma-v3")
    assert said(capsys, "deploy", "soma-v1") == (
        "soma-v1 answers from the next answer on; before it was the base\n"
    )
    by_first = asked(capsys)
    assert by_first["version"] == "soma-v1"
    assert by_first["answer"] != before["answer"]
    assert main(["conversations", "show", str(by_first["conversation"]), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert [one["version"] for one in shown["messages"]] == ["", "soma-v1"]
    moved = result(capsys, "deploy", "soma-v2", "--anyway")
    assert (moved["old"], moved["new"]) == ("soma-v1", "soma-v2")
    assert said(capsys, "rollback").startswith("soma-v1 answers from the next answer on")
    again = asked(capsys)
    assert (again["version"], again["answer"]) == ("soma-v1", by_first["answer"])
    assert said(capsys, "deploy", "soma-v2") != ""
    assert result(capsys, "prune", "--keep", "0") == {"removed": ["soma-v3"]}


def test_the_list_says_which_serves_what_was_measured_and_what_is_wrong(
    three: Versions, home: Home, capsys: Told
) -> None:
    three.deploy("soma-v1")
    three.retrain_due(["message:2"])
    (home.versions / "soma-v4").mkdir()
    told = result(capsys, "list")
    rows = {row["name"]: row for row in told["versions"]}
    assert list(rows) == ["soma-v4", "soma-v3", "soma-v2", "soma-v1"]
    assert [row["serving"] for row in rows.values()] == [False, False, False, True]
    assert [rows[f"soma-v{n}"]["other_base"] for n in (1, 2, 3)] == [False, False, True]
    assert rows["soma-v2"]["measured"]["change"] == -0.5
    assert told["serving"]["personal"]["version"] == "soma-v1"
    broken, other, unmeasured, _, refused, serving, better, offer = said(
        capsys, "list"
    ).splitlines()
    assert offer == (
        "  soma-v1 learned what is forgotten since; a new run makes one without it: `soma train`"
    )
    assert "version.json cannot be read" in broken
    assert unmeasured == "    not measured  not decided"
    assert "belongs to another base" in other
    assert "-3.000 nats/token (+0.000, 1 sealed)  refuse: No better than chance" in refused
    assert serving.startswith("● soma-v1")
    assert "-2.500 nats/token (+0.500, 1 sealed)  ship: Better by" in better
    assert "retrain due" in serving
    shown = said(capsys, "show", "soma-v1")
    assert "state      whole" in shown
    three.adapter("soma-v1").unlink()
    assert main(["versions", "list"]) == 0
    assert "soma-v1 cannot answer: its adapter is missing" in capsys.readouterr().err
    assert "state      its adapter is missing" in said(capsys, "show", "soma-v1")


def test_versions_of_a_base_that_was_replaced_are_marked_and_a_run_is_offered(
    three: Versions, home: Home, capsys: Told
) -> None:
    make_version(home, finished_run(home, 4), "0" * 64, "starter", decision=SHIP)
    refused = refusal(capsys, "deploy", "soma-v4")
    assert "soma-v4 belongs to starter as it was then, and starter is open" in refused
    assert result(capsys, "deploy", "soma-v4", "--anyway")["new"] == "soma-v4"
    told = result(capsys, "list")
    assert [row["serving"] for row in told["versions"]] == [False] * 4
    assert told["serving"]["personal"] == {"version": "", "wanted": "soma-v4", "notice": ""}
    reason = "soma-v4 is of an earlier starter"
    assert told["offers"][0]["reason"].startswith(reason)
    *_, offer, base = said(capsys, "list").splitlines()
    assert offer.endswith("a new run makes one for this one: `soma train`")
    assert base == "  the base answers for personal"
    assert asked(capsys)["version"] == ""


def test_the_doctor_says_which_version_answers_and_what_is_wrong(
    three: Versions, capsys: Told
) -> None:
    def serving() -> list[Any]:
        main(["doctor", "--json"])
        found = json.loads(capsys.readouterr().out)
        return [(one["ok"], one["detail"]) for one in found if one["subject"] == "serving"]

    assert serving() == []
    three.deploy("soma-v1")
    assert serving() == [(True, "personal: soma-v1")]
    three.adapter("soma-v1").unlink()
    assert serving() == [(False, "personal: the base")]


def test_two_versions_answer_the_same_question_side_by_side(three: Versions, capsys: Told) -> None:
    told = result(
        capsys, "compare", "base", "soma-v1", "hello", "--seed", "3", "--max-tokens", "24"
    )
    assert [answer["version"] for answer in told["answers"]] == ["base", "soma-v1"]
    first, second = (answer["text"] for answer in told["answers"])
    assert first != second
    assert "" not in (first, second)
    again = result(
        capsys, "compare", "base", "soma-v1", "hello", "--seed", "3", "--max-tokens", "24"
    )
    assert [answer["text"] for answer in again["answers"]] == [first, second]
    assert "│" in said(capsys, "compare", "base", "soma-v1", "hello", "--max-tokens", "9")
    assert "soma-v3 was trained on starter as it was then" in refusal(
        capsys, "compare", "base", "soma-v3", "hello"
    )


def test_a_version_is_exported(three: Versions, tmp_path: Path, capsys: Told) -> None:
    out = tmp_path / "mine.gguf"
    assert said(capsys, "export", "soma-v1", str(out)).startswith(str(out))
    assert read_header(out).name == "SOMA soma-v1"
    assert "is there already" in refusal(capsys, "export", "soma-v1", str(out))
    assert result(capsys, "export", "soma-v1", str(out), "--overwrite")["bytes"] > 0
