"""The versions that training made: kept whole, one of each specialist serving, each move atomic.

A version is built in a scratch folder and renamed; which one serves is one small file that is
replaced by a rename. So whenever a process dies, each specialist has exactly one that serves.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from store.digests import Digests
from store.disk import Disk, failure
from store.errors import StoreError
from store.making import Making, build
from store.pointer import Move, Pointer, pointer_file, pointer_json, read_pointer, write_json
from store.version import (
    ADAPTER,
    EVALUATION,
    MANIFEST,
    PEFT,
    PERSONAL,
    RETRAIN,
    Json,
    Version,
    VersionError,
    name_parts,
    read_json,
    read_version,
    version_name,
)
from store.versions_lock import versions_lock

_NUMBERS, _DECISIONS = "numbers.json", "decisions-{}.json"


@dataclass(frozen=True, slots=True)
class Listed:
    """A version that is there; where it cannot be read, `problem` says why."""

    name: str
    version: Version | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Serving:
    """Which version answers, None for the base alone, and which was `wanted`, "" for the base.

    `notice` is one line that says why it is another, "" where it is not.
    """

    version: Version | None
    wanted: str
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Moved:
    """A pointer was moved; "" stands for the base. `skipped` says what could not serve, and why."""

    specialist: str
    old: str
    new: str
    skipped: tuple[str, ...] = ()


class Versions:
    """The versions in a folder. Methods may be called from any thread, in several processes.

    Those that write raise StoreError where the disk or another process does not let them: what
    serves is whole then as ever. `patience_s` is how long one waits for another.
    """

    def __init__(self, folder: Path, disk: Disk | None = None, patience_s: float = 10.0) -> None:
        self.folder = folder
        self._disk = disk or Disk()
        self._patience_s = patience_s
        # In memory alone: what was exchanged while SOMA was closed is noticed, whatever its date.
        self._digests = Digests()

    # --- what is there

    def all(self, specialist: str | None = None) -> Sequence[Listed]:
        """Give the versions of a specialist, or of all, the newest of each first."""
        found = []
        for path in self.folder.glob("soma-*v*"):
            with suppress(VersionError):
                whose, number = name_parts(path.name)
                if specialist in (None, whose) and path.is_dir():
                    found.append((whose != PERSONAL, whose, -number, path.name))
        return [self._listed(name) for *_, name in sorted(found)]

    def get(self, name: str) -> Version:
        """Give a version. Raises VersionError where there is none, or it cannot be read."""
        name_parts(name)
        folder = self.folder / name
        if not folder.is_dir():
            raise VersionError(f"there is no version {name!r}; `soma versions list` shows all")
        return read_version(folder)

    def adapter(self, name: str) -> Path:
        """Give where the GGUF adapter of a version lies."""
        return self.folder / name / ADAPTER

    def peft(self, name: str) -> Path:
        """Give where the adapter of a version lies as peft saved it, if it was kept."""
        return self.folder / name / PEFT

    def manifest(self, name: str) -> Json | None:
        """Give the manifest of a version's examples, None where there is none."""
        return self._beside(name, MANIFEST)

    def evaluation(self, name: str) -> Json | None:
        """Give what was measured of a version, None where nothing was."""
        return self._beside(name, EVALUATION)

    def decisions(self, specialist: str = PERSONAL) -> Sequence[Json]:
        """Give all decisions about versions of a specialist, those that are gone too, the oldest
        first. Raises VersionError where they cannot be read."""
        file = self.folder / _DECISIONS.format(specialist)
        noted = read_json(file).get("decisions") if file.exists() else []
        if not isinstance(noted, list) or not all(isinstance(one, dict) for one in noted):
            raise VersionError(f"{file} is not what was written; the decisions in it are lost")
        return noted

    def fault(self, name: str) -> str:
        """Give what is wrong with a version in words, "" where it is whole: its adapter's bytes
        are those that were written."""
        try:
            version = self.get(name)
            size = self.adapter(name).stat().st_size
            if size < version.size:
                return f"its adapter is cut off after {size:,} of {version.size:,} bytes"
            if self._digests.of(self.adapter(name)) != version.adapter:
                return "its adapter is not the one that was made"
        except FileNotFoundError:
            return "its adapter is missing"
        except OSError as error:
            return f"its adapter cannot be read ({(error.strerror or str(error)).lower()})"
        except StoreError as error:
            return str(error)
        return ""

    def deployed(self) -> Sequence[str]:
        """Give the specialists of whom a version was ever deployed."""
        files = self.folder.glob(pointer_file(self.folder, "*").name)
        return sorted(file.stem.partition("-")[2] for file in files)

    def next_name(self, specialist: str = PERSONAL) -> str:
        """Give the name that the next version of a specialist will have."""
        return version_name(specialist, self._highest(specialist) + 1)

    def pointer(self, specialist: str = PERSONAL) -> Pointer:
        """Give which version is to serve, and what was before. Raises VersionError."""
        return read_pointer(pointer_file(self.folder, specialist))

    def serving(
        self, specialist: str = PERSONAL, without: Mapping[str, str] | None = None
    ) -> Serving:
        """Give the version that answers for a specialist: the one that was deployed, else its
        parent, else what served before, else the base.

        Those in `without` are passed over, for the reasons that it gives.
        """
        try:
            pointer = self.pointer(specialist)
        except VersionError as error:
            return Serving(None, "", f"{error}; the base answers, until a version is deployed")
        if not pointer.serving:
            return Serving(None, "")
        why: dict[str, str] = {}
        for name in self._in_turn(pointer):
            why[name] = (without or {}).get(name) or self.fault(name)
            if not why[name]:
                return Serving(self.get(name), pointer.serving, _said(why, pointer.serving, name))
        return Serving(None, pointer.serving, _said(why, pointer.serving, "the base"))

    # --- changes

    def add(self, making: Making) -> Version:
        """Keep a new version, with a number that none had before; it does not serve yet."""
        with self._changing("the version cannot be kept"):
            number = self._next_number(making.specialist)
            name = version_name(making.specialist, number)
            scratch = self.folder / f".{name}.part"
            try:
                scratch.mkdir(mode=0o700)
                version = build(self._disk, scratch, making, name, number)
                self._note_decision(making)
                self._disk.rename(scratch, self.folder / name)
            finally:
                shutil.rmtree(scratch, ignore_errors=True)
            self._disk.sync_directory(self.folder)
        return version

    def deploy(self, name: str) -> Moved:
        """Let a version serve from now on. Raises VersionError where it is not whole."""
        with self._changing("the version cannot be deployed"):
            version = self.get(name)
            if problem := self.fault(name):
                raise VersionError(f"{name} cannot serve: {problem}; train again, or take another")
            old = self._pointer_or_base(version.specialist)
            if old.serving != name:
                move = Move(name, time.time(), "deploy")
                self._move(version.specialist, old.moved(move, (old.serving, *old.before)))
        return Moved(version.specialist, old.serving, name)

    def roll_back(self, specialist: str = PERSONAL) -> Moved:
        """Let that serve which served before the present one, or its parent, or the base.

        What cannot serve is passed over. Raises VersionError where the base serves already.
        """
        with self._changing("the version cannot be rolled back"):
            old = self._pointer_or_base(specialist)
            if not old.serving:
                raise VersionError("the base serves already; there is nothing to roll back to")
            left, skipped = [*(old.before or (self._parent(old.serving),))], []
            new = left.pop(0)
            while new and (new == old.serving or (problem := self.fault(new))):
                if new != old.serving:
                    skipped.append(f"{new}: {problem}")
                new = left.pop(0) if left else ""
            move = Move(new, time.time(), "roll back")
            self._move(specialist, old.moved(move, tuple(left)))
        return Moved(specialist, old.serving, new, tuple(skipped))

    def prune(self, keep: int, specialist: str = PERSONAL) -> Sequence[str]:
        """Remove all versions of a specialist but the newest `keep`, the serving one, its parent
        and what it would be rolled back to; gives the names of those that went."""
        with self._changing("versions cannot be removed"):
            pointer = self.pointer(specialist)
            kept = {pointer.serving, self._parent(pointer.serving), *pointer.before[:1]}
            found = [one.name for one in self.all(specialist)]
            going = [name for name in found[max(0, keep) :] if name not in kept]
            for name in going:
                # Renamed first, so that none is ever there in part.
                self._disk.rename(self.folder / name, self.folder / f".{name}.gone")
            self._disk.sync_directory(self.folder)
            for name in going:
                shutil.rmtree(self.folder / f".{name}.gone", ignore_errors=True)
        return going

    def retrain_due(self, references: Sequence[str]) -> list[str]:
        """Mark the versions that were trained on something that is forgotten; gives their names.

        References are such as "message:12", "fact:3" or "passage:2".
        """
        forgotten, marked = set(references), []
        for listed in self.all():
            rows = (self.manifest(listed.name) or {}).get("examples")
            learned = [row for row in rows if _learned(row)] if isinstance(rows, list) else []
            count = sum(not forgotten.isdisjoint(_references(row)) for row in learned)
            if count:
                marked.append(listed.name)
                with self._changing(f"{listed.name} cannot be marked to be trained again"):
                    file = self.folder / listed.name / RETRAIN
                    write_json(self._disk, file, {"at": time.time(), "examples": count})
        return marked

    def retrain_since(self, name: str) -> float | None:
        """Give when it was last forgotten what a version was trained on, in Unix seconds; None
        where nothing of it was."""
        at = (self._beside(name, RETRAIN) or {}).get("at")
        return float(at) if isinstance(at, int | float) else None

    # --- parts of these

    def _note_decision(self, making: Making) -> None:
        """Before its version is there: an attempt that was made counts, whatever comes then."""
        if making.decision is not None:
            noted = [*self.decisions(making.specialist), dict(making.decision)]
            file = self.folder / _DECISIONS.format(making.specialist)
            write_json(self._disk, file, {"decisions": noted})

    def _listed(self, name: str) -> Listed:
        try:
            return Listed(name, read_version(self.folder / name))
        except VersionError as error:
            return Listed(name, None, str(error))

    def _beside(self, name: str, file: str) -> Json | None:
        path = self.folder / name / file
        with suppress(VersionError):
            return read_json(path)
        return None

    def _parent(self, name: str) -> str:
        with suppress(VersionError):
            return self.get(name).parent
        return ""

    def _in_turn(self, pointer: Pointer) -> Iterator[str]:
        """The serving version, its parent, the parent's and so on, then what served before."""
        seen: set[str] = {""}
        name = pointer.serving
        while name not in seen:
            seen.add(name)
            yield name
            name = self._parent(name)
        for name in pointer.before:
            if not name:
                return
            if name not in seen:
                seen.add(name)
                yield name

    def _pointer_or_base(self, specialist: str) -> Pointer:
        """The pointer, or a new one where it is damaged; that of a newer SOMA is left alone."""
        try:
            return self.pointer(specialist)
        except VersionError as error:
            if "newer SOMA" in str(error):
                raise
            return Pointer()

    def _move(self, specialist: str, pointer: Pointer) -> None:
        write_json(self._disk, pointer_file(self.folder, specialist), pointer_json(pointer))

    def _next_number(self, specialist: str) -> int:
        """A number that no version of a specialist had, noted before it is used."""
        number = self._highest(specialist) + 1
        noted = {**self._numbers(), specialist: number}
        write_json(self._disk, self.folder / _NUMBERS, noted)
        return number

    def _highest(self, specialist: str) -> int:
        noted = self._numbers().get(specialist)
        known = [noted] if isinstance(noted, int) else []
        known += [name_parts(one.name)[1] for one in self.all(specialist)]
        with suppress(VersionError):
            known += [name_parts(m.version)[1] for m in self.pointer(specialist).moves if m.version]
        return max(known, default=0)

    def _numbers(self) -> Json:
        with suppress(VersionError):
            return read_json(self.folder / _NUMBERS)
        return {}

    @contextmanager
    def _changing(self, what: str) -> Iterator[None]:
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with versions_lock(self.folder, self._patience_s):
                self._clear()
                yield
        except OSError as error:
            raise failure(what, error, self.folder) from error

    def _clear(self) -> None:
        """Take away what a process that died has left; whoever calls this holds the lock."""
        for path in (*self.folder.glob(".*.part"), *self.folder.glob(".*.gone")):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def _said(why: Mapping[str, str], wanted: str, instead: str) -> str:
    reason = why[wanted]
    return f"{wanted} cannot answer: {reason}; {instead} answers instead" if reason else ""


def _learned(row: Any) -> bool:
    """Whether an example of a manifest was trained on, or steered by."""
    return isinstance(row, dict) and row.get("split") != "sealed"


def _references(row: Json) -> Iterator[str]:
    yield str(row.get("source"))
    messages = row.get("messages")
    for message in messages if isinstance(messages, list) else ():
        yield f"message:{message}"
