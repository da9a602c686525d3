"""What is known of persons: learning, correcting, history, forgetting."""

from __future__ import annotations

import pytest

from store.claims import Claim, Evidence, Fact
from store.database import Database
from store.errors import StoreError, UnknownIdError
from store.paths import Home
from store.profiles import Learned, Profiles

NOON = 1_800_000_000.0


@pytest.fixture
def profiles(database: Database) -> Profiles:
    return Profiles(database)


@pytest.fixture
def me(profiles: Profiles) -> int:
    return profiles.active(NOON).id


def said(message: int, quote: str = "") -> Evidence:
    return Evidence(message, 1, quote, NOON + message)


def dog(name: str, **more: object) -> Claim:
    return Claim("relationship", "dog", name, **more)  # type: ignore[arg-type]


def values(facts: list[Fact]) -> list[tuple[str, str]]:
    return [(fact.attribute, fact.value) for fact in facts]


def test_the_first_start_has_one_person(profiles: Profiles) -> None:
    one = profiles.active(NOON)
    assert one == profiles.active(NOON + 1)
    assert profiles.list() == [one]
    assert one.handle == "me"


def test_persons_are_chosen_by_their_handles(home: Home, profiles: Profiles) -> None:
    first = profiles.active(NOON)
    ana = profiles.use("Ana", NOON)
    assert ana.id != first.id
    assert profiles.use("  aNA ", NOON).id == ana.id == profiles.active(NOON).id
    assert [person.handle for person in profiles.list()] == ["me", "Ana"]
    assert profiles.use("me", NOON).id == first.id


@pytest.mark.parametrize("handle", ["", "  ", "\n", "---", "\x00"])
def test_a_handle_without_a_letter_is_refused(profiles: Profiles, handle: str) -> None:
    with pytest.raises(StoreError, match="no name for a person"):
        profiles.use(handle, NOON)


@pytest.mark.parametrize("handle", ["../../x", "/etc/passwd", "安娜", "أنا", "a\nb", "x" * 500])
def test_a_strange_handle_is_only_a_name(home: Home, profiles: Profiles, handle: str) -> None:
    before = {path for path in home.root.rglob("*")}
    person = profiles.use(handle, NOON)
    assert profiles.active(NOON) == person
    assert "\n" not in person.handle
    assert len(person.handle) <= 40
    assert {path for path in home.root.rglob("*")} == before


def test_a_fact_is_kept_with_its_evidence(profiles: Profiles, me: int) -> None:
    learned = profiles.learn(me, dog("Rex"), said(3, "my dog is called Rex"))
    assert learned.is_new
    assert learned.ended == ()
    (fact,) = profiles.facts(me)
    assert fact == learned.fact
    assert (fact.attribute, fact.value, fact.state) == ("dog", "Rex", "current")
    assert fact.evidence == (said(3, "my dog is called Rex"),)


def test_the_same_again_confirms(profiles: Profiles, me: int) -> None:
    profiles.learn(me, dog("Rex", confidence=0.8), said(3))
    learned = profiles.learn(me, dog("rex."), said(5))
    assert not learned.is_new
    (fact,) = profiles.facts(me)
    assert (fact.value, fact.confidence) == ("Rex", pytest.approx(0.96))
    assert [one.message for one in fact.evidence] == [3, 5]
    profiles.learn(me, dog("Rex"), said(5))
    assert len(profiles.facts(me)[0].evidence) == 2


def test_a_newer_fact_supersedes_and_never_erases(profiles: Profiles, me: int) -> None:
    old = profiles.learn(me, dog("Rex"), said(3)).fact
    learned = profiles.learn(me, dog("Max"), said(5))
    assert old
    assert learned.fact
    assert values(profiles.facts(me)) == [("dog", "Max")]
    assert [fact.id for fact in learned.ended] == [old.id]
    history = profiles.history(learned.fact.id)
    assert values(history) == [("dog", "Rex"), ("dog", "Max")]
    assert (history[0].state, history[0].successor) == ("superseded", learned.fact.id)
    assert history[0].evidence == (said(3),)


def test_history_goes_back_through_all_values(profiles: Profiles, me: int) -> None:
    for number, name in enumerate(["Rex", "Max", "Bello", "Rex"], 1):
        profiles.learn(me, dog(name), said(number))
    (now,) = profiles.facts(me)
    assert [fact.value for fact in profiles.history(now.id)] == ["Rex", "Max", "Bello", "Rex"]
    assert len(profiles.facts(me, history=True)) == 4


def test_of_what_can_be_several_all_stay(profiles: Profiles, me: int) -> None:
    for number, value in enumerate(["tea", "sailing"], 1):
        profiles.learn(me, Claim("preference", "likes", value, many=True), said(number))
    assert values(profiles.facts(me)) == [("likes", "tea"), ("likes", "sailing")]


def test_a_correction_names_the_value_that_was_wrong(profiles: Profiles, me: int) -> None:
    for number, name in enumerate(["Tom", "Jerry"], 1):
        profiles.learn(me, Claim("relationship", "cat", name, many=True), said(number))
    profiles.learn(me, Claim("fact", "", "Tim", replaces="tom"), said(3))
    assert values(profiles.facts(me)) == [("cat", "Jerry"), ("cat", "Tim")]
    nothing = profiles.learn(me, Claim("fact", "", "Ann", replaces="Anna"), said(4))
    assert nothing == Learned(None, False, ())


