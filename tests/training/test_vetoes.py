"""What a person refused is not learned, nor is a copy of it."""

from __future__ import annotations

from store.claims import Claim, Evidence
from store.profiles import Profiles
from store.vetoes import Vetoes
from tests.training.talking import Talk, reasons, sources
from training.examples import sources_of, text_hash
from training.manifest import counts

LONG = "The ferry to the island leaves at nine from the old pier, and you pay on board."
ASKED = "when does the boat leave tomorrow?"


def refuse(talk: Talk, source: str) -> None:
    meant = [one for one in talk.collect().examples if one.source == source]
    Vetoes(talk.database).keep(sources_of(source), map(text_hash, meant))


def test_a_refused_example_is_rejected_with_its_reason_until_the_veto_is_taken_back(
    talk: Talk,
) -> None:
    refused = f"message:{talk.say(talk.begin(), ASKED, LONG, 1).id}"
    stays = f"message:{talk.say(talk.begin(), 'hello', 'Good to see you again, friend.', 1).id}"
    refuse(talk, refused)
    found = talk.collect()
    assert reasons(found) == {refused: "refused by you"}
    assert sources(found, "train") == {stays}
    assert counts(found)["rejected"]["refused by you"] == 1
    (rejected,) = found.rejected
    assert rejected.example is not None
    assert rejected.example.answer == LONG
    Vetoes(talk.database).lift([refused])
    assert sources(talk.collect(), "train") == {refused, stays}


def test_no_copy_of_what_was_refused_comes_in_its_place(talk: Talk) -> None:
    said = [talk.say(talk.begin(), ASKED, LONG, 1).id for _ in range(2)]
    near = talk.say(talk.begin(), ASKED, LONG.replace("nine", "ten"), 1).id
    refuse(talk, f"message:{said[0]}")
    assert reasons(talk.collect()) == {
        f"message:{said[0]}": "refused by you",
        f"message:{said[1]}": "refused by you",
        f"message:{near}": "near duplicate",
    }


def test_what_was_refused_and_deleted_is_refused_where_it_is_said_again(talk: Talk) -> None:
    into = talk.begin()
    refuse(talk, f"message:{talk.say(into, ASKED, LONG, 1).id}")
    talk.conversations.delete(into, now=True)
    again = talk.say(talk.begin(), ASKED, LONG, 1).id
    assert reasons(talk.collect()) == {f"message:{again}": "refused by you"}


def test_an_example_of_several_facts_is_refused_with_any_of_them(talk: Talk) -> None:
    profiles = Profiles(talk.database)
    for value in ("tea", "rain"):
        claim = Claim("preference", "likes", value, True, 0.95)
        profiles.learn(profiles.active(1.0).id, claim, Evidence(1, 1, value, 1.0))
    assert {one.source for one in talk.collect().examples} == {"fact:1,fact:2"}
    assert sources_of("fact:1,fact:2") == ("fact:1", "fact:2")
    Vetoes(talk.database).keep(["fact:2"], [])
    assert set(reasons(talk.collect()).values()) == {"refused by you"}
