"""How runs are evaluated and decided, on the screen."""

from __future__ import annotations

from typing import Any

import pytest

from agents import events
from soma_tui.screens.sides import SidesScreen
from soma_tui.training_rows import phases
from soma_tui.training_state import Decided, RunState
from soma_tui.verdict_rows import findings, news, standing
from soma_tui.version_rows import differences
from soma_tui.widgets.phase_line import phase_line
from store.versions import Versions
from tests.soma_tui.driving import running, shown, until
from tests.soma_tui.fakes import FakeRuntime
from tests.soma_tui.test_training_place import at_training, decided, to
from tests.store.versions_helpers import make

BETTER = (
    "Better: on 60 sealed answers of 20 conversations the accepted answer is more likely, by "
    "+0.12 (95 % +0.04 to +0.20); all canaries hold."
)
REFUSED = "Refused: worse, not better: on 9 sealed answers; its speed is .4."


def read(app: Any) -> str:
    """The words on the screen, wherever their lines end."""
    return " ".join(shown(app).replace("│", " ").split())


@pytest.fixture
async def runtime(home) -> FakeRuntime:
    runtime = FakeRuntime(home)
    await runtime.open_store()
    return runtime


def done(runtime: FakeRuntime) -> None:
    """Let a run be made to its end."""
    runtime.training.begin()
    runtime.training.folder.tell(phase="loading", step=0, steps=12)
    runtime.training.steps(1, 12, 12)
    runtime.training.folder.tell(phase="converting", step=12, steps=12)
    runtime.training.end("done", best_step=12)


async def test_a_run_is_evaluated_and_decided_before_ones_eyes(runtime) -> None:
    done(runtime)
    async with at_training(runtime) as (app, pilot, place):
        await until(pilot, lambda: "✓ train   ✓ convert   ○ evaluate   ○ decide" in shown(app))
        runtime.emit(events.RunEvaluated("train-1", 41, 100))
        await until(pilot, lambda: "✓ convert   ● evaluate 41 %   ○ decide" in shown(app))
        drawn = place.paints
        runtime.emit(events.RunEvaluated("train-1", 41, 100))
        runtime.emit(events.RunEvaluated("train-1", 100, 100))
        await until(pilot, lambda: "✓ evaluate   ● decide" in shown(app))
        assert place.paints == drawn + 1
        make(runtime.home.versions, "one", decision=decided("ship", BETTER), run="train-1")
        Versions(runtime.home.versions).deploy("soma-v1")
        runtime.emit(events.ServingChanged("personal", "soma-v1"))
        runtime.emit(events.RunDecided("train-1", "soma-v1", "ship", BETTER))
        await until(pilot, lambda: "✓ evaluate   ✓ decide" in shown(app))
        await until(pilot, lambda: "● soma-v1" in shown(app))
        assert "soma-v1 was shipped: better on 60 sealed answers" in shown(app)
        assert "all canaries hold." in read(app)
        assert place.list.chosen == "train-1"
        assert app.state.notices == []
        await until(pilot, lambda: any("train-1" in line and "shipped" in line
                                       for line in shown(app).splitlines()))  # fmt: skip
        runtime.training.begin()
        runtime.training.steps(1, 2)
        await until(pilot, lambda: "step 2 of 30" in shown(app))
        assert "was shipped" not in shown(app)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_version_that_was_refused_is_listed_by_itself(size, runtime) -> None:
    make(runtime.home.versions, "zero", decision=decided("ship", BETTER), run="train-0")
    Versions(runtime.home.versions).deploy("soma-v1")
    done(runtime)
    async with at_training(runtime, size=size) as (app, pilot, place):
        await until(pilot, lambda: "○ decide" in shown(app) and "● soma-v1" in shown(app))
        make(runtime.home.versions, "one", decision=decided("refuse", REFUSED), run="train-1")
        runtime.emit(events.RunDecided("train-1", "soma-v2", "refuse", REFUSED))
        await until(pilot, lambda: "soma-v2 was refused: worse, not better" in read(app))

        def listed() -> list[str]:
            lines = shown(app).splitlines()
            return [line.split()[0] for line in lines if " soma-v2 " in line and "refused" in line]

        await until(pilot, lambda: "soma-v2" in listed())
        assert "● soma-v1" in shown(app)
        assert place.list.chosen == "train-1"


async def test_a_run_that_cannot_be_decided_is_not_shown_as_being_measured(runtime) -> None:
    done(runtime)
    async with at_training(runtime) as (app, pilot, _):
        runtime.emit(events.RunEvaluated("train-1", 41, 100))
        await until(pilot, lambda: "● evaluate 41 %   ○ decide" in shown(app))
        runtime.emit(events.RunUndecided("train-1", "its base is not here"))
        await until(pilot, lambda: "✓ convert   ○ evaluate   ○ decide" in shown(app))


