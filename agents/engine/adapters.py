"""LoRA adapters on top of weights that are loaded: checked before llama.cpp is let near them."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.engine.context import Context
from agents.engine.gguf_file import GgufHeader, ModelFileError, read_header


class AdapterError(ModelFileError):
    """An adapter cannot be used with the model in use; the message says why."""


@dataclass(frozen=True, slots=True)
class AdapterFile:
    """One version of an adapter's file: another size or time of change is another adapter."""

    path: Path
    size: int
    changed_ns: int

    @classmethod
    def at(cls, path: Path) -> AdapterFile:
        """The file as it is now. Raises AdapterError where there is none."""
        try:
            found = path.stat()
        except OSError as error:
            raise AdapterError(
                f"the adapter {path} cannot be found ({error.strerror}); choose another one"
            ) from error
        return cls(path, found.st_size, found.st_mtime_ns)

    def check(self, base: GgufHeader) -> None:
        """Raises ModelFileError where the file is damaged, or made for another model."""
        header = adapter_header(self.path)
        if header.architecture != base.architecture:
            raise AdapterError(
                f"{self.path} is an adapter for {header.architecture}, and {base.path.name} is "
                f"{base.architecture}; choose one that was trained on this model"
            )
        if base.checkpoint and header.trained_on not in ("", base.checkpoint):
            raise AdapterError(
                f"{self.path} was trained on another model than {base.path.name}; choose one that "
                "was trained on this model"
            )


def adapter_header(path: Path) -> GgufHeader:
    """The header of an adapter's file. Raises ModelFileError where it is damaged or is none."""
    header = read_header(path)
    if header.kind != "adapter":
        raise AdapterError(f"{path} is a whole model and no adapter; name an adapter")
    return header


class Adapter:
    """An adapter in memory, of a file that was checked; deleting the file no longer matters.

    Raises AdapterError where it does not fit the weights.
    """

    def __init__(self, library: Any, model: Any, file: AdapterFile, base: GgufHeader) -> None:
        self._library = library
        self._pointer = library.llama_adapter_lora_init(model, str(file.path).encode())
        if not self._pointer:
            raise AdapterError(
                f"{file.path} does not fit {base.path.name}; choose an adapter that was trained "
                "on this model (llama.log says more)"
            )

    def put_on(self, context: Context) -> None:
        """Lets all that the context evaluates pass through the adapter."""
        adapters = (self._library.llama_adapter_lora_p_ctypes * 1)(self._pointer)
        scales = (ctypes.c_float * 1)(1.0)
        self._library.llama_set_adapters_lora(context.pointer, adapters, 1, scales)

    def free(self) -> None:
        """Gives its memory back, after that of every context it was put on."""
        self._library.llama_adapter_lora_free(self._pointer)
