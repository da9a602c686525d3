"""Versions of small files, and what is done to them in processes that are killed."""

from __future__ import annotations

from pathlib import Path

from store.disk import Disk
from store.making import Making
from store.versions import Versions
from tests.store.fake_disk import FakeDeadlyDisk

BASE = "b" * 64


def make(folder: Path, text: str = "weights", disk: Disk | None = None, **known: object) -> str:
    """Adds a version whose adapter holds a text; gives its name."""
    source = folder.parent / "made.gguf"
    source.write_text(text * 20)
    making = Making(source, **{"base": BASE, "base_name": "starter", **known})
    return Versions(folder, disk).add(making).name


def deploy_on_a_deadly_disk(folder: str, number: int, when: str) -> None:
    """Deploys the second version on a disk at whose call of that number the process is killed."""
    Versions(Path(folder), FakeDeadlyDisk(number, when)).deploy("soma-v2")


def roll_back_on_a_deadly_disk(folder: str, number: int, when: str) -> None:
    """Rolls back on a disk at whose call of that number the process is killed."""
    Versions(Path(folder), FakeDeadlyDisk(number, when)).roll_back()


def add_on_a_deadly_disk(folder: str, number: int, when: str) -> None:
    """Adds a version on a disk at whose call of that number the process is killed."""
    make(Path(folder), "third", FakeDeadlyDisk(number, when), parent="soma-v1")


def prune_on_a_deadly_disk(folder: str, number: int, when: str) -> None:
    """Prunes on a disk at whose call of that number the process is killed."""
    Versions(Path(folder), FakeDeadlyDisk(number, when)).prune(0)


def deploy_in_turn(folder: str, name: str, times: int) -> None:
    """Deploys a version and rolls it back, so many times."""
    versions = Versions(Path(folder))
    for _ in range(times):
        versions.deploy(name)
        versions.roll_back()
    versions.deploy(name)
