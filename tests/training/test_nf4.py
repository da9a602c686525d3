"""The quantised base: its gradients against those of weights that were unpacked, and going on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from training.lora_model import LoraModel
from training.packing import IGNORED, Row
from training.run_settings import RunSettings
from training.starter import CHECKPOINT

SETTINGS = RunSettings(str(CHECKPOINT), "", quantise="nf4", rank=4, alpha=8)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def row(seed: int, size: int = 48) -> Row:
    ids = tuple(10 + (seed * 131 + n * 37) % 4000 for n in range(size))
    return Row(ids, tuple(range(size)), (*ids[1:], IGNORED))


def unpacked(model: LoraModel) -> LoraModel:
    """A model in 32 bits whose weights are what the quantised ones stand for."""
    from bitsandbytes.functional import dequantize_4bit
    from bitsandbytes.nn import Linear4bit

    plain = LoraModel(replace(model._settings, quantise="none"))
    modules = dict(plain._model.named_modules())
    count = 0
    for name, module in model._model.named_modules():
        if isinstance(module, Linear4bit):
            whole = dequantize_4bit(module.weight.data, module.weight.quant_state)
            modules[name].weight.data.copy_(whole)
            count += 1
    assert count == 42
    return plain


def gradients(model: LoraModel, rows: list[Row]) -> dict[str, torch.Tensor]:
    model._model.train()
    model._summed_loss(rows).backward()
    found = {name: weight.grad.clone() for name, weight in model._weights.items()}
    model._optimiser.forget_gradients()
    return found


def test_gradients_are_those_of_the_unpacked_weights_also_after_an_evaluation() -> None:
    model = LoraModel(SETTINGS)
    model.step([row(1)], 1e-2, 1.0)  # B is zero before, and A has no gradient then.
    plain = unpacked(model)
    for name, weight in plain._weights.items():
        weight.data.copy_(model._weights[name].data)
    assert model.loss([row(2)]) == pytest.approx(plain.loss([row(2)]), rel=1e-4)
    ours, theirs = gradients(model, [row(3)]), gradients(plain, [row(3)])
    assert ours.keys() == theirs.keys()
    for name, gradient in ours.items():
        torch.testing.assert_close(gradient, theirs[name], rtol=1e-3, atol=1e-3)


def test_rows_at_once_and_activations_computed_again_change_no_gradient() -> None:
    rows = [row(1), row(2, 30), row(3, 11)]
    plain = gradients(LoraModel(replace(SETTINGS, at_once=4)), rows)
    other = LoraModel(replace(SETTINGS, at_once=1, checkpointing=True, chunk=7))
    other._model.train()
    for part in other._parts(rows):
        other._summed_loss(part).backward()
    for name, weight in other._weights.items():
        torch.testing.assert_close(weight.grad, plain[name], rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(
    "changes",
    [{"optimiser": "paged_adamw_8bit"}, {"precision": "bf16", "quantise": "none"}],
)
def test_it_goes_on_from_what_was_saved_as_if_it_had_not_stopped(
    changes: dict[str, Any], tmp_path: Path
) -> None:
    settings = replace(SETTINGS, **changes, rank=16)
    model = LoraModel(settings)
    for seed in range(2):
        assert model.step([row(seed)], 1e-2, 1.0) is not None
    model.save(tmp_path)
    other = LoraModel(settings)
    other.load(tmp_path)
    again, on = (one.step([row(9)], 1e-2, 1.0) for one in (other, model))
    assert again == on
    for name, weight in model._weights.items():
        torch.testing.assert_close(weight, other._weights[name], rtol=0, atol=0)
