"""The place for training, on runs whose events are the test's."""

from __future__ import annotations

import signal
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from agents import events
from agents.operations import OPERATIONS
from soma_tui.actions import ACTIONS
from soma_tui.screens.examples import ExamplesScreen
from soma_tui.screens.plan import PlanScreen
from soma_tui.screens.run_options import RunOptionsForm
from soma_tui.screens.sides import SidesScreen
from soma_tui.screens.tools import ToolsScreen
from soma_tui.screens.training import TrainingScreen
from store.errors import SomaError
from store.versions import Versions
from tests.soma_tui.driving import running, shown, until
from tests.soma_tui.fake_training import BASE
from tests.soma_tui.fakes import FakeInstaller, FakeRuntime
from tests.soma_tui.test_models import weak_text
from tests.store.versions_helpers import make
from training import auto_training
from training.evaluation import Evaluation, Outcome, Side
from training.run_lock import RunLock

SAID = {
    "What is my dog called?": "Your dog is called Rex, and he is an old dog by now.",
    "How do I boil an egg?": "Eight minutes in boiling water, then cold water at once.",
    "What is the wifi?": "The password is hunter2.",
}


def rate(runtime: FakeRuntime, question: str, answer: str) -> int:
    """Have an answer rated up, in a conversation of its own."""
    stored = runtime.conversations
    conversation = stored.create().id
    stored.add_user(conversation, question)
    begun = stored.begin_answer(conversation, "starter", "vocabulary")
    stored.append_piece(begun.id, answer, [1])
    stored.finish_answer(begun.id, state="done", finish="stop", figures={})
    stored.rate(begun.id, 1)
    return begun.id


@pytest.fixture
async def runtime(home) -> FakeRuntime:
    """One in which three answers were rated up, one of them with a password in it."""
    runtime = FakeRuntime(home)
    await runtime.open_store()
    for question, answer in SAID.items():
        rate(runtime, question, answer)
    return runtime


@asynccontextmanager
async def at_training(runtime: FakeRuntime, missing: tuple[str, ...] = (), **options: Any):
    """The application at the place for training, with the examples counted."""
    installer = FakeInstaller(list(missing))
    async with running(runtime, installer=installer, **options) as (app, pilot):
        await pilot.press("alt+3")
        await until(pilot, lambda: isinstance(app.screen, TrainingScreen))
        place = app.screen
        await until(pilot, lambda: place.training.examples is not None and place._looked)
        yield app, pilot, place


# --- what would be learned


async def test_what_would_be_learned_is_counted_and_counted_again_when_it_alters(runtime) -> None:
    async with at_training(runtime) as (app, pilot, _):
        await until(pilot, lambda: "2 accepted · 1 rejected (1 secret)" in shown(app))
        assert "Here a model learns from what you said is good" in shown(app)
        message = rate(runtime, "Name a colour.", "Blue is a colour that I like a lot.")
        runtime.emit(events.Rated(4, message, 1, ""))
        await until(pilot, lambda: "3 accepted" in shown(app))


async def test_an_example_is_looked_at_refused_and_allowed_again(runtime) -> None:
    async with at_training(runtime, size=(100, 40)) as (app, pilot, place):
        await pilot.press("b")
        await until(pilot, lambda: isinstance(app.screen, ExamplesScreen))
        await until(pilot, lambda: "to be said  Your dog is called Rex" in shown(app))
        assert "hunter2" not in shown(app)
        await pilot.press("down")
        await until(pilot, lambda: "to be said  Eight minutes" in shown(app))
        await pilot.press("up", "v")
        await until(pilot, lambda: "message:2 is not learned from" in shown(app))
        assert "rejected  you do not want it to be learned" in shown(app)
        assert "1 example to learn from, 2 rejected" in shown(app)
        await pilot.press("v")
        await until(pilot, lambda: "message:2 may be learned from again" in shown(app))
        await pilot.press("v")
        await until(pilot, lambda: "message:2 is not learned from" in shown(app))
        await pilot.press("slash", *"refused dog", "enter")
        await until(pilot, lambda: len(app.screen._shown) == 1)
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen._shown) == 3)
        await pilot.press("escape")
        await until(pilot, lambda: "1 accepted · 2 rejected" in shown(app))
        assert app.screen is place


