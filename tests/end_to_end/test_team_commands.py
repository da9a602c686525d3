"""`soma team`, `soma runs` and `soma specialists`, as a user runs them."""

from __future__ import annotations

import json

import pytest

from store.paths import Home
from tests.end_to_end.test_memory_commands import done, read, refused, soma


def test_a_team_works_and_its_run_can_be_shown_and_resumed(home: Home) -> None:
    run = soma(
        "team", "hello", "--graph", "consensus", "--max-tokens", "24", "--seed", "3", "--json"
    )
    assert run.returncode == 0, run.stderr
    result = json.loads(run.stdout)
    assert result["answer"]
    assert result["route"]["specialists"] == ["personal"]
    assert [task["id"] for task in result["tasks"]] == [
        "personal-1", "personal-2", "personal-3", "synthesis",
    ]  # fmt: skip
    assert set(result["tasks"][0]) >= {
        "id", "specialist", "depends_on", "state", "tokens", "seconds", "confidence"
    }  # fmt: skip
    assert result["consensus"]["votes"]
    number = str(result["run"])
    assert read("runs", "show", number) == result
    assert result["answer"] in done("runs", "show", number)
    assert [row["state"] for row in read("runs", "list")] == ["done"]
    again = soma("team", "--resume", number)
    assert again.stdout.strip() == result["answer"].strip()
    assert f"run {number} is deleted" in done("runs", "remove", number)
    assert "no runs yet" in done("runs", "list")


def test_the_answer_alone_goes_to_standard_output(home: Home) -> None:
    run = soma("team", "-", "--specialists", "coder, personal", "--max-tokens", "16", stdin="hello")
    assert run.returncode == 0, run.stderr
    assert "coder, personal (you chose)" in run.stderr
    shown = read("runs", "show", "1")
    assert run.stdout.strip() == shown["answer"].strip()
    assert [task["id"] for task in shown["tasks"]] == ["coder", "personal", "synthesis"]


def test_specialists_are_listed_added_edited_and_removed(home: Home) -> None:
    assert [one["name"] for one in read("specialists", "list")] == [
        "personal", "coder", "researcher",
    ]  # fmt: skip
    done("specialists", "add", "cook", "--role", "food", "--example", "boil an egg")
    done("specialists", "edit", "cook", "--temperature", "0.9", "--prompt", "You cook.")
    done("specialists", "edit", "cook", "--top-k", "5")
    cook = read("specialists", "show", "cook")
    assert cook["sampling"] == {"temperature": 0.9, "top_k": 5}
    assert (cook["prompt"], cook["examples"], cook["built_in"]) == (
        "You cook.",
        ["boil an egg"],
        False,
    )
    done("specialists", "edit", "cook", "--trait", "humor=0.9", "--tools", "time,calculator")
    done("specialists", "edit", "cook", "--trait", "humor=", "--trait", "empathy=0.2")
    shown = done("specialists", "remember", "cook", "no garlic")
    assert "note 1: no garlic" in shown
    assert "temperature 0.9, top_k 5, empathy 0.2, tools calculator time" in shown
    assert "note" not in done("specialists", "forget", "cook", "1")
    assert "a trait is given as" in refused("specialists", "edit", "cook", "--trait", "humor")
    assert "yours" in done("specialists", "list")
    assert "off the team" in done("specialists", "remove", "cook")
    done("specialists", "edit", "coder", "--role", "Rust")
    assert "changed" in done("specialists", "list")
    assert "as it came again" in done("specialists", "remove", "coder")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["team"], "give a request"),
        (["team", "hi", "--resume", "1"], "give a request"),
        (["team", "hi", "--retry", "coder"], "--retry goes with --resume"),
        (["team", " "], "an empty message"),
        (["runs", "show", "7"], "there is no run 7"),
        (["specialists", "show", "wizard"], "there is no specialist 'wizard'"),
        (["specialists", "add", "cook"], "say what cook is for"),
        (["specialists", "edit", "coder"], "nothing was changed"),
        (["specialists", "remove", "personal"], "came with SOMA"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_1(home: Home, arguments: list[str], said: str) -> None:
    assert said in refused(*arguments)


def test_a_request_for_nobody_starts_no_run(home: Home) -> None:
    assert "there is no specialist 'wizard'" in refused("team", "hi", "--specialists", "wizard")
    assert read("runs", "list") == []
