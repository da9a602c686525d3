"""A model as lists show it: what its file says, where it is from, and whether it fits."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from agents.engine.free_memory import free_memory, own_memory
from agents.engine.gguf_file import GgufHeader
from agents.engine.gpu import Offload, cards, offload
from agents.engine.memory import Need, Verdict, fit, need, usual_context
from agents.model_settings import ModelSettings

ADDED, IN_THE_BOX = "added", "in the box"


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A line of `soma models list`. `problem` says why the file cannot be used, or is empty.

    `context` is what the model was trained for. `source` is "added", "in the box", or the program
    whose folder it was found in. `memory` is what the model needs with the context it would be
    opened with, `memory_bytes` all of that together; with `fits` and `largest_context` it is judged
    against `free_bytes`. `offload` is what of it goes onto graphics cards, None without any. What
    is not known is None.
    """

    name: str
    path: str
    architecture: str = ""
    parameters: int = 0
    quantisation: str = ""
    context: int = 0
    size_bytes: int = 0
    in_use: bool = False
    problem: str = ""
    source: str = ADDED
    fits: Verdict = "unknown"
    memory_bytes: int | None = None
    memory: Need | None = None
    free_bytes: int | None = None
    largest_context: int | None = None
    offload: Offload | None = None

    @property
    def is_found(self) -> bool:
        """Whether it lies in another program's folder and SOMA has not been told of it."""
        return self.source not in (ADDED, IN_THE_BOX)


def describe(
    name: str,
    header: GgufHeader,
    settings: ModelSettings,
    free: int | None,
    *,
    source: str = ADDED,
    in_use: bool = False,
) -> KnownModel:
    """The line of a model whose file is sound, with `free` bytes of memory to be had."""
    context = settings.context or usual_context(header)
    verdict = fit(header, context, free)
    return KnownModel(
        name=name,
        path=str(header.path),
        architecture=header.architecture,
        parameters=header.parameters,
        quantisation=header.quantisation,
        context=header.context_length or 0,
        size_bytes=header.size_bytes,
        in_use=in_use,
        source=source,
        fits=verdict.verdict,
        memory_bytes=verdict.need.total if verdict.need else None,
        memory=verdict.need,
        free_bytes=free,
        largest_context=verdict.largest_context,
        offload=offload(header, context, cards()),
    )


def broken(
    name: str, path: Path, problem: str, *, source: str = ADDED, in_use: bool = False
) -> KnownModel:
    """The line of what cannot be used, with the reason."""
    return KnownModel(name, str(path), problem=problem, source=source, in_use=in_use)


def memory_to_be_had(loaded: GgufHeader | None = None, context: int | None = None) -> int | None:
    """Free memory in bytes, with what the model in use would give back for another one."""
    free = free_memory()
    if free is None or loaded is None:
        return free
    needed = need(loaded, context or usual_context(loaded))
    if needed is None:
        return free
    return free + min(needed.total, max(own_memory(), needed.cache + needed.compute))
