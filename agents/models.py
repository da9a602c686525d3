"""The models on this machine: the starter in the box, those that were added, those to be found."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from agents.engine.gguf_file import GgufHeader, check_can_chat, read_header
from agents.engine.headers import header_of, without_part
from agents.engine.memory import usual_context
from agents.engine.sampling import SamplingSettings
from agents.found_models import Finder, FoundModel, Looking, Passed
from agents.model_listing import (
    ADDED,
    IN_THE_BOX,
    KnownModel,
    broken,
    describe,
    memory_to_be_had,
)
from agents.model_settings import FIELDS, ModelSettingsStore, Value
from agents.model_trial import TrialError, try_in_child
from store.errors import SomaError
from store.settings import Settings

__all__ = ["STARTER", "KnownModel", "ModelLibrary", "TrialError", "UnknownModelError"]

STARTER = "starter"
STARTER_SAMPLING = SamplingSettings(temperature=0.3, top_k=20, repeat_penalty=1.1)


class UnknownModelError(SomaError):
    """No model goes by that name."""


def default_sampling(name: str) -> SamplingSettings:
    """How a model draws its tokens where nothing else is wanted."""
    return STARTER_SAMPLING if name == STARTER else SamplingSettings()


def own_values(name: str, header: GgufHeader) -> dict[str, Value]:
    """What the settings of a model are where nothing else is wanted, as far as that is known."""
    sampling = {n: v for n, v in asdict(default_sampling(name)).items() if n in FIELDS}
    return {**sampling, "context": usual_context(header)}


class ModelLibrary:
    """Names and paths of models in the settings; `starter` makes the GGUF of the built-in one.

    `finder` looks through the folders of other programs; `model_settings` holds what the user wants
    of each model.
    """

    def __init__(
        self,
        settings: Settings,
        cache: Path,
        log: Path,
        starter: Callable[[Path], Path],
        finder: Finder | None = None,
    ):
        self.model_settings = ModelSettingsStore(settings)
        self._settings = settings
        self._cache = cache.resolve()
        self._log = log
        self._starter = starter
        self._finder = finder or Finder()

    async def add(self, reference: Path | str, name: str | None = None) -> KnownModel:
        """Remembers a GGUF file where it lies, after it has been tried in a process of its own.

        `reference` is its path, or the name of a model that was found; `name` is what it is to be
        called if that is free. Raises ModelFileError, UnknownModelError or TrialError with the
        reason why it cannot be used; being cancelled ends the trial.
        """
        usual, path = await asyncio.to_thread(self._identify, reference)
        header = await asyncio.to_thread(self._check, path)
        await self.try_once(header)
        models = self._paths()
        name = self._known_as(path) or _free_name(name or usual, set(models))
        self._settings.set("models", {**models, name: str(path)})
        settings = self.model_settings.get(name)
        return describe(name, header, settings, await asyncio.to_thread(memory_to_be_had))

    def knows(self, name: str) -> bool:
        """Whether a model of that name is in the box or was added."""
        return name in self._names()

    async def keep(self, reference: Path | str) -> str:
        """The name of a model that is known from here on: one that is not yet is added.

        Raises as `add` does.
        """
        if isinstance(reference, str) and self.knows(reference):
            return reference
        return (await self.add(reference)).name

    def remove(self, name: str) -> None:
        """Forgets a model and what was set for it; its file stays. Raises UnknownModelError."""
        models = self._paths()
        if name not in models:
            raise self._unknown(name)
        del models[name]
        self._settings.set("models", models)
        self.model_settings.forget(name)
        if self._settings.get("model", STARTER) == name:
            self._settings.set("model", STARTER)

    def known(self, loaded: str | None = None) -> list[KnownModel]:
        """The starter and the models that were added, in that order.

        In use is the one whose path is `loaded`; with None, the one that SOMA would open with.
        """
        chosen = self._settings.get("model", STARTER)
        free = self._memory_to_be_had(loaded)
        return [self._look(name, loaded, chosen == name, free) for name in self._names()]

    def found(self, loaded: str | None = None) -> Iterator[KnownModel | Looking]:
        """The chat models in other programs' folders that were not added, as they are found.

        Before each folder comes a Looking; what cannot be used comes with its problem. Takes as
        long as the disk does, so it belongs on a thread; it can be left at any point.
        """
        free = self._memory_to_be_had(loaded)
        added = {os.path.realpath(path) for path in self._paths().values()}
        taken = set(self._names())
        for finding in self._finder.look():
            match finding:
                case Looking():
                    yield finding
                case Passed():
                    yield broken(
                        finding.path.name, finding.path, finding.reason, source=finding.source
                    )
                case FoundModel() if os.path.realpath(finding.header.path) not in added:
                    name = _free_name(finding.name, taken)
                    taken.add(name)
                    settings = self.model_settings.get(name)
                    in_use = loaded is not None and _is(finding.header.path, loaded)
                    yield describe(
                        name, finding.header, settings, free, source=finding.source, in_use=in_use
                    )

    def choose(self, name: str) -> None:
        """Makes `name` the model that SOMA opens with. Raises UnknownModelError."""
        if not self.knows(name):
            raise self._unknown(name)
        self._settings.set("model", name)

    def resolve(self, reference: str | None) -> tuple[str, GgufHeader]:
        """Name and checked header of the model that a name or a path means; None is the chosen
        one."""
        name, path = self._identify(reference or self._settings.get("model", STARTER))
        header = read_header(path)
        check_can_chat(header)
        return name, header

    async def try_once(self, header: GgufHeader) -> None:
        """Loads a file that was never loaded before in a child process, which may die of it.

        Raises TrialError with what llama.cpp said. A file that passed is not tried again.
        """
        if header.path.is_relative_to(self._cache):
            return
        tried: list[str] = self._settings.get("tried_models", [])
        key = f"{header.fingerprint}:{header.size_bytes}:{header.path.stat().st_mtime_ns}"
        if key in tried:
            return
        await try_in_child(header.path, self._log)
        tried = self._settings.get("tried_models", [])
        self._settings.set("tried_models", [*tried, key][-200:])

    def _identify(self, reference: Path | str) -> tuple[str, Path]:
        """Name and path of a known model, of a file, or of a model that is to be found."""
        if isinstance(reference, str) and self.knows(reference):
            return reference, self._path(reference)
        path = whereabouts(Path(reference))
        if path.exists() or isinstance(reference, Path):
            name = self._known_as(path)
            return name or _free_name(without_part(path.name), set(self._paths())), path
        for model in self.found():
            if isinstance(model, KnownModel) and model.name == reference and not model.problem:
                return model.name, whereabouts(Path(model.path))
        if os.sep in reference:
            return path.stem, path
        raise self._unknown(reference)

    def _check(self, path: Path) -> GgufHeader:
        header = header_of(path)
        check_can_chat(header)
        return header

    def _names(self) -> list[str]:
        return [STARTER, *self._paths()]

    def _paths(self) -> dict[str, str]:
        return dict(self._settings.get("models", {}))

    def _path(self, name: str) -> Path:
        return (
            self._starter(self._cache).resolve() if name == STARTER else Path(self._paths()[name])
        )

    def _known_as(self, path: Path) -> str | None:
        return next((name for name, known in self._paths().items() if known == str(path)), None)

    def _look(self, name: str, loaded: str | None, chosen: bool, free: int | None) -> KnownModel:
        source = IN_THE_BOX if name == STARTER else ADDED
        path = Path()
        try:
            path = self._path(name)
            header = self._check(path)
        except SomaError as error:
            return broken(name, path, str(error), source=source, in_use=chosen and not loaded)
        settings = self.model_settings.get(name)
        in_use = str(path) == loaded if loaded else chosen
        return describe(name, header, settings, free, source=source, in_use=in_use)

    def _memory_to_be_had(self, loaded: str | None) -> int | None:
        if loaded is None:
            return memory_to_be_had()
        try:
            header = self._check(Path(loaded))
        except SomaError:
            return memory_to_be_had()
        name = self._known_as(Path(loaded)) or STARTER
        return memory_to_be_had(header, self.model_settings.get(name).context)

    def _unknown(self, name: str) -> UnknownModelError:
        return UnknownModelError(
            f"there is no model {name!r}; `soma models list --found` shows those there are, "
            "`soma models add PATH` adds a GGUF file"
        )


def whereabouts(path: Path) -> Path:
    """Where a file really lies, links followed, unless the link alone has the name of a model.

    The Hugging Face cache keeps files under their hashes, and the parts of a split model know each
    other by name.
    """
    path = path.expanduser()
    real = path.resolve()
    if path.suffix == ".gguf" and real.suffix != ".gguf":
        return path.parent.resolve() / path.name
    return real


def _is(path: Path, other: str) -> bool:
    return os.path.realpath(path) == os.path.realpath(other)


def _free_name(wanted: str, taken: set[str]) -> str:
    name, number = wanted, 2
    while name in taken or name == STARTER:
        name, number = f"{wanted}-{number}", number + 1
    return name
