"""Versions of finished runs: what they are made of, their export, and how they went."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from agents.engine.gguf_file import check_can_chat, read_header
from store.errors import SomaError
from store.paths import Home
from store.versions import Versions
from tests.training.finished_run import BASE, evaluation_of, finished_run
from training.checkpoint import Checkpoint
from training.starter import CHECKPOINT
from training.versions import export_version, make_version, trend, version_of


def test_a_version_names_its_run_its_parent_and_what_was_found(home: Home) -> None:
    first = finished_run(home)
    evaluation = evaluation_of(first, -2.5)
    decision = {"verdict": "ship", "sentence": "better"}
    made = make_version(home, first, BASE, "starter", evaluation=evaluation, decision=decision)
    versions = Versions(home.versions)
    assert (made.name, made.run, made.parent, made.base) == ("soma-v1", "train-1", "", BASE)
    assert versions.get("soma-v1") == made
    assert versions.evaluation("soma-v1") == json.loads(json.dumps(evaluation))
    assert versions.decisions() == [decision]
    assert versions.adapter("soma-v1").read_bytes() == first.gguf.read_bytes()
    versions.deploy("soma-v1")
    second = make_version(home, finished_run(home, 2), BASE, "starter")
    assert (second.name, second.parent) == ("soma-v2", "soma-v1")
    third = make_version(home, finished_run(home, 3, specialist="coder"), BASE, "starter")
    assert (third.name, third.specialist, third.parent) == ("soma-coder-v1", "coder", "")
    assert version_of(home, first) == made
    assert versions.retrain_due(["message:1"]) == ["soma-v2", "soma-v1", "soma-coder-v1"]


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"phase": "failed"}, "train-1 is not done (failed)"),
        ({"phase": "training"}, "train-1 is not done (interrupted)"),
        ({"trial": True}, "train-1 only measured"),
    ],
)
def test_a_run_without_an_end_makes_no_version(
    home: Home, settings: dict[str, object], why: str
) -> None:
    with pytest.raises(SomaError) as refusal:
        make_version(home, finished_run(home, **settings), BASE, "starter")
    assert why in str(refusal.value)
    assert version_of(home, finished_run(home, 2)) is None


def test_an_evaluation_of_other_files_is_refused(home: Home) -> None:
    run, other = finished_run(home), finished_run(home, 2)
    for evaluation in (evaluation_of(other, -2.0), evaluation_of(run, -2.0, base="c" * 64)):
        with pytest.raises(SomaError, match="the evaluation is not of the files of train-1"):
            make_version(home, run, BASE, "starter", evaluation=evaluation)
    assert Versions(home.versions).all() == []


def test_a_version_is_exported_merged_also_when_its_run_is_gone(home: Home, tmp_path: Path) -> None:
    run = finished_run(home)
    make_version(home, run, BASE, "starter")
    shutil.rmtree(run.path)
    out = tmp_path / "mine.gguf"
    export_version(home, "soma-v1", out, "q8_0")
    header = read_header(out)
    check_can_chat(header)
    assert (header.name, header.quantisation) == ("SOMA soma-v1", "Q8_0")
    export_version(home, "soma-v1", tmp_path / "checkpoint", "f32")
    merged = Checkpoint(tmp_path / "checkpoint")
    assert merged.fingerprint() != Checkpoint(CHECKPOINT).fingerprint()
    with pytest.raises(SomaError, match="whose weights are not those in"):
        export_version(home, "soma-v1", out, base=tmp_path / "checkpoint", overwrite=True)
    with pytest.raises(SomaError, match="there is no version 'soma-v9'"):
        export_version(home, "soma-v9", out)
    shutil.rmtree(Versions(home.versions).peft("soma-v1"))
    with pytest.raises(SomaError, match="kept without what a merge needs"):
        export_version(home, "soma-v1", out)


def test_the_trend_compares_two_versions_on_what_both_were_measured_on(home: Home) -> None:
    for number, (sealed, new) in enumerate(
        [("s", (-2.0, -3.0)), ("s", (-1.5, -2.5)), ("t", (-1.0,)), ("t", (None,)), ("t", ()),
         ("u", (-0.5, -2.0, -9.0))], 1
    ):  # fmt: skip
        run = finished_run(home, number)
        evaluation = evaluation_of(run, *new, sealed=sealed)
        make_version(home, run, BASE, "starter", evaluation=evaluation)
    make_version(home, finished_run(home, 7), BASE, "starter")
    points = trend(Versions(home.versions))
    assert [point.version for point in points] == [f"soma-v{n}" for n in range(1, 7)]
    assert [(point.items, point.unknown) for point in points] == [
        (2, 0), (2, 0), (1, 0), (0, 1), (0, 0), (3, 0),
    ]  # fmt: skip
    assert [point.new for point in points[:5]] == [-2.5, -2.0, -1.0, None, None]
    assert [point.old for point in points[:5]] == [-3.0, -3.0, -3.0, None, None]
    assert [point.shared for point in points] == [0, 2, 1, 0, 0, 1]
    assert [point.change for point in points] == [None, 0.5, 0.5, None, None, 0.5]
    assert [point.level for point in points] == [-2.5, -2.0, -1.5, None, None, -1.0]
    assert {point.start for point in points if point.level is not None} == {1}


def test_a_trend_does_not_go_on_over_another_base_or_other_items(home: Home) -> None:
    for number, base in enumerate((BASE, BASE, "c" * 64, BASE), 1):
        run = finished_run(home, number)
        evaluation = evaluation_of(run, -number / 2, base=base)
        if number == 2:
            evaluation["outcomes"][0]["item"] = "another"
        make_version(home, run, base, "starter", evaluation=evaluation)
    points = trend(Versions(home.versions))
    assert [(point.change, point.start, point.level) for point in points] == [
        (None, n, -n / 2) for n in range(1, 5)
    ]
