"""Bases other than the starter: found, checked, trained, and served by the engine."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from agents.engine.engine import Engine, EngineOptions
from agents.engine.gguf_file import read_header
from tests.agents.engine_helpers import answer
from tests.training.tiny_bert import write_bert
from tests.training.tiny_gemma3 import write_checkpoint
from tests.training.tiny_llama import write_bpe, write_model
from training.bases import find_base, open_base
from training.checkpoint import Checkpoint, ConvertError
from training.convert import convert_checkpoint
from training.example import Example, Turn
from training.examples import ExampleSet
from training.lora_model import LoraModel
from training.manifest import manifest
from training.packing import IGNORED, Row
from training.qlora import work
from training.run_folder import RunFolder
from training.run_settings import RunSettings
from training.starter import CHECKPOINT

QUESTION, ANSWER = "ba ke?", "mo nu ra."
CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def qwen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny Qwen 3 with random weights."""
    folder = tmp_path_factory.mktemp("bases") / "qwen3"
    write_like(folder, "qwen3", "qwen2")
    return folder


def write_like(folder: Path, family: str, pre: str) -> None:
    """A tiny model of a family that is talked to in ChatML."""
    write_model(folder, family, write_bpe(folder, pre))
    file = folder / "tokenizer_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"chat_template": CHATML}))


def test_a_base_is_a_folder_the_starter_or_what_lies_in_the_cache_of_the_hub(
    tmp_path: Path,
) -> None:
    assert find_base(None) == find_base("starter") == CHECKPOINT
    assert find_base(str(tmp_path)) == tmp_path
    hub = tmp_path / "hub"
    snapshots = hub / "models--some--model" / "snapshots"
    for age, name in enumerate(("new", "old")):
        (snapshots / name).mkdir(parents=True)
        os.utime(snapshots / name, (1e9 - age, 1e9 - age))
    assert find_base("some/model", {"HF_HUB_CACHE": str(hub)}) == snapshots / "new"
    assert find_base("some/model", {"HF_HOME": str(tmp_path)}) == snapshots / "new"
    with pytest.raises(ConvertError, match="the base other/model does not exist"):
        find_base("other/model", {"XDG_CACHE_HOME": str(tmp_path)})


