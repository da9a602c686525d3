"""What a version is made of, and how its folder is filled."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from store.disk import Disk
from store.pointer import write_file, write_json
from store.version import ADAPTER, EVALUATION, MANIFEST, PEFT, PERSONAL, VERSION, Version


@dataclass(frozen=True, slots=True)
class Making:
    """What a version is made of: files, and what is known of it (see `Version`).

    `adapter` is the GGUF file, `peft` the folder that the export needs, if it is to be kept.
    """

    adapter: Path
    base: str
    base_name: str
    specialist: str = PERSONAL
    parent: str = ""
    run: str = ""
    manifest: Mapping[str, Any] | None = None
    evaluation: Mapping[str, Any] | None = None
    decision: Mapping[str, Any] | None = None
    peft: Path | None = None


def build(disk: Disk, folder: Path, making: Making, name: str, number: int) -> Version:
    """Fill an empty folder with a version, on the medium when the call returns. Raises OSError."""
    size, digest = _copy(disk, making.adapter, folder / ADAPTER)
    if making.peft is not None:
        (folder / PEFT).mkdir(mode=0o700)
        for file in sorted(making.peft.iterdir()):
            if file.is_file():
                _copy(disk, file, folder / PEFT / file.name)
        disk.sync_directory(folder / PEFT)
    version = Version(
        name,
        number,
        making.specialist,
        making.base,
        making.base_name,
        digest,
        size,
        making.parent,
        making.run,
        time.time(),
        making.decision,
    )
    for file_name, content in (
        (MANIFEST, making.manifest),
        (EVALUATION, making.evaluation),
        (VERSION, version.as_json()),
    ):
        if content is not None:
            write_json(disk, folder / file_name, content)
    disk.sync_directory(folder)
    return version


def _copy(disk: Disk, source: Path, target: Path) -> tuple[int, str]:
    data = source.read_bytes()
    write_file(disk, target, data)
    return len(data), sha256(data).hexdigest()
