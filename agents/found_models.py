"""Chat models that other programs have downloaded: found in their folders, read where they lie."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from agents.engine.gguf_file import GgufHeader, ModelFileError, check_can_chat
from agents.engine.headers import header_of
from agents.model_folders import Place, Skipped, places


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A chat model in the folder of the program `source`, under the name it has there."""

    name: str
    source: str
    header: GgufHeader


@dataclass(frozen=True, slots=True)
class Passed:
    """Something in the folder of the program `source` that cannot be used, and why."""

    path: Path
    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Looking:
    """The folder of the program `source` is looked through next."""

    source: str
    folder: Path


Finding = Looking | FoundModel | Passed


class Finder:
    """Looks through the folders that an environment and a home directory point to."""

    def __init__(
        self,
        environment: Mapping[str, str] | None = None,
        home: Path | None = None,
        root: Path = Path("/"),
    ) -> None:
        self._environment = os.environ if environment is None else environment
        self._home = home
        self._root = root

    def look(self) -> Iterator[Finding]:
        """What there is, as it is found; it can be left at any point, and belongs on a thread.

        A model that several names or links lead to is given once. Files that are sound and no chat
        models (adapters, image parts, embedders) are left out.
        """
        seen: set[str] = set()
        for place in self.places():
            yield Looking(place.source, place.folder)
            for listed in place.candidates():
                if isinstance(listed, Skipped):
                    yield Passed(listed.path, place.source, listed.reason)
                    continue
                real = os.path.realpath(listed.path)
                if real in seen:
                    continue
                seen.add(real)
                try:
                    header = header_of(listed.path)
                except ModelFileError as error:
                    yield Passed(listed.path, place.source, str(error))
                    continue
                if _can_chat(header):
                    yield FoundModel(listed.name, place.source, header)

    def places(self) -> list[Place]:
        """The folders that exist."""
        return places(self._environment, self._home or Path.home(), self._root)


def _can_chat(header: GgufHeader) -> bool:
    try:
        check_can_chat(header)
    except ModelFileError:
        return False
    return True
