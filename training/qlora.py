"""The training process: `python -m training.qlora RUN_FOLDER`, with the examples on standard input.

`torchrun` and `accelerate launch` can start several of it, which share the rows of every step.

The base is always the pristine checkpoint, and the loss that of the answers alone. What the run is
to do stands in its folder; what happens is told there, one event a line.
"""

from __future__ import annotations

import gc
import json
import math
import os
import re
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from store.disk import failure
from store.errors import SomaError
from training.adapter import convert_adapter
from training.checkpoint import Checkpoint, read_json
from training.encoding import Encoder
from training.example import Example, Split
from training.handing_over import take_over
from training.packing import Row, batch_of, pack
from training.ranks import ALONE, Ranks
from training.run_folder import RunFolder, step_of
from training.run_lock import HANDED_OVER, RunLock
from training.run_queue import ASKING, QUEUED, wait_for_turn
from training.run_settings import RunSettings

if TYPE_CHECKING:
    from training.lora_model import LoraModel

CHECKPOINTS_KEPT = 2
LEAST_RATE = 0.1
LEAST_CHUNK = 32
PROGRESS = "progress.json"
STOPPED = ("cancelled", "paused")
OUT_OF_MEMORY = (
    "memory ran out, with as little as can be at once; start a new run with --quantise nf4, a "
    "smaller --longest or a smaller base"
)


Stopped = Callable[[], str | bool | None]
"""Asked whether to stop: "paused" where the run is to be resumed, else anything that is true."""


@dataclass(slots=True)
class Progress:
    """How far a run is; `settings` is the digest of those that it is run by."""

    settings: str
    step: int = 0
    best_step: int = 0
    best_loss: float | None = None
    worse: int = 0


