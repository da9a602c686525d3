"""The model of random weights that speed is measured on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from agents.engine.gguf_file import check_can_chat, read_header
from tests.training.tiny_gemma3 import hard_strings, llama_logits, llama_text, llama_tokens, loaded

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("quantisation", ["Q4_0", "F16"])
def test_the_model_loads_decodes_and_returns_text(tmp_path: Path, quantisation: str) -> None:
    path = tmp_path / "tiny.gguf"
    program = ROOT / "scripts" / "bench" / "make_model.py"
    options = ["--shape", "tiny", "--quantisation", quantisation]
    subprocess.run([sys.executable, program, path, *options], check=True, cwd=tmp_path)
    header = read_header(path)
    check_can_chat(header)
    assert (header.architecture, header.quantisation) == ("gemma3", quantisation)
    assert (header.block_count, header.vocabulary_size) == (7, 8192)
    assert header.chat_template is not None

    with loaded(path, vocabulary_only=True) as model:
        for text in hard_strings(60):
            if "▁" in text or "\0" in text:
                continue
            assert llama_text(model, llama_tokens(model, text, markup=False)) == text
        prompt = llama_tokens(model, "<start_of_turn>user\nHello there<end_of_turn>\n", markup=True)
    logits = llama_logits(path, [2, *prompt])
    assert np.isfinite(logits).all()
    assert 0.3 < logits.std() < 3
    assert len(set(logits.argmax(axis=1))) > len(prompt) // 2
