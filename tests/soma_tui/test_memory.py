"""The place for memory."""

from __future__ import annotations

from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from agents import events
from soma_tui.actions import ACTIONS
from soma_tui.screens.dialogs import Question
from soma_tui.screens.forgetting import ForgetScreen
from soma_tui.screens.memory import MemoryScreen
from soma_tui.screens.path_question import PathQuestion
from store.claims import Claim, Evidence
from store.errors import SomaError
from store.traits import Evidence as StyleEvidence
from tests.soma_tui.driving import running, shown, until
from tests.soma_tui.fakes import FakeRuntime

SIZES = [(40, 12), (80, 24), (120, 40)]
SAID = "My dog is called Rex, and I like tea."


@pytest.fixture
async def runtime(home) -> FakeRuntime:
    """One that has heard a message: a dog called Rex, formerly Max; and that somebody likes tea."""
    runtime = FakeRuntime(home)
    await runtime.open_store()
    stored = runtime.conversations
    message = stored.add_user(stored.create("Pets").id, SAID)
    memory = runtime.remembering.memory
    learn, person = memory.profiles.learn, memory.person.id
    evidence = Evidence(message.id, message.conversation, "My dog is called Rex", message.created)
    learn(person, Claim("relationship", "dog", "Max"), evidence)
    learn(person, Claim("relationship", "dog", "Rex", replaces="Max"), evidence)
    learn(person, Claim("preference", "likes", "tea", many=True), evidence)
    return runtime


@asynccontextmanager
async def at_memory(runtime: FakeRuntime, **options: Any):
    """The application at the place for memory, which has been read."""
    async with running(runtime, **options) as (app, pilot):
        await pilot.press("alt+4")
        await until(pilot, lambda: isinstance(app.screen, MemoryScreen) and app.screen.rows.opened)
        place = app.screen
        await until(pilot, lambda: place.highlighted is not None)
        yield app, pilot, place


async def highlight(pilot, place, key) -> None:
    """Put the cursor on a row."""
    await until(pilot, lambda: key in [one.id for one in place.list.options])
    place.list.highlighted = place.list.get_option_index(key)
    await until(pilot, lambda: place.list.highlighted_key == key)


def details(place) -> str:
    return " ".join(str(place.details.query_one("#memory-details-text").visual).split())


def facts(runtime) -> list[str]:
    return [fact.value for fact in runtime.remembering.memory.facts()]


def fact_key(runtime, value) -> str:
    return next(f"fact:{f.id}" for f in runtime.remembering.memory.facts() if f.value == value)


def message_hit(place) -> str:
    return next((hit.ref for hit in place.rows.hits if hit.item.kind == "message"), "")


def trait(runtime, name):
    memory = runtime.remembering.memory
    return memory.personality.state(name, memory.now())


async def answer_question(app, pilot, text) -> None:
    await until(pilot, lambda: isinstance(app.screen, Question) and app.screen.query("Input"))
    app.screen.query_one("Input").value = text
    await pilot.press("enter")


# --- what is shown


async def test_facts_traits_and_documents_are_listed_in_groups(runtime) -> None:
    async with at_memory(runtime, size=(100, 60)) as (app, _, place):
        page = shown(app)
        assert page.index("preferences") < page.index("Likes: tea")
        assert page.index("people and pets") < page.index("Dog: Rex")
        assert page.index("personality: manner") < page.index("formality")
        assert len(place.rows.traits) == 20
        assert all(one.name.replace("_", " ") in page for one in place.rows.traits)
        assert "None yet: i takes in" in page
        assert "talking with you · w somebody else" in page


async def test_a_fact_is_shown_with_evidence_history_and_its_line_of_the_prompt(runtime) -> None:
    async with at_memory(runtime, size=(120, 40)) as (_, pilot, place):
        await highlight(pilot, place, fact_key(runtime, "Rex"))
        await until(pilot, lambda: "Dog: Rex" in details(place))
        said = details(place)
        assert "you said so on" in said
        assert "“My dog is called Rex”" in said
        assert "before Dog: Max, until" in said
        assert "in the prompt told where there is room: “Pet: a dog called Rex” under" in said
        assert "“What you know about this person”" in said


async def test_a_trait_is_shown_with_its_departure_and_what_it_says_in_the_prompt(runtime) -> None:
    memory = runtime.remembering.memory
    for number in range(8):
        piece = StyleEvidence("directness", 1.0, 1.0, "request", 100 + number, "straight out")
        memory.personality.take(piece, memory.now())
    async with at_memory(runtime, size=(120, 60)) as (app, pilot, place):
        await highlight(pilot, place, "trait:directness")
        await until(pilot, lambda: "8 pieces so far" in details(place))
        row = next(line for line in shown(app).splitlines() if " directness " in line)
        assert ".65 (+.05)" in row
        assert row.count("┃") == 1
        assert "request: “straight out”" in details(place)
        assert "baseline .60" in details(place)
        await highlight(pilot, place, "trait:empathy")
        await until(pilot, lambda: "“Be warm.”" in details(place))