def with_less(settings: RunSettings) -> RunSettings | None:
    """Give settings that learn the same in less memory; None where there are none.

    Half as many rows go through at once; when it is one row, activations are computed again.
    """
    if settings.at_once > 1:
        return replace(settings, at_once=settings.at_once // 2)
    if not settings.checkpointing:
        return replace(settings, checkpointing=True)
    if settings.chunk > LEAST_CHUNK:
        return replace(settings, chunk=max(LEAST_CHUNK, settings.chunk // 4))
    return None


def rate_at(step: int, steps: int, settings: RunSettings) -> float:
    """Give the learning rate of a step, counted from 0: up in a line, then down along a cosine to
    a tenth of the highest."""
    warm = max(1, round(settings.warm_up * steps))
    if step < warm:
        return settings.rate * (step + 1) / warm
    share = (step - warm) / max(1, steps - warm)
    return settings.rate * (LEAST_RATE + (1 - LEAST_RATE) * (1 + math.cos(math.pi * share)) / 2)


class Training:
    """One run, from the examples to the adapter; `stopped` is asked between steps."""

    def __init__(
        self,
        folder: RunFolder,
        examples: Sequence[Example],
        stopped: Stopped,
        ranks: Ranks = ALONE,
    ) -> None:
        self._folder = folder
        self._ranks = ranks
        self._stopped = stopped
        self._settings = folder.settings()
        self._base = Path(self._settings.base)
        if Checkpoint(self._base).fingerprint() != self._settings.base_fingerprint:
            raise SomaError(f"{self._base} is not what it was when the run began; start a new run")
        encoder = Encoder(self._base)
        self._train = self._rows(examples, encoder, "train")
        self._dev = self._rows(examples, encoder, "dev")
        if not sum(row.trained for row in self._train):
            raise SomaError("no token of the examples would be trained; rate or write answers")
        self._steps = self._settings.steps(len(self._train))
        self._progress = Progress(self._settings.digest)
        self._model: LoraModel

    def run(self) -> None:
        """Train, going on from the newest checkpoint. Raises SomaError where it cannot."""
        self._tell("loading", trained_tokens=sum(row.trained for row in self._train))
        import training.lora_model  # noqa: F401  (what it takes is no part of the run's memory)

        before = peak_memory()
        self._load()
        self._tell("training", memory_before=before, trainable=self._model.trainable)
        if self._dev and not self._progress.step and not self._settings.trial:
            self._tell("training", dev_loss=self._model.loss(self._dev))
        while self._progress.step < self._steps and not self._is_enough():
            if phase := self._asked():
                self._keep()
                self._tell(phase, reason=f"it was {phase}; it can be resumed")
                return
            self._step_or_less()
        if self._settings.trial:
            self._tell("done")
            return
        self._finish()

    def _rows(self, examples: Sequence[Example], encoder: Encoder, split: Split) -> list[Row]:
        encoded = [encoder.encode(example) for example in examples if example.split == split]
        try:
            return pack(encoded, self._settings.longest)
        except ValueError as error:
            raise SomaError(f"{error}; start a new run") from error

    def _asked(self) -> str:
        """The phase that it was asked to end in, by anybody of those who share the run."""
        asked = self._stopped()
        own = 0 if not asked else 1 + (asked == STOPPED[1])
        return ("", *STOPPED)[self._ranks.most(own, self._settings.device)]

    def _load(self) -> None:
        from training.lora_model import LoraModel

        self._model = LoraModel(self._settings, self._ranks)
        self._resume()

    def _step_or_less(self) -> None:
        """A step; where memory runs out, everything from the newest checkpoint on with less."""
        from training.lora_model import memory_ran_out

        try:
            self._step()
            return
        except (MemoryError, RuntimeError) as error:
            smaller = with_less(self._settings)
            alone = self._ranks.size == 1 and not self._settings.trial
            if not memory_ran_out(error) or smaller is None or not alone:
                raise
        # Not inside `except`, where the error would keep all tensors of the step.
        failed = self._progress.step
        del self._model
        gc.collect()
        self._settings = smaller
        self._folder.write_settings(smaller)
        self._progress = Progress(smaller.digest)
        self._load()
        self._tell(
            "training",
            out_of_memory=failed + 1,
            at_once=smaller.at_once,
            checkpointing=smaller.checkpointing,
            chunk=smaller.chunk,
        )

    def _step(self) -> None:
        settings, step = self._settings, self._progress.step
        rows = batch_of(step, self._train, settings.batch, settings.seed)
        rate = rate_at(step, self._steps, settings)
        started = time.monotonic()
        loss = self._model.step(rows, rate, settings.clip)
        seconds = time.monotonic() - started
        if loss is None:
            last = self._last_step()
            good = f"the checkpoint of step {last} is kept" if last else "nothing was learned yet"
            raise SomaError(
                f"the loss of step {step + 1} is no number, so training stopped; {good}; "
                "start a new run with a lower --rate"
            )
        self._progress.step += 1
        tokens = sum(len(row.ids) for row in rows)
        self._tell(
            "training",
            loss=round(loss, 5),
            rate=rate,
            tokens=tokens,
            tokens_per_s=round(tokens / seconds, 1),
        )
        last = self._progress.step == self._steps
        if not settings.trial and (last or self._progress.step % settings.evaluate == 0):
            self._evaluate()
            self._keep()

    def _evaluate(self) -> None:
        progress = self._progress
        if not self._dev:
            progress.best_step = progress.step
            return
        loss = self._model.loss(self._dev)
        if not math.isfinite(loss):
            raise SomaError(
                f"the dev loss after step {progress.step} is no number, so training stopped; "
                "start a new run with a lower --rate"
            )
        self._tell("training", dev_loss=round(loss, 5))
        if progress.best_loss is None or loss < progress.best_loss:
            progress.best_step, progress.best_loss, progress.worse = progress.step, loss, 0
        else:
            progress.worse += 1

    def _is_enough(self) -> bool:
        return self._progress.worse >= self._settings.patience

    def _keep(self) -> None:
        """Keep a checkpoint of the steps that were made, unless it is there."""
        step = self._progress.step
        if not self._ranks.first or step in (0, self._last_step()):
            return
        with self._folder.new_checkpoint(step) as scratch:
            self._model.save(scratch)
            (scratch / PROGRESS).write_text(json.dumps(asdict(self._progress)) + "\n")
        self._folder.prune(CHECKPOINTS_KEPT, self._progress.best_step)
        self._tell("training", checkpoint=step)

    def _last(self) -> Path | None:
        return next(reversed(self._folder.checkpoints()), None)

    def _last_step(self) -> int:
        last = self._last()
        return step_of(last) if last else 0

    def _resume(self) -> None:
        last = self._last()
        if last is None:
            return
        content = read_json(last / PROGRESS)
        if content.get("settings") != self._settings.digest:
            raise SomaError(
                f"the settings of {self._folder.name} were changed after step {step_of(last)}; "
                "start a new run"
            )
        try:
            self._progress = Progress(**content)
        except TypeError:
            raise SomaError(f"{last / PROGRESS} was changed; start a new run") from None
        self._model.load(last)
        self._tell("training", resumed=self._progress.step)

    def _finish(self) -> None:
        """The adapter of the step with the lowest dev loss, for peft and for llama.cpp."""
        if not self._ranks.first:
            return
        best = self._progress.best_step
        self._tell("converting")
        if best != self._progress.step:
            kept = [path for path in self._folder.checkpoints() if step_of(path) == best]
            if kept:
                self._model.load(kept[0])
        self._model.save_adapter(self._folder.adapter)
        convert_adapter(self._folder.adapter, self._base, self._folder.gguf, name=self._folder.name)
        self._folder.prune(0, 0)
        early = self._progress.step < self._steps
        self._tell("done", best_step=best, best_dev_loss=self._progress.best_loss, early=early)

    def _tell(self, phase: str, **event: Any) -> None:
        if self._ranks.first:
            told = {"phase": phase, "step": self._progress.step, "steps": self._steps}
            self._folder.tell(**told, **event, memory=peak_memory())


def peak_memory() -> int:
    """Give the most bytes of main memory that this process has had at once."""
    status = Path("/proc/self/status")
    if status.exists():  # Linux's ru_maxrss begins with what the parent had when it forked.
        found = re.search(r"^VmHWM:\s+(\d+) kB", status.read_text(), re.MULTILINE)
        if found:
            return int(found[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def work(
    folder: RunFolder, examples: Sequence[Example], stopped: Stopped, ranks: Ranks = ALONE
) -> int:
    """Run a training; whatever ends it is its last event, if the disk has room for that. Gives the
    exit code."""
    try:
        Training(folder, examples, stopped, ranks).run()
    except Exception as error:
        reason = _reason(folder, error)
        try:
            folder.tell(phase="failed", reason=reason)
        except OSError:
            print(reason, file=sys.stderr)
        return 1
    return 0


def _reason(folder: RunFolder, error: Exception) -> str:
    """Why a run ended, in a line; what nobody foresaw goes into the log with its traceback."""
    if isinstance(error, SomaError):
        return str(error)
    if isinstance(error, OSError):
        return str(failure(f"{folder.name} cannot go on", error, folder.path))
    if isinstance(error, MemoryError):
        return OUT_OF_MEMORY
    traceback.print_exc()
    if _ran_out(error):
        return OUT_OF_MEMORY
    why = str(error).strip().splitlines()[:1]
    return f"{type(error).__name__}: {''.join(why)}; the log is {folder.log}"


def _ran_out(error: Exception) -> bool:
    loaded = sys.modules.get("training.lora_model")
    return loaded is not None and bool(loaded.memory_ran_out(error))


def main(arguments: Sequence[str]) -> int:
    """Run the training in the folder that is the only argument."""
    if len(arguments) != 1:
        print("usage: python -m training.qlora RUN_FOLDER < EXAMPLES", file=sys.stderr)
        return 2
    asked: list[str] = []
    phases = dict(zip(ASKING, STOPPED, strict=True))
    for number in phases:
        signal.signal(number, lambda got, _frame: asked.append(phases[signal.Signals(got)]))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ASKING)

    def stopped() -> str | None:
        return asked[-1] if asked else None

    folder, ranks = RunFolder(Path(arguments[0])), Ranks()
    try:
        ranks.join(folder.settings().device)
        text = ranks.told(sys.stdin.read() if ranks.first else "")
        lock = _lock(folder, stopped) if ranks.first else None
        examples = take_over(text, folder.manifest())
    except SomaError as error:
        print(error, file=sys.stderr)
        if ranks.first:
            folder.tell(phase="failed", reason=str(error))
        return 1
    if asked and lock is None and QUEUED in os.environ:
        folder.tell(phase=asked[-1], reason=f"it was {asked[-1]} while it waited for its turn")
        return 0
    try:
        return work(folder, examples, stopped, ranks)
    finally:
        ranks.leave()


def _lock(folder: RunFolder, stopped: Stopped) -> RunLock | None:
    """The lock of training, which dies with this process: handed over (None), waited for (None
    where it was stopped meanwhile), or taken where the process was started by hand."""
    if QUEUED in os.environ:
        return wait_for_turn(folder, stopped)
    if HANDED_OVER in os.environ:
        return None
    lock = RunLock(folder.path.parent)
    lock.name(folder.name, os.getpid())
    return lock


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