# --- a run


async def test_a_run_is_followed_to_its_end(runtime) -> None:
    async with at_training(runtime) as (app, pilot, place):
        folder = runtime.training.begin()
        folder.tell(phase="loading", step=0, steps=30, memory=42_000_000)
        await until(pilot, lambda: "● load   ○ train   ○ convert" in shown(app))
        assert place.list.chosen == "train-1"
        runtime.training.steps(1, 12)
        await until(pilot, lambda: "● train ━━━━━━━━━━━━━━━━ 40 %  36 s left" in shown(app))
        assert "loss 1.600 · dev 2.182 · 1,840 tok/s · 1.4 GB" in shown(app)
        assert any(row[9:10] == "┤" and "⠉" in row for row in shown(app).splitlines())
        await until(pilot, lambda: "12/30" in shown(app))
        runtime.training.steps(13, 30)
        folder.tell(phase="converting", step=30, steps=30)
        await until(pilot, lambda: "✓ train   ● convert" in shown(app))
        runtime.training.end("done", best_step=30, early=False)
        await until(pilot, lambda: "train-1 is done · dev loss 3.692 → 1.143" in shown(app))
        assert not place.training.under_way


async def test_the_run_that_is_under_way_is_found_at_the_start(runtime) -> None:
    runtime.training.begin()
    runtime.training.steps(1, 9)
    async with at_training(runtime) as (app, pilot, _):
        await until(pilot, lambda: "30 %" in shown(app) and "loss" in shown(app))


async def test_runs_that_ended_are_shown_with_their_reasons(runtime) -> None:
    training = runtime.training
    training.begin()
    training.steps(1, 11)
    training.end("failed", reason="the disk is full\x1b[2J; free some space")
    training.begin()
    training.steps(1, 3)
    training.end()
    async with at_training(runtime) as (app, pilot, place):
        await until(pilot, lambda: "train-2 was interrupted: its process is gone" in shown(app))
        place.list.focus()
        await pilot.press("down")
        await until(pilot, lambda: "train-1 failed: the disk is full␛[2J; free" in shown(app))
        assert "✗ train" in shown(app)


async def test_what_measures_a_plan_is_no_run(runtime) -> None:
    async with at_training(runtime) as (_, pilot, place):
        runtime.home.runs.mkdir()
        lock = RunLock(runtime.home.runs)
        lock.name("trial-abc", 1)
        looked = place._looks // 8
        await until(pilot, lambda: place._looks // 8 > looked and not place._reading)
        lock.close()
        assert place.training.under_way == ""


async def test_nothing_is_drawn_anew_while_nothing_happens(runtime) -> None:
    async with at_training(runtime) as (app, pilot, place):
        runtime.training.begin()
        runtime.training.steps(1, 3)
        await until(pilot, lambda: "step 3 of 30" in shown(app) and "3/30" in shown(app))
        drawn, looked = place.paints, place._looks
        await until(pilot, lambda: place._looks > looked + 3 and not place._reading)
        assert place.paints <= drawn + 1
        runtime.training.steps(4, 4)
        await until(pilot, lambda: "step 4 of 30" in shown(app))


async def test_it_is_not_looked_at_while_another_place_is_shown(runtime) -> None:
    async with at_training(runtime) as (app, pilot, place):
        runtime.training.begin()
        runtime.training.steps(1, 2)
        await until(pilot, lambda: "step 2 of 30" in shown(app))
        await pilot.press("alt+1")
        await until(pilot, lambda: not place._timer._active.is_set())
        runtime.training.steps(3, 5)
        await pilot.press("alt+3")
        await until(pilot, lambda: "step 5 of 30" in shown(app))


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 40)])
async def test_everything_fits(size, runtime) -> None:
    runtime.training.begin()
    runtime.training.steps(1, 30)
    async with at_training(runtime, size=size) as (app, pilot, place):
        await until(pilot, lambda: "100 %" in shown(app))
        lines = shown(app).splitlines()
        assert len(lines) == size[1]
        for id in ("header", "training-learned", "training-phases", "training-chart",
                   "training-figures", "training-list", "status", "keys"):  # fmt: skip
            region = place.query_one(f"#{id}").region
            assert region.area > 0, id
            assert place.region.contains_region(region), id
        assert place.max_scroll_x == place.max_scroll_y == place.list.max_scroll_x == 0
        assert place.chart.region.height >= 2
        await pilot.press("b")
        await until(pilot, lambda: "esc back" in shown(app))
        assert app.screen.region.contains_region(app.screen.query_one(".dialog").region)
        assert app.screen.list.region.height >= 2


