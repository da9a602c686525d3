"""From a finished run of the starter to its verdict, also when something goes wrong on the way."""

from __future__ import annotations

import asyncio
import errno
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from agents.engine.engine import Engine
from agents.events import (
    Event,
    Notice,
    RunDecided,
    RunEvaluated,
    RunUndecided,
    ServingChanged,
)
from agents.forgetting import Target
from agents.runtime import Runtime
from store.database import Database
from store.digests import file_digest
from store.errors import SomaError
from store.paths import Home
from store.versions import Versions
from tests.store.fake_disk import FakeDisk
from tests.training.deciding_helpers import PHASES, FakeGate, few_canaries, runtime_of
from tests.training.finished_run import finished_run
from tests.training.talking import Talk
from training import auto_training, minding, versions
from training.checkpoint import Checkpoint
from training.decide_operations import deciding_of
from training.deciding import Deciding, Verdict
from training.minding import Minding
from training.run_folder import RunFolder
from training.starter import CHECKPOINT, starter_gguf

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    few_canaries(monkeypatch)


@pytest.fixture
def run(home: Home) -> RunFolder:
    """A run that is done, of somebody who has one sealed answer."""
    with Database.open(home) as database:
        talk = Talk(database)
        talk.say(talk.begin("sealed"), "tell me of fire", "It burns and warms.", 1)
    return finished_run(home)


@pytest_asyncio.fixture
async def runtime(home: Home, run: RunFolder) -> AsyncIterator[Runtime]:
    """A runtime without a model in use: a decision opens the starter beside it."""
    runtime = runtime_of(home)
    await runtime.open_store()
    yield runtime
    await runtime.close()


@pytest.fixture
def heard(runtime: Runtime) -> list[Event]:
    found: list[Event] = []
    runtime.subscribe(found.append)
    return found


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> list[Engine]:
    """All engines that are loaded."""
    load, found = Engine.load, []

    async def remembered(*given: Any, **named: Any) -> Engine:
        found.append(await load(*given, **named))
        return found[-1]

    monkeypatch.setattr(Engine, "load", remembered)
    return found


