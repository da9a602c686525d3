from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from store.errors import StoreError
from store.making import Making
from store.version import VersionError
from store.versions import Moved, Versions
from tests.store.fake_disk import FakeDisk, FakeHastyDisk
from tests.store.forks import Forks
from tests.store.versions_helpers import BASE, make

MODULE = "tests.store.versions_helpers"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "versions"


@pytest.fixture
def two(folder: Path) -> Versions:
    """The first of two versions serves."""
    make(folder, "first")
    Versions(folder).deploy("soma-v1")
    make(folder, "second", parent="soma-v1")
    return Versions(folder)


@pytest.fixture(scope="module")
def forks() -> Iterator[Forks]:
    with Forks() as forks:
        yield forks


def serving(folder: Path, specialist: str = "personal") -> str:
    """What serves, as a process that was just started finds it; nothing may be wrong with it."""
    found = Versions(folder).serving(specialist)
    assert found.notice == ""
    return found.version.name if found.version else ""


def rewrite(file: Path, **changes: object) -> None:
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))


def test_nothing_is_there_at_first(folder: Path) -> None:
    versions = Versions(folder)
    assert versions.all() == []
    assert serving(folder) == ""
    assert not folder.exists()
    with pytest.raises(VersionError, match="there is no version 'soma-v1'; `soma versions list`"):
        versions.get("soma-v1")


def test_a_version_is_kept_whole_and_serves_when_it_is_deployed(folder: Path) -> None:
    peft = folder.parent / "peft"
    peft.mkdir()
    (peft / "adapter_config.json").write_text("{}")
    name = make(
        folder, run="train-4", manifest={"hash": "m"}, evaluation={"sealed": "s"},
        decision={"verdict": "ship"}, peft=peft,
    )  # fmt: skip
    versions = Versions(folder)
    found = versions.get(name)
    assert (name, found.number, found.specialist, found.parent) == ("soma-v1", 1, "personal", "")
    assert (found.base, found.base_name, found.run) == (BASE, "starter", "train-4")
    assert found.decision == {"verdict": "ship"}
    assert versions.manifest(name) == {"hash": "m"}
    assert versions.evaluation(name) == {"sealed": "s"}
    assert (versions.peft(name) / "adapter_config.json").read_text() == "{}"
    assert versions.adapter(name).read_text() == "weights" * 20
    assert serving(folder) == ""
    assert versions.deploy(name) == Moved("personal", "", "soma-v1")
    assert serving(folder) == "soma-v1"
    assert not list(folder.glob(".*"))


def test_each_specialist_has_versions_of_its_own(folder: Path) -> None:
    names = [make(folder), make(folder, specialist="coder"), make(folder, specialist="x-v2")]
    assert names == ["soma-v1", "soma-coder-v1", "soma-x-v2-v1"]
    Versions(folder).deploy("soma-coder-v1")
    assert [serving(folder), serving(folder, "coder"), serving(folder, "x-v2")] == [
        "", "soma-coder-v1", "",
    ]  # fmt: skip
    assert [one.name for one in Versions(folder).all("x-v2")] == ["soma-x-v2-v1"]


def test_a_number_is_given_once(two: Versions, folder: Path) -> None:
    make(folder)
    assert two.prune(0) == ["soma-v3", "soma-v2"]
    assert make(folder) == "soma-v4"
    (folder / "numbers.json").write_text("damaged")
    assert make(folder) == "soma-v5"


def test_decisions_stay_when_their_versions_go(two: Versions, folder: Path) -> None:
    for verdict in ("refuse", "ship"):
        make(folder, decision={"verdict": verdict})
    two.prune(0)
    assert [one["verdict"] for one in two.decisions()] == ["refuse", "ship"]
    assert two.decisions("coder") == []
    (folder / "decisions-personal.json").write_text('{"decisions": 3}')
    with pytest.raises(VersionError, match="is not what was written"):
        make(folder, decision={"verdict": "ship"})
    assert two.all()[0].name == "soma-v1"


def test_rolling_back_goes_through_what_served_before_to_the_base(two: Versions) -> None:
    two.deploy("soma-v2")
    assert two.roll_back() == Moved("personal", "soma-v2", "soma-v1")
    assert two.roll_back() == Moved("personal", "soma-v1", "")
    with pytest.raises(VersionError, match="the base serves already"):
        two.roll_back()
    two.deploy("soma-v2")
    moves = [(move.how, move.version) for move in two.pointer().moves]
    assert moves == [
        ("deploy", "soma-v1"), ("deploy", "soma-v2"), ("roll back", "soma-v1"), ("roll back", ""),
        ("deploy", "soma-v2"),
    ]  # fmt: skip


