"""The team: who came with SOMA, who was added, and what is learned of overrides."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agents.specialists import BUILT_IN, MOST_SPECIALISTS, Team, mentioned
from store.database import Database
from store.errors import SomaError
from store.paths import Home
from store.specialists import MOST_OVERRIDES, Override, Specialists


@pytest.fixture
def database(home: Home) -> Iterator[Database]:
    with Database.open(home) as database:
        yield database


def names(team: Team) -> list[str]:
    return [one.name for one in team.all()]


def test_the_team_that_comes_with_soma(database: Database) -> None:
    team = Team(database)
    assert names(team) == ["personal", "coder", "researcher"]
    assert team.get("coder").sampling == {"temperature": 0.3}
    assert all(len(set(one.examples)) == 20 for one in BUILT_IN)


def test_a_specialist_is_added_changed_removed_and_outlives_the_process(home: Home) -> None:
    with Database.open(home) as database:
        Team(database).add("cook", {"role": "food", "examples": ["How long do I boil eggs?"]})
        Team(database).edit("cook", {"prompt": "You cook.", "sampling": {"temperature": 0.9}})
        Team(database).edit("cook", {"tools": ["time", "calculator"]})
    with Database.open(home) as database:
        team = Team(database)
        cook = team.get("cook")
        assert (cook.role, cook.prompt, cook.sampling) == (
            "food",
            "You cook.",
            {"temperature": 0.9},
        )
        assert cook.examples == ("How long do I boil eggs?",)
        assert cook.tools == ("calculator", "time")
        assert team.remove("cook") is True
        assert names(team) == ["personal", "coder", "researcher"]


def test_a_built_in_specialist_is_changed_and_put_back(database: Database) -> None:
    team = Team(database)
    team.edit("coder", {"prompt": "You write Rust."})
    assert team.get("coder").prompt == "You write Rust."
    assert names(team) == ["personal", "coder", "researcher"]
    assert team.remove("coder") is False
    assert team.get("coder") in BUILT_IN
    with pytest.raises(SomaError, match="came with SOMA"):
        team.remove("coder")


@pytest.mark.parametrize(
    ("name", "changes", "said"),
    [
        ("Cook", {"role": "x"}, "is no name"),
        ("", {"role": "x"}, "is no name"),
        ("coder", {"role": "x"}, "already"),
        ("cook", {}, "say what cook is for"),
        ("cook", {"role": 5}, "role is a text"),
        ("cook", {"role": "x", "prompt": "y" * 4001}, "prompt is a text of 4,000"),
        ("cook", {"role": "x", "sampling": {"seed": 1}}, "settings of a specialist are"),
        ("cook", {"role": "x", "sampling": {"temperature": "hot"}}, "no number"),
        ("cook", {"role": "x", "sampling": {"temperature": -1}}, "temperature cannot be -1"),
        ("cook", {"role": "x", "examples": "one"}, "examples are"),
        ("cook", {"role": "x", "examples": [" "]}, "examples are"),
        ("cook", {"role": "x", "tools": ["shell"]}, "tools of a specialist are among calculator"),
        ("cook", {"role": "x", "tools": "time"}, "tools of a specialist are among"),
        ("cook", {"role": "x", "traits": {"height": 1}}, "traits of a personality are formality"),
        ("cook", {"role": "x", "traits": {"humor": 2}}, "a trait is a number from 0 to 1"),
        ("cook", {"role": "x", "traits": {"humor": "x"}}, "a trait is a number from 0 to 1"),
        ("cook", {"role": "x", "memory": "none"}, "one of all, shared, own"),
        ("cook", {"role": "x", "adapter": "/no/such.gguf"}, "/no/such.gguf"),
        ("cook", {"role": "x", "adapter": __file__}, "test_specialists.py"),
        ("cook", {"role": "x", "adapter": 5}, "the adapter is a text"),
        ("cook", {"role": "x", "hat": "tall"}, "no such field"),
    ],
)
def test_what_is_no_specialist_is_refused(
    database: Database, name: str, changes: dict[str, object], said: str
) -> None:
    team = Team(database)
    with pytest.raises(SomaError, match=said):
        team.add(name, changes)
    assert len(team.all()) == 3


def test_a_team_has_a_limit(database: Database) -> None:
    team = Team(database)
    for number in range(MOST_SPECIALISTS - 3):
        team.add(f"helper-{number}", {"role": "help"})
    with pytest.raises(SomaError, match="remove one first"):
        team.add("one-more", {"role": "help"})


def test_an_override_takes_the_place_of_an_older_one_and_goes_with_its_specialist(
    database: Database,
) -> None:
    team = Team(database)
    team.add("cook", {"role": "food"})
    team.learn("boil an egg", ["cook", "coder"])
    team.learn("boil an egg", ["cook"])
    assert team.overrides() == [Override("boil an egg", "cook")]
    team.remove("cook")
    assert team.overrides() == []


def test_the_newest_overrides_are_kept(database: Database) -> None:
    store = Specialists(database)
    with database.transaction():
        for number in range(MOST_OVERRIDES + 3):
            store.learn(f"request {number}", ["coder"])
    kept = store.overrides()
    assert (len(kept), kept[0].text) == (MOST_OVERRIDES, "request 3")
    with pytest.raises(SomaError, match="empty request"):
        store.learn(" ", ["coder"])


@pytest.mark.parametrize(
    ("text", "names", "rest"),
    [
        ("do it", (), "do it"),
        ("@coder do it", ("coder",), "do it"),
        ("@coder  @personal @coder do @coder", ("coder", "personal"), "do @coder"),
        ("@notes.txt what is in it?", (), "@notes.txt what is in it?"),
        ("@coder", (), "@coder"),
    ],
)
def test_those_that_a_text_begins_with_are_named(
    text: str, names: tuple[str, ...], rest: str
) -> None:
    assert mentioned(text, ["personal", "coder"]) == (names, rest)
