"""Forgetting: the next version is measured against one that never learned it, and asked for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.events import Event, RunDecided
from agents.forgetting import Target
from agents.memory import Memory
from agents.runtime import Runtime
from store.database import Database
from store.making import Making
from store.paths import Home
from store.versions import Versions
from tests.training.deciding_helpers import FakeGate, few_canaries, runtime_of
from tests.training.finished_run import finished_run
from tests.training.talking import Talk
from training.decide_operations import deciding_of
from training.evaluation import read_evaluation
from training.forgotten import Probes, probes_of, told

ANSWER = "Zorbax."


def anywhere(home: Home, word: str) -> list[str]:
    """The files of a data directory that hold a word, whatever its case."""
    files = (path for path in home.root.rglob("*") if path.is_file())
    return [str(path) for path in files if word.casefold().encode() in path.read_bytes().lower()]


@pytest.fixture
def home_of_somebody(home: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    """In which a run has learned the answer to a question, and another one is sealed."""
    few_canaries(monkeypatch)
    monkeypatch.setattr("training.deciding.decide", FakeGate())
    with Database.open(home) as database:
        talk = Talk(database)
        learned = talk.say(talk.begin(), "what is my cat called?", ANSWER, 1)
        assert learned.id == 2
        talk.say(talk.begin("sealed"), "tell me of fire", "It burns and warms.", 1)
    return home


async def opened(home: Home) -> Runtime:
    runtime = runtime_of(home)
    await runtime.open_store()
    probes_of(runtime)
    return runtime


@pytest.mark.parametrize("closed", [False, True])
async def test_a_run_without_the_forgotten_is_measured_against_the_base_and_asked_for_it(
    home_of_somebody: Home, closed: bool
) -> None:
    home = home_of_somebody
    runtime, heard = await opened(home), list[Event]()
    first = await deciding_of(runtime).decide(finished_run(home))
    assert (first.deployed, first.decision.old.name) == (True, "base")
    assert "forgotten" not in first.decision.sentence
    receipt = await runtime.forget(Target("message", 2))
    assert receipt.retrain == ("soma-v1",)
    if closed:
        await runtime.close()
        runtime = await opened(home)
    runtime.subscribe(heard.append)
    second = await deciding_of(runtime).decide(finished_run(home, 2))
    versions = runtime.serving.versions
    await runtime.close()
    assert (second.version.name, second.deployed) == ("soma-v2", True)
    assert (second.decision.old.name, second.version.parent) == ("base", "")
    sentence = second.decision.sentence
    assert (
        "soma-v1 was trained on what is forgotten, so it was measured against the base." in sentence
    )
    assert [event.sentence for event in heard if isinstance(event, RunDecided)] == [sentence]
    figures = read_evaluation(versions.evaluation("soma-v2")).figures
    if closed:
        assert "not asked: SOMA was closed since." in sentence
        assert "forgotten.asked" not in figures
    else:
        assert "Asked once for what was forgotten, it says it in 0 of 1 answers" in sentence
        assert (figures["forgotten.asked"], figures["forgotten.said_now"]) == (1, 0)
        assert all((figures[f"forgotten.{one}"] or 0) < 0 for one in ("base", "before", "now"))
        assert probes_of(runtime).of("personal", "soma-v1") == ()
    assert anywhere(home, "zorbax") == []


async def test_what_is_not_forgotten_yet_serves_as_the_rival(home_of_somebody: Home) -> None:
    runtime = await opened(home_of_somebody)
    await deciding_of(runtime).decide(finished_run(home_of_somebody))
    second = await deciding_of(runtime).decide(finished_run(home_of_somebody, 2))
    assert second.decision.old.name == "soma-v1"
    third = finished_run(home_of_somebody, 3)
    # Only the second one learned it, so the first is the rival again.
    (runtime.home.versions / "soma-v2" / "retrain.json").write_text('{"at": 1.0}')
    verdict = await deciding_of(runtime).decide(third)
    await runtime.close()
    assert verdict.decision.old.name == "soma-v1"
    assert "soma-v2 was trained on what is forgotten" in verdict.decision.sentence


def test_questions_are_kept_of_what_a_version_learned_alone(talk: Talk, tmp_path: Path) -> None:
    memory = Memory(talk.database)
    fact = memory.set_fact("home town", "Lyon")
    other = memory.set_fact("job", "baker")
    (tmp_path / "adapter.gguf").write_bytes(b"weights")
    rows = [
        {"split": "train", "source": f"fact:{fact.id}", "messages": []},
        {"split": "sealed", "source": f"fact:{other.id}", "messages": []},
    ]
    versions = Versions(tmp_path / "versions")
    versions.add(Making(tmp_path / "adapter.gguf", "0", "x", manifest={"examples": rows}))
    probes = Probes(talk.database, versions)
    probes.note([f"fact:{other.id}", "message:7"])
    assert probes.of("personal", "soma-v1") == ()
    probes.note([f"fact:{fact.id}"])
    items = probes.of("personal", "soma-v1")
    assert items
    assert {item.values for item in items} == {("Lyon",)}
    assert all(len(item.example.turns) == 2 for item in items)
    assert probes.of("personal", "soma-v2") == probes.of("coder", "soma-v1") == ()
    probes.drop("personal")
    assert probes.of("personal", "soma-v1") == ()


def test_a_mistake_does_not_hold_up_forgetting(
    talk: Talk, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    versions = Versions(tmp_path / "versions")
    broken = tmp_path / "versions" / "soma-v1"
    broken.mkdir(parents=True)
    Probes(talk.database, versions).note(["fact:1"])
    probes = Probes(None, versions)  # type: ignore[arg-type]
    (tmp_path / "adapter.gguf").write_bytes(b"weights")
    rows = [{"split": "train", "source": "fact:1", "messages": []}]
    versions.add(Making(tmp_path / "adapter.gguf", "0", "x", manifest={"examples": rows}))
    probes.note(["fact:1"])
    assert "keeping questions about what is forgotten" in caplog.text


def test_what_a_probe_found_is_a_sentence() -> None:
    figures = {
        "forgotten.asked": 3.0, "forgotten.checks": 2.0, "forgotten.base": -4.0,
        "forgotten.before": -1.0, "forgotten.now": -3.9, "forgotten.said_base": 0.0,
        "forgotten.said_before": 2.0, "forgotten.said_now": 0.0,
    }  # fmt: skip
    assert told(figures, "soma-v1") == (
        "Asked 3 times for what was forgotten, it says it in 0 of 2 answers (soma-v1: 2, the "
        "base: 0); its words are 2.90 less likely than by soma-v1 and 0.10 more than by the base, "
        "in nats a token."
    )
    unknown = {"forgotten.asked": 1.0, "forgotten.checks": 0.0, "forgotten.now": None}
    assert told(unknown, "soma-v1") == "Asked once for what was forgotten."
    assert told({}, "soma-v1") == ""
