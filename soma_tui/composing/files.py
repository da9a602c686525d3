"""The files and folders below a folder that a message is likely to name."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

MOST = 5_000
_SECONDS = 3.0
_MOST_BYTES = 8 * 1024 * 1024
_LEFT_OUT = frozenset({"node_modules", "venv", "__pycache__", "CVS"})


def list_paths(folder: Path, most: int = MOST) -> list[str]:
    """Paths relative to `folder`, those near it first; a folder's ends with a slash.

    Git says what is there where it knows the folder; otherwise folders are read, the near ones
    first. Hidden names, environments of Python and packages of Node are left out, and so is what
    cannot be written in a message. Takes a few seconds at most and gives at most `most` paths.
    """
    files = _known_to_git(folder, most)
    if files is None:
        return _walk(folder, most)
    folders = {f"{parent}/" for name in files for parent in _parents(name)}
    return sorted(folders.union(files), key=_near_first)[:most]


def _near_first(path: str) -> tuple[int, str]:
    return path.count("/", 0, -1), path.casefold()


def _parents(name: str) -> Iterator[str]:
    while (slash := name.rfind("/")) > 0:
        name = name[:slash]
        yield name


def _offered(path: str) -> bool:
    parts = path.split("/")
    return (
        path.isprintable()
        and '"' not in path
        and not any(part.startswith(".") or part in _LEFT_OUT for part in parts)
    )


def _known_to_git(folder: Path, most: int) -> list[str] | None:
    """The files that git follows or would; None where there is no git or it takes too long."""
    # A repository may name a program as its file system monitor, which would be run here.
    command = ["git", "-c", "core.fsmonitor=false", "ls-files", "-z"]
    try:
        process = subprocess.Popen(
            [*command, "--cached", "--others", "--exclude-standard"],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
        )
    except OSError:
        return None
    timer = threading.Timer(_SECONDS, process.kill)
    timer.start()
    with process:
        assert process.stdout is not None
        data = process.stdout.read(_MOST_BYTES)
        cut_off = len(data) == _MOST_BYTES
        if cut_off:
            process.kill()
    timer.cancel()
    if process.returncode and not cut_off:
        return None
    names = dict.fromkeys(os.fsdecode(name) for name in data.split(b"\0")[:-1])
    cfg = "/pyvenv.cfg"
    environments = tuple(name.removesuffix(cfg[1:]) for name in names if name.endswith(cfg))
    offered = (name for name in names if _offered(name) and not name.startswith(environments))
    return list(_on_disk(folder, sorted(offered, key=_near_first)[:most])) or None


def _on_disk(folder: Path, names: Iterable[str]) -> Iterator[str]:
    """Without what was deleted since git saw it, and a module of another repository as a folder."""
    for name in names:
        path = folder / name
        if os.path.isdir(path):
            yield f"{name}/"
        elif os.path.exists(path):
            yield name


def _walk(folder: Path, most: int) -> list[str]:
    deadline = time.monotonic() + _SECONDS
    found: list[str] = []
    waiting = [""]
    for parent in waiting:
        for name, is_folder in _entries(folder, parent):
            if len(found) >= most or time.monotonic() > deadline:
                return sorted(found, key=_near_first)
            if not _offered(name):
                continue
            if is_folder:
                if os.path.exists(folder / name / "pyvenv.cfg"):
                    continue
                waiting.append(f"{name}/")
                name += "/"
            found.append(name)
    return sorted(found, key=_near_first)


def _entries(folder: Path, parent: str) -> Iterator[tuple[str, bool]]:
    try:
        with os.scandir(folder / parent) as entries:
            for entry in entries:
                yield parent + entry.name, entry.is_dir(follow_symlinks=False)
    except OSError:
        return
