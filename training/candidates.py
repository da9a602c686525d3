"""What can be evaluated: the base alone, or an adapter over it, found by the name it is given."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from agents.engine.gguf_file import GgufHeader, ModelFileError, read_header
from agents.engine.gguf_layout import read_layout
from agents.engine.gguf_parts import other_parts
from agents.engine.gguf_values import text_of
from store.digests import file_digest
from store.errors import SomaError
from store.paths import Home
from store.version import VersionError, name_parts
from store.versions import Versions
from training import jobs
from training.adapter import BASE_FINGERPRINT
from training.convert import FINGERPRINT
from training.run_folder import PREFIX

BASE = "base"
_RUN = re.compile(re.escape(PREFIX) + r"\d+")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model that could be served: its name, its adapter or None for the base alone, and the
    specialist that the adapter was trained for, where that is known."""

    name: str
    adapter: Path | None = None
    specialist: str | None = None


def resolve(home: Home, reference: str) -> Candidate:
    """Give what "base", a version such as "soma-v2", a run such as "train-3", or the path of an
    adapter means.

    Raises SomaError, in one line, where there is none or it has no adapter.
    """
    for find in _WAYS:
        if (found := find(home, reference)) is not None:
            return found
    raise SomaError(
        f"there is no version, run or adapter {reference!r}; name base, a version of `soma "
        "versions list`, a run of `soma train list`, or the file of an adapter"
    )


def _base(home: Home, reference: str) -> Candidate | None:
    return Candidate(BASE) if reference == BASE else None


def _run(home: Home, reference: str) -> Candidate | None:
    if not _RUN.fullmatch(reference):
        return None
    folder = jobs.find(home, reference)
    view = jobs.view(home, folder)
    if view.adapter is None:
        why = f"; `soma train resume {folder.name}` goes on" if view.state != "running" else ""
        state = "done, and its adapter is gone" if view.state == "done" else view.state
        raise SomaError(f"{folder.name} is {state}, so there is no adapter to evaluate{why}")
    return Candidate(folder.name, folder.gguf, folder.settings().specialist)


def _version(home: Home, reference: str) -> Candidate | None:
    try:
        name_parts(reference)
    except VersionError:
        return None
    versions = Versions(home.versions)
    version = versions.get(reference)
    if fault := versions.fault(reference):
        raise SomaError(f"{reference} cannot be evaluated: {fault}; choose another version")
    return Candidate(reference, versions.adapter(reference), version.specialist)


def _file(home: Home, reference: str) -> Candidate | None:
    path = Path(reference).expanduser()
    return Candidate(path.stem, path.absolute()) if path.is_file() else None


_WAYS: tuple[Callable[[Home, str], Candidate | None], ...] = (
    _base,
    _version,
    _run,
    _file,
)


def wanted_base(candidate: Candidate) -> str | None:
    """Give the fingerprint of the base that an adapter names; None where it names none.

    Raises ModelFileError where the file is damaged or no adapter.
    """
    if candidate.adapter is None:
        return None
    if read_header(candidate.adapter).kind != "adapter":
        raise ModelFileError(
            f"{candidate.adapter} is a whole model and no adapter; name an adapter"
        )
    return text_of(read_layout(candidate.adapter), BASE_FINGERPRINT)


def base_fingerprint(base: GgufHeader) -> str | None:
    """Give the fingerprint of the checkpoint that a base was made of; None where it has none."""
    return text_of(read_layout(base.path), FINGERPRINT)


def require_base(candidate: Candidate, base: GgufHeader) -> None:
    """Raises ModelFileError where an adapter was trained on another base."""
    wanted = wanted_base(candidate)
    if wanted is not None and wanted != base_fingerprint(base):
        raise ModelFileError(
            f"{candidate.name} was trained on another base than {base.path.name}; use the model "
            "that it was trained on, or train it anew"
        )


def digest_of_base(base: GgufHeader) -> str:
    """Give the SHA-256 of a base's file, of a split one that of its parts' digests.

    Raises ModelFileError where one cannot be read.
    """
    first = read_layout(base.path)
    found = [_digest(path) for path in (first.path, *(one.path for one in other_parts(first)))]
    return found[0] if len(found) == 1 else sha256("".join(found).encode()).hexdigest()


def digest_of_adapter(candidate: Candidate) -> str:
    """Give the SHA-256 of a candidate's adapter, "" for the base alone.

    Raises ModelFileError where it cannot be read.
    """
    return "" if candidate.adapter is None else _digest(candidate.adapter)


def _digest(path: Path) -> str:
    try:
        return file_digest(path)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise ModelFileError(f"{path} cannot be read: {why}; check the file") from error
