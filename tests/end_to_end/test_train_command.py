"""`soma train` on the starter, as it is typed, with runs in processes of their own."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import namedtuple
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agents.engine.gguf_file import read_header
from soma_tui.cli import main
from soma_tui.commands import train_verdict
from store.database import Database
from store.errors import SomaError
from store.paths import Home
from tests.training.finished_run import finished_run
from tests.training.talking import Talk
from training import jobs
from training.adapter import BASE_FINGERPRINT
from training.checkpoint import Checkpoint
from training.lora import check_base
from training.run_folder import step_of
from training.run_lock import RunLock, holder
from training.starter import CHECKPOINT, starter_gguf

Told = pytest.CaptureFixture[str]
ENOUGH_TO_BE_STOPPED = "1000000"
VERDICT = re.compile(r"soma-v\d+: (?:Refused|Not decided): .+ It does not serve\.")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A data directory with something to learn, which the tests of this module use in turn."""
    with pytest.MonkeyPatch.context() as patch:
        home = Home(tmp_path_factory.mktemp("training") / "home")
        home.create()
        patch.setenv("SOMA_HOME", str(home.root))
        patch.setenv("OMP_NUM_THREADS", "1")
        talked(home)
        yield home
        held = holder(home.runs)
        if held is not None:
            os.kill(held.pid, signal.SIGKILL)


def talked(home: Home) -> None:
    with Database.open(home) as database:
        talk = Talk(database)
        for thing, name in (("cat", "Mia"), ("dog", "Rex"), ("boat", "Wave")):
            said = f"Your {thing} is called {name}, as you told me."
            talk.say(talk.begin(), f"what is my {thing} called?", said, 1)
        talk.say(talk.begin("sealed"), "tell me of fire", "It burns and warms.", 1)


def result(told: Told, *arguments: str) -> Any:
    assert main(["train", *arguments, "--json"]) == 0
    return json.loads(told.readouterr().out.splitlines()[-1])


def refusal(told: Told, *arguments: str) -> str:
    assert main(["train", *arguments]) == 1
    out = told.readouterr()
    assert (out.out, out.err.count("\n")) == ("", 1)
    return out.err


def until(met: Callable[[], Any]) -> Any:
    while not (found := met()):
        time.sleep(0.01)
    return found


def test_a_run_that_is_killed_goes_on_from_its_checkpoint(shared: Home, capsys: Told) -> None:
    begun = result(
        capsys, "--max-steps", ENOUGH_TO_BE_STOPPED, "--epochs", ENOUGH_TO_BE_STOPPED[:4]
    )
    assert (begun["name"], begun["state"]) == ("train-1", "running")
    run = jobs.find(shared, "1")
    assert "train-1 is under way; `soma train follow" in refusal(capsys, "resume", "train-1")
    plan = result(capsys, "--plan", "--batch", "2")
    assert (plan["tokens_per_s"], plan["minutes"]) == (None, None)
    until(run.checkpoints)
    held = holder(shared.runs)
    assert held is not None
    assert held.pid != os.getpid()
    os.kill(held.pid, signal.SIGKILL)
    assert main(["train", "follow"]) == 1
    assert "train-1 interrupted: its process is gone; the checkpoint of step" in (
        capsys.readouterr().out
    )
    kept = step_of(run.checkpoints()[-1])
    losses = [event["step"] for event in run.events()[0] if "loss" in event]
    assert losses[-1] - kept < run.settings().evaluate + 1
    assert result(capsys, "resume")["state"] == "running"
    until(lambda: [e for e in run.events()[0] if "loss" in e and "rate" in e][len(losses) :])
    told = result(capsys, "cancel", "train-1")
    assert (told["state"], told["reason"]) == ("cancelled", "it was cancelled; it can be resumed")
    events = run.events()[0]
    assert [event["resumed"] for event in events if "resumed" in event] == [kept]
    assert step_of(run.checkpoints()[-1]) == events[-1]["step"] >= kept
    assert len(run.checkpoints()) <= 3
    texts = [file for file in files(run.path) if file.suffix != ".safetensors"]
    assert not any("Mia" in file.read_text("utf-8", "replace") for file in texts)


