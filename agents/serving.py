"""Which version answers: the one that was deployed, where the model that is open is its base."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from agents import events
from agents.engine.engine import Engine
from agents.engine.gguf_file import GgufHeader
from agents.events import Event
from store.digests import Digests
from store.paths import Home
from store.version import PERSONAL
from store.versions import Versions


@dataclass(frozen=True, slots=True)
class Served:
    """The version that answers and the file of its adapter; "" and None for the base alone."""

    name: str = ""
    adapter: Path | None = None


class Serve(Protocol):
    """Gives the version that answers, on the loop."""

    async def __call__(
        self,
        engine: Engine,
        specialist: str = PERSONAL,
        without: Mapping[str, str] | None = None,
    ) -> Served:
        """The version of a specialist; those in `without` are passed over, for its reasons."""


class Serving:
    """The versions in a data directory, looked up for each answer, so that a deployment holds from
    the next one on. `emit` hears once of a version that cannot serve."""

    def __init__(self, home: Home, emit: Callable[[Event], None]) -> None:
        self.versions = Versions(home.versions)
        self._digests = Digests(home.cache / "digests.json")
        self._emit = emit
        self._told: dict[str, tuple[str, set[str]]] = {}

    async def serve(
        self,
        engine: Engine,
        specialist: str = PERSONAL,
        without: Mapping[str, str] | None = None,
    ) -> Served:
        """Gives the version that answers for a specialist with the model in an engine."""
        served, wanted, notice = await asyncio.to_thread(self._find, engine, specialist, without)
        before, told = self._told.get(specialist, ("", set()))
        if wanted != before:
            told = set()
        if notice and notice not in told:
            told.add(notice)
            self._emit(events.Notice(notice, "warning"))
        self._told[specialist] = wanted, told
        return served

    def base_digest(self, header: GgufHeader) -> str:
        """The digest by which versions name the model of a header; the first time takes as long as
        the disk does, so it belongs on a thread.

        It is the SHA-256 of its file; that of a split model is of its parts' digests.
        """
        if header.parts == 1:
            return self._digests.of(header.path)
        last = f"-of-{header.parts:05}.gguf"
        stem = header.path.name.removesuffix(f"-00001{last}")
        parts = [header.path.with_name(f"{stem}-{n:05}{last}") for n in range(1, header.parts + 1)]
        return sha256("".join(map(self._digests.of, parts)).encode()).hexdigest()

    def _find(
        self, engine: Engine, specialist: str, without: Mapping[str, str] | None
    ) -> tuple[Served, str, str]:
        """What answers, what was deployed, and what is to be said of the difference."""
        found = self.versions.serving(specialist, without)
        version = found.version
        if version is None:
            return Served(), found.wanted, found.notice
        if self.base_digest(engine.header) == version.base:
            served = Served(version.name, self.versions.adapter(version.name))
            return served, found.wanted, found.notice
        # Another model was chosen; only where it goes by the same name does that need a word.
        replaced = version.base_name == engine.name
        notice = _REPLACED.format(version.name, engine.name) if replaced else ""
        return Served(), found.wanted, notice


_REPLACED = (
    "{0} was trained on another {1} than the one that is open, so {1} alone answers; "
    "`soma train` makes a version for it"
)