async def test_empty_it_says_how_things_get_there(home) -> None:
    async with at_memory(FakeRuntime(home), size=(80, 50)) as (app, _, _):
        assert "Nothing is known of you yet." in shown(app)
        assert "Tell SOMA your name in the chat (Alt+1), or press a." in shown(app)


async def test_it_can_be_gone_to_before_the_store_is_open(home) -> None:
    runtime = FakeRuntime(home)
    runtime.may_open.clear()
    async with running(runtime, ready=False) as (app, pilot):
        await pilot.press("alt+4")
        await until(pilot, lambda: "is being opened" in shown(app))
        keys = [key for a in ACTIONS if a.owner == "memory" for key in a.keys if key != "slash"]
        await pilot.press(*keys, "slash", *"tea", "escape")
        runtime.may_open.set()
        await until(pilot, lambda: "formality" in shown(app))


async def test_control_characters_are_shown_not_obeyed(runtime) -> None:
    await runtime.remembering.remember("evil \x9b2J \u202e note")
    async with at_memory(runtime, size=(80, 40)) as (app, _, _):
        assert "\x9b" not in shown(app)
        assert "\u202e" not in shown(app)
        assert "evil" in shown(app)


@pytest.mark.parametrize("size", SIZES)
async def test_it_fits(size, runtime) -> None:
    async with at_memory(runtime, size=size) as (app, _, place):
        page = shown(app).splitlines()
        assert all(len(line) <= size[0] for line in page)
        assert place.list.size.height >= 3
        assert any("Likes: tea" in line for line in page)
        assert "search" in page[-1]


async def test_the_cursor_stays_in_view_when_the_window_becomes_smaller(runtime) -> None:
    async with at_memory(runtime, size=(120, 40)) as (app, pilot, place):
        await pilot.press("end")
        await until(pilot, lambda: place.list.highlighted_key == "trait:ethical_expertise")
        await pilot.resize_terminal(40, 12)
        await until(pilot, lambda: "ethical expertise" in shown(app))
        await pilot.press("home")
        await until(pilot, lambda: "preferences" in shown(app))


# --- what changes by itself


async def test_what_is_learned_meanwhile_is_shown(runtime) -> None:
    async with at_memory(runtime, size=(80, 50)) as (app, pilot, _):
        await runtime.remembering.remember("My cat is called Tom.")
        await until(pilot, lambda: "Cat: Tom" in shown(app))
        memory = runtime.remembering.memory
        memory.by_hand("set", "humor", 0.1)
        runtime.emit(events.PersonalityChanged(None, "humor"))
        await until(
            pilot, lambda: any("humor" in x and " .10" in x for x in shown(app).split("\n"))
        )


# --- the search


async def test_the_search_finds_facts_traits_and_messages(runtime) -> None:
    async with at_memory(runtime, size=(120, 40)) as (app, pilot, place):
        await pilot.press("slash", *"called rex")
        await until(pilot, lambda: "said and read" in shown(app))
        assert shown(app).count("Dog: Rex") == 1 + ("Dog: Rex" in details(place))
        await highlight(pilot, place, message_hit(place))
        assert place.highlighted.item.text == SAID
        await until(pilot, lambda: "found by" in details(place) and "words:" in details(place))
        await pilot.press("escape")
        await until(pilot, lambda: "formality" in shown(app))
        assert app.focused is place.list
        await pilot.press("slash", *"humor")
        await until(pilot, lambda: "personality: manner" in shown(app))
        assert "empathy" not in shown(app)


async def test_the_search_finds_passages_and_enter_goes_to_their_document(
    runtime, tmp_path: Path
) -> None:
    file = tmp_path / "tides.md"
    file.write_text("# Tides\n\nThe water rises twice a day.\n")
    async for _ in runtime.remembering.ingest([file]):
        pass
    async with at_memory(runtime, size=(120, 40)) as (app, pilot, place):
        await pilot.press("slash", *"water rises", "enter")
        await until(pilot, lambda: "The water rises" in shown(app) and place.highlighted)
        assert place.highlighted.ref == "passage:1"
        await pilot.press("p")
        await until(pilot, lambda: "● The water rises" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: place.list.highlighted_key == "document:1")
        assert not place.box.value


