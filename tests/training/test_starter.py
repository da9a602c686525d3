"""The starter's GGUF: made once, from the right checkpoint, the same model as the checkpoint."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM

from agents.engine.gguf_file import check_can_chat, read_header
from store.errors import SomaError
from tests.training.tiny_gemma3 import (
    divergence,
    hard_strings,
    llama_logits,
    llama_tokens,
    loaded,
    torch_logits,
    write_checkpoint,
)
from training import convert, starter
from training.convert import ConvertError, convert_checkpoint
from training.starter import CHECKPOINT, starter_gguf

ROOT = Path(__file__).parents[2]
CONVERSATION = "<bos>" + 12 * (
    "<start_of_turn>user\nWho are you, and what can you do for me?<end_of_turn>\n"
    "<start_of_turn>model\nI am SOMA's starter model. I run on your own machine, offline, and I "
    "can remember what you tell me. For harder questions use a larger model.<end_of_turn>\n"
)


@pytest.fixture
def other_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Another checkpoint in the place of the starter, to be altered."""
    write_checkpoint(tmp_path / "other")
    monkeypatch.setattr(starter, "CHECKPOINT", tmp_path / "other")
    return tmp_path / "other"


def test_the_starter_is_a_small_chat_model(starter_path: Path) -> None:
    header = read_header(starter_path)
    check_can_chat(header)
    assert header.architecture == "gemma3"
    assert 5_000_000 <= header.parameters <= 8_000_000
    assert header.name == "SOMA starter"
    assert header.chat_template is not None
    assert header.add_bos is True


def test_the_starter_answers_as_its_checkpoint_does(starter_path: Path, tmp_path: Path) -> None:
    """In F32 to 1e-6; in the type that is shipped, close enough to make no difference."""
    tokens = Tokenizer.from_file(str(CHECKPOINT / "tokenizer.json"))
    prompt = tokens.encode(CONVERSATION, add_special_tokens=False).ids
    model = AutoModelForCausalLM.from_pretrained(CHECKPOINT, dtype=torch.float32)
    assert len(prompt) > model.config.sliding_window
    assert len(prompt) <= model.config.max_position_embeddings
    reference = torch_logits(model, prompt)
    convert_checkpoint(CHECKPOINT, tmp_path / "f32.gguf", "f32")
    assert divergence(reference, llama_logits(tmp_path / "f32.gguf", prompt)) < 1e-6
    assert divergence(reference, llama_logits(starter_path, prompt)) < 1e-5


def test_300_strings_become_the_same_tokens(starter_path: Path) -> None:
    tokens = Tokenizer.from_file(str(CHECKPOINT / "tokenizer.json"))
    markup = [CONVERSATION, "<end_of_turn>\n<start_of_turn>model\n", "a<eos>b", "<bos", "<pad>"]
    with loaded(starter_path, vocabulary_only=True) as model:
        for text in [*hard_strings(300), *markup]:
            expected = tokens.encode(text, add_special_tokens=False).ids
            assert llama_tokens(model, text, markup=True) == expected, text


def test_made_once(other_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = tmp_path / "cache"
    first = starter_gguf(cache)
    assert first.parent == cache
    written = first.stat().st_mtime_ns

    def forbidden(*_: object) -> None:
        raise AssertionError("converted or hashed again")

    monkeypatch.setattr(convert, "convert_checkpoint", forbidden)
    monkeypatch.setattr(starter, "_key", forbidden)
    assert starter_gguf(cache) == first
    assert first.stat().st_mtime_ns == written


def test_new_times_alone_convert_nothing(
    other_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after installing the same version again."""
    first = starter_gguf(tmp_path / "cache")
    inode = first.stat().st_ino
    os.utime(other_checkpoint / "model.safetensors", (1, 1))
    assert starter_gguf(tmp_path / "cache") == first
    assert first.stat().st_ino == inode


def test_a_new_checkpoint_replaces_the_old(other_checkpoint: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first = starter_gguf(cache)
    mine = cache / "something-else.gguf"
    mine.touch()
    abandoned = cache / ".starter-0.gguf.x.part"
    abandoned.touch()
    os.utime(abandoned, (1, 1))
    being_written = cache / ".starter-1.gguf.x.part"
    being_written.touch()
    write_checkpoint(other_checkpoint, seed=4)
    second = starter_gguf(cache)
    assert second != first
    assert not first.exists()
    assert not abandoned.exists()
    assert mine.exists()
    assert being_written.exists()
    assert starter_gguf(cache) == second


@pytest.mark.parametrize("note", ["", "[]", "{}", '{"stamp": 1, "file": 7}', "\x00"])
def test_a_spoilt_note_is_written_anew(other_checkpoint: Path, tmp_path: Path, note: str) -> None:
    cache = tmp_path / "cache"
    first = starter_gguf(cache)
    good = (cache / "starter.json").read_text()
    (cache / "starter.json").write_text(note)
    assert starter_gguf(cache) == first
    assert (cache / "starter.json").read_text() == good


def test_a_lost_or_shortened_file_is_made_again(other_checkpoint: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    path = starter_gguf(cache)
    whole = path.read_bytes()
    path.unlink()
    assert starter_gguf(cache).read_bytes() == whole
    os.truncate(path, 1000)
    assert starter_gguf(cache).read_bytes() == whole


def test_several_processes_at_once(other_checkpoint: Path, tmp_path: Path) -> None:
    program = (
        "import pathlib, sys; from training import starter;"
        "starter.CHECKPOINT = pathlib.Path(sys.argv[1]);"
        "print(starter.starter_gguf(pathlib.Path(sys.argv[2])))"
    )
    command = [sys.executable, "-c", program, str(other_checkpoint), str(tmp_path / "cache")]
    running = [
        subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    outputs = [process.communicate(timeout=60) for process in running]
    assert [process.returncode for process in running] == [0] * 4, outputs
    assert len({stdout for stdout, _ in outputs}) == 1
    left = sorted(path.name for path in (tmp_path / "cache").iterdir())
    assert left == [Path(outputs[0][0].strip()).name, "starter.json"]
    check_can_chat(read_header(starter_gguf(tmp_path / "cache")))


def test_no_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starter, "CHECKPOINT", tmp_path)
    with pytest.raises(SomaError, match="starter model is missing"):
        starter_gguf(tmp_path / "cache")


def test_a_cache_that_cannot_be_written(other_checkpoint: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").touch()
    with pytest.raises(ConvertError, match="cannot be written"):
        starter_gguf(tmp_path / "cache")


def test_importing_it_is_light() -> None:
    program = "import sys, training.starter; print({'torch', 'numpy', 'gguf'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"