def test_rolling_back_passes_over_what_cannot_serve(two: Versions, folder: Path) -> None:
    two.deploy("soma-v2")
    make(folder, "third", parent="soma-v2")
    two.deploy("soma-v3")
    two.adapter("soma-v2").unlink()
    moved = two.roll_back()
    assert (moved.new, moved.skipped) == ("soma-v1", ("soma-v2: its adapter is missing",))


def test_pruning_leaves_the_serving_version_its_parent_and_the_one_before(folder: Path) -> None:
    for parent in ("", "", "soma-v1", "", "", ""):
        make(folder, parent=parent)
    versions = Versions(folder)
    versions.deploy("soma-v2")
    versions.deploy("soma-v3")
    assert versions.prune(1) == ["soma-v5", "soma-v4"]
    left = ["soma-v6", "soma-v3", "soma-v2", "soma-v1"]
    assert [one.name for one in versions.all()] == left
    assert versions.prune(0) == ["soma-v6"]
    assert serving(folder) == "soma-v3"


def missing(versions: Versions) -> None:
    versions.adapter("soma-v2").unlink()


def truncated(versions: Versions) -> None:
    os.truncate(versions.adapter("soma-v2"), 5)


def exchanged(versions: Versions) -> None:
    file = versions.adapter("soma-v2")
    before = file.stat()
    file.write_bytes(file.read_bytes()[::-1])
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def undescribed(versions: Versions) -> None:
    (versions.folder / "soma-v2" / "version.json").unlink()


def of_a_newer_soma(versions: Versions) -> None:
    rewrite(versions.folder / "soma-v2" / "version.json", format=2)


def removed(versions: Versions) -> None:
    (versions.folder / "soma-v2").rename(versions.folder / "elsewhere")


@pytest.mark.parametrize(
    ("harm", "why"),
    [
        (missing, "its adapter is missing"),
        (truncated, "its adapter is cut off after 5 of 120 bytes"),
        (exchanged, "its adapter is not the one that was made"),
        (undescribed, "version.json cannot be read: no such file or directory"),
        (of_a_newer_soma, "soma-v2 is from a newer SOMA (format 2, this one reads 1); update SOMA"),
        (removed, "there is no version 'soma-v2'"),
    ],
)
def test_what_cannot_serve_is_answered_for_by_its_parent_and_the_notice_says_so(
    two: Versions, folder: Path, harm: Callable[[Versions], None], why: str
) -> None:
    two.deploy("soma-v2")
    assert serving(folder) == "soma-v2"
    harm(two)
    fresh = Versions(folder)
    found = fresh.serving()
    assert found.version is not None
    assert (found.version.name, found.wanted) == ("soma-v1", "soma-v2")
    assert found.notice.startswith("soma-v2 cannot answer: ")
    assert why in found.notice
    assert found.notice.endswith("; soma-v1 answers instead")
    with pytest.raises(StoreError) as refusal:
        fresh.deploy("soma-v2")
    assert why in str(refusal.value)
    assert "\n" not in str(refusal.value)
    truncated_first = fresh.adapter("soma-v1")
    truncated_first.write_bytes(b"")
    last = Versions(folder).serving()
    assert last.version is None
    assert last.notice.endswith("; the base answers instead")


def test_a_version_that_cannot_be_read_is_listed_with_the_reason(
    two: Versions, folder: Path
) -> None:
    of_a_newer_soma(two)
    rewrite(folder / "soma-v1" / "version.json", number=7)
    newer, damaged = two.all()
    assert newer.version is None
    assert newer.problem.startswith("soma-v2 is from a newer SOMA")
    assert "is not what was written" in damaged.problem


def test_a_pointer_of_a_newer_soma_is_left_alone(two: Versions, folder: Path) -> None:
    file = folder / "serving-personal.json"
    rewrite(file, format=2)
    before = file.read_bytes()
    found = two.serving()
    assert found.version is None
    assert "newer SOMA" in found.notice
    for change in (lambda: two.deploy("soma-v2"), two.roll_back, lambda: two.prune(0)):
        with pytest.raises(VersionError, match="newer SOMA"):
            change()
    assert file.read_bytes() == before


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"serving": 3, "before": [], "moves": []}'])
def test_with_a_damaged_pointer_the_base_answers_until_a_version_is_deployed(
    two: Versions, folder: Path, content: str
) -> None:
    (folder / "serving-personal.json").write_text(content)
    found = two.serving()
    assert found.version is None
    assert found.notice.endswith("the base answers, until a version is deployed")
    two.deploy("soma-v2")
    assert serving(folder) == "soma-v2"


def test_a_name_cannot_lead_out_of_the_folder(two: Versions) -> None:
    for name in ("../soma-v1", "soma-v01", "soma-personal-v1", "soma-v1/", ""):
        with pytest.raises(VersionError, match="is no version"):
            two.deploy(name)


