"""pip's output, line by line, turned into progress that a person can follow.

Needs the standard library only: `scripts/setup.py` uses it before anything is installed.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Stage = Literal["collect", "compile", "install"]

_SATISFIED = re.compile(r"Requirement already satisfied: ([A-Za-z0-9._-]+)")
_COLLECTING = re.compile(r"Collecting ([A-Za-z0-9._-]+)")
_FETCHED = re.compile(
    r"\s*(?P<how>Downloading|Using cached|Processing) (?:\S*/)?"
    r"(?P<name>[A-Za-z0-9._-]+?)-(?P<version>\d[^-\s]*?)(?:-\S+\.whl|\.tar\.gz)"
    r"(?: \((?P<size>[\d.]+ \w+)\)| \(from .*)?$"
)
_NESTED = re.compile(r"\s*Installing (?:build|backend) dependencies: ")
_BYTES = re.compile(r"\s*Progress (\d+) of (\d+)$")
_NINJA = re.compile(r"\s*\[(\d+)/(\d+)\] ")
_MAKE = re.compile(r"\s*\[ *(\d+)%\] ")
_BUILDING = re.compile(r"\s*Building (?:wheel|editable) for (\S+)(?!.*finished)")
_INSTALLING = re.compile(r"Installing collected packages: (.+)")


@dataclass(frozen=True, slots=True)
class Progress:
    """What pip is at: `text` is for people, `done` of `total` counts packages or compiler steps.

    `total` is 0 where it is not known.
    """

    stage: Stage
    text: str
    done: int = 0
    total: int = 0

    @property
    def fraction(self) -> float | None:
        """How much of this stage is done, from 0 to 1; None where nobody can say."""
        return min(1.0, self.done / self.total) if self.total else None


def pinned(constraints: Path, sections: Collection[str]) -> dict[str, str]:
    """Give the version of each package listed under the headings `# name` of a constraints file."""
    section, pins = "", {}
    for line in constraints.read_text(encoding="utf-8").splitlines():
        name, equals, version = line.strip().partition("==")
        if line.startswith("# "):
            section = line[2:].strip()
        elif equals and section in sections:
            pins[_normal(name)] = version
    return pins


class PipOutput:
    """Follows one run of pip, which is expected to fetch the packages named `expected`.

    The count of packages is left out where none are; what is installed already is not counted.
    """

    def __init__(self, expected: Collection[str] = ()) -> None:
        self._expected = {_normal(name) for name in expected}
        self._fetched: set[str] = set()
        self._fetching = ""
        self._building = ""
        self._nested = False

    def feed(self, line: str) -> Progress | None:
        """Take one line, with or without its end; give the progress that it tells of, if any."""
        line = line.rstrip()
        if _NESTED.match(line):
            # Until it has finished, a nested pip speaks, of packages that are not counted.
            self._nested = line.endswith("started")
            return Progress("collect", "fetching what builds a package") if self._nested else None
        if self._nested:
            return None
        if found := _NINJA.match(line):
            return self._compiling(int(found[1]), int(found[2]), f"{found[1]}/{found[2]}")
        if found := _MAKE.match(line):
            return self._compiling(int(found[1]), 100, f"{found[1]} %")
        if found := _BYTES.match(line):
            return self._bytes(int(found[1]), int(found[2]))
        if found := _FETCHED.match(line):
            return self._fetch(found)
        if found := _SATISFIED.match(line):
            self._expected.discard(_normal(found[1]))
            return None
        if found := _COLLECTING.match(line):
            return self._collected(f"looking up {found[1]}")
        if found := _BUILDING.match(line):
            self._building = found[1]
            return Progress("compile", f"building {self._building}")
        if found := _INSTALLING.match(line):
            count = len(found[1].split(", "))
            return Progress("install", f"installing {count} package{'s' if count > 1 else ''}")
        return None

    def _fetch(self, found: re.Match[str]) -> Progress:
        name = _normal(found["name"])
        self._fetched.add(name)
        what = f"{name} {found['version']}"
        if found["how"] != "Downloading":
            return self._collected(f"{what} is on this machine")
        self._fetching = f"downloading {what}"
        size = found["size"]
        return self._collected(f"{self._fetching} ({size})" if size else self._fetching)

    def _bytes(self, done: int, total: int) -> Progress:
        return self._collected(f"{self._fetching} · {done / 1e6:.0f} of {total / 1e6:.0f} MB")

    def _collected(self, text: str) -> Progress:
        done = len(self._fetched)
        if not self._expected:
            return Progress("collect", text, done)
        total = len(self._expected | self._fetched)
        return Progress("collect", f"{text} · {done} of {total}", done, total)

    def _compiling(self, step: int, steps: int, shown: str) -> Progress:
        name = "llama.cpp" if "llama" in self._building else self._building or "a package"
        return Progress("compile", f"compiling {name} {shown}", step, steps)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def reason_of_failure(output: str) -> str:
    """Say in one line what to do about a failed run of pip, from what it printed; "" if unknown."""
    if "No space left on device" in output:
        return "the disk is full: make room and start again"
    if re.search(
        r"CMAKE_C(XX)?_COMPILER|could not find any instance of Visual Studio"
        r"|(gcc|g\+\+|cc|c\+\+|clang)['\"]?: (command )?not found",
        output,
    ):
        return (
            "no C++ compiler: install one (Debian and Ubuntu: sudo apt install build-essential; "
            "Fedora: sudo dnf install gcc-c++ make; macOS: xcode-select --install)"
        )
    if re.search(
        r"NewConnectionError|NameResolutionError|Temporary failure in name resolution"
        r"|Network is unreachable|ConnectTimeoutError|ReadTimeoutError|Max retries exceeded",
        output,
    ):
        return "no network: the packages could not be fetched; connect and start again"
    if "externally-managed-environment" in output:
        return (
            "this Python belongs to the system: install SOMA into an environment of its own "
            "(python3 -m venv)"
        )
    if "Permission denied" in output:
        return "no permission to write into the environment: see who owns its folder"
    if "THESE PACKAGES DO NOT MATCH THE HASHES" in output:
        return "a download came damaged: start again"
    return ""