def ships(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.deciding.decide", FakeGate())


def kinds(heard: list[Event], kind: type[Event]) -> list[Event]:
    return [event for event in heard if isinstance(event, kind)]


def refusals(runtime: Runtime) -> int:
    return auto_training.read(runtime)[1].refusals


def serving(versions: Versions) -> str:
    found = versions.serving()
    assert found.notice == ""
    return found.version.name if found.version else ""


def as_told(verdict: Verdict) -> str:
    return json.dumps(verdict.as_json())


async def until(met: Callable[[], object]) -> None:
    while not met():
        await asyncio.sleep(0.01)


async def test_a_verdict_is_kept_and_a_second_decision_measures_nothing(
    runtime: Runtime, run: RunFolder, heard: list[Event]
) -> None:
    first = await deciding_of(runtime).decide(run)
    assert (first.decision.verdict, first.deployed) == ("unknown", False)
    assert first.decision.sentence.startswith("Not decided: ")
    assert refusals(runtime) == 1
    measured = len(kinds(heard, RunEvaluated))
    assert measured > 0
    again = await Deciding(runtime).decide(run)
    assert as_told(again) == as_told(first)
    assert len(kinds(heard, RunEvaluated)) == measured
    assert refusals(runtime) == 1
    assert [one.name for one in runtime.serving.versions.all()] == ["soma-v1"]
    assert not deciding_of(runtime).is_open(run)


async def test_what_is_better_serves_and_once_taken_back_it_stays_so(
    runtime: Runtime, run: RunFolder, heard: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    ships(monkeypatch)
    verdict = await deciding_of(runtime).decide(run)
    assert verdict.deployed
    assert refusals(runtime) == 0
    assert kinds(heard, ServingChanged) == [ServingChanged("personal", "soma-v1")]
    kept = runtime.serving.versions
    assert serving(kept) == verdict.version.name == "soma-v1"
    kept.roll_back()
    assert not deciding_of(runtime).is_open(run)
    assert not (await deciding_of(runtime).decide(run)).deployed
    assert serving(kept) == ""


async def test_two_decisions_at_once_make_one_version(
    runtime: Runtime, run: RunFolder, heard: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    ships(monkeypatch)
    both = await asyncio.gather(*(deciding_of(runtime).decide(run) for _ in range(2)))
    assert as_told(both[0]) == as_told(both[1])
    assert [one.name for one in runtime.serving.versions.all()] == ["soma-v1"]
    done = [event.done for event in heard if isinstance(event, RunEvaluated)]
    assert done == list(range(1, len(done) + 1))


async def test_a_sealed_set_that_changes_while_it_is_measured_decides_nothing(
    runtime: Runtime, run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    ships(monkeypatch)
    talk = Talk(runtime.remembering.forgetter.database)
    going = talk.begin("sealed")
    talk.say(going, "tell me of water", "It is wet and runs downhill.", 1)
    forgetting: list[asyncio.Task[object]] = []

    def forget(done: int, _: int) -> None:
        if done == 1:
            target = Target("conversation", going)
            forgetting.append(asyncio.create_task(runtime.forget(target)))

    with pytest.raises(SomaError, match="1 of the 2 sealed items were changed or forgotten"):
        await deciding_of(runtime).decide(run, forget)
    await forgetting[0]
    assert runtime.serving.versions.all() == []
    assert (refusals(runtime), deciding_of(runtime).is_open(run)) == (0, True)
    verdict = await deciding_of(runtime).decide(run)
    assert (verdict.deployed, len(verdict.decision.items)) == (True, 1)


@pytest.mark.parametrize("phase", PHASES)
async def test_killed_in_each_phase_one_whole_version_serves_and_the_run_is_decided_after_all(
    home: Home, run: RunFolder, monkeypatch: pytest.MonkeyPatch, phase: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.training.deciding_helpers", str(home.root), phase],
        cwd=REPOSITORY, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr
    kept = Versions(home.versions)
    there = [] if phase in ("measuring", "measured") else ["soma-v1"]
    assert [(one.name, one.problem) for one in kept.all()] == [(name, "") for name in there]
    assert serving(kept) == ("soma-v1" if phase in PHASES[3:] else "")
    ships(monkeypatch)
    runtime = runtime_of(home)
    await runtime.open_store()
    assert deciding_of(runtime).is_open(run) is (phase in PHASES[:3])
    verdict = await deciding_of(runtime).decide(run)
    assert verdict.deployed
    await runtime.close()
    assert [one.name for one in kept.all()] == ["soma-v1"]
    assert serving(kept) == "soma-v1"
    assert not list(home.versions.glob(".*"))


async def test_a_version_for_which_the_disk_has_no_room_is_made_when_there_is_some(
    runtime: Runtime, run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = FakeDisk({0}, kinds=("write",), error=errno.ENOSPC)
    with monkeypatch.context() as full:
        full.setattr(versions, "Versions", partial(Versions, disk=disk))
        with pytest.raises(SomaError, match="the disk is full"):
            await deciding_of(runtime).decide(run)
    assert (runtime.serving.versions.all(), refusals(runtime)) == ([], 0)
    assert deciding_of(runtime).is_open(run)
    assert (await deciding_of(runtime).decide(run)).version.name == "soma-v1"


async def test_an_adapter_that_is_cut_off_is_told_in_one_line_and_makes_no_version(
    runtime: Runtime, run: RunFolder, heard: list[Event]
) -> None:
    run.gguf.write_bytes(run.gguf.read_bytes()[:-4000])
    with pytest.raises(SomaError) as told:
        await deciding_of(runtime).decide(run)
    assert str(run.gguf) in str(told.value)
    assert "\n" not in str(told.value)
    assert kinds(heard, RunUndecided) == [RunUndecided(run.name, str(told.value))]
    assert runtime.serving.versions.all() == []


async def test_beside_another_model_the_starter_is_opened_and_closed_again(
    home: Home, run: RunFolder, tmp_path: Path, engines: list[Engine]
) -> None:
    own, other = Checkpoint(CHECKPOINT).fingerprint().encode(), tmp_path / "other.gguf"
    starter = starter_gguf(home.cache)
    other.write_bytes(starter.read_bytes().replace(own, b"0" * len(own)))
    runtime = runtime_of(home, str(other))
    await runtime.open_store()
    await runtime.load_model()
    verdict = await deciding_of(runtime).decide(run)
    used, beside = engines
    assert (used.header.path, beside.header.path) == (other, starter)
    assert (used.evaluated_tokens, used.closing, beside.closing) == (0, False, True)
    assert verdict.decision.new.base == verdict.version.base == file_digest(starter)
    await runtime.close()


async def test_what_cannot_be_decided_is_told_once_and_waits_longer_each_time(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(minding, "SECONDS_BETWEEN_LOOKS", 0.001)
    with Database.open(home) as database:
        talk = Talk(database)
        talk.say(talk.begin(), "what is my cat called?", "Your cat is called Mia.", 1)
    finished_run(home)
    runtime, heard = runtime_of(home), list[Event]()
    await runtime.open_store()
    runtime.subscribe(heard.append)
    now, tries = 0.0, list[float]()
    decide = deciding_of(runtime).decide

    async def counted(run: RunFolder) -> object:
        tries.append(now)
        return await decide(run)

    def steady() -> float:
        nonlocal now
        now += 0.5
        return now

    monkeypatch.setattr(deciding_of(runtime), "decide", counted)
    minds = Minding(runtime, steady=steady)
    watching = asyncio.create_task(minds.watch())
    await until(lambda: len(tries) > 3)
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching
    await runtime.close()
    waits = [after - before for before, after in pairwise(tries)]
    assert waits[1] > 1.4 * waits[0]
    assert waits[2] > 1.4 * waits[1]
    (notice,) = kinds(heard, Notice)
    assert isinstance(notice, Notice)
    assert notice.text.startswith("train-1 is done and cannot be decided: no example is in the ")
    assert "\n" not in notice.text


async def test_a_decision_that_is_under_way_stops_with_soma_and_begins_again(
    home: Home, run: RunFolder, engines: list[Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(minding, "SECONDS_BETWEEN_LOOKS", 0.01)
    runtime, heard = runtime_of(home), list[Event]()
    await runtime.open_store()
    runtime.subscribe(heard.append)
    watching = asyncio.create_task(Minding(runtime).watch())
    await until(lambda: kinds(heard, RunEvaluated))
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching
    reached = len(kinds(heard, RunEvaluated))
    (beside,) = engines
    assert beside.closing
    await runtime.close()
    whole = next(event.of for event in heard if isinstance(event, RunEvaluated))
    assert reached < whole
    assert kinds(heard, RunDecided) == []
    assert kinds(heard, RunUndecided) == [RunUndecided(run.name, "it was stopped")]
    assert Versions(home.versions).all() == []

    again, heard_again = runtime_of(home), list[Event]()
    await again.open_store()
    again.subscribe(heard_again.append)
    watching = asyncio.create_task(Minding(again).watch())
    await until(lambda: kinds(heard_again, RunDecided))
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching
    await again.close()
    assert [one.name for one in Versions(home.versions).all()] == ["soma-v1"]
