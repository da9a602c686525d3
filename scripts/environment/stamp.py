"""The note that a finished set-up leaves in `.venv`, so that the next start needs no pip."""

from __future__ import annotations

import json
import os
from pathlib import Path
from zlib import crc32


def is_current(root: Path, venv: Path, extras: set[str]) -> bool:
    """Say whether `venv` holds `extras` as the files of `root` ask for them now."""
    installed = installed_extras(venv)
    try:
        return extras <= installed and _read(venv) == _describe(root, venv, installed)
    except OSError:
        return False


def installed_extras(venv: Path) -> set[str]:
    """Give the extras that finished set-ups have installed into `venv`."""
    extras = _read(venv).get("extras")
    return {str(extra) for extra in extras} if isinstance(extras, list) else set()


def write(root: Path, venv: Path, extras: set[str]) -> None:
    """Note that `venv` holds `extras`."""
    text = json.dumps(_describe(root, venv, extras), indent=1)
    _file(venv).write_text(text + "\n", encoding="utf-8")


def outdate(venv: Path) -> None:
    """Take back that `venv` is complete, but not which extras it is to hold."""
    if extras := installed_extras(venv):
        _file(venv).write_text(json.dumps({"extras": sorted(extras)}) + "\n", encoding="utf-8")
    else:
        _file(venv).unlink(missing_ok=True)


def _file(venv: Path) -> Path:
    return venv / "soma-setup.json"


def _read(venv: Path) -> dict[str, object]:
    try:
        stamp = json.loads(_file(venv).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _describe(root: Path, venv: Path, extras: set[str]) -> dict[str, object]:
    """Give what must be the same for the set-up to count as done.

    The Python behind the environment is one such thing (it may be gone, or be another version
    under the same name), the folder is another (scripts in it hold its path).
    """
    files = ("pyproject.toml", "constraints.txt")
    python = venv / "bin" / "python"
    python.stat()
    return {
        "extras": sorted(extras),
        "sources": [crc32((root / name).read_bytes()) for name in files],
        "python": os.path.realpath(python),
        "venv": str(venv),
    }