@pytest.mark.parametrize("theme", ["soma-dark", "soma-light", "textual-light", "nord"])
async def test_text_can_be_read_in_every_theme(theme, runtime) -> None:
    runtime.training.begin()
    runtime.training.steps(1, 9)
    async with at_training(runtime) as (app, pilot, place):
        app.theme = theme
        await until(pilot, lambda: "30 %" in shown(app))
        weak = weak_text(app, place.region)
        assert [text for text in weak if set(text) - set("━")] == []
        runtime.training.end("failed", reason="the disk is full")
        await until(pilot, lambda: "train-1 failed" in shown(app))
        assert weak_text(app, place.region) == []


# --- versions


def decided(verdict: str, sentence: str) -> dict[str, Any]:
    return {"verdict": verdict, "sentence": sentence}


def measured(new: float, *checks: tuple[float, float, str, str]) -> dict[str, Any]:
    """An evaluation of sealed answers and of checks, each with what both answered."""
    outcomes = [Outcome("s", "personal", "c", "likelihood", -3.0, new)]
    outcomes += [
        Outcome(f"c{n}", "format", "t", "check", old, now, f"Question {n}?", old_text, new_text)
        for n, (old, now, old_text, new_text) in enumerate(checks)
    ]
    sides = Side("base", BASE), Side("new", BASE, "a" * 64)
    return Evaluation(*sides, "s", "c", tuple(outcomes)).as_json()


def three_versions(runtime: FakeRuntime) -> Versions:
    """The first serves, the second was refused and differs in two answers, the third is damaged."""
    folder = runtime.home.versions
    shipped = decided("ship", "Better: on 60 sealed answers (p = .004).")
    learned = {"examples": [{"split": "train", "source": "message:2", "messages": []}]}
    make(folder, "one", decision=shipped, evaluation=measured(-2.5), run="train-9",
         manifest=learned)  # fmt: skip
    checks = ((1.0, 0.0, "A list.", "A\x1b[2J rant."), (0.0, 1.0, "No.", "I am SOMA."),
              (1.0, 1.0, "Same.", "Same."))  # fmt: skip
    refused = decided("refuse", "Refused: no better than chance (p = .31).")
    make(folder, "two", parent="soma-v1", decision=refused, evaluation=measured(-2.9, *checks))
    (folder / "soma-v3").mkdir()
    versions = Versions(folder)
    versions.deploy("soma-v1")
    return versions


async def to(pilot, place, name: str) -> None:
    """Put the cursor on a version or run."""
    await until(pilot, lambda: name in [option.id for option in place.list.options])
    place.list.focus()
    place.list.highlighted = place.list.get_option_index(name)
    await until(pilot, lambda: place.list.chosen == name)


