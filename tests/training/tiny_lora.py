"""Random adapters on tiny models, made by peft."""

from __future__ import annotations

import warnings
from copy import deepcopy
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model

LINEAR = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def write_lora(folder: Path, model: Any, **changes: Any) -> Any:
    """A random adapter on `model` in `folder`; gives the model with the adapter merged by peft."""
    options: dict[str, Any] = {"r": 8, "lora_alpha": 16, "target_modules": LINEAR}
    torch.manual_seed(11)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        changed = get_peft_model(deepcopy(model), LoraConfig(**{**options, **changes}))
        with torch.no_grad():
            for name, parameter in changed.named_parameters():
                if "lora_" in name:
                    parameter.normal_(0, 0.1)
        changed.save_pretrained(folder)
        return changed.merge_and_unload()
