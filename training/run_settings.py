"""What a training run is to do, as it stands in its folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from hashlib import sha256
from typing import Any

from store.errors import SomaError
from training.example import PERSONAL

MOST_RANK, MOST_LENGTH = 512, 131_072
CHOICES = {
    "quantise": ("none", "nf4"),
    "precision": ("fp32", "bf16"),
    "device": ("cpu", "cuda"),
    "optimiser": ("adamw", "paged_adamw_8bit"),
}
ONLY_MEMORY = ("at_once", "checkpointing", "chunk")
"""Settings that change how much memory a step takes, and not what is learned in it."""


@dataclass(frozen=True, slots=True)
class RunSettings:
    """Settings of a run; `base` is the folder of the pristine checkpoint.

    `longest` is in tokens, of an example and of a row of several; a step goes through `batch` rows.
    A run goes `epochs` times through the examples, more often where that would be less than
    `least_steps`, unless `max_steps` ends it before. `rate` is the highest learning rate, reached
    after the share `warm_up` of the steps. After every `evaluate` steps the dev loss is measured
    and a checkpoint kept, and after `patience` of these without a better one the run ends. `trial`
    only measures.

    The base's linear layers are held as `quantise` says ("nf4", twice over, or "none"), all else
    in the `precision` "fp32" or "bf16", on the `device` "cpu" or "cuda". Of a step's rows `at_once`
    go through together; with `checkpointing`, what the backward pass needs is computed again and
    not kept; `chunk` places have their logits in memory at once. `replay` is the share of general
    examples, sampled from the base itself.
    """

    base: str
    base_fingerprint: str
    specialist: str = PERSONAL
    longest: int = 1024
    batch: int = 1
    epochs: int = 8
    least_steps: int = 8
    max_steps: int | None = None
    rate: float = 1e-3
    warm_up: float = 0.06
    clip: float = 1.0
    rank: int = 16
    alpha: int = 32
    evaluate: int = 40
    patience: int = 3
    seed: int = 1
    trial: bool = False
    quantise: str = "none"
    precision: str = "fp32"
    device: str = "cpu"
    optimiser: str = "adamw"
    at_once: int = 1
    checkpointing: bool = False
    chunk: int = 512
    replay: float = 0.5

    def as_json(self) -> dict[str, Any]:
        """Give the settings as a JSON object."""
        return asdict(self)

    @property
    def digest(self) -> str:
        """Hexadecimal digits that stand for all settings that change what is learned."""
        learned = {k: v for k, v in self.as_json().items() if k not in ONLY_MEMORY}
        return sha256(repr(sorted(learned.items())).encode()).hexdigest()[:32]

    def steps(self, rows: int) -> int:
        """Give the run's steps, where there are so many rows to go through."""
        whole = max(self.least_steps, self.epochs * -(-rows // self.batch))
        return whole if self.max_steps is None else min(whole, self.max_steps)


def read(content: Mapping[str, Any], where: str) -> RunSettings:
    """Give the settings in a JSON object. Raises SomaError, naming `where` it stands, for others
    than can be worked with."""
    known = {field.name: str(field.type) for field in fields(RunSettings)}
    for name, value in content.items():
        if name not in known:
            raise SomaError(f"{where} holds {name!r}, which is no setting; start a new run")
        if not _fits(value, known[name]):
            raise SomaError(f"{where} has {name} = {value!r}, which cannot be; start a new run")
    try:
        settings = RunSettings(**content)
    except TypeError:
        raise SomaError(f"{where} is not whole; start a new run") from None
    wrong = _out_of_range(settings)
    if wrong:
        value = getattr(settings, wrong)
        raise SomaError(f"{where} has {wrong} = {value!r}, which cannot be; start a new run")
    return settings


def _fits(value: Any, kind: str) -> bool:
    if kind == "float":
        return type(value) in (int, float)
    if value is None:
        return "None" in kind
    return type(value).__name__ == kind.partition(" ")[0]


def _out_of_range(settings: RunSettings) -> str | None:
    limits: dict[str, tuple[float, float]] = {
        "longest": (8, MOST_LENGTH),
        "batch": (1, 4096),
        "epochs": (1, 1000),
        "least_steps": (1, 10_000_000),
        "max_steps": (1, 10_000_000),
        "warm_up": (0, 1),
        "rank": (1, MOST_RANK),
        "alpha": (1, 10_000),
        "evaluate": (1, 1_000_000),
        "patience": (1, 1_000_000),
        "at_once": (1, 4096),
        "chunk": (1, MOST_LENGTH),
        "replay": (0, 0.9),
    }
    for name, (least, most) in limits.items():
        value = getattr(settings, name)
        if value is not None and not least <= value <= most:
            return name
    for name, choices in CHOICES.items():
        if getattr(settings, name) not in choices:
            return name
    return next((name for name in ("rate", "clip") if not getattr(settings, name) > 0), None)
