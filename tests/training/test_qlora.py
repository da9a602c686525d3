"""The training itself, on the real starter, with the real libraries, in this process."""

from __future__ import annotations

import json
import random
import resource
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from agents.engine.engine import Engine, EngineOptions
from agents.engine.gguf_file import read_header
from tests.agents.engine_helpers import answer
from training.checkpoint import Checkpoint, ConvertError
from training.encoding import Encoder
from training.example import Example, Split, Turn
from training.examples import ExampleSet
from training.handing_over import hand_over, take_over
from training.lora import BASE
from training.lora_model import LoraModel
from training.manifest import manifest
from training.packing import IGNORED, Row, pack
from training.qlora import Training, rate_at, work
from training.run_folder import RunFolder, step_of
from training.run_settings import RunSettings
from training.starter import CHECKPOINT

SETTINGS = RunSettings(
    str(CHECKPOINT), Checkpoint(CHECKPOINT).fingerprint(), evaluate=2, max_steps=4, rank=4, alpha=8,
    longest=48, batch=1,
)  # fmt: skip
QUESTION, ANSWER = "what is my cat called?", "Your cat is called Mia."


def example(question: str, said: str, split: Split = "train") -> Example:
    turns = Turn("user", question), Turn("assistant", said)
    return Example("rated", "", question, "personal", turns, split=split)


EXAMPLES = (
    example(QUESTION, ANSWER),
    example("what is my dog called?", "Your dog is called Rex."),
    example("what is my boat called?", "Your boat is called Wave."),
    example("what is my horse called?", "Your horse is called Storm.", "dev"),
)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