def without(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def configured(**changes: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        file = folder / "config.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | changes))

    return change


def without_template(folder: Path) -> None:
    file = folder / "tokenizer_config.json"
    settings = json.loads(file.read_text())
    del settings["chat_template"]
    file.write_text(json.dumps(settings))


def pickled(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def without_a_tensor(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    del tensors["model.layers.1.mlp.up_proj.weight"]
    save_file(tensors, folder / "model.safetensors")


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (without("model.safetensors"), "holds no weights, no model.safetensors"),
        (pickled, "only PyTorch files .pickle, which can run code."),
        (without_a_tensor, r"lacks the tensor .*layers.1.mlp.up_proj.weight"),
        (configured(hidden_size=32), "has .* in the shape .*, and its config.json asks for"),
        (without("tokenizer.json"), "has no tokenizer.json"),
        (without_template, "has no chat template"),
        (configured(architectures=["OddModel"]), "OddModel.*supported: Gemma3ForCausalLM, .*Qwen3"),
        (without("config.json"), "has no config.json"),
    ],
)
def test_a_base_that_cannot_be_trained_says_why(
    damage: Callable[[Path], None], said: str, qwen: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "base"
    shutil.copytree(qwen, folder)
    assert open_base(folder).fingerprint() == Checkpoint(qwen).fingerprint()
    damage(folder)
    with pytest.raises(ConvertError, match=said) as caught:
        open_base(folder)
    assert "\n" not in str(caught.value)


def test_a_model_that_embeds_is_no_base(tmp_path: Path) -> None:
    write_bert(tmp_path / "bert")
    with pytest.raises(ConvertError, match="embeds texts and writes none; choose one of: Gemma3"):
        open_base(tmp_path / "bert")


def test_code_beside_a_checkpoint_is_never_run(qwen: Path, tmp_path: Path) -> None:
    folder = tmp_path / "base"
    shutil.copytree(qwen, folder)
    ran = tmp_path / "ran"
    (folder / "own.py").write_text(f"open({str(ran)!r}, 'w')\nclass Model: ...\nConfig = Model\n")
    names = {"AutoConfig": "own.Config", "AutoModelForCausalLM": "own.Model"}
    configured(auto_map=names)(folder)
    LoraModel(RunSettings(str(folder), ""))
    configured(auto_map=names, model_type="own")(folder)
    with pytest.raises(ConvertError, match="cannot be loaded"):
        LoraModel(RunSettings(str(folder), ""))
    assert not ran.exists()


@pytest.mark.parametrize("family", ["llama", "mistral", "qwen2", "qwen3", "gemma3", "seeing"])
def test_every_family_learns(family: str, tmp_path: Path) -> None:
    if family in ("gemma3", "seeing"):
        write_checkpoint(tmp_path)
    else:
        write_like(tmp_path, family, "gpt-2")
    if family == "seeing":
        seeing(tmp_path)
    open_base(tmp_path)
    model = LoraModel(RunSettings(str(tmp_path), "", rank=4, alpha=8))
    ids = tuple(range(40, 60))
    row = Row(ids, tuple(range(20)), (*ids[1:], IGNORED))
    losses = [model.step([row], 1e-2, 1.0) for _ in range(4)]
    assert None not in losses
    assert losses[-1] < losses[0]  # type: ignore[operator]


def seeing(folder: Path) -> None:
    """Makes of a model of text one that also sees, whose other part is not needed."""
    tensors = load_file(folder / "model.safetensors")
    named = {f"model.language_model.{n.removeprefix('model.')}": t for n, t in tensors.items()}
    save_file(named, folder / "model.safetensors", {"format": "pt"})
    text = json.loads((folder / "config.json").read_text())
    outer = {"architectures": ["Gemma3ForConditionalGeneration"], "model_type": "gemma3"}
    (folder / "config.json").write_text(json.dumps(outer | {"text_config": text}))


def test_a_model_that_also_sees_has_the_loss_of_its_text_alone(tmp_path: Path) -> None:
    write_checkpoint(tmp_path)
    ids = tuple(range(40, 60))
    row = Row(ids, tuple(range(20)), (*ids[1:], IGNORED))
    settings = RunSettings(str(tmp_path), "")
    alone = LoraModel(settings).loss([row])
    seeing(tmp_path)
    assert LoraModel(settings).loss([row]) == pytest.approx(alone)


async def test_what_another_base_was_taught_is_answered_by_the_engine(
    qwen: Path, tmp_path: Path
) -> None:
    turns = Turn("user", QUESTION), Turn("assistant", ANSWER)
    examples = (Example("rated", "", "", "personal", turns),)
    folder = RunFolder(tmp_path / "train-1")
    folder.path.mkdir()
    fingerprint = open_base(qwen).fingerprint()
    settings = RunSettings(
        str(qwen), fingerprint, longest=128, batch=1, max_steps=40, evaluate=50, rate=1e-2
    )
    folder.write(settings, manifest(ExampleSet(examples, ()), 128))
    assert work(folder, examples, lambda: False) == 0
    base = tmp_path / "base.gguf"
    convert_checkpoint(qwen, base, "f32")
    options = EngineOptions(context=256, threads=1, slots=1)
    engine = await Engine.load(read_header(base), log=tmp_path / "log", options=options)
    try:
        prompt = engine.template.opening("", QUESTION)
        before = await answer(engine, prompt, max_tokens=24)
        taught = await answer(engine, prompt, max_tokens=24, adapter=folder.gguf)
    finally:
        await engine.close()
    assert taught.text.strip() == ANSWER != before.text.strip()
