"""The place for the team, on a team whose events are the test's."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from agents import events
from agents.engine import figures
from agents.events import TaskView
from soma_tui.actions import ACTIONS
from soma_tui.replay import Replay
from soma_tui.screens.team import TeamScreen
from soma_tui.screens.team_questions import LineQuestion, RequestQuestion
from soma_tui.team_rows import head
from soma_tui.team_state import RunState, TaskState
from store.drafts import TEAM, Draft
from store.errors import SomaError
from store.message import Memory
from store.runs import TaskResult
from tests.soma_tui.driving import at_answer, running, shown, until, write
from tests.soma_tui.fakes import FakeRuntime
from tests.soma_tui.test_models import weak_text

REQUEST = "Compare the two papers, then give me a plan"
CONSENSUS: dict[str, Any] = {
    "outcome": "they differ, so a synthesis was written",
    "confidence": 0.62,
    "votes": [
        {"tasks": ["researcher"], "specialists": ["researcher"], "weight": 0.8, "answer": "A."},
        {"tasks": ["personal"], "specialists": ["personal"], "weight": 0.5, "answer": "B."},
    ],
    "dissent": [{"task": "personal", "specialist": "personal", "text": "B is better."}],
}


@asynccontextmanager
async def at_team(runtime: FakeRuntime, **options: Any):
    """The application at the place for the team."""
    async with running(runtime, **options) as (app, pilot):
        await pilot.press("alt+2")
        await until(pilot, lambda: isinstance(app.screen, TeamScreen))
        await until(pilot, lambda: app.screen.paints)
        yield app, pilot, app.screen


async def begin(pilot, place, runtime, request=REQUEST) -> None:
    """Have a request worked on by two at once."""
    place.begin(request)
    await until(pilot, lambda: place.team.run and place.team.goes_on and place.list.options)
    for name in ("researcher", "personal"):
        runtime.team.change(name, state="running")


async def finish(pilot, place, runtime) -> None:
    """Let the run that goes on come to its end."""
    team = runtime.team
    for name, text, sure in (("researcher", "A is better.", 0.81), ("personal", "B.", 0.5)):
        fields = {"tokens": 48, "seconds": 4.0, "confidence": sure, "text": text}
        team.change(name, state="done", **fields)
    team.change("synthesis", state="running")
    team.change("synthesis", state="done", tokens=20, seconds=1.0, confidence=0.9, text="Take A.")
    team.end("Take A.", **CONSENSUS)
    await until(pilot, lambda: at_answer(place))


async def highlight(pilot, place, name) -> None:
    """Put the cursor on a task."""
    place.list.highlighted = place.list.get_option_index(f"task:{name}")
    await until(pilot, lambda: place.list.task_id == name)


def line(app, name) -> str:
    """The line of the list for a task."""
    lines = shown(app).splitlines()
    return next((one for one in lines if re.match(rf" +(└ )?[○●✓✗–] {name}\b", one)), "")


def told(app, place) -> str:
    """What stands in the details, without its lines."""
    region = place.details.region
    lines = shown(app).splitlines()[region.y : region.bottom]
    return " ".join(" ".join(one[region.x : region.right] for one in lines).split())


# --- what is shown


async def test_without_a_run_it_says_how_to_begin(runtime) -> None:
    async with at_team(runtime) as (app, _, place):
        assert "enter asks for a request" in shown(app)
        assert not place.list.display or not place.list.region


async def test_a_run_is_shown_as_it_goes_on(runtime) -> None:
    async with at_team(runtime, size=(120, 40)) as (app, pilot, place):
        await begin(pilot, place, runtime)
        await until(pilot, lambda: "parallel · 2 at once" in shown(app))
        assert f"run 1 · “{REQUEST}”" in shown(app)
        assert line(app, "researcher").split()[0] == "●"
        assert "└ ○ synthesis  researcher" in shown(app)
        runtime.team.say("researcher", "The first paper", 3)
        runtime.team.say("researcher", " finds …", 5)
        runtime.team.say("personal", "not this", 2)
        await until(pilot, lambda: "The first paper finds …" in shown(app))
        assert place.list.task_id == "researcher"
        assert "not this" not in shown(app)
        for text in (
            "researcher · running model starter",
            "fits .88 · words: papers, compare",
            "route researcher .88, personal .31 · two fit about as well",
        ):
            assert text in told(app, place)
        await pilot.press("down")
        await until(pilot, lambda: "not this" in shown(app))
        await pilot.press("down")
        await until(pilot, lambda: "takes from  researcher, personal" in shown(app))


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_what_the_engine_does_stands_below(size, runtime, monkeypatch) -> None:
    runtime.loaded = SimpleNamespace(taken=(3,), options=SimpleNamespace(slots=8))
    monkeypatch.setattr(figures, "own_memory", lambda: 1_400_000_000)
    monkeypatch.setattr(figures, "free_memory", lambda: 4_600_000_000)
    async with at_team(runtime, size=size) as (app, pilot, place):
        await begin(pilot, place, runtime)
        await until(pilot, lambda: "one batch of 3 · slots 3 of 8 · memory 1.4 GB of" in shown(app))
        runtime.team.say("researcher", "The first paper", 3)
        await until(pilot, lambda: "tok/s together · slots 3 of 8" in shown(app))
        runtime.loaded.taken = (1, 2)
        await until(pilot, lambda: "batches of 1 and 2 in turn" in shown(app))
        assert "slots 3 of 16" in shown(app)


async def test_a_run_that_began_before_the_place_was_opened_is_shown(runtime) -> None:
    async with running(runtime) as (app, pilot):

        async def follow() -> None:
            async for _ in runtime.team.run(REQUEST):
                pass

        app.run_worker(follow())
        await until(pilot, lambda: runtime.team.running)
        runtime.team.change("researcher", state="running")
        await pilot.press("alt+2")
        await until(pilot, lambda: "● researcher" in shown(app))
        runtime.team.say("researcher", "The first paper", 3)
        await until(pilot, lambda: "The first paper" in shown(app))
        runtime.team.end("Take A.")
        await until(pilot, lambda: "Take A." in shown(app))


async def test_an_ended_run_shows_figures_votes_and_dissent(runtime) -> None:
    async with at_team(runtime, size=(120, 40)) as (app, pilot, place):
        await begin(pilot, place, runtime)
        await finish(pilot, place, runtime)
        await until(pilot, lambda: "Take A. personal (personal) differs B is" in told(app, place))
        assert re.search(r"✓ researcher +48 +12 +4\.0 +\.81", line(app, "researcher"))
        assert "votes 1 against 1 · .62 · they differ, so a synthesis" in told(app, place)
        await highlight(pilot, place, "personal")
        await until(pilot, lambda: "a dissent, with 0 others" in shown(app))
        assert "confidence  .50" in shown(app)


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (120, 40)])
async def test_titles_end_where_their_figures_do(size, runtime) -> None:
    async with at_team(runtime, size=size) as (app, pilot, place):
        await begin(pilot, place, runtime)
        await finish(pilot, place, runtime)
        await until(pilot, lambda: "✓ the answer" in shown(app))
        titles = next(one for one in shown(app).splitlines() if "tok/s" in one)
        for title, figure in (("conf", ".81"), ("tokens", "48")):
            end = titles.index(title) + len(title)
            assert line(app, "researcher")[:end].endswith(figure)


async def test_a_task_that_is_tried_again_begins_anew_and_says_why(runtime) -> None:
    async with at_team(runtime) as (app, pilot, place):
        await begin(pilot, place, runtime)
        runtime.team.say("researcher", "again and again and again", 9)
        await until(pilot, lambda: "again and again and again" in shown(app))
        runtime.team.change("researcher", reason="tried again: it repeated itself")
        await until(pilot, lambda: "tried again: it repeated itself" in shown(app))
        assert "again and again and again" not in shown(app)
        runtime.team.change("researcher", state="failed", reason="it repeated itself")
        runtime.team.change("synthesis", state="blocked", reason="it needs researcher")
        await until(pilot, lambda: "✗ synthesis" in shown(app))
        runtime.team.end("", "failed", "no task gave anything")
        await until(pilot, lambda: "no answer" in shown(app))
        await until(pilot, lambda: "why  no task gave anything" in shown(app))


async def test_what_was_recalled_and_the_adapter_stand_with_the_task(runtime) -> None:
    async with at_team(runtime, size=(120, 40)) as (app, pilot, place):
        runtime.team.recalled = (
            Memory(
                "message:7", "Ana \x1b[2J is ill.", "Sailing", 86400.0, "you", "words: ana", 0.7
            ),
        )
        personal = replace(runtime.team.tasks[1], recalls=False)
        runtime.team.tasks = (runtime.team.tasks[0], personal, runtime.team.tasks[2])
        await begin(pilot, place, runtime)
        done = {"model": "gemma", "adapter": "soma-v2", "text": "A.", "seconds": 9.0}
        runtime.team.change("researcher", state="done", **done)
        runtime.team.change("personal", state="done", model="gemma", text="B.", seconds=2.0)
        runtime.team.keep(1, TaskResult("researcher", "done", "A.", seconds=9.0, adapter="soma-v2"))
        await highlight(pilot, place, "researcher")
        line = "recalled Ana ␛[2J is ill. · you · 2 January 1970 · Sailing · words: ana"
        await until(pilot, lambda: line in told(app, place))
        await until(pilot, lambda: "model gemma · adapter soma-v2" in told(app, place))
        await highlight(pilot, place, "personal")
        await until(pilot, lambda: "model gemma · no adapter" in told(app, place))
        assert "recalled" not in told(app, place)
        runtime.team.end("A.")
        place.show_run(1)
        await until(pilot, lambda: place.team.run.consensus == {} and place.list.highlighted == 3)
        await highlight(pilot, place, "researcher")
        await until(pilot, lambda: line in told(app, place))
        await pilot.press("p")
        await until(pilot, lambda: place.team.run.replay)
        await highlight(pilot, place, "researcher")
        await until(pilot, lambda: line in told(app, place))


async def test_a_plan_puts_its_tasks_into_layers(runtime) -> None:
    runtime.reply = ""
    async with at_team(runtime) as (app, pilot, place):
        runtime.team.tasks = (TaskView("plan", "personal", (), "waiting"),)
        place.begin("plan it")
        await until(pilot, lambda: "○ plan" in shown(app))
        runtime.team.plan(
            TaskView("plan", "personal", (), "done"),
            TaskView("c", "coder", ("b",), "waiting", instruction="write it"),
            TaskView("b", "personal", ("a",), "waiting"),
            TaskView("a", "researcher", (), "running"),
        )
        await until(pilot, lambda: "└ ○ c  coder" in shown(app))
        page = shown(app)
        assert page.index("● a") < page.index("└ ○ b") < page.index("  └ ○ c")


async def test_words_are_drawn_by_the_timer_alone(runtime) -> None:
    async with at_team(runtime) as (app, pilot, place):
        await begin(pilot, place, runtime)
        await until(pilot, lambda: "2 at once" in shown(app))
        place._timer.pause()
        await pilot.pause()
        drawn, before = [], place.paints
        app.chat.draw_lines = lambda: drawn.append(1)
        for number in range(300):
            runtime.team.say("researcher", f"w{number} ", number)
        await until(pilot, lambda: place.team.run.tasks["researcher"].written == 299)
        assert not drawn
        assert place.paints <= before + 1
        place.paint()
        await until(pilot, lambda: "w299" in shown(app))


async def test_control_characters_are_shown_not_obeyed(runtime) -> None:
    async with at_team(runtime) as (app, pilot, place):
        await begin(pilot, place, runtime, "evil\x1b[2J")
        runtime.team.change("personal", state="failed", reason="bad\x07")
        runtime.team.say("researcher", "x\x1b[31my", 3)
        await until(pilot, lambda: "evil␛[2J" in shown(app) and "x␛[31my" in shown(app))


async def test_a_run_of_another_front_end_is_shown_where_none_goes_on(runtime) -> None:
    async with at_team(runtime) as (app, pilot, place):
        runtime.emit(events.RunStarted(7, "from afar", "single", "starter", {}, ()))
        await until(pilot, lambda: "run 7 · “from afar”" in shown(app))
        runtime.emit(events.RunStarted(8, "another", "single", "starter", {}, ()))
        runtime.emit(events.RunEnded(7, "done", "said", "", {}))
        await until(pilot, lambda: "said" in shown(app))
        assert set(place.team.runs) == {7, 8}


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 40)])
async def test_everything_fits(size, runtime) -> None:
    async with at_team(runtime, size=size) as (app, pilot, place):
        await begin(pilot, place, runtime, "日本語の" * 40)
        for number in range(9):
            runtime.team.change("personal", state="running")
            runtime.team.say("researcher", f"line {number}\n" * 9, number)
        await until(pilot, lambda: "line 8" in shown(app))
        lines = shown(app).splitlines()
        assert len(lines) == size[1]
        for id in ("header", "team-head", "team-list", "team-details", "status", "keys"):
            region = place.query_one(f"#{id}").region
            assert region.area > 0, id
            assert place.region.contains_region(region), id
        assert place.max_scroll_x == place.max_scroll_y == place.list.max_scroll_x == 0
        assert place.details.region.height >= 4


@pytest.mark.parametrize("theme", ["soma-dark", "soma-light", "textual-light", "nord"])
async def test_text_can_be_read_in_every_theme(theme, runtime) -> None:
    async with at_team(runtime) as (app, pilot, place):
        app.theme = theme
        await pilot.pause()
        assert weak_text(app, place.region) == []
        await begin(pilot, place, runtime)
        runtime.team.change("personal", state="failed", reason="it took too long")
        await until(pilot, lambda: "✗ personal" in shown(app))
        assert weak_text(app, place.region) == []


# --- requests


async def test_slash_team_goes_there_and_begins(runtime) -> None:
    async with running(runtime) as (app, pilot):
        await write(pilot, f"/team {REQUEST}")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, TeamScreen))
        await until(pilot, lambda: "run 1 ·" in shown(app))
        assert runtime.team.asked == [(REQUEST, None)]
        assert app.chat.composer.text == ""


async def test_those_that_a_request_begins_with_work_on_it(runtime) -> None:
    async with running(runtime) as (app, pilot):
        await write(pilot, "/team @coder @personal tell me")
        await pilot.press("enter")
        await until(pilot, lambda: "run 1 · “tell me”" in shown(app))
        assert runtime.team.asked == [("tell me", None)]
        assert runtime.team.named == [("coder", "personal")]


async def test_a_request_that_cannot_be_begun_is_told_and_kept(runtime) -> None:
    async with at_team(runtime) as (app, pilot, place):
        runtime.team.error = SomaError("coder works with another model")
        place.begin(REQUEST)
        await until(pilot, lambda: "coder works with another model" in shown(app))
        runtime.team.error = None
        await pilot.press("n")
        await until(
            pilot, lambda: isinstance(app.screen, RequestQuestion) and REQUEST in shown(app)
        )
        await pilot.press("enter")
        await until(pilot, lambda: "run 1 ·" in shown(app))
        await pilot.press("n")
        await until(pilot, lambda: isinstance(app.screen, RequestQuestion))
        assert app.screen.query_one("TextArea").text == ""
        await until(pilot, lambda: runtime.drafts() == {})


async def test_a_half_typed_request_outlives_leaving_and_an_end(runtime) -> None:
    async with at_team(runtime) as (app, pilot, _):
        await pilot.press("n")
        await until(pilot, lambda: isinstance(app.screen, RequestQuestion))
        await pilot.press(*"half", "ctrl+j", *"a request", "down")
        await until(pilot, lambda: "single  the one whom" in shown(app))
        await until(pilot, lambda: runtime.drafts() == {TEAM: Draft("half\na request")})
        await pilot.press("escape", "alt+1")
        await until(pilot, lambda: app.screen is app.chat)
        assert app.chat.composer.text == ""
        await pilot.press("alt+2", "n")
        await until(pilot, lambda: "a request" in shown(app) and "single  the one" in shown(app))
    again = FakeRuntime(runtime.home)
    async with at_team(again) as (app, pilot, _):
        await pilot.press("n")
        await until(pilot, lambda: isinstance(app.screen, RequestQuestion))
        await until(pilot, lambda: "a request" in shown(app))
        await pilot.press("up")
        await pilot.press("end", *"!")
        assert app.screen.query_one("TextArea").text == "half!\na request"
        await pilot.press("enter")
        await until(pilot, lambda: again.team.asked == [("half!\na request", None)])
        await until(pilot, lambda: again.drafts() == {})


async def test_a_request_from_the_chat_leaves_what_is_half_typed(runtime) -> None:
    async with at_team(runtime) as (app, pilot, _):
        await pilot.press("n")
        await until(pilot, lambda: isinstance(app.screen, RequestQuestion))
        await pilot.press(*"half", "escape", "alt+1")
        await until(pilot, lambda: app.screen is app.chat)
        runtime.team.may_begin.clear()
        await write(pilot, "/team compare\nthe two\n\npapers")
        await pilot.press("enter")
        asked = "compare\nthe two\n\npapers"
        await until(pilot, lambda: runtime.drafts() == {TEAM: Draft(f"half\n\n{asked}")})
        runtime.team.may_begin.set()
        await until(pilot, lambda: runtime.team.asked == [(asked, None)])
        await until(pilot, lambda: runtime.drafts() == {TEAM: Draft("half")})


async def test_what_waits_for_its_beginning_can_be_stopped(runtime) -> None:
    async with at_team(runtime) as (app, pilot, place):
        runtime.team.may_begin.clear()
        place.begin(REQUEST)
        await until(pilot, lambda: "esc stops it" in shown(app) and runtime.team.asked)
        place.begin("another")
        await until(pilot, lambda: "about to begin" in shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: place._beginning is None and "esc stops it" not in shown(app))
        assert runtime.team.runs.list() == []


# --- actions, each by each of its keys


DRIVES = {}
OWN_ACTIONS = [action for action in ACTIONS if action.owner == "team"]


def drives(id):
    def register(drive):
        DRIVES[id] = drive
        return drive

    return register


@pytest.mark.parametrize(
    ("action", "key"), [(action, key) for action in OWN_ACTIONS for key in action.keys]
)
async def test_every_key_does_its_action(action, key, runtime) -> None:
    async with at_team(runtime) as (app, pilot, place):
        await DRIVES[action.id](app, pilot, runtime, place, key)


def test_no_key_means_two_things_here() -> None:
    keys = [key for a in ACTIONS if a.owner in ("team", "app") for key in a.keys]
    assert len(keys) == len(set(keys))


@drives("team_new")
async def _(app, pilot, runtime, place, key):
    await pilot.press(key)
    await until(pilot, lambda: isinstance(app.screen, RequestQuestion) and "begin" in shown(app))
    await pilot.press(*"half")
    await pilot.press("escape")
    await until(pilot, lambda: app.screen is place)
    await pilot.press(key)
    await until(pilot, lambda: isinstance(app.screen, RequestQuestion) and "half" in shown(app))
    await pilot.press("end", *" done", "down", "down", "down")
    await until(pilot, lambda: "consensus  several drafts" in shown(app))
    await pilot.press("enter")
    await until(pilot, lambda: "run 1 · “half done”" in shown(app))
    assert runtime.team.asked == [("half done", "consensus")]


@drives("team_cancel")
async def _(app, pilot, runtime, place, key):
    await begin(pilot, place, runtime)
    await pilot.press(key)
    await until(pilot, lambda: "cancelled" in shown(app) and "no answer" in shown(app))
    assert runtime.team.cancelled == [(1, None)]
    place.tell("something to read")
    await until(pilot, lambda: "something to read" in shown(app))
    await pilot.press(key)
    await until(pilot, lambda: "something to read" not in shown(app))


@drives("team_cancel_task")
async def _(app, pilot, runtime, place, key):
    await pilot.press(key)
    await until(pilot, lambda: "There is no run yet" in shown(app))
    await begin(pilot, place, runtime)
    await highlight(pilot, place, "personal")
    await pilot.press(key)
    await until(pilot, lambda: "✗ personal" in shown(app) and "why  you stopped it" in shown(app))
    assert runtime.team.cancelled == [(1, "personal")]
    await pilot.press(key)
    await until(pilot, lambda: "personal has ended already." in shown(app))
    assert place.team.goes_on


@drives("team_retry")
async def _(app, pilot, runtime, place, key):
    await begin(pilot, place, runtime)
    await finish(pilot, place, runtime)
    await pilot.press(key)
    await until(pilot, lambda: "Choose a task first." in shown(app))
    await highlight(pilot, place, "personal")
    await pilot.press(key)
    await until(pilot, lambda: place.team.goes_on)
    assert runtime.team.again == [(1, "personal", None)]


@drives("team_other")
async def _(app, pilot, runtime, place, key):
    await begin(pilot, place, runtime)
    await finish(pilot, place, runtime)
    await highlight(pilot, place, "personal")
    await pilot.press(key)
    await until(pilot, lambda: isinstance(app.screen, LineQuestion))
    await until(pilot, lambda: "instead of personal?" in shown(app))
    ids = [option.id for option in app.screen.query_one("OptionList").options]
    assert "personal" not in ids
    await pilot.press(*["down"] * ids.index("coder"), "enter")
    await until(pilot, lambda: place.team.goes_on and "personal  coder" in shown(app))
    assert runtime.team.again == [(1, "personal", "coder")]


@drives("team_open")
async def _(app, pilot, runtime, place, key):
    await pilot.press(key)
    await until(pilot, lambda: "There are no runs yet" in shown(app))
    old = runtime.team.begin("an old request").id
    result = TaskResult("researcher", "done", "So it was.", "", 30, 2.0, 0.7)
    runtime.team.keep(old, result, answer="So it was, on the whole.")
    await begin(pilot, place, runtime)
    await pilot.press(key)
    await until(pilot, lambda: isinstance(app.screen, LineQuestion) and "an old req" in shown(app))
    assert re.search(r"parallel +running", shown(app))
    await pilot.press("down", "enter")
    await until(pilot, lambda: "So it was, on the whole." in shown(app))
    assert "run 1 · “an old request”" in shown(app)
    await highlight(pilot, place, "researcher")
    await until(pilot, lambda: "So it was." in shown(app) and "confidence  .70" in shown(app))
    await pilot.press(key)
    await until(pilot, lambda: isinstance(app.screen, LineQuestion))
    await pilot.press("enter")
    await until(pilot, lambda: "run 2 ·" in shown(app) and place.team.goes_on)


@drives("team_resume")
async def _(app, pilot, runtime, place, key):
    await pilot.press(key)
    await until(pilot, lambda: "There is no run yet" in shown(app))
    old = runtime.team.begin("an old request").id
    await pilot.press("o")
    await until(pilot, lambda: isinstance(app.screen, LineQuestion))
    await until(pilot, lambda: "interrupted" in shown(app))
    await pilot.press("enter")
    await until(pilot, lambda: app.screen is place and line(app, "researcher"))
    await pilot.press(key)
    await until(pilot, lambda: place.team.goes_on)
    assert runtime.team.resumed == [old]
    await pilot.press(key)
    await until(pilot, lambda: "Run 1 is being worked on." in shown(app))


# --- a run of the past, played again


async def test_a_stored_run_is_played_as_it_went(runtime) -> None:
    async with at_team(runtime, size=(120, 40)) as (app, pilot, place):
        stored = runtime.team.begin(REQUEST)
        runtime.team.keep(
            stored.id,
            TaskResult("researcher", "done", "abcdefgh", tokens=40, seconds=4.0),
            TaskResult("personal", "done", "stuvwxyz", tokens=20, seconds=2.0),
            TaskResult("synthesis", "done", "Take A.", tokens=10, seconds=1.0),
            answer="Take A.",
        )
        now = 100.0
        place.clock = lambda: now
        place.show_run(stored.id)
        await until(pilot, lambda: "✓ the answer" in shown(app))
        await pilot.press("p")
        await until(pilot, lambda: "parallel · replay · 2 at once" in shown(app))
        assert "the answer" not in shown(app)
        now = 101.0
        await until(pilot, lambda: re.search(r"● researcher +10 +10 +1\.0", shown(app)))
        await until(pilot, lambda: told(app, place).split()[-1] == "ab")
        now = 103.0
        await until(pilot, lambda: line(app, "personal").startswith(" ✓"))
        assert "waiting" not in line(app, "researcher")
        now = 104.5
        await until(pilot, lambda: "● synthesis" in shown(app))
        now = 105.5
        await until(pilot, lambda: "✓ the answer" in shown(app) and "replay" not in shown(app))
        await pilot.press("p")
        await until(pilot, lambda: "replay" in shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: "✓ the answer" in shown(app))
        assert runtime.team.cancelled == []


def test_a_long_run_is_played_faster_and_a_short_one_to_be_read() -> None:
    view = TaskView("a", "a", (), "done", 100, 60.0, None, "", "", "x" * 30)
    run = RunState(1, "hello", "single", "starter", {}, {"a": TaskState(view)}, "done", "x")
    replay = Replay(run, 0.0)
    assert replay.speed == 3
    half = replay.at(10.0)
    assert half is not None
    assert half.tasks["a"].text == "x" * 15
    assert "replay 3 times as fast" in head(half, 10.0)[1]
    assert replay.at(20.0) is None
    view = TaskView("a", "a", (), "done", 100, 0.5, None, "", "", "x" * 120)
    short = Replay(replace(run, tasks={"a": TaskState(view)}), 0.0)
    assert short.speed == 0.25
    half = short.at(1.0)
    assert half is not None
    assert half.tasks["a"].text == "x" * 60


@drives("team_replay")
async def _(app, pilot, runtime, place, key):
    await pilot.press(key)
    await until(pilot, lambda: "There is no run yet" in shown(app))
    await begin(pilot, place, runtime)
    await pilot.press(key)
    await until(pilot, lambda: "Run 1 is being worked on." in shown(app))
    await finish(pilot, place, runtime)
    await pilot.press(key)
    await until(pilot, lambda: "replay" in shown(app) and "the answer" not in shown(app))
    await pilot.press(key)
    await until(pilot, lambda: "✓ the answer" in shown(app))


@drives("team_specialists")
async def _(app, pilot, runtime, place, key):
    await pilot.press(key)
    await until(pilot, lambda: "Who is on the team" in shown(app))
    await pilot.press("escape")
    await until(pilot, lambda: app.screen is place)