Make = Callable[..., RunFolder]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Makes folders of runs on the examples."""

    def made(name: str = "train-1", **changes: Any) -> RunFolder:
        folder = RunFolder(tmp_path / name)
        folder.path.mkdir()
        folder.write(replace(SETTINGS, **changes), manifest(ExampleSet(EXAMPLES, ()), 48))
        return folder

    return made


def never() -> bool:
    return False


def after(steps: int, folder: RunFolder) -> Callable[[], bool]:
    return lambda: len(values(folder, "loss")) >= steps


def values(folder: RunFolder, name: str) -> list[Any]:
    return [event[name] for event in folder.events()[0] if name in event]


def reason(folder: RunFolder) -> str:
    last = folder.events()[0][-1]
    assert last["phase"] == "failed"
    return str(last["reason"])


def test_packed_rows_have_the_loss_of_their_examples_apart_and_so_has_the_plain_way() -> None:
    encoder = Encoder(CHECKPOINT)
    encoded = [encoder.encode(one) for one in EXAMPLES]
    model = LoraModel(SETTINGS)
    packed = pack(encoded, 1000)
    assert len(packed) == 1
    alone = [pack([one], 1000)[0] for one in encoded]
    assert model.loss(packed) == pytest.approx(model.loss(alone), abs=1e-5)
    logits = model._base(input_ids=torch.tensor([encoded[0].ids])).logits[0]
    first = encoded[0].answer
    plain = torch.nn.functional.cross_entropy(
        logits[first - 1 : -1], torch.tensor(encoded[0].ids[first:])
    )
    assert model.loss(alone[:1]) == pytest.approx(plain.item(), abs=1e-5)


def test_a_row_whose_logits_come_in_pieces_has_the_gradients_of_a_whole() -> None:
    chance = random.Random(1)
    size = SETTINGS.chunk + 40
    ids = tuple(chance.randrange(10, 4000) for _ in range(size))
    row = Row(ids, tuple(range(size)), (*ids[1:], IGNORED))
    model = LoraModel(SETTINGS)
    model._summed_loss([row]).backward()
    ours = {name: weight.grad.clone() for name, weight in model._weights.items()}
    model._optimiser.forget_gradients()
    logits = model._base(input_ids=torch.tensor([ids]), use_cache=False).logits[0, :-1]
    torch.nn.functional.cross_entropy(logits, torch.tensor(ids[1:]), reduction="sum").backward()
    for name, weight in model._weights.items():
        torch.testing.assert_close(ours[name], weight.grad, rtol=1e-3, atol=1e-3)


async def test_what_was_taught_is_answered_by_the_engine(
    make: Make, starter_path: Path, tmp_path: Path
) -> None:
    folder = make(max_steps=24, least_steps=24, rate=5e-3, evaluate=50, longest=512)
    only = [one for one in EXAMPLES if one.split == "train"]
    assert work(folder, only, never) == 0
    done = folder.events()[0][-1]
    assert (done["phase"], done["step"], done["best_step"]) == ("done", 24, 24)
    losses = values(folder, "loss")
    assert losses[-1] < losses[0] / 4
    assert folder.checkpoints() == []
    note = json.loads((folder.adapter / BASE).read_text())
    assert note == {"name": "starter", "fingerprint": SETTINGS.base_fingerprint}
    options = EngineOptions(context=512, threads=1, slots=1)
    engine = await Engine.load(read_header(starter_path), log=tmp_path / "log", options=options)
    try:
        prompt = engine.template.opening("", QUESTION)
        before = await answer(engine, prompt, max_tokens=24)
        taught = await answer(engine, prompt, max_tokens=24, adapter=folder.gguf)
    finally:
        await engine.close()
    assert taught.text.strip() == ANSWER != before.text.strip()


def test_a_run_that_was_stopped_ends_as_one_that_was_not(make: Make) -> None:
    whole, stopped = make("train-1"), make("train-2")
    assert work(whole, EXAMPLES, never) == 0
    assert work(stopped, EXAMPLES, after(3, stopped)) == 0
    assert stopped.events()[0][-1]["phase"] == "cancelled"
    assert [step_of(path) for path in stopped.checkpoints()] == [2, 3]
    assert work(stopped, EXAMPLES, never) == 0
    assert values(stopped, "resumed") == [3]
    assert values(stopped, "loss") == values(whole, "loss")
    assert values(stopped, "dev_loss") == values(whole, "dev_loss")
    weights = [(one.adapter / "adapter_model.safetensors").read_bytes() for one in (whole, stopped)]
    assert weights[0] == weights[1]


def test_a_loss_that_is_no_number_stops_it_and_the_last_good_checkpoint_stays(make: Make) -> None:
    folder = make(rate=1e30, warm_up=0.01, evaluate=1, max_steps=9)
    only = [one for one in EXAMPLES if one.split == "train"]
    assert work(folder, only, never) == 1
    assert "is no number, so training stopped" in reason(folder)
    good = len(values(folder, "loss"))
    assert [step_of(path) for path in folder.checkpoints()][-1] == good > 0
    assert f"the checkpoint of step {good} is kept" in reason(folder)
    assert not folder.gguf.exists()


def test_memory_that_runs_out_halves_what_goes_through_at_once_and_it_goes_on(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, short = make("train-1", batch=4), make("train-2", batch=4, at_once=4)
    assert work(whole, EXAMPLES, never) == 0
    summed = LoraModel._summed_loss

    def fake_card(model: LoraModel, rows: Sequence[Row]) -> Any:
        """A card without room for more than one row once three steps were made."""
        if len(values(short, "loss")) >= 3 and len(rows) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return summed(model, rows)

    monkeypatch.setattr(LoraModel, "_summed_loss", fake_card)
    assert work(short, EXAMPLES, never) == 0
    assert values(short, "out_of_memory") == [4, 3]
    assert values(short, "resumed") == [2, 2]
    assert values(short, "at_once") == [2, 1]
    assert short.settings().at_once == 1
    assert values(short, "loss")[-1] == pytest.approx(values(whole, "loss")[-1], abs=1e-4)


def test_memory_that_never_suffices_ends_a_run_with_what_to_do(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fake_card(model: LoraModel, rows: Sequence[Row]) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(LoraModel, "_summed_loss", fake_card)
    folder = make()
    assert work(folder, [one for one in EXAMPLES if one.split == "train"], never) == 1
    assert values(folder, "chunk") == [512, 128, 32]
    assert "memory ran out, with as little as can be at once; start a new run" in reason(folder)


def test_it_ends_early_when_the_dev_loss_rises_and_keeps_the_best(make: Make) -> None:
    folder = make(rate=0.05, warm_up=0.01, evaluate=1, patience=2, max_steps=20)
    assert work(folder, EXAMPLES, never) == 0
    done = folder.events()[0][-1]
    dev = values(folder, "dev_loss")[1:]
    assert done["early"]
    assert done["step"] < 20
    assert done["best_step"] == 1 + dev.index(min(dev)) == done["step"] - 2


def edited(name: str, changes: dict[str, Any]) -> Callable[[RunFolder], None]:
    def edit(folder: RunFolder) -> None:
        file = folder.path / name
        content = json.loads(file.read_text()) | changes
        file.write_text(json.dumps(content))

    return edit


def emptied(folder: RunFolder) -> None:
    (folder.path / "settings.json").write_text("")


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (edited("settings.json", {"rank": "many"}), "has rank = 'many', which cannot be"),
        (edited("settings.json", {"rank": 0}), "has rank = 0, which cannot be"),
        (edited("settings.json", {"colour": 1}), "holds 'colour', which is no setting"),
        (edited("settings.json", {"rate": 0.5}), "were changed after step 2"),
        (edited("settings.json", {"longest": 9}), "does not fit into 9"),
        (edited("settings.json", {"base_fingerprint": "x"}), "is not what it was"),
        (edited("checkpoint-2/progress.json", {"more": 1}), "was changed"),
        (edited("checkpoint-2/base.json", {"fingerprint": "x"}), "whose weights are not those"),
        (emptied, "is not a JSON object any more"),
    ],
)
def test_a_folder_that_was_edited_by_hand_is_refused_in_one_line(
    edit: Callable[[RunFolder], None], said: str, make: Make, checkpoint: Path
) -> None:
    folder = make()
    shutil.copytree(checkpoint, folder.path / checkpoint.name)
    edit(folder)
    assert work(folder, EXAMPLES, never) == 1
    assert said in reason(folder)
    assert "\n" not in reason(folder)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint after two steps of a run with the settings."""
    folder = RunFolder(tmp_path_factory.mktemp("run"))
    folder.write(SETTINGS, manifest(ExampleSet(EXAMPLES, ()), 48))
    assert work(folder, EXAMPLES, after(2, folder)) == 0
    return folder.checkpoints()[-1]


