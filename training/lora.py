"""A LoRA adapter as peft saves it, read without torch or peft.

Each matrix W that it changes becomes W + scale · B A, with A of `rank` rows and B of `rank`
columns; the scale is alpha / rank, or alpha / √rank with rsLoRA (arXiv 2312.03732).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.checkpoint import FLOATS, ConvertError, Tensors, read_json, require_folder
from training.families import Family, TensorPlan

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
BASE = "base.json"
PREFIX = "base_model.model."
REFUSED = {
    "use_dora": "DoRA",
    "modules_to_save": "modules_to_save (whole layers beside its matrices)",
    "trainable_token_indices": "trainable_token_indices",
    "layer_replication": "layer_replication",
    "lora_bias": "lora_bias",
    "fan_in_fan_out": "fan_in_fan_out",
    "alora_invocation_tokens": "aLoRA",
    "use_qalora": "QALoRA",
    "use_bdlora": "BD-LoRA",
    "arrow_config": "Arrow",
    "kasa_config": "KaSA",
    "target_parameters": "target_parameters (tensors that are no linear layers)",
}
"""Keys of adapter_config.json that ask for more than A, B and a scale."""
CHANGE_THE_BASE = ("pissa", "olora", "corda", "loftq", "lora_ga")
"""Kinds of `init_lora_weights` after which the base's own weights are others."""


@dataclass(frozen=True, slots=True)
class LoraPair:
    """Names of the two tensors of one changed matrix, its plan in the base, rank and scale."""

    a: str
    b: str
    plan: TensorPlan
    rank: int
    scale: float


class Lora(Tensors):
    """The adapter in `folder`, checked against `family`, the base it is to be used with.

    `pairs` are by the canonical names of the changed matrices. Raises ConvertError where it is
    not whole, holds what cannot be expressed, or does not fit the base.
    """

    def __init__(self, folder: Path, family: Family) -> None:
        require_folder(folder, "an adapter")
        self.folder = folder
        self.config = read_json(folder / CONFIG)
        self._refuse(folder / CONFIG)
        file = folder / WEIGHTS
        if not file.is_file():
            pickled = (folder / "adapter_model.bin").exists()
            why = "only adapter_model.bin (pickle, which can run code)" if pickled else "no weights"
            raise ConvertError(f"{folder} holds {why}, no {WEIGHTS}; save it as safetensors")
        super().__init__(folder, [file])
        self.pairs = self._pairs(family)

    @property
    def base(self) -> str:
        """The name that the adapter gives its base, "" where it names none."""
        return str(self.config.get("base_model_name_or_path") or "")

    def _refuse(self, file: Path) -> None:
        config = self.config
        if (kind := config.get("peft_type")) != "LORA":
            raise ConvertError(f"{file} is of the type {kind}; only LORA can be converted")
        for key, what in REFUSED.items():
            if config.get(key):
                raise ConvertError(
                    f"{file} uses {what}, which llama.cpp's adapters cannot express; "
                    "train it without"
                )
        if str(start := config.get("init_lora_weights")).startswith(CHANGE_THE_BASE):
            raise ConvertError(
                f"{file} starts with {start}, which changes the base's own weights, so it fits no "
                "base as it is; save it with path_initial_model_for_weight_conversion"
            )
        if config.get("bias", "none") != "none":
            raise ConvertError(
                f"{file} trains biases ({config['bias']}), which llama.cpp's adapters "
                'cannot express; train it with bias="none"'
            )

    def _pairs(self, family: Family) -> dict[str, LoraPair]:
        plans = {plan.source: plan for plan in family.tensors(0)}
        pairs = {}
        for name, stored in self.tensors.items():
            module, lora, _ = name.removeprefix(PREFIX).partition(".lora_A.weight")
            if ".lora_B.weight" in name:
                if name.replace(".lora_B.", ".lora_A.") not in self.tensors:
                    raise ConvertError(f"{self.folder} lacks the partner of {name}; get it again")
                continue
            if not lora:
                raise ConvertError(
                    f"{self.folder} holds {name}, which is no part of a LoRA of matrices; "
                    "train it on linear layers alone"
                )
            other = name.replace(".lora_A.", ".lora_B.")
            if other not in self.tensors:
                raise ConvertError(f"{self.folder} lacks the partner of {name}; get it again")
            canonical = family.canonical(f"{module}.weight")
            plan = plans.get(canonical or "")
            if plan is None or canonical is None or plan is next(iter(plans.values())):
                raise ConvertError(
                    f"{self.folder} changes {module}, which the base does not have as a matrix of "
                    "its own; it is an adapter for another base"
                )
            self._check(name, other, plan)
            rank = stored.shape[0]
            pairs[canonical] = LoraPair(name, other, plan, rank, self._scale(module, rank))
        if not pairs:
            raise ConvertError(f"{self.folder / WEIGHTS} holds no matrices; train the adapter")
        return pairs

    def _check(self, a: str, b: str, plan: TensorPlan) -> None:
        first, second = self.tensors[a], self.tensors[b]
        if first.dtype not in FLOATS or second.dtype not in FLOATS:
            raise ConvertError(f"{self.folder} stores {a} as {first.dtype}; save it in floats")
        free_rows = plan.shape[0] == 0
        shape = (*second.shape[:1], *first.shape[1:])
        if (
            len(first.shape) != 2
            or len(second.shape) != 2
            or second.shape[1] != first.shape[0]
            or not (free_rows or second.shape[0] == plan.shape[0])
            or first.shape[1] != plan.shape[1]
        ):
            raise ConvertError(
                f"{self.folder} changes {plan.source} in the shape {shape}, and the base has "
                f"{plan.shape}; it is an adapter for another base"
            )

    def _scale(self, module: str, rank: int) -> float:
        config = self.config
        try:
            alpha = float(_by_pattern(config.get("alpha_pattern"), module, config["lora_alpha"]))
        except (AttributeError, KeyError, TypeError, ValueError, re.error):
            raise ConvertError(
                f"{self.folder / CONFIG} has no lora_alpha that can be read; get it again"
            ) from None
        return alpha / (math.sqrt(rank) if config.get("use_rslora") else rank)


def note_base(adapter: Path, base: Tensors) -> None:
    """Writes beside an adapter which base it was trained on."""
    note = {"name": base.folder.resolve().name, "fingerprint": base.fingerprint()}
    (adapter / BASE).write_text(json.dumps(note, indent=1) + "\n", encoding="utf-8")


def check_base(adapter: Path, base: Tensors) -> None:
    """Raises ConvertError where the adapter in a folder notes another base than `base`."""
    if not (adapter / BASE).is_file():
        return
    note = read_json(adapter / BASE)
    if note.get("fingerprint") != base.fingerprint():
        raise ConvertError(
            f"{adapter} was trained on {note.get('name')}, whose weights are not those in "
            f"{base.folder}; name the base that it was trained on"
        )


def _by_pattern(patterns: Mapping[str, Any] | None, module: str, usual: Any) -> Any:
    """The value for a module as peft finds it: the first pattern that its name ends with."""
    for pattern, value in (patterns or {}).items():
        if re.match(rf"(.*\.)?({pattern})$", module):
            return value
    return usual
