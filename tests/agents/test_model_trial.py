"""The child process that tries a file ends with whoever waits for it."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from agents import model_trial
from agents.model_trial import try_in_child


async def test_being_cancelled_ends_the_child(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = tmp_path / "pid"
    program = tmp_path / "slow"
    program.write_text(f"#!/bin/sh\necho $$ > {note}.part\nmv {note}.part {note}\nexec sleep 600\n")
    program.chmod(0o700)
    monkeypatch.setattr(model_trial.sys, "executable", str(program))
    trial = asyncio.create_task(try_in_child(tmp_path / "model.gguf", tmp_path / "llama.log"))
    while not note.exists():
        await asyncio.sleep(0.01)
    child = int(note.read_text())
    os.kill(child, 0)
    trial.cancel()
    with pytest.raises(asyncio.CancelledError):
        await trial
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)