async def test_versions_are_listed_with_lineage_verdict_and_trend(runtime) -> None:
    three_versions(runtime).retrain_due(["message:2"])
    runtime.training.begin()
    runtime.training.end("cancelled")
    async with at_training(runtime, size=(120, 40)) as (app, pilot, place):
        await to(pilot, place, "soma-v2")
        await until(pilot, lambda: "soma-v2 ← soma-v1 ← starter · nats a token: ┄" in shown(app))
        assert "Refused: no better than chance (p = .31)." in shown(app)
        lines = {line.split()[1]: line for line in shown(app).splitlines() if "soma-v" in line[:9]}
        assert "●" in lines["soma-v1"]
        assert "retrain due         +0.50   −3.00 → −2.50" in lines["soma-v1"]
        told = "soma-v1 learned what is forgotten since; a new run makes one without it (t)"
        assert told in shown(app)
        assert any("refused             +0.10   −3.00 → −2.90" in line
                   for line in shown(app).splitlines())  # fmt: skip
        assert any(" −2.5 ┤" in line for line in shown(app).splitlines())
        await to(pilot, place, "soma-v3")
        await until(pilot, lambda: "version.json" in shown(app))
        await pilot.press("d")
        assert app.screen is place
        await to(pilot, place, "train-1")
        await until(pilot, lambda: "train-1 was cancelled" in shown(app))
        for key in ("enter", "d", "c"):
            app.state.notices.clear()
            await pilot.press(key)
            await until(pilot, lambda: "Go to a version of the list first." in shown(app))


@pytest.mark.parametrize("size", [(40, 12), (80, 24)])
async def test_a_version_of_a_base_that_was_replaced_does_not_serve_and_a_run_is_offered(
    size, runtime
) -> None:
    make(runtime.home.versions, "old", base="0" * 64, decision=decided("ship", "Better: so."))
    Versions(runtime.home.versions).deploy("soma-v1")
    async with at_training(runtime, size=size) as (app, pilot, place):
        await to(pilot, place, "soma-v1")
        await until(pilot, lambda: "soma-v1 is of an earlier starter" in shown(app))
        (row,) = place.training.versions
        assert not row["serving"]
        assert "● soma-v1" not in shown(app)
        assert place.list.region.height >= 1
        if size[0] > 40:
            assert "other base" in shown(app)
            assert weak_text(app, place.region) == []
            await pilot.press("d")
            await until(pilot, lambda: "could not answer" in " ".join(shown(app).split()))
        await pilot.press("t")
        await until(pilot, lambda: isinstance(app.screen, PlanScreen))


async def test_what_another_front_end_deploys_is_shown(runtime) -> None:
    versions = three_versions(runtime)
    async with at_training(runtime) as (app, pilot, _):
        await until(pilot, lambda: "● soma-v1" in shown(app))
        versions.deploy("soma-v2")
        runtime.emit(events.ServingChanged("personal", "soma-v2"))
        await until(pilot, lambda: "● soma-v2" in shown(app) and "● soma-v1" not in shown(app))


async def test_the_version_that_answers_stands_beside_the_model_in_every_place(runtime) -> None:
    runtime.loaded = SimpleNamespace(header=None, name="starter")
    versions = three_versions(runtime)
    async with running(runtime, size=(100, 24)) as (app, pilot):
        await until(pilot, lambda: "soma-v1 · starter · 5.8M · F16" in shown(app))
        versions.deploy("soma-v2")
        runtime.emit(events.ServingChanged("personal", "soma-v2"))
        await until(pilot, lambda: "soma-v2 · starter" in shown(app))
        await pilot.press("alt+3")
        await until(pilot, lambda: "soma-v2 · starter" in shown(app).splitlines()[0])
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: shown(app).splitlines()[0].endswith("soma-v2 · starter"))
        runtime.emit(events.AnswerStarted(1, 2, "starter"))
        await until(pilot, lambda: "soma-v2" not in shown(app).splitlines()[0])


@pytest.mark.parametrize("size", [(40, 12), (80, 24)])
async def test_what_automatic_runs_mean_is_asked_on_every_screen(size, runtime) -> None:
    async with at_training(runtime, size=size) as (app, pilot, place):
        await pilot.press("a")
        await until(pilot, lambda: "enter allow" in shown(app))
        assert app.screen.region.contains_region(app.screen.query_one(".dialog").region)
        await pilot.press("y")
        await until(pilot, lambda: place.training.auto["on"])