async def test_a_search_that_finds_nothing_says_so(runtime) -> None:
    async with at_memory(runtime) as (app, pilot, _):
        await pilot.press("slash", *"zzzz")
        await until(pilot, lambda: "Nothing matches “zzzz”" in shown(app))


async def test_a_found_message_opens_in_chat(runtime) -> None:
    async with at_memory(runtime) as (app, pilot, place):
        await pilot.press("slash", *"rex", "enter")
        await until(pilot, lambda: message_hit(place))
        await highlight(pilot, place, message_hit(place))
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is app.chat and SAID in shown(app))
        assert app.chat.transcript.selected == (1, None)


# --- every key


async def test_enter_opens_the_message_that_a_fact_rests_on(runtime) -> None:
    async with at_memory(runtime) as (app, pilot, place):
        await highlight(pilot, place, fact_key(runtime, "Rex"))
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is app.chat and SAID in shown(app))


@pytest.mark.parametrize(
    ("key", "pressed", "said"),
    [
        ("trait:humor", "enter", "humor rests on no message"),
        ("trait:humor", "e", "A fact can be edited"),
        ("trait:humor", "delete", "A trait is reset"),
        ("fact", "plus", "Go to a trait"),
        ("fact", "minus", "Go to a trait"),
        ("fact", "r", "Go to a trait"),
        ("fact", "u", "no change of the personality"),
    ],
)
async def test_what_cannot_be_done_is_said(key, pressed, said, runtime) -> None:
    async with at_memory(runtime) as (app, pilot, place):
        await highlight(pilot, place, fact_key(runtime, "tea") if key == "fact" else key)
        await pilot.press(pressed)
        await until(pilot, lambda: any(said in n.text for n in app.state.notices))
        assert app.screen is place


async def test_a_sentence_is_remembered(runtime) -> None:
    async with at_memory(runtime) as (app, pilot, place):
        await pilot.press("a")
        await answer_question(app, pilot, "My cat is called Tom.")
        await until(pilot, lambda: "Tom" in facts(runtime))
        await until(pilot, lambda: place.list.highlighted_key == fact_key(runtime, "Tom"))
        assert "Kept: Cat: Tom" in shown(app)


async def test_a_fact_is_edited_and_the_cursor_stays_on_it(runtime) -> None:
    async with at_memory(runtime) as (app, pilot, place):
        await highlight(pilot, place, fact_key(runtime, "Rex"))
        await pilot.press("e")
        await answer_question(app, pilot, "Rexi")
        await until(pilot, lambda: "Rexi" in facts(runtime) and "Dog: Rexi" in shown(app))
        await until(pilot, lambda: place.list.highlighted_key == fact_key(runtime, "Rexi"))
        await until(pilot, lambda: "before Dog: Rex, until" in details(place))


async def test_a_fact_is_pinned_and_let_loose(runtime) -> None:
    async with at_memory(runtime) as (app, pilot, place):
        await highlight(pilot, place, fact_key(runtime, "tea"))
        await pilot.press("p")
        await until(pilot, lambda: "● Likes: tea" in shown(app))
        await until(pilot, lambda: "always told: “Likes: tea”" in details(place))
        await pilot.press("p")
        await until(pilot, lambda: "  Likes: tea" in shown(app) and "●" not in shown(app))


async def test_a_trait_is_held_and_let_loose(runtime) -> None:
    async with at_memory(runtime) as (app, pilot, place):
        await highlight(pilot, place, "trait:humor")
        await pilot.press("p")
        await until(pilot, lambda: trait(runtime, "humor").pinned and "● humor" in shown(app))
        await pilot.press("p")
        await until(pilot, lambda: not trait(runtime, "humor").pinned and "●" not in shown(app))


async def test_a_message_that_was_found_is_pinned(runtime) -> None:
    async with at_memory(runtime) as (app, pilot, place):
        await pilot.press("slash", *"rex", "enter")
        await until(pilot, lambda: message_hit(place))
        await highlight(pilot, place, message_hit(place))
        await pilot.press("p")
        await until(pilot, lambda: "● My dog is called Rex" in shown(app))


async def test_traits_are_set_in_steps_reset_and_taken_back(runtime) -> None:
    async with at_memory(runtime) as (app, pilot, place):
        await highlight(pilot, place, "trait:humor")
        await pilot.press("plus", "plus", "minus")
        await until(pilot, lambda: len(runtime.remembering.memory.personality.log("humor")) == 3)
        assert trait(runtime, "humor").value == pytest.approx(0.65)
        assert trait(runtime, "humor").baseline == pytest.approx(0.65)
        await until(pilot, lambda: "humor is .65, set by you." in shown(app))
        await pilot.press("r")
        await until(pilot, lambda: trait(runtime, "humor").value == pytest.approx(0.6))
        await pilot.press("u")
        await until(pilot, lambda: trait(runtime, "humor").value == pytest.approx(0.65))
        await until(pilot, lambda: "a change was taken back" in shown(app))