# --- killed, full, at the same time


CHANGES = {
    "deploy_on_a_deadly_disk": {"soma-v1", "soma-v2"},
    "roll_back_on_a_deadly_disk": {"soma-v1", ""},
    "add_on_a_deadly_disk": {"soma-v1"},
    "prune_on_a_deadly_disk": {"soma-v1"},
}


@pytest.mark.parametrize("change", CHANGES)
def test_killed_at_any_file_operation_one_whole_version_serves(
    forks: Forks, two: Versions, tmp_path: Path, change: str
) -> None:
    seen = set()
    for when in ("before", "amidst", "after"):
        killed = True
        number = 0
        while killed or (when == "amidst" and number < 20):
            folder = tmp_path / f"{when}-{number}" / "versions"
            shutil.copytree(two.folder, folder)
            code = forks.run(f"{MODULE}:{change}", folder, number, when)
            assert code in (0, -signal.SIGKILL)
            killed = code != 0
            seen.add(serving(folder))
            versions = Versions(folder)
            assert [one.problem for one in versions.all()] == [""] * len(versions.all())
            assert all(versions.fault(one.name) == "" for one in versions.all())
            # What was left of it is no hindrance, and the number of a version comes once.
            there = {one.name for one in versions.all()}
            assert make(folder, "next", FakeHastyDisk()) not in {*there, "soma-v1", "soma-v2"}
            Versions(folder, FakeHastyDisk()).deploy("soma-v1")
            assert serving(folder) == "soma-v1"
            assert not list(folder.glob(".*"))
            number += 1
        assert number > 1
    assert seen == CHANGES[change]


@pytest.mark.parametrize("change", ["deploy", "add"])
def test_a_full_disk_is_said_and_what_serves_stays(two: Versions, change: str) -> None:
    folder, said = two.folder, []
    disk = FakeDisk()
    while len(said) < 100:
        disk = FakeDisk({len(said)}, kinds=("open", "write", "fsync", "rename"), error=errno.ENOSPC)
        try:
            if change == "deploy":
                Versions(folder, disk).deploy("soma-v2")
            else:
                make(folder, "third", disk)
        except StoreError as error:
            said.append(str(error))
        else:
            break
        assert serving(folder) == "soma-v1"
        assert [one.name for one in two.all()] == ["soma-v2", "soma-v1"]
        assert not list(folder.glob(".*"))
    assert len(said) == len(disk.calls) > 3
    assert all("the disk is full" in line and "\n" not in line for line in said)


def test_two_deployments_at_once_leave_one_whole_result(
    two: Versions, folder: Path, tmp_path: Path
) -> None:
    with Forks() as other, Forks() as another:
        other.start(f"{MODULE}:deploy_in_turn", folder, "soma-v1", 20)
        another.start(f"{MODULE}:deploy_in_turn", folder, "soma-v2", 20)
        assert [other.wait(), another.wait()] == [0, 0]
    assert serving(folder) in ("soma-v1", "soma-v2")
    assert two.pointer().moves[-1].version == serving(folder)


def test_a_change_that_is_under_way_elsewhere_is_waited_for_and_then_said(
    two: Versions, folder: Path
) -> None:
    with (folder / "lock").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(StoreError, match="another process is changing the versions"):
            Versions(folder, patience_s=0.05).deploy("soma-v2")
    assert serving(folder) == "soma-v1"
    Versions(folder, patience_s=0.05).deploy("soma-v2")
    assert serving(folder) == "soma-v2"


# --- forgetting


def test_versions_that_were_trained_on_what_is_forgotten_are_marked(folder: Path) -> None:
    def row(split: str, source: str, *messages: int) -> dict[str, object]:
        return {"split": split, "source": source, "messages": list(messages)}

    make(folder, manifest={"examples": [row("train", "message:4", 3, 4)]})
    make(folder, manifest={"examples": [row("sealed", "message:4", 3, 4), row("dev", "fact:2")]})
    make(folder)
    versions = Versions(folder)
    assert versions.retrain_due(["message:9"]) == []
    assert versions.retrain_due(["message:3", "conversation:1"]) == ["soma-v1"]
    assert [versions.get(f"soma-v{n}").retrain for n in (1, 2, 3)] == [True, False, False]
    assert versions.retrain_due(["fact:2"]) == ["soma-v2"]
    assert versions.retrain_due(["message:4"]) == ["soma-v1"]


def test_an_adapter_that_is_not_there_makes_no_version(folder: Path) -> None:
    making = Making(folder.parent / "none.gguf", BASE, "starter")
    with pytest.raises(StoreError, match="the version cannot be kept: no such file"):
        Versions(folder).add(making)
    assert Versions(folder).all() == []