async def test_a_damaged_version_is_answered_for_by_its_parent_and_every_place_says_so(
    runtime,
) -> None:
    runtime.loaded = SimpleNamespace(header=None, name="starter")
    versions = three_versions(runtime)
    versions.deploy("soma-v2")
    versions.adapter("soma-v2").unlink()
    async with running(runtime, size=(100, 24)) as (app, pilot):
        await until(
            pilot, lambda: shown(app).splitlines()[0].endswith("soma-v1 · starter · 5.8M · F16")
        )
        told = "soma-v2 cannot answer: its adapter is missing; soma-v1 answers instead"
        await until(pilot, lambda: told in shown(app))
        await pilot.press("alt+3")
        await until(pilot, lambda: "● soma-v1" in shown(app) and "● soma-v2" not in shown(app))


# --- beginning


async def test_missing_tools_are_offered_first(runtime) -> None:
    async with at_training(runtime, missing=("torch==2.13.0",)) as (app, pilot, place):
        await pilot.press("t")
        await until(pilot, lambda: isinstance(app.screen, ToolsScreen) and "torch" in shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is place)
        assert runtime.training.started == []


async def test_a_plan_that_cannot_be_made_says_why_and_begins_nothing(runtime) -> None:
    runtime.training.plan = SomaError("none of 3 examples can be used (3 cut off)")
    async with at_training(runtime) as (app, pilot, place):
        await pilot.press("t")
        await until(pilot, lambda: "none of 3 examples can be used" in shown(app))
        await pilot.press("enter")
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is place)
        assert runtime.training.started == []


async def test_a_run_that_cannot_be_begun_says_why(runtime) -> None:
    async with at_training(runtime) as (app, pilot, _):
        await pilot.press("t")
        await until(pilot, lambda: "enter begin" in shown(app))
        runtime.home.runs.mkdir()
        lock = RunLock(runtime.home.runs)
        await pilot.press("enter")
        await until(pilot, lambda: "another run is under way" in shown(app))
        lock.close()


# --- actions, each by each of its keys


DRIVES = {}
OWN_ACTIONS = [action for action in ACTIONS if action.owner == "training"]


def drives(id):
    def register(drive):
        DRIVES[id] = drive
        return drive

    return register


@pytest.mark.parametrize(
    ("action", "key"), [(action, key) for action in OWN_ACTIONS for key in action.keys]
)
async def test_every_key_does_its_action(action, key, runtime) -> None:
    async with at_training(runtime) as (app, pilot, place):
        await DRIVES[action.id](app, pilot, runtime, place, key)


def test_no_key_means_two_things_here() -> None:
    keys = [key for a in ACTIONS if a.owner in ("training", "app") for key in a.keys]
    assert len(keys) == len(set(keys))


@drives("training_start")
async def _(app, pilot, runtime, place, key):
    await pilot.press(key)
    await until(pilot, lambda: isinstance(app.screen, PlanScreen) and "enter begin" in shown(app))
    assert "26 min of training at 1,840 tokens/s" in shown(app)
    await pilot.press("escape")
    await until(pilot, lambda: "33 steps · about 26 min · 805 MB of 4 GB free" in shown(app))
    assert runtime.training.started == []
    await pilot.press(key)
    await until(pilot, lambda: "enter begin" in shown(app))
    await pilot.press("enter")
    await until(pilot, lambda: "● train-1" in shown(app))
    assert runtime.training.started == [{"operation": "train.start"}]
    await pilot.press(key)
    await until(pilot, lambda: "enter begin" in shown(app))
    await pilot.press("enter")
    await until(pilot, lambda: "train-2 waits for its turn" in shown(app))
    assert place.training.under_way == "train-1"


@drives("training_stop")
async def _(app, pilot, runtime, place, key):
    await pilot.press(key)
    await until(pilot, lambda: "no training run is under way" in shown(app))
    runtime.training.begin()
    runtime.training.steps(1, 4)
    await until(pilot, lambda: "step 4 of 30" in shown(app))
    await pilot.press(key)
    await until(pilot, lambda: "train-1 stops after its step" in shown(app))
    assert runtime.training.process.wait() == -signal.SIGTERM
    runtime.training.end("cancelled", reason="it was cancelled; it can be resumed")
    await until(pilot, lambda: "train-1 was cancelled: it was cancelled; it can" in shown(app))
    assert "stops after its step" not in shown(app)
    runtime.training.begin()
    await until(pilot, lambda: place.training.under_way == "train-2")
    waiting = runtime.training.queue().name
    place.look()
    await to(pilot, place, waiting)
    await until(pilot, lambda: f"{waiting} waits for its turn" in shown(app))
    await pilot.press(key)
    await until(pilot, lambda: f"{waiting} was cancelled" in shown(app))
    assert runtime.training.process.poll() is None


