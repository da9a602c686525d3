"""The models on this machine that SOMA knows: added by the user, and the starter in the box."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from agents.engine.gguf_file import GgufHeader, check_can_chat, read_header
from agents.engine.sampling import SamplingSettings
from store.errors import SomaError
from store.settings import Settings

STARTER = "starter"
STARTER_SAMPLING = SamplingSettings(temperature=0.3, top_k=20, repeat_penalty=1.1)
_TRIAL_TIMEOUT_S = 600.0


class UnknownModelError(SomaError):
    """No model goes by that name."""


class TrialError(SomaError):
    """The file was tried in a process of its own, which could not load it."""


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A line of `soma models list`. `problem` says why the file cannot be used, or is empty."""

    name: str
    path: str
    architecture: str = ""
    parameters: int = 0
    quantisation: str = ""
    context: int = 0
    size_bytes: int = 0
    in_use: bool = False
    problem: str = ""


class ModelLibrary:
    """Names and paths of models in the settings; `starter` makes the GGUF of the built-in one."""

    def __init__(self, settings: Settings, cache: Path, log: Path, starter: Callable[[Path], Path]):
        self._settings = settings
        self._cache = cache
        self._log = log
        self._starter = starter

    async def add(self, path: Path) -> KnownModel:
        """Remembers a GGUF file where it lies, after it has been tried in a process of its own.

        Raises ModelFileError or TrialError with the reason why it cannot be used.
        """
        path = path.expanduser().resolve()
        header = await asyncio.to_thread(self._check, path)
        await self.try_once(header)
        models = self._paths()
        name = _free_name(path.stem, {n: p for n, p in models.items() if p != str(path)})
        self._settings.set("models", {**models, name: str(path)})
        return _describe(name, header, in_use=False)

    def remove(self, name: str) -> None:
        """Forgets a model; its file stays. Raises UnknownModelError."""
        models = self._paths()
        if name not in models:
            raise self._unknown(name)
        del models[name]
        self._settings.set("models", models)
        if self._settings.get("model", STARTER) == name:
            self._settings.set("model", STARTER)

    def known(self, loaded: str | None = None) -> list[KnownModel]:
        """All known models, the starter first.

        In use is the one whose path is `loaded`; with None, the one that SOMA would open with.
        """
        chosen = self._settings.get("model", STARTER)
        return [self._look(name, loaded, chosen == name) for name in (STARTER, *self._paths())]

    def choose(self, name: str) -> None:
        """Makes `name` the model that SOMA opens with. Raises UnknownModelError."""
        if name != STARTER and name not in self._paths():
            raise self._unknown(name)
        self._settings.set("model", name)

    def resolve(self, reference: str | None) -> tuple[str, GgufHeader]:
        """Name and checked header of the model that a name or a path means; None is the chosen
        one."""
        name = reference if reference is not None else self._settings.get("model", STARTER)
        known = self._paths()
        if name == STARTER or name in known:
            return name, self._check(self._path(name))
        if not Path(name).expanduser().exists() and os.sep not in name:
            raise self._unknown(name)
        path = Path(name).expanduser().resolve()
        known_as = next((n for n, p in known.items() if p == str(path)), path.stem)
        return known_as, self._check(path)

    async def try_once(self, header: GgufHeader) -> None:
        """Loads a file that was never loaded before in a child process, which may die of it.

        Raises TrialError with what llama.cpp said. A file that passed is not tried again.
        """
        if header.path.is_relative_to(self._cache.resolve()):
            return
        tried: list[str] = self._settings.get("tried_models", [])
        key = f"{header.fingerprint}:{header.size_bytes}:{header.path.stat().st_mtime_ns}"
        if key in tried:
            return
        await _try_in_child(header.path, self._log)
        self._settings.set("tried_models", [*tried, key][-200:])

    def _check(self, path: Path) -> GgufHeader:
        header = read_header(path)
        check_can_chat(header)
        return header

    def _paths(self) -> dict[str, str]:
        return dict(self._settings.get("models", {}))

    def _path(self, name: str) -> Path:
        return (
            self._starter(self._cache).resolve() if name == STARTER else Path(self._paths()[name])
        )

    def _look(self, name: str, loaded: str | None, chosen: bool) -> KnownModel:
        path = Path()
        try:
            path = self._path(name)
            header = self._check(path)
        except SomaError as error:
            return KnownModel(name, str(path), in_use=chosen and not loaded, problem=str(error))
        return _describe(name, header, in_use=str(path) == loaded if loaded else chosen)

    def _unknown(self, name: str) -> UnknownModelError:
        return UnknownModelError(
            f"there is no model {name!r}; `soma models list` shows those there are, "
            "`soma models add PATH` adds a GGUF file"
        )


def _describe(name: str, header: GgufHeader, *, in_use: bool) -> KnownModel:
    return KnownModel(
        name=name,
        path=str(header.path),
        architecture=header.architecture,
        parameters=header.parameters,
        quantisation=header.quantisation,
        context=header.context_length or 0,
        size_bytes=header.size_bytes,
        in_use=in_use,
    )


def _free_name(wanted: str, taken: dict[str, str]) -> str:
    name, number = wanted, 2
    while name in taken or name == STARTER:
        name, number = f"{wanted}-{number}", number + 1
    return name


async def _try_in_child(path: Path, log: Path) -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "agents.engine.trial",
        str(path),
        str(log),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "GGML_NO_BACKTRACE": "1"},
    )
    try:
        output, _ = await asyncio.wait_for(child.communicate(), _TRIAL_TIMEOUT_S)
    except TimeoutError as error:
        raise TrialError(
            f"{path.name} was not loaded within {_TRIAL_TIMEOUT_S / 60:.0f} minutes; see {log}"
        ) from error
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode and child.returncode < 0:
        name = signal.Signals(-child.returncode).name
        raise TrialError(
            f"llama.cpp ended with {name} when it tried {path.name}: the file is damaged or needs "
            f"more memory than there is; see {log}"
        )
    try:
        verdict = json.loads(output)
    except ValueError as error:
        raise TrialError(f"{path.name} could not be tried; see {log}") from error
    if verdict["reason"]:
        raise TrialError(verdict["reason"])
