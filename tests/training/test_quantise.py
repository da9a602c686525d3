"""K-quants, and what becomes of a conversion that is stopped or finds no room."""

from __future__ import annotations

import random
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import gguf
import numpy as np
import pytest
import torch
from transformers import Gemma3ForCausalLM

from agents.engine.gguf_file import check_can_chat, read_header
from tests.training.tiny_gemma3 import divergence, llama_logits, torch_logits, write_checkpoint
from training import output
from training.convert import OutType, convert_checkpoint, out_type
from training.output import ConvertError
from training.quantise import quantise

WIDE = {"hidden_size": 256, "intermediate_size": 512, "head_dim": 64, "query_pre_attn_scalar": 64}


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model whose rows are long enough for K-quants."""
    return tmp_path_factory.mktemp("wide") / "tiny"


@pytest.fixture(scope="module")
def prompt() -> list[int]:
    chooser = random.Random(7)
    return [2, *(chooser.randrange(6, 500) for _ in range(60))]


@pytest.fixture(scope="module")
def reference(folder: Path, prompt: list[int]) -> np.ndarray:
    write_checkpoint(folder, dtype=torch.bfloat16, **WIDE)
    model = Gemma3ForCausalLM.from_pretrained(folder, dtype=torch.float32)
    return torch_logits(model, prompt)


@pytest.mark.parametrize(
    ("outtype", "main_type", "limit"),
    [("q4_k_m", "Q4_K", 0.1), ("q5_k_m", "Q5_K", 0.03), ("q6_k", "Q6_K", 0.012)],
)
def test_k_quants(
    folder: Path,
    prompt: list[int],
    reference: np.ndarray,
    tmp_path: Path,
    outtype: OutType,
    main_type: str,
    limit: float,
) -> None:
    told: list[tuple[str, float | None]] = []
    out = tmp_path / "model.gguf"
    convert_checkpoint(folder, out, outtype, on_progress=lambda *step: told.append(step))
    assert 0 <= divergence(reference, llama_logits(out, prompt)) < limit
    types = {tensor.name: tensor.tensor_type.name for tensor in gguf.GGUFReader(out).tensors}
    assert types["blk.0.attn_q.weight"] == main_type
    assert types["blk.0.attn_norm.weight"] == "F32"
    header = read_header(out)
    check_can_chat(header)
    assert header.quantisation.lower() == outtype
    assert list(tmp_path.iterdir()) == [out]
    stages = [doing for doing, _ in told]
    assert stages == sorted(stages)
    assert set(stages) == {"converting", f"quantising to {outtype}"}
    assert told[-1] == (f"quantising to {outtype}", 1.0)


def test_the_file_in_between_has_the_type_of_the_checkpoint(
    folder: Path, reference: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def look(source: Path, out: Path, kind: str, on_share: object) -> None:
        seen.append(read_header(source).quantisation)

    monkeypatch.setattr("training.convert.quantise", look)
    convert_checkpoint(folder, tmp_path / "model.gguf", "q4_k_m")
    assert seen == ["BF16"]


@pytest.mark.parametrize("stage", ["converting", "quantising"])
def test_a_stopped_conversion_leaves_nothing(
    folder: Path, reference: np.ndarray, tmp_path: Path, stage: str
) -> None:
    def stop(doing: str, share: float | None) -> None:
        if doing.startswith(stage):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        convert_checkpoint(folder, tmp_path / "model.gguf", "q4_k_m", on_progress=stop)
    assert list(tmp_path.iterdir()) == []


def test_no_room(
    folder: Path, reference: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(output.shutil, "disk_usage", lambda _folder: usage(9, 8, 1))
    with pytest.raises(ConvertError, match=r"needs .* GB on the disk, and 0\.0 GB are free"):
        convert_checkpoint(folder, tmp_path / "model.gguf")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there(folder: Path, reference: np.ndarray, tmp_path: Path) -> None:
    out = tmp_path / "model.gguf"
    out.write_text("mine")
    with pytest.raises(ConvertError, match="is there already"):
        convert_checkpoint(folder, out, overwrite=False)
    assert out.read_text() == "mine"
    with pytest.raises(ConvertError, match="is a folder"):
        convert_checkpoint(folder, tmp_path)


def test_what_llama_cpp_says(tmp_path: Path) -> None:
    (tmp_path / "no.gguf").write_bytes(b"GGUF, but not really")
    with pytest.raises(ConvertError) as caught:
        quantise(tmp_path / "no.gguf", tmp_path / "out.gguf", "q4_k_m", lambda share: None)
    assert "llama.cpp could not quantise to q4_k_m: " in str(caught.value)
    assert "\n" not in str(caught.value)


def test_types_by_their_names() -> None:
    assert out_type("Q4_K_M") == "q4_k_m"
    with pytest.raises(ConvertError, match=r"no type q9; choose one of f32, .*q6_k"):
        out_type("q9")