@drives("training_pause")
async def _(app, pilot, runtime, place, key):
    training = runtime.training
    await pilot.press(key)
    await until(pilot, lambda: "There is no run to pause or to go on with." in shown(app))
    training.begin()
    training.steps(1, 4)
    await until(pilot, lambda: "step 4 of 30" in shown(app))
    waiting = training.queue().name
    place.look()
    await to(pilot, place, waiting)
    await until(pilot, lambda: "train-2 waits for its turn" in shown(app))
    assert any("train-2" in line and " waits " in line for line in shown(app).splitlines())
    await pilot.press(key)
    await until(pilot, lambda: "train-2 was paused" in shown(app))
    await to(pilot, place, "train-1")
    await until(pilot, lambda: "step 4 of 30" in shown(app))
    await pilot.press(key)
    await until(pilot, lambda: "train-1 pauses after its step" in shown(app))
    assert training.process.wait() == -signal.SIGUSR1
    training.end("paused", reason="it can be gone on with")
    await until(pilot, lambda: "train-1 was paused: it can be gone on with" in shown(app))
    await until(pilot, lambda: "‖ train-1" in shown(app))
    await pilot.press(key)
    await until(pilot, lambda: place.training.under_way == "train-1")
    assert training.resumed == ["train-1"]


@drives("training_resume")
async def _(app, pilot, runtime, place, key):
    await pilot.press(key)
    await until(pilot, lambda: "There is no run yet" in shown(app))
    runtime.training.begin()
    runtime.training.steps(1, 4)
    await until(pilot, lambda: "step 4 of 30" in shown(app))
    runtime.training.end("cancelled")
    await until(pilot, lambda: "was cancelled" in shown(app))
    await pilot.press(key)
    await until(pilot, lambda: place.training.under_way == "train-1")
    assert runtime.training.resumed == ["train-1"]
    runtime.training.folder.tell(phase="training", step=2, steps=30, resumed=2)
    runtime.training.steps(3, 3)
    await until(pilot, lambda: "step 3 of 30" in shown(app))
    assert [step for step, _ in place.training.run.losses] == [1, 2, 3]


@drives("training_browse")
async def _(app, pilot, runtime, place, key):
    await pilot.press(key)
    await until(pilot, lambda: isinstance(app.screen, ExamplesScreen))
    await until(pilot, lambda: "2 examples to learn from, 1 rejected" in shown(app))
    await pilot.press(key)
    await until(pilot, lambda: app.screen is place)


@drives("training_open")
async def _(app, pilot, runtime, place, key):
    three_versions(runtime)
    place.look()
    await to(pilot, place, "soma-v2")
    await pilot.press(key)
    await until(pilot, lambda: isinstance(app.screen, SidesScreen))
    await until(pilot, lambda: "won · Question 1?" in shown(app))
    page = shown(app)
    assert page.index("lost · Question 0?") < page.index("A␛[2J rant.") < page.index("won · Q")
    assert "Refused: no better than chance (p = .31)." in page
    assert "Question 2?" not in page
    await pilot.press("escape")
    await until(pilot, lambda: app.screen is place)
    await to(pilot, place, "soma-v1")
    await pilot.press(key)
    await until(pilot, lambda: "No two answers to its checks differ" in shown(app))