async def test_a_verdict_is_told_in_other_places_in_a_line(runtime) -> None:
    async with running(runtime) as (app, pilot):
        runtime.emit(events.RunDecided("train-1", "soma-v1", "ship", BETTER))
        told = "soma-v1 serves from now on: better on 60 sealed answers of 20 conversations"
        await until(pilot, lambda: told in read(app))
        await pilot.press("alt+4")
        runtime.emit(events.RunDecided("train-2", "soma-v2", "refuse", REFUSED))
        told = "soma-v2 was refused: worse, not better: on 9 sealed answers."
        await until(pilot, lambda: told in read(app))


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (100, 30)])
async def test_what_was_decided_while_soma_was_closed_stands_there(size, runtime) -> None:
    done(runtime)
    make(runtime.home.versions, "one", decision=decided("refuse", REFUSED), run="train-1")
    async with at_training(runtime, size=size) as (app, pilot, place):
        await to(pilot, place, "train-1")
        await until(pilot, lambda: "soma-v1 was refused: worse, not better" in read(app))
        assert "✓ decide" in shown(app) or size[0] < 50
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, SidesScreen))
        await until(pilot, lambda: "were kept." in shown(app))


def test_phases_are_told_as_far_as_there_is_room() -> None:
    run = RunState("train-1")
    run.fold([{"phase": "queued"}, {"phase": "loading"}])
    run.fold([{"phase": "training", "step": 6, "steps": 12}])

    def line(width: int) -> str:
        return phase_line(phases(run), width).plain

    assert line(78) == (
        "✓ load   ● train ━━━━━━━━━━━━━━━━ 50 %   ○ convert   ○ evaluate   ○ decide"
    )
    assert line(65) == "✓ load   ● train ━━━━━━━ 50 %   ○ convert   ○ evaluate   ○ decide"
    assert line(50) == "✓ load ● train 50 % ○ convert ○ evaluate ○ decide"
    assert line(46) == "✓ ● train 50 % ○ convert ○ evaluate ○ decide"
    assert line(38) == "✓ ● train 50 % ○ ○ ○"
    run.fold([{"phase": "converting"}, {"phase": "done"}])
    run.state = "done"
    told = phase_line(phases(run, 0.41), 38).plain
    assert told == "✓ ✓ ✓ ● evaluate 41 % ○ decide"
    decided = Decided("soma-v1", "ship", BETTER)
    assert phase_line(phases(run, None, decided), 38).plain == "✓ ✓ ✓ ✓ ✓ decide"


def test_verdicts_are_sentences() -> None:
    assert standing(Decided("soma-v2", "refuse", REFUSED)) == (
        "soma-v2 was refused: worse, not better: on 9 sealed answers; its speed is .4."
    )
    unknown = Decided("soma-v2", "unknown", "Not decided: only 3 sealed conversations.")
    assert news(unknown) == "soma-v2 was not decided: only 3 sealed conversations."
    assert news(Decided("v\x07", "ship", "so\x1b")) == "v␇ serves from now on: so␛."


# --- what was found


def finding(group: str, difference: float | None, holds: bool | None) -> dict[str, Any]:
    interval = None if difference is None else (difference - 0.1, difference + 0.1)
    return {
        "group": group, "measure": "check", "items": 20, "clusters": 9, "difference": difference,
        "interval": interval, "won": ("a",), "lost": ("b", "c"), "holds": holds,
    }  # fmt: skip


FOUND = {
    **decided("refuse", REFUSED),
    "personal": finding("personal", 0.25, True),
    "findings": [finding("format", -0.15, False), finding("identity\x07", None, None)],
}


@pytest.mark.parametrize("size", [(40, 12), (80, 24)])
async def test_wins_and_losses_are_shown_by_group(size, runtime) -> None:
    name = make(runtime.home.versions, "one", decision=FOUND)
    async with at_training(runtime, size=size) as (app, pilot, place):
        await to(pilot, place, name)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, SidesScreen))
        await until(pilot, lambda: app.screen.query(".sides-table"))
        await pilot.press("end")
        await until(pilot, lambda: "identity␇" in shown(app))
        assert app.screen.query_one("#sides-body").max_scroll_x == 0
        row = "✗ format               −0.15  −0.25 to −0.05      1    2    20"
        assert (row if size[0] > 40 else "identity␇ unknown") in shown(app)


def test_what_was_found_is_put_into_lines() -> None:
    assert findings(FOUND)[1:] == [
        "✓ personal             +0.25  +0.15 to +0.35      1    2    20",
        "✗ format               −0.15  −0.25 to −0.05      1    2    20",
        "  identity␇          unknown                      1    2    20",
    ]
    assert findings(FOUND, narrow=True)[1] == (
        "✗ format −0.15 (−0.25 to −0.05), 1 won, 2 lost of 20"
    )
    likely = {"personal": FOUND["personal"] | {"measure": "likelihood"}}
    assert findings(likely)[1].startswith("✓ personal (nats)      +0.25")
    assert findings(None) == findings(decided("ship", BETTER)) == []


def test_a_long_question_is_told_by_its_beginning_and_its_end() -> None:
    item = {"measure": "check", "old": 1, "new": 0, "old_text": "a", "new_text": "b"}
    question = f"Who should answer?\n\n{'word ' * 60}\nWhat is wrong with my program?"
    (told,) = differences({"outcomes": [{**item, "question": question}]})
    assert told.question.startswith("Who should answer? word word")
    assert told.question.endswith("word What is wrong with my program?")
    assert len(told.question) <= 160