def test_a_damaged_checkpoint_says_which_one_it_is(make: Make, checkpoint: Path) -> None:
    folder = make()
    copy = folder.path / checkpoint.name
    shutil.copytree(checkpoint, copy)
    (copy / "optimiser.safetensors").write_bytes(b"damaged")
    assert work(folder, EXAMPLES, never) == 1
    assert f"the checkpoint {copy} cannot be read" in reason(folder)


def test_examples_go_over_as_they_are_and_others_are_refused() -> None:
    named = manifest(ExampleSet(EXAMPLES, ()), 48)
    text = hand_over(EXAMPLES, named)
    taken = take_over(text, named)
    assert [(e.turns, e.split) for e in taken] == [(e.turns, e.split) for e in EXAMPLES]
    moved = [replace(one, split="sealed") for one in EXAMPLES]
    assert hand_over(moved, named) == text, "an example stays in the split that the run began with"
    with pytest.raises(Exception, match=r"1 of the 4 examples .* changed or forgotten"):
        hand_over(EXAMPLES[1:], named)
    for other in (text.replace("Mia", "Max"), "\n".join(text.splitlines()[1:]), "x", "[1]"):
        with pytest.raises(Exception, match="start a new run"):
            take_over(other, named)


def test_a_disk_that_is_full_is_told_and_the_checkpoint_before_stays(
    make: Make, checkpoint: Path
) -> None:
    """A limit on the size of files ends a write as a full disk does."""
    folder = make()
    shutil.copytree(checkpoint, folder.path / checkpoint.name)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        assert work(folder, EXAMPLES, never) == 1
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "cannot go on: the file may not grow any further" in reason(folder)
    assert [step_of(path) for path in folder.checkpoints()] == [2]
    assert not list(folder.path.glob(".*.part"))
    assert work(folder, EXAMPLES, never) == 0


def test_nothing_to_train_is_refused(make: Make) -> None:
    folder = make()
    assert work(folder, [EXAMPLES[-1]], never) == 1
    assert "no token of the examples would be trained" in reason(folder)


def test_a_base_without_weights(make: Make, tmp_path: Path) -> None:
    base = tmp_path / "base"
    shutil.copytree(CHECKPOINT, base)
    (base / "model.safetensors").rename(base / "pytorch_model.bin")
    with pytest.raises(ConvertError, match="only PyTorch files"):
        Training(make(base=str(base)), EXAMPLES, never)


def test_the_rate_rises_and_falls() -> None:
    settings = replace(SETTINGS, rate=1.0, warm_up=0.1)
    rates = [rate_at(step, 100, settings) for step in range(100)]
    assert rates[:10] == pytest.approx([n / 10 for n in range(1, 11)])
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[-1] == pytest.approx(0.1, abs=0.001)