@drives("training_deploy")
async def _(app, pilot, runtime, place, key):
    await pilot.press(key)
    await until(pilot, lambda: "There is no version yet." in shown(app))
    versions = three_versions(runtime)
    versions.roll_back()
    place.look()
    await to(pilot, place, "soma-v1")
    await pilot.press(key)
    await until(pilot, lambda: "soma-v1 answers from the next answer on" in shown(app))
    await until(pilot, lambda: "● soma-v1" in shown(app))
    await to(pilot, place, "soma-v2")
    await pilot.press(key)
    await until(pilot, lambda: "soma-v2 was not found to be better." in shown(app))
    await pilot.press("escape")
    await until(pilot, lambda: app.screen is place)
    assert versions.pointer().serving == "soma-v1"
    await pilot.press(key)
    await until(pilot, lambda: "enter deploy" in shown(app))
    await pilot.press("enter")
    await until(pilot, lambda: versions.pointer().serving == "soma-v2")
    await until(pilot, lambda: "● soma-v2" in shown(app))


@drives("training_roll_back")
async def _(app, pilot, runtime, place, key):
    await pilot.press(key)
    await until(pilot, lambda: "the base serves already" in shown(app))
    versions = three_versions(runtime)
    place.look()
    await to(pilot, place, "soma-v1")
    await pilot.press(key)
    await until(pilot, lambda: "the base answers from the next answer on" in shown(app))
    await until(pilot, lambda: "● soma-v1" not in shown(app))
    assert versions.pointer().serving == ""


@drives("training_compare")
async def _(app, pilot, runtime, place, key):
    asked: list[Any] = []

    async def compare(_: Any, request: dict[str, Any]) -> Any:
        asked.append((request["versions"], request["text"]))
        yield {"result": {"answers": [{"text": "Old words."}, {"text": "New words."}]}}

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(OPERATIONS, "versions.compare", compare)
        three_versions(runtime)
        place.look()
        await to(pilot, place, "soma-v2")
        await pilot.press(key)
        await until(pilot, lambda: "What soma-v1 and soma-v2 are to answer" in shown(app))
        await pilot.press(*"who?", "enter")
        await until(pilot, lambda: "Old words." in shown(app) and "New words." in shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is place)
        await to(pilot, place, "soma-v1")
        await pilot.press(key)
        await until(pilot, lambda: "What base and soma-v1 are to answer" in shown(app))
    assert asked == [(["soma-v1", "soma-v2"], "who?")]


@drives("training_auto")
async def _(app, pilot, runtime, place, key):
    await until(pilot, lambda: "automatic runs off · a allows them" in shown(app))
    await pilot.press(key)
    await until(pilot, lambda: "Allow automatic runs?" in shown(app))
    said = " ".join(shown(app).replace("│", " ").split())
    assert "A run begins after 500 new messages or 7 days, with 50 accepted examples" in said
    assert "idle and on mains power" in said
    await pilot.press("escape")
    await until(pilot, lambda: app.screen is place)
    assert not auto_training.read(runtime)[0].on
    await pilot.press(key)
    await until(pilot, lambda: "enter allow" in shown(app))
    await pilot.press("enter")
    told = "automatic runs on · 6 of 500 messages to soma-v1 · or in 7 days"
    await until(pilot, lambda: told in shown(app))
    assert auto_training.read(runtime)[0].on
    rate(runtime, "Name a colour.", "Blue is a colour that I like a lot.")
    await pilot.press("alt+1", "alt+3")
    await until(pilot, lambda: "8 of 500 messages" in shown(app))
    await pilot.press(key)
    await until(pilot, lambda: "Stop automatic runs?" in shown(app))
    await pilot.press("enter")
    await until(pilot, lambda: "automatic runs off" in shown(app))
    assert not auto_training.read(runtime)[0].on


@drives("training_options")
async def _(app, pilot, runtime, place, key):
    await pilot.press(key)
    await until(pilot, lambda: isinstance(app.screen, RunOptionsForm) and "max steps" in shown(app))
    await pilot.press("down", "down", *"many", "enter")
    await until(pilot, lambda: "max steps: a whole number, not “many”" in shown(app))
    await pilot.press("ctrl+u", *"12", "enter")
    await until(pilot, lambda: "max steps 12 · t says what a run takes" in shown(app))
    await pilot.press("t")
    await until(pilot, lambda: "enter begin" in shown(app))
    await pilot.press("enter")
    await until(pilot, lambda: runtime.training.started)
    assert runtime.training.started == [{"operation": "train.start", "max_steps": 12}]