def test_opposites_end_each_other(profiles: Profiles, me: int) -> None:
    profiles.learn(me, Claim("preference", "likes", "tea", many=True), said(1))
    profiles.learn(me, Claim("preference", "dislikes", "Tea", many=True), said(2))
    assert values(profiles.facts(me)) == [("dislikes", "Tea")]


def test_what_holds_no_longer_is_retracted(profiles: Profiles, me: int) -> None:
    profiles.learn(me, Claim("fact", "home town", "Bremen"), said(1))
    learned = profiles.learn(me, Claim("fact", "home town", "bremen", retract=True), said(2))
    assert profiles.facts(me) == []
    assert [fact.state for fact in learned.ended] == ["retracted"]
    assert len(profiles.facts(me, history=True)) == 1


def test_the_revision_tells_conversations_to_take_notice(profiles: Profiles, me: int) -> None:
    def revision() -> int:
        return profiles.active(NOON).revision

    start = revision()
    fact = profiles.learn(me, dog("Rex"), said(1)).fact
    assert fact
    assert revision() == start
    profiles.learn(me, dog("Max"), said(2))
    assert revision() == start + 1
    profiles.learn(me, Claim("instruction", "instruction", "be brief", many=True), said(3))
    assert revision() == start + 2
    profiles.pin(profiles.facts(me)[0].id, True, NOON)
    assert revision() == start + 3


def test_what_was_said_before_what_is_known_goes_to_the_history(
    profiles: Profiles, me: int
) -> None:
    now = profiles.learn(me, dog("Max"), said(9)).fact
    assert now
    learned = profiles.learn(me, dog("Rex"), said(2))
    assert not learned.is_new
    assert values(profiles.facts(me)) == [("dog", "Max")]
    assert [fact.value for fact in profiles.history(now.id)] == ["Max", "Rex"]


def test_a_pin_goes_over_to_the_newer_fact(profiles: Profiles, me: int) -> None:
    fact = profiles.learn(me, dog("Rex"), said(1)).fact
    assert fact
    profiles.pin(fact.id, True, NOON)
    profiles.learn(me, dog("Max"), said(2))
    assert [(fact.value, fact.pinned) for fact in profiles.facts(me)] == [("Max", True)]


def test_a_fact_is_edited_by_hand(profiles: Profiles, me: int) -> None:
    fact = profiles.learn(me, dog("Rex"), said(1)).fact
    assert fact
    new = profiles.edit(fact.id, "Max", NOON)
    assert values(profiles.facts(me)) == [("dog", "Max")]
    assert new.evidence[0].by == "hand"
    assert [one.value for one in profiles.history(new.id)] == ["Rex", "Max"]
    assert profiles.edit(new.id, "MAX", NOON).id == new.id
    assert values(profiles.facts(me)) == [("dog", "MAX")]


def test_what_rests_on_messages_alone_is_found_and_removed(profiles: Profiles, me: int) -> None:
    one = profiles.learn(me, dog("Rex"), said(1)).fact
    both = profiles.learn(me, Claim("fact", "job", "nurse"), said(1)).fact
    profiles.learn(me, Claim("fact", "job", "nurse"), said(2))
    assert one
    assert both
    assert [fact.id for fact in profiles.resting_on([1])] == [one.id]
    assert profiles.drop_evidence([1]) == 2
    assert [e.message for e in profiles.fact(both.id).evidence] == [2]
    assert [fact.id for fact in profiles.remove([one.id, 999])] == [one.id]
    assert values(profiles.facts(me, history=True)) == [("job", "nurse")]


def test_persons_know_nothing_of_each_other(profiles: Profiles, me: int) -> None:
    profiles.learn(me, dog("Rex"), said(1))
    other = profiles.use("Ana", NOON)
    assert profiles.facts(other.id) == []


@pytest.mark.parametrize("value", ["", " ", "\n\t", "…", "\x00"])
def test_an_empty_value_is_refused(profiles: Profiles, me: int, value: str) -> None:
    with pytest.raises(StoreError, match="empty fact"):
        profiles.learn(me, dog(value), said(1))
    assert profiles.facts(me) == []


@pytest.mark.parametrize("value", ["レックス", "Рекс", "ريكس", "🐕 Rex", "Re\ud800x", "x" * 5000])
def test_values_of_any_script_are_kept_as_one_line(
    home: Home, database: Database, profiles: Profiles, me: int, value: str
) -> None:
    profiles.learn(me, dog(f"{value}\nend"), said(1))
    (fact,) = profiles.facts(me)
    assert "\n" not in fact.value
    assert len(fact.value) <= 300


def test_it_outlives_a_restart(home: Home) -> None:
    with Database.open(home) as database:
        profiles = Profiles(database)
        ana = profiles.use("Ana", NOON)
        profiles.learn(ana.id, dog("Rex"), said(1))
        facts = profiles.facts(ana.id)
    with Database.open(home) as database:
        assert Profiles(database).active(NOON).handle == "Ana"
        assert Profiles(database).facts(ana.id) == facts


@pytest.mark.parametrize("method", ["fact", "history"])
def test_an_unknown_fact_is_named(profiles: Profiles, method: str) -> None:
    with pytest.raises(UnknownIdError, match="no fact 7"):
        getattr(profiles, method)(7)