async def test_a_trait_is_not_set_beyond_its_ends(runtime) -> None:
    runtime.remembering.memory.by_hand("set", "humor", 0.98)
    async with at_memory(runtime) as (_, pilot, place):
        await highlight(pilot, place, "trait:humor")
        await pilot.press("plus")
        await until(pilot, lambda: trait(runtime, "humor").value == 1.0)


async def test_forgetting_shows_what_goes_asks_once_and_gives_a_receipt(runtime) -> None:
    async with at_memory(runtime) as (app, pilot, place):
        await highlight(pilot, place, fact_key(runtime, "Rex"))
        await pilot.press("delete")
        await until(pilot, lambda: isinstance(app.screen, ForgetScreen))
        await until(pilot, lambda: "fact: Dog: Rex" in shown(app))
        assert "fact: Dog: Max" in shown(app)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is place)
        assert "Rex" in facts(runtime)
        await pilot.press("delete")
        await until(pilot, lambda: "fact: Dog: Rex" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: "Forgotten" in shown(app) and "looked through" in shown(app))
        assert facts(runtime) == ["tea"]
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is place and "Rex" not in shown(app))


async def test_forgetting_that_fails_is_said(runtime, monkeypatch) -> None:
    async def refuse(target):
        raise SomaError("cannot save: the disk is full")

    async with at_memory(runtime) as (app, pilot, place):
        monkeypatch.setattr(runtime, "forget", refuse)
        await highlight(pilot, place, fact_key(runtime, "tea"))
        await pilot.press("delete")
        await until(pilot, lambda: "fact: Likes: tea" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: "the disk is full" in shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is place)
        assert "tea" in facts(runtime)


async def test_a_file_is_taken_in_listed_shown_and_forgotten(runtime, tmp_path: Path) -> None:
    file = tmp_path / "tides.md"
    file.write_text("# Tides\n\nThe tide rises twice a day.\n")
    async with at_memory(runtime) as (app, pilot, place):
        await pilot.press("i")
        await until(pilot, lambda: isinstance(app.screen, PathQuestion) and "tab" in shown(app))
        app.screen.query_one("Input").value = str(tmp_path / "ti")
        app.screen.query_one("Input").cursor_position = 999
        await pilot.press("tab")
        await until(pilot, lambda: app.screen.query_one("Input").value == str(file))
        await pilot.press("enter")
        await until(pilot, lambda: place.list.highlighted_key == "document:1")
        await until(pilot, lambda: "The tide rises twice a day." in details(place))
        await pilot.press("delete")
        await until(pilot, lambda: "document: tides.md" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: "1 document" in shown(app))
        assert runtime.remembering.library.list() == []


async def test_a_file_that_is_no_document_is_refused_with_the_reason(runtime, tmp_path) -> None:
    file = tmp_path / "broken.pdf"
    file.write_bytes(b"\0\1\2 no pdf")
    async with at_memory(runtime) as (app, pilot, place):
        await pilot.press("i")
        await until(pilot, lambda: isinstance(app.screen, PathQuestion) and "tab" in shown(app))
        app.screen.query_one("Input").value = str(file)
        await pilot.press("enter")
        await until(pilot, lambda: any(n.severity == "error" for n in app.state.notices))
        assert "broken.pdf" in app.state.notices[-1].text
        assert app.screen is place


async def test_another_person_has_a_profile_of_their_own(runtime) -> None:
    async with at_memory(runtime, size=(80, 40)) as (app, pilot, place):
        await pilot.press("w")
        await until(pilot, lambda: "● me  2 facts" in shown(app))
        await pilot.press("tab", *"Ana", "enter")
        await until(pilot, lambda: "Nothing is known of Ana yet." in shown(app))
        await pilot.press("w")
        await until(pilot, lambda: "● Ana  0 facts" in shown(app))
        await pilot.press("up", "enter")
        await until(pilot, lambda: app.screen is place and "Dog: Rex" in shown(app))


async def test_a_slash_command_says_who_is_talking(runtime) -> None:
    async with running(runtime) as (app, pilot):
        app.chat.composer.insert("/as Ana")
        await pilot.press("enter")
        await until(pilot, lambda: "SOMA is talking to Ana from now on." in shown(app))
        assert runtime.remembering.memory.person.handle == "Ana"


def test_every_action_of_this_place_has_a_test() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    for action in ACTIONS:
        if action.owner == "memory":
            assert all(f'"{key}"' in source for key in action.keys), action.id
