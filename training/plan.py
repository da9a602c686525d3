"""What a training run would take, before it is begun: examples, steps, memory, time, disk."""

from __future__ import annotations

import os
import signal
import statistics
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from store.errors import SomaError
from store.paths import Home
from training import jobs
from training.checkpoint import Checkpoint
from training.encoding import Encoder
from training.example import Example
from training.handing_over import hand_over
from training.hardware import Hardware, find_hardware
from training.packing import pack, steps_of_epoch
from training.replay import wanted_replay
from training.run_folder import RunFolder
from training.run_lock import RunLock, holder
from training.run_memory import memory, shape_of
from training.run_settings import ONLY_MEMORY, RunSettings

TRIAL_STEPS = 4
_TRIAL = "trial-"
_CHECKPOINTS = 4  # two that are kept, the best, and the one that is being written
_SPARE = 16 << 20


@dataclass(frozen=True, slots=True)
class Plan:
    """A run before it is begun. `memory` is in bytes by part, computed; `disk` are bytes.

    `tokens` are those of one time through the examples, of which `trained_tokens` are answers.
    `replay` are the general examples among `train`, or those that will be sampled beside them.
    `tokens_per_s` and `peak_memory` were measured by `measured`, "" where nothing was.
    """

    train: int
    dev: int
    tokens: int
    trained_tokens: int
    rows: int
    steps: int
    precision: str
    memory: dict[str, int]
    free_memory: int | None
    disk: int
    tokens_per_s: float | None = None
    peak_memory: int | None = None
    measured: str = ""
    settings: dict[str, Any] | None = None
    hardware: str = ""
    replay: int = 0

    @property
    def minutes(self) -> float | None:
        """How long the steps will take; None where no rate was measured."""
        if not self.tokens_per_s:
            return None
        share = self.steps / steps_of_epoch(self.rows, self._batch)
        return self.tokens * share / self.tokens_per_s / 60

    @property
    def _batch(self) -> int:
        return int((self.settings or {}).get("batch", 1))

    def as_json(self) -> dict[str, Any]:
        """Give the plan as a JSON object."""
        return {**asdict(self), "minutes": self.minutes}


def make_plan(
    settings: RunSettings, examples: Sequence[Example], hardware: Hardware | None = None
) -> Plan:
    """Plan a run on examples, on this machine or another.

    Raises SomaError where no token would be trained.
    """
    encoder = Encoder(Path(settings.base))
    train = [encoder.encode(example) for example in examples if example.split == "train"]
    rows = pack(train, settings.longest)
    trained = sum(one.trained for one in train)
    replay = sum(example.kind == "replay" for example in examples)
    if not trained:
        raise SomaError("no token of the examples would be trained; rate or write answers")
    checkpoint = Checkpoint(Path(settings.base))
    shape = shape_of(checkpoint)
    trainable = settings.rank * shape.sides
    hardware = hardware or find_hardware()
    longest = max(len(row.ids) for row in rows)
    answers = max(row.trained for row in rows)
    return Plan(
        len(train),
        sum(example.split == "dev" for example in examples),
        sum(len(one.ids) for one in train),
        trained,
        len(rows),
        settings.steps(len(rows)),
        _precision(settings),
        memory(shape, settings, longest, answers),
        hardware.free if hardware.device == settings.device else hardware.main_free,
        trainable * 4 * (3 * _CHECKPOINTS + 2) + _SPARE,
        settings=settings.as_json(),
        hardware=hardware.name,
        replay=replay or wanted_replay(len(train), settings.replay),
    )


def measured(home: Home, plan: Plan, settings: RunSettings, examples: Iterable[Example],
             manifest: dict[str, Any]) -> Plan:  # fmt: skip
    """Give the plan with rate and memory: those of a run with the same base, batch and rank, else
    of a few steps that are made now and thrown away. While a run is under way, nothing is measured.
    """
    for folder in jobs.runs(home):
        found = _figures(folder, settings)
        if found:
            return replace(plan, tokens_per_s=found[0], peak_memory=found[1], measured=folder.name)
    if holder(home.runs) is not None:
        return plan
    home.runs.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = RunLock(home.runs)
    try:
        with tempfile.TemporaryDirectory(prefix=_TRIAL, dir=home.cache) as scratch:
            folder = RunFolder(Path(scratch))
            trial = replace(settings, trial=True, max_steps=TRIAL_STEPS)
            folder.write(trial, manifest)
            jobs.run_alone(folder, lock, hand_over(examples, manifest))
            events, _ = folder.events()
            found = _figures(folder, trial)
    finally:
        lock.close()
    if not found:
        why = events[-1].get("reason", "") if events else ""
        raise SomaError(f"the rate cannot be measured: {why or 'the training process ended'}")
    return replace(plan, tokens_per_s=found[0], peak_memory=found[1], measured="a few steps now")


def stop_trial(home: Home) -> None:
    """End the few steps that a plan is being measured by, if there are any; that plan fails."""
    held = holder(home.runs)
    if held is not None and held.pid and held.run.startswith(_TRIAL):
        with suppress(ProcessLookupError):
            os.kill(held.pid, signal.SIGKILL)


def require_memory(plan: Plan) -> None:
    """Raises SomaError where what is computed for a run does not fit into the free memory."""
    needed = sum(plan.memory.values())
    if plan.free_memory is not None and needed > plan.free_memory:
        raise SomaError(
            f"the run needs {needed / 1e9:.1f} GB of memory, and {plan.free_memory / 1e9:.1f} GB "
            "are free; choose a smaller base, --quantise nf4, or fewer tokens with --longest"
        )


def _figures(folder: RunFolder, settings: RunSettings) -> tuple[float, int] | None:
    """Tokens a second, the first step left out, and peak memory of a run like the one planned."""
    try:
        other = folder.settings()
    except SomaError:
        return None
    for name in (
        "base_fingerprint", "batch", "rank", "longest", "quantise", "precision", "device",
        *ONLY_MEMORY,
    ):  # fmt: skip
        if getattr(other, name) != getattr(settings, name):
            return None
    events, _ = folder.events()
    rates = [event["tokens_per_s"] for event in events if "tokens_per_s" in event][1:]
    peaks = [event["memory"] for event in events if "memory" in event]
    return (statistics.median(rates), max(peaks)) if rates and peaks else None


def _precision(settings: RunSettings) -> str:
    bits = {"fp32": "32 bits", "bf16": "16 bits (bfloat16)"}[settings.precision]
    where = {"cpu": "the processor", "cuda": "the graphics card"}[settings.device]
    held = "NF4, quantised twice; all else in" if settings.quantise == "nf4" else "not quantised,"
    again = ", activations computed again" if settings.checkpointing else ""
    return f"{held} {bits}, on {where}{again}"
