"""Test doubles of the models that a runtime knows, and of changing over to one."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import cast

from agents import events
from agents.engine.memory import Need
from agents.events import Event, ModelSummary
from agents.found_models import Looking
from agents.model_listing import ADDED, IN_THE_BOX, KnownModel
from agents.model_settings import ModelSettings, Value
from agents.models import ModelLibrary
from agents.pulling import Pulling
from store.errors import SomaError
from store.paths import Home

MB = 1_000_000


def line(name: str, source: str = ADDED, **changes: object) -> KnownModel:
    """A line of a model of ordinary figures."""
    usual = KnownModel(
        name=name,
        path=f"models/{name}.gguf",
        architecture="gemma3",
        parameters=1_000_000_000,
        quantisation="Q4_0",
        context=32_768,
        size_bytes=720 * MB,
        source=source,
        fits="fits",
        memory_bytes=1_500 * MB,
        memory=Need(8192, 720 * MB, 230 * MB, 550 * MB),
        free_bytes=8_000 * MB,
        largest_context=32_768,
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


STARTER_LINE = line("starter", IN_THE_BOX, path="starter.gguf", parameters=5_800_000, in_use=True)


class FakeSettings:
    """Settings of models that are kept in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, ModelSettings] = {}

    def get(self, model: str) -> ModelSettings:
        return self.kept.get(model, ModelSettings())


class FakeModels:
    """Known and found models as the test sets them.

    `found` goes on when `may_go_on` is set; a trial ends when `may_add` is set. An `add_error` is
    raised by a trial.
    """

    def __init__(self) -> None:
        self.lines = [STARTER_LINE]
        self.elsewhere: list[KnownModel | Looking] = []
        self.model_settings = FakeSettings()
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.may_add = asyncio.Event()
        self.may_add.set()
        self.add_error: SomaError | None = None
        self.stopped = 0
        self.looks = 0

    def resolve(self, reference: str | None) -> tuple[str, None]:
        return "starter", None

    def known(self, loaded: str | None = None) -> list[KnownModel]:
        self.looks += 1
        return list(self.lines)

    def found(self, loaded: str | None = None) -> Iterator[KnownModel | Looking]:
        for finding in list(self.elsewhere):
            if isinstance(finding, KnownModel):
                assert self.may_go_on.wait(20)
                if any(known.path == finding.path for known in self.lines):
                    continue
            yield finding

    async def add(self, reference: Path | str, name: str | None = None) -> KnownModel:
        try:
            await self.may_add.wait()
        except asyncio.CancelledError:
            self.stopped += 1
            raise
        if self.add_error is not None:
            raise self.add_error
        added = line(name or Path(reference).stem, path=str(reference))
        self.lines.append(added)
        return added

    async def keep(self, reference: str) -> str:
        if not any(known.name == reference for known in self.lines):
            raise SomaError(f"there is no model {reference!r}")
        return reference

    def remove(self, name: str) -> None:
        self.lines = [known for known in self.lines if known.name != name]


class FakeModelUse:
    """How a fake runtime changes over to a model, and keeps settings."""

    home: Home
    models: FakeModels
    model: ModelSummary | None
    summary: ModelSummary
    load_error: SomaError | None
    may_load: asyncio.Event
    emit: Callable[[Event], Event]

    def pulling(self, token: str | None = None) -> Pulling:
        """A real download, whose model is added here."""
        return Pulling(self.home.models, cast("ModelLibrary", self.models), token=token)

    async def use_model(self, reference: str) -> ModelSummary:
        self.emit(events.ModelLoading(reference, 0.5, "loading weights"))
        await self.may_load.wait()
        if self.load_error is not None:
            self.emit(events.ModelFailed(reference, str(self.load_error)))
            self.emit(events.ModelReady(self.summary))
            raise self.load_error
        known = next(known for known in self.models.lines if known.name == reference)
        self.model = self.summary = replace(
            self.summary, name=known.name, path=known.path, starter=known.source == IN_THE_BOX
        )
        self.emit(events.ModelReady(self.summary))
        return self.summary

    async def change_model_settings(
        self, name: str, changes: Mapping[str, Value | str | None], *, reset: bool = False
    ) -> ModelSettings:
        await self.may_load.wait()
        if self.load_error is not None:
            raise self.load_error
        before = ModelSettings() if reset else self.models.model_settings.get(name)
        self.models.model_settings.kept[name] = before.changed(changes)
        return self.models.model_settings.kept[name]
