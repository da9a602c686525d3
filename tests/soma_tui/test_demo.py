"""The demo on a runtime whose answers and runs are the test's."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from agents import events
from soma_tui.cli import main
from soma_tui.demo.guide import Guide
from soma_tui.demo.guided_app import GuidedApp
from soma_tui.demo.home import demo_home
from soma_tui.demo.intro import IntroScreen
from soma_tui.demo.pace import Pace
from soma_tui.demo.words import IN_THE_WAY, YOURS
from soma_tui.screens.plan import PlanScreen
from soma_tui.screens.sides import SidesScreen
from soma_tui.screens.tools import ToolsScreen
from store.errors import SomaError
from store.paths import Home
from tests.soma_tui.driving import shown, until
from tests.soma_tui.fakes import FakeInstaller, FakeRuntime
from tests.store.versions_helpers import make
from training.demo.person import Person
from training.run_lock import RunLock

AT_ONCE = Pace(letter=0.0, word=0.0, look=0.0)
ONE_LETTER = Pace(letter=3600.0, word=0.0, look=0.0)
NO_TIME_TO_READ = Pace(letter=0.0, word=3600.0, look=0.0)
FIRST, SECOND = Person().talks(2)
SENTENCE = "Better: of 20 sealed answers 18 are likelier than before."


@asynccontextmanager
async def playing(
    runtime: FakeRuntime,
    conversations: int = 1,
    pace: Pace = AT_ONCE,
    *,
    missing: tuple[str, ...] = (),
    size: tuple[int, int] = (100, 30),
) -> AsyncIterator[tuple[GuidedApp, Pilot[int], Guide]]:
    """The application with a guide at its keys."""

    async def make_runtime() -> Any:
        return runtime

    guide = Guide(Person(), conversations, pace)
    installer = FakeInstaller(list(missing))
    app = GuidedApp(runtime.home, make_runtime, installer=installer, guide=guide)
    async with app.run_test(size=size) as pilot:
        yield app, pilot, guide
        guide.stop()
        await pilot.pause()


async def trains(app: GuidedApp, pilot: Pilot[int], runtime: FakeRuntime) -> None:
    """Let the run that the guide begins come to its end."""
    await until(pilot, lambda: runtime.training.started)
    await until(pilot, lambda: "train-1" in app.places["training"].training.under_way)
    runtime.training.steps(1, 30)
    runtime.training.end("done")
    await until(pilot, lambda: "measuring old against new" in shown(app))


def rated(runtime: FakeRuntime) -> list[tuple[str, int, str]]:
    """What was asked last in each conversation, its rating and the better answer, oldest first."""
    stored = runtime.conversations
    found = []
    for conversation in sorted(one.id for one in stored.list()):
        *_, question, answer = stored.messages(conversation)
        rating = answer.rating
        found.append(
            (question.text, rating.value if rating else 0, rating.better if rating else "")
        )
    return found


# --- the story


async def test_a_wrong_answer_is_corrected_on_the_screen(runtime: FakeRuntime) -> None:
    runtime.reply = "no idea"
    async with playing(runtime, 2) as (_, pilot, guide):
        await until(pilot, lambda: guide.told.held == 2)
        assert guide.told.right == 0
        assert rated(runtime) == [
            (talk.question.text, -1, talk.question.wanted) for talk in (FIRST, SECOND)
        ]


async def test_a_right_answer_is_rated_up(runtime: FakeRuntime) -> None:
    runtime.reply = FIRST.question.wanted
    async with playing(runtime) as (_, pilot, guide):
        await until(pilot, lambda: guide.told.held == 1)
        assert guide.told.right == 1
        assert rated(runtime) == [(FIRST.question.text, 1, "")]


async def test_a_fact_is_told_before_the_question(runtime: FakeRuntime) -> None:
    runtime.reply = "I see."
    with_fact = next(n for n, talk in enumerate(Person().talks(10), 1) if talk.fact)
    talk = Person().talks(10)[with_fact - 1]
    async with playing(runtime, 10) as (_, pilot, guide):
        await until(pilot, lambda: guide.told.held == with_fact)
        conversation = sorted(one.id for one in runtime.conversations.list())[with_fact - 1]
        texts = [message.text for message in runtime.conversations.messages(conversation)]
    assert texts[::2] == [talk.fact and talk.fact.sentence, talk.question.text]


async def test_a_run_is_begun_by_its_key_followed_decided_and_shown(runtime: FakeRuntime) -> None:
    runtime.reply = "no idea"
    async with playing(runtime) as (app, pilot, guide):
        shows = app.push_screen
        dialogs = []

        def push_screen(screen: Any, *arguments: Any) -> Any:
            dialogs.append(type(screen))
            return shows(screen, *arguments)

        app.push_screen = push_screen  # type: ignore[method-assign,assignment]
        await trains(app, pilot, runtime)
        assert runtime.training.started == [{"operation": "train.start"}]
        runtime.announce(events.RunEvaluated("train-1", 40, 210))
        await until(pilot, lambda: "measuring old against new · 40 of 210" in shown(app))
        decision = {"verdict": "ship", "sentence": SENTENCE}
        version = make(runtime.home.versions, run="train-1", decision=decision)
        guide._hands.pace = Pace(letter=0.0, word=0.0, look=3600.0)
        runtime.announce(events.RunDecided("train-1", version, "ship", SENTENCE))
        await until(pilot, lambda: SENTENCE in shown(app))
        await pilot.press("escape")
        guide._hands.pace = AT_ONCE
        await pilot.press("f5")
        await until(pilot, lambda: guide.keyboard == "free")
        assert dialogs[-1] is SidesScreen
        assert YOURS[:40] in shown(app)
        assert app.screen is app.chat
        asked = [text for text, _, _ in rated(runtime)]
        assert len(asked) == 3
        assert set(asked[1:]) == {trial.question.text for trial in Person().trials(1)} & set(asked)
    assert guide.told.summary().splitlines() == [
        "1 of 1 conversations: 0 answers right at first, 1 corrected.",
        f"soma-v1: {SENTENCE}",
    ]


async def test_what_cannot_be_decided_is_said_and_the_demo_goes_on(runtime: FakeRuntime) -> None:
    runtime.reply = "no idea"
    why = "train-1 is done and cannot be decided: no example is in the split sealed"
    async with playing(runtime) as (app, pilot, guide):
        await trains(app, pilot, runtime)
        runtime.announce(events.Notice(why, "warning"))
        await until(pilot, lambda: guide.keyboard == "free")
    assert guide.told.summary().endswith(f"\n{why}")


async def test_a_run_that_fails_is_said(runtime: FakeRuntime) -> None:
    runtime.reply = "no idea"
    async with playing(runtime) as (_, pilot, guide):
        await until(pilot, lambda: runtime.training.started)
        runtime.training.end("failed", reason="the disk is full")
        await until(pilot, lambda: guide.keyboard == "free")
    assert guide.told.summary().endswith("train-1 was not finished: the disk is full")


async def test_a_plan_that_cannot_be_made_is_said(runtime: FakeRuntime) -> None:
    runtime.reply = "no idea"
    runtime.training.plan = SomaError("the memory does not suffice")
    async with playing(runtime) as (app, pilot, guide):
        await until(pilot, lambda: guide.keyboard == "free")
        assert not isinstance(app.screen, PlanScreen)
    assert guide.told.summary().endswith("Nothing was trained: the memory does not suffice")


async def test_without_training_tools_it_is_said_how_to_get_them(runtime: FakeRuntime) -> None:
    runtime.reply = "no idea"
    async with playing(runtime, missing=("torch==2",)) as (app, pilot, guide):
        await until(pilot, lambda: isinstance(app.screen, ToolsScreen) and "torch" in shown(app))
        await until(pilot, lambda: guide.keyboard == "person")
        await pilot.press("f5")
        assert isinstance(app.screen, ToolsScreen)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.chat)
        assert guide.told.held == 0
        await pilot.press("f5")
        await until(pilot, lambda: guide.keyboard == "free")
    assert guide.told.held == 1
    assert "`soma setup training` gets them" in guide.told.summary()


async def test_an_answer_that_fails_ends_the_demo_in_words(runtime: FakeRuntime) -> None:
    runtime.save_error = SomaError("the disk is full")
    async with playing(runtime) as (app, pilot, guide):
        await until(pilot, lambda: guide.keyboard == "free")
        assert "The demo cannot go on" in shown(app)


# --- whose the keyboard is


async def test_esc_takes_the_keyboard_and_f5_gives_it_back(runtime: FakeRuntime) -> None:
    runtime.reply = "no idea"
    async with playing(runtime, pace=NO_TIME_TO_READ) as (app, pilot, guide):
        await until(pilot, lambda: len(app.chat.transcript.entries) == 2)
        await pilot.press("escape")
        assert "the keyboard is yours" in shown(app)
        assert guide.keyboard == "person"
        await pilot.press("f5")
        await until(pilot, lambda: len(runtime.conversations.list()) == 2)
        assert guide.keyboard == "demo"


async def test_what_a_person_types_stays_and_what_the_guide_had_typed_goes(
    runtime: FakeRuntime,
) -> None:
    async with playing(runtime, pace=ONE_LETTER) as (app, pilot, guide):
        await until(pilot, lambda: app.chat.composer.text == FIRST.question.text[0])
        await pilot.press("m", "y", "space", "o", "w", "n")
        assert app.chat.composer.text == "my own"
        assert guide.keyboard == "person"
        await pilot.press("f5")
        assert guide.keyboard == "person"
        assert IN_THE_WAY[:40] in shown(app)
        await until(pilot, lambda: runtime.drafts()[None].text == "my own")
        await pilot.press("ctrl+u", "f5")
        await until(pilot, lambda: app.chat.composer.text == FIRST.question.text[0])


async def test_a_correction_that_is_cut_off_leaves_nothing_behind(runtime: FakeRuntime) -> None:
    runtime.reply = "no idea"

    class ReadsCorrections(Pace):
        """Has no time to read what is to be corrected, and all the time else."""

        def reading(self, text: str) -> float:
            return 0.0 if text else 3600.0

    pace = ReadsCorrections(letter=0.0, word=0.0, look=0.0)
    async with playing(runtime, pace=pace) as (app, pilot, guide):
        await until(pilot, lambda: app.chat.composer.purpose)
        await pilot.press("escape")
        assert not app.chat.composer.purpose
        assert not app.chat.composer.text
        assert rated(runtime) == [(FIRST.question.text, 0, "")]
        await pilot.press("f5")
        await until(pilot, lambda: app.chat.composer.purpose)
        assert len(runtime.conversations.list()) == 2
        assert guide.told.held == 0


async def test_a_letter_elsewhere_takes_the_keyboard_and_does_nothing(
    runtime: FakeRuntime,
) -> None:
    runtime.reply = "no idea"
    async with playing(runtime) as (app, pilot, guide):
        await until(pilot, lambda: runtime.training.started)
        await until(pilot, lambda: app.places["training"].training.under_way)
        await pilot.press("x")
        assert guide.keyboard == "person"
        assert runtime.training.process.poll() is None
        await pilot.press("f5")
        await until(pilot, lambda: guide.keyboard == "demo")
        runtime.training.end("failed", reason="the disk is full")
        await until(pilot, lambda: guide.keyboard == "free")
    assert len(runtime.training.started) == 1


async def test_it_can_be_left_at_any_time(runtime: FakeRuntime) -> None:
    async with playing(runtime, pace=ONE_LETTER) as (app, pilot, guide):
        await until(pilot, lambda: app.chat.composer.text)
        await pilot.press("ctrl+q")
        await until(pilot, lambda: app._exit)
        assert guide.keyboard == "demo"


async def test_the_first_page_says_what_will_be_seen(runtime: FakeRuntime) -> None:
    slow = Pace(letter=0.0, word=0.0, look=3600.0)
    async with playing(runtime, 7, slow, size=(80, 24)) as (app, pilot, _):
        await until(pilot, lambda: isinstance(app.screen, IntroScreen) and "In 7" in shown(app))
        assert "demo · this is SOMA · esc pauses" in shown(app)
        await pilot.press("escape")
        assert "F5 goes on with the demo" in shown(app)


# --- the command


def test_without_a_terminal_it_says_so(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo"]) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "this is no terminal" in told


def test_a_data_directory_of_its_own_goes_and_what_trains_in_it(home: Home) -> None:
    before = sorted(home.root.rglob("*"))
    with demo_home(None) as own:
        assert own.root != home.root
        own.runs.mkdir()
        lock = RunLock(own.runs)
        sleeps = [sys.executable, "-c", "import time; time.sleep(600)"]
        process = subprocess.Popen(sleeps, pass_fds=(lock.descriptor,))
        lock.name("train-1", process.pid)
        lock.close()
    assert process.wait() == -signal.SIGKILL
    assert not own.root.exists()
    assert sorted(home.root.rglob("*")) == before


def test_a_data_directory_that_is_kept_has_to_be_new(tmp_path: Path) -> None:
    with demo_home(tmp_path / "kept") as own:
        (own.logs / "soma.log").write_text("a line")
    assert (tmp_path / "kept" / "logs" / "soma.log").read_text() == "a line"
    with (
        pytest.raises(SomaError, match="is there already; name a new folder"),
        demo_home(tmp_path / "kept"),
    ):
        raise AssertionError
