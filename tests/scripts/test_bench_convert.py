"""The benchmark of the converter: a sound checkpoint, and a comparison that sees differences."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from agents.engine.gguf_file import check_can_chat, read_header
from scripts.bench.convert import SHAPES, make_checkpoint, measured, same_tensors
from training.convert import convert_checkpoint


def test_a_checkpoint_that_converts(tmp_path: Path) -> None:
    make_checkpoint(tmp_path / "checkpoint", "tiny")
    out = tmp_path / "model.gguf"
    convert_checkpoint(tmp_path / "checkpoint", out, "f16")
    header = read_header(out)
    check_can_chat(header)
    assert header.vocabulary_size == SHAPES["tiny"]["vocab_size"]
    assert same_tensors(out, out) == 20
    changed = bytearray(out.read_bytes())
    changed[-1] ^= 1
    (tmp_path / "changed.gguf").write_bytes(changed)
    with pytest.raises(SystemExit, match="differs"):
        same_tensors(out, tmp_path / "changed.gguf")


def test_a_command_that_fails_ends_the_benchmark(tmp_path: Path) -> None:
    seconds, megabytes = measured([sys.executable, "-c", ""], tmp_path / "log", flushed=False)
    assert seconds > 0
    assert megabytes > 1
    with pytest.raises(SystemExit, match="no such thing"):
        measured([sys.executable, "-c", "exit('no such thing')"], tmp_path / "log", flushed=False)
