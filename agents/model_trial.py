"""Tries a model file in a process of its own, which may die of it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

from store.errors import SomaError

_TIMEOUT_S = 600.0


class TrialError(SomaError):
    """The file was tried in a process of its own, which could not load it."""


async def try_in_child(path: Path, log: Path) -> None:
    """Loads the file once in a child process; being cancelled ends that process.

    Raises TrialError with what llama.cpp said.
    """
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
        output, _ = await asyncio.wait_for(child.communicate(), _TIMEOUT_S)
    except TimeoutError as error:
        raise TrialError(
            f"{path.name} was not loaded within {_TIMEOUT_S / 60:.0f} minutes; see {log}"
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