def test_a_run_waits_for_its_turn_and_begins_when_the_one_before_has_ended(
    shared: Home, capsys: Told
) -> None:
    first = result(
        capsys, "--max-steps", ENOUGH_TO_BE_STOPPED, "--epochs", "1000", "--replay", "0.4"
    )["name"]
    told = jobs.find(shared, first).manifest()["counts"]
    assert (told["replay_share"], told["kinds"]["replay"]) == (0.4, 2)
    second, third = (result(capsys, "--max-steps", "1", "--longest", "512") for _ in range(2))
    assert (second["state"], third["state"]) == ("queued", "queued")
    assert f"{third['name']} is under way" in refusal(capsys, "resume", third["name"])
    told = result(capsys, "cancel", third["name"])
    assert (told["state"], told["reason"]) == (
        "cancelled", "it was cancelled while it waited for its turn",
    )  # fmt: skip
    until(lambda: [e for e in jobs.find(shared, first).events()[0] if "loss" in e])
    told = result(capsys, "pause", first)
    assert (told["state"], told["reason"]) == ("paused", "it was paused; it can be resumed")
    assert main(["train", "follow", second["name"]]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "waits for its turn"
    assert f"{second['name']} is done" in lines[-2]
    assert VERDICT.fullmatch(lines[-1])
    kept = step_of(jobs.find(shared, first).checkpoints()[-1])
    assert result(capsys, "resume", first)["state"] == "running"
    events = until(lambda: [e for e in jobs.find(shared, first).events()[0] if "resumed" in e])
    assert events[0]["resumed"] == kept
    assert result(capsys, "cancel", first)["state"] == "cancelled"


def test_of_two_commands_that_begin_a_run_at_once_one_run_waits_for_the_other(
    shared: Home, capsys: Told
) -> None:
    command = [sys.executable, "-m", "soma_tui.cli", "train", "--max-steps", "1", "--json"]
    racers = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    told = [racer.communicate() for racer in racers]
    assert [racer.returncode for racer in racers] == [0, 0], told
    begun = [json.loads(out.splitlines()[-1]) for out, _ in told]
    assert len({run["name"] for run in begun}) == 2
    for run in sorted(begun, key=lambda run: run["state"], reverse=True):
        assert main(["train", "follow", run["name"]]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert sum(" is done" in line for line in lines) == 2
    spans = []
    for run in begun:
        events = jobs.find(shared, run["name"]).events()[0]
        loaded = next(event["at"] for event in events if event.get("phase") == "loading")
        trained = [event["at"] for event in events if event.get("phase") == "converting"]
        spans.append((loaded, trained[-1]))
    spans.sort()
    assert spans[0][1] <= spans[1][0]


def files(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file()]


def test_a_plan_measures_and_a_run_is_followed_to_its_adapter(shared: Home, capsys: Told) -> None:
    before = len(jobs.runs(shared))
    plan = result(capsys, "--plan", "--longest", "512")
    assert (plan["train"], plan["dev"], plan["measured"]) == (3, 0, "a few steps now")
    assert plan["steps"] == 8
    assert plan["replay"] == 3
    assert 0 < plan["trained_tokens"] < plan["tokens"]
    assert plan["tokens_per_s"] > 0
    assert plan["minutes"] > 0
    assert plan["memory"]["embedding"] == 4 * 4096 * 256
    assert sum(plan["memory"].values()) < plan["peak_memory"]
    assert len(jobs.runs(shared)) == before
    assert list(shared.cache.glob("trial-*")) == []
    arguments = ["train", "--follow", "--epochs", "12", "--longest", "512"]
    assert main(arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    name = f"train-{before + 1}"
    run = jobs.find(shared, name)
    assert lines[0] == "loading"
    assert lines[1].startswith("1 of 12  loss ")
    assert lines[-2] == f"{name} is done: {run.gguf}"
    assert VERDICT.fullmatch(lines[-1])
    view = jobs.view(shared, run)
    assert (view.state, view.step, view.adapter) == ("done", 12, str(run.gguf))
    first = next(event["loss"] for event in run.events()[0] if "loss" in event)
    assert view.loss is not None
    assert view.loss < first
    check_base(run.adapter, Checkpoint(CHECKPOINT))
    assert result(capsys, "auto")["new_messages"] == 0
    assert read_header(run.gguf).name == name
    assert BASE_FINGERPRINT.encode() in run.gguf.read_bytes()
    assert main(["train", "--plan", "--longest", "512"]) == 0
    assert f"tokens/s, measured by {name}" in capsys.readouterr().out.splitlines()[-1]
    listed = result(capsys, "list")
    assert (listed[0]["name"], listed[0]["state"]) == (name, "done")
    verdict = listed[0]["verdict"]
    assert verdict == result(capsys, "decide", name)
    told = {"refuse": "refused", "unknown": "not decided"}[verdict["decision"]["verdict"]]
    assert main(["train", "list"]) == 0
    line = capsys.readouterr().out.splitlines()[0]
    assert line.startswith(name)
    assert line.endswith(f"  {verdict['version']} {told}")
    shown = result(capsys, "show", name)
    assert {**listed[0], **shown} == shown
    assert shown["settings"] == run.settings().as_json()
    assert shown["examples"]["counts"]["kinds"]["rated"] == 4
    assert shown["seconds"] > 0
    assert main(["train", "show"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{name}  done  begun ")
    assert lines[-1] == f"  verdict    {train_verdict.line(verdict)}"
    assert f"{name} is done; start a new run" in refusal(capsys, "resume", name)
    with Database.open(shared) as database:
        assert database.table("sealed").peek_all()


def only_rejected(home: Home) -> None:
    with Database.open(home) as database:
        talk = Talk(database)
        talk.say(talk.begin(), "tell me of the land", "It is", 1, state="cancelled")


def nothing(home: Home) -> None:
    pass


@pytest.mark.parametrize(
    ("before", "arguments", "said"),
    [
        (nothing, [], "there is nothing to learn from yet for the specialist 'personal'; rate"),
        (only_rejected, [], "none of 1 examples can be used (1 cut off); rate"),
        (talked, ["--specialist", "cook"], "nothing to learn from yet for the specialist 'cook'"),
        (talked, ["--base", "none"], "none does not exist"),
        (talked, ["--base", "weightless"], "holds no weights, no model.safetensors"),
        (talked, ["--base", "mute"], "has no tokenizer.json"),
        (talked, ["--base", "strange"], "Strange"),
        (talked, ["--batch", "0"], "batch = 0, which cannot be"),
        (talked, ["--quantise", "int3"], "quantise = 'int3', which cannot be"),
        (talked, ["--replay", "1"], "replay = 1.0, which cannot be"),
        (nothing, ["pause"], "no training run is under way"),
        (talked, ["--longest", "12"], "(4 too long); rate"),
        (nothing, ["follow"], "there is no training run yet; `soma train` begins one"),
        (nothing, ["show"], "there is no training run yet; `soma train` begins one"),
        (nothing, ["follow", "train-9"], "there is no training run 'train-9'"),
        (nothing, ["cancel"], "no training run is under way"),
        (nothing, ["resume", "--rate", "1"], "--rate is for a new run"),
        (nothing, ["list", "train-1"], "list takes no run"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line_and_no_run_is_left(
    home: Home,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Told,
    before: Callable[[Home], None],
    arguments: list[str],
    said: str,
) -> None:
    before(home)
    for name, gone in (("weightless", "model.safetensors"), ("mute", "tokenizer.json")):
        shutil.copytree(CHECKPOINT, tmp_path / name)
        (tmp_path / name / gone).unlink()
    shutil.copytree(CHECKPOINT, tmp_path / "strange")
    config = json.loads((CHECKPOINT / "config.json").read_text())
    config["architectures"] = ["StrangeForCausalLM"]
    (tmp_path / "strange" / "config.json").write_text(json.dumps(config))
    monkeypatch.chdir(tmp_path)
    assert said in refusal(capsys, *arguments)
    assert jobs.runs(home) == []
    assert holder(home.runs) is None


def test_a_disk_without_room_is_refused_before_anything_is_written(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: Told
) -> None:
    talked(home)
    starter_gguf(home.cache)
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: usage(10**9, 10**9 - 10**6, 10**6))
    assert re.search(r"GB on the disk, and 0\.00? GB are free", refusal(capsys))
    assert jobs.runs(home) == []
    assert holder(home.runs) is None


def test_events_that_were_edited_by_hand_are_passed_over(home: Home, capsys: Told) -> None:
    folder = home.runs / "train-2"
    folder.mkdir(parents=True)
    (home.runs / "train-x").mkdir()
    lines = (
        '{"phase": "loading", "step": 0, "steps": 9}',
        '{"phase": "training", "step": "one", "steps": 9, "loss": 1.0}',
        '{"phase": "training", "step": 1, "steps": 9, "loss": "low"}',
        '{"phase": 3}',
        "[1]",
        "no event",
        '{"phase": "training", "step": 2, "steps": 9, "loss": 2.5, "rate": 0.1, "tokens_per_s": 7}',
        '{"phase": "train',
    )
    (folder / "events.jsonl").write_text("\n".join(lines))
    assert main(["train", "follow"]) == 1
    out = capsys.readouterr().out.splitlines()
    assert out[:-1] == ["loading", "2 of 9  loss 2.5000  rate 0.1  7 tokens/s"]
    assert out[-1].startswith("train-2 interrupted: its process is gone; no checkpoint was kept")
    assert main(["train", "list"]) == 0
    assert "interrupted       2/9  loss 2.500" in capsys.readouterr().out
    talked(home)
    for action in ("resume", "show"):
        assert ".json cannot be read: no such file" in refusal(capsys, action, "2")


def test_a_run_is_shown_as_far_as_its_folder_is_whole(home: Home, capsys: Told) -> None:
    run = finished_run(home)
    assert main(["train", "list"]) == 0
    assert capsys.readouterr().out.endswith("  no verdict yet\n")
    for counts in (None, [1], {"kinds": [1]}, {"kinds": {"rated": "many", "fact": 3}}):
        manifest = {**run.manifest(), "counts": counts}
        (run.path / "manifest.json").write_text(json.dumps(manifest))
        assert main(["train", "show", "1"]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert lines[-1] == "  verdict    none yet; `soma train decide train-1` gives it"
    assert "  examples   3 fact" in lines
    (run.path / "settings.json").write_text("{")
    assert "settings.json is not a JSON object any more" in refusal(capsys, "show")


def test_the_lock_is_for_one_and_names_its_run(home: Home) -> None:
    home.runs.mkdir()
    lock = RunLock(home.runs)
    lock.name("train-7", os.getpid())
    with pytest.raises(SomaError, match="train-7 is under way"):
        RunLock(home.runs)
    held = holder(home.runs)
    assert held is not None
    assert (held.run, held.pid) == ("train-7", os.getpid())
    lock.close()
    assert holder(home.runs) is None
    RunLock(home.runs).close()
