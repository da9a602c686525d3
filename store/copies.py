"""Copies that are whole and on disk before they have their name."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

from store.disk import Disk

PARTIAL = ".partial"
BEFORE_REPAIR = "db-before-repair"
TORN = "journal.torn"
OLDER_FORMAT = "journal.format"

_BLOCK = 1 << 20


def free_name(wanted: Path, suffix: str = "") -> Path:
    """Give the wanted name with that suffix, with a number between them where it is taken."""
    name, number = wanted.with_name(wanted.name + suffix), 1
    while os.path.lexists(name):
        number += 1
        name = wanted.with_name(f"{wanted.name}-{number}{suffix}")
    return name


def kept_beside(journal: Path) -> list[Path]:
    """Give the copies and pieces of a journal that lie beside it, and that no compaction changes.

    They are what repairs and upgrades kept and records that were unfinished; what was deleted
    from the journal since may still stand in them.
    """
    folder = journal.parent
    patterns = (f"{TORN}-*", f"{OLDER_FORMAT}-*")
    pieces = [path for pattern in patterns for path in folder.glob(pattern)]
    return sorted([*pieces, *folder.parent.glob(f"{BEFORE_REPAIR}-*")])


def copy_file(disk: Disk, source: Path, target: Path) -> None:
    """Copy a file's bytes to a name that is free. Raises OSError, with no copy left behind."""
    descriptor = disk.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    try:
        with source.open("rb") as file:
            length = 0
            while block := file.read(_BLOCK):
                disk.write_all(descriptor, block, length)
                length += len(block)
        disk.fsync(descriptor)
    except BaseException:
        with contextlib.suppress(OSError):
            target.unlink()
        raise
    finally:
        disk.close(descriptor)


def copy_folder(disk: Disk, source: Path, target: Path) -> None:
    """Copy a folder of files and folders to a name that is free, readable by its owner alone.

    Raises OSError, with no copy left behind; a process that dies meanwhile leaves one whose name
    ends in `.partial`.
    """
    partial = target.with_name(target.name + PARTIAL)
    shutil.rmtree(partial, ignore_errors=True)
    try:
        _copy_entries(disk, source, partial)
        disk.rename(partial, target)
        disk.sync_directory(target.parent)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        shutil.rmtree(target, ignore_errors=True)
        raise


def _copy_entries(disk: Disk, source: Path, target: Path) -> None:
    target.mkdir(mode=0o700)
    for entry in sorted(source.iterdir()):
        if entry.is_dir() and not entry.is_symlink():
            _copy_entries(disk, entry, target / entry.name)
        elif entry.is_file():
            copy_file(disk, entry, target / entry.name)
    disk.sync_directory(target)
