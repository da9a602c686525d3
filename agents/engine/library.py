"""llama.cpp's library in this process: loaded once, its log sent to a file, its back-ends named."""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import threading
from functools import cache
from pathlib import Path
from typing import Any, TextIO

_lock = threading.Lock()
_log_file: TextIO | None = None
_log_callback: Any = None


def load(log: Path | None = None) -> Any:
    """The low-level module of llama-cpp-python, its back-ends initialised.

    llama.cpp writes to stderr by default, which would destroy a full-screen terminal: its log goes
    to `log` (appended), or nowhere before a path has been given.
    """
    import llama_cpp.llama_cpp as library

    with _lock:
        _initialise(library)
        if log is not None:
            _write_log_to(log)
    return library


def _initialise(library: Any) -> None:
    global _log_callback
    if _log_callback is None:
        _log_callback = library.llama_log_callback(_log)
        library.llama_log_set(_log_callback, ctypes.c_void_p(0))
        library.llama_backend_init()


def _log(level: int, text: bytes, _user_data: Any) -> None:
    # A full disk must not make Python write about it over the screen.
    with contextlib.suppress(OSError, ValueError):
        if _log_file is not None:
            _log_file.write(text.decode("utf-8", "replace"))


def _write_log_to(path: Path) -> None:
    global _log_file
    if _log_file is not None:
        if _log_file.name == str(path):
            return
        _log_file.close()
    path.parent.mkdir(parents=True, exist_ok=True)
    _log_file = path.open("a", encoding="utf-8", buffering=1)
    atexit.register(_log_file.close)


@cache
def system_information() -> str:
    """llama.cpp's own line on the instruction sets and back-ends it was built with."""
    return str(load().llama_print_system_info().decode("utf-8", "replace"))


def supports_gpu() -> bool:
    """Whether this build of llama.cpp can put layers on a GPU."""
    return bool(load().llama_supports_gpu_offload())
