"""A pristine base with a LoRA on all its linear layers, in torch: loss, saving, going on.

Imported by the training process alone: torch, transformers and peft take seconds to load.
"""

from __future__ import annotations

import errno
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model, set_peft_model_state_dict
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch.nn.functional import cross_entropy
from torch.utils.checkpoint import checkpoint

from training.base_weights import load_base
from training.checkpoint import Checkpoint, ConvertError
from training.lora import CONFIG, WEIGHTS, check_base, note_base
from training.optimiser import Optimiser
from training.packing import IGNORED, Row
from training.ranks import ALONE, Ranks
from training.run_settings import RunSettings
from training.threads import Threads

OPTIMISER = "optimiser.safetensors"


class LoraModel:
    """The base of `settings` with a fresh adapter in 32 bits, and the AdamW that trains it.

    The same seed gives the same adapter. Of the rows of a step and of an evaluation it goes through
    those of its rank; gradients and losses are those of all. Raises ConvertError where transformers
    cannot load the base.
    """

    def __init__(self, settings: RunSettings, ranks: Ranks = ALONE) -> None:
        self._settings = settings
        self._ranks = ranks
        self._threads = Threads()
        self._device = torch.device(settings.device)
        self._checkpoint = Checkpoint(Path(settings.base))
        torch.manual_seed(settings.seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            self._base = load_base(settings)
            config = LoraConfig(
                r=settings.rank,
                lora_alpha=settings.alpha,
                target_modules="all-linear",
                task_type="CAUSAL_LM",
            )
            self._model = get_peft_model(self._base, config)
        # Without this the adapter would carry the path of a folder on this machine.
        self._model.peft_config["default"].base_model_name_or_path = Path(settings.base).name
        self._weights = {
            name: weight for name, weight in self._model.named_parameters() if weight.requires_grad
        }
        self._optimiser = Optimiser(self._weights, settings.optimiser)
        self._softcap = getattr(self._base.config, "final_logit_softcapping", None)

    @property
    def trainable(self) -> int:
        """How many numbers are trained."""
        return sum(weight.numel() for weight in self._weights.values())

    def step(self, rows: Sequence[Row], rate: float, clip: float) -> float | None:
        """Learn from rows; give the mean loss of a trained token before it.

        None, with nothing changed, where loss or gradients are not finite.
        """
        self._model.train()
        trained = sum(row.trained for row in rows)
        total = torch.zeros((), device=self._device)
        for part in self._parts(rows):
            loss = self._summed_loss(part)
            (loss / trained).backward()
            total += loss.detach()
        total = self._added(total)
        norm = torch.nn.utils.clip_grad_norm_(list(self._weights.values()), clip)
        sound = bool(torch.isfinite(norm)) and bool(torch.isfinite(total))
        if sound and trained:
            self._optimiser.step(rate)
        self._optimiser.forget_gradients()
        return float(total) / max(1, trained) if sound else None

    def loss(self, rows: Sequence[Row]) -> float:
        """Give the mean loss of a trained token; nothing is learned."""
        self._model.eval()
        with torch.no_grad():
            total = torch.zeros((), device=self._device)
            for part in self._parts(rows):
                total += self._summed_loss(part)
            self._ranks.add([total])
        return float(total) / sum(row.trained for row in rows)

    def _added(self, total: Any) -> Any:
        """The sum of the losses of all ranks, once their gradients are added up, too."""
        if self._ranks.size > 1:
            for weight in self._weights.values():
                if weight.grad is None:  # no row of this step was for this rank
                    weight.grad = torch.zeros_like(weight)
            self._ranks.add([total, *(weight.grad for weight in self._weights.values())])
        return total

    def _parts(self, rows: Sequence[Row]) -> Iterator[list[Row]]:
        """The rows with something to learn, as many of them as go through together."""
        left = self._ranks.own([row for row in rows if row.trained])
        for start in range(0, len(left), self._settings.at_once):
            self._threads.adapt()
            yield list(left[start : start + self._settings.at_once])

    def _summed_loss(self, rows: Sequence[Row]) -> Any:
        """The sum over the trained tokens, with the logits of some places at a time."""
        ids, positions, labels = (tensor.to(self._device) for tensor in _padded(rows))
        hidden = self._base.model(
            input_ids=ids,
            position_ids=positions,
            use_cache=False,  # with a cache, transformers would not keep packed examples apart
        ).last_hidden_state
        chosen = labels != IGNORED
        hidden, labels = hidden[chosen], labels[chosen]
        total = torch.zeros((), device=self._device)
        size = self._settings.chunk
        for start in range(0, len(labels), size):
            part = hidden[start : start + size], labels[start : start + size]
            if torch.is_grad_enabled():
                total = total + checkpoint(self._chunk_loss, *part, use_reentrant=False)
            else:
                total = total + self._chunk_loss(*part)
        return total

    def _chunk_loss(self, hidden: Any, labels: Any) -> Any:
        logits = self._base.get_output_embeddings()(hidden).float()
        if self._softcap:
            logits = torch.tanh(logits / self._softcap) * self._softcap
        return cross_entropy(logits, labels, reduction="sum")

    def save_adapter(self, folder: Path) -> None:
        """Write the adapter as peft does, with a note of its base. Raises OSError."""
        folder.mkdir(parents=True, exist_ok=True)
        with warnings.catch_warnings(), _told_by_the_system():
            warnings.simplefilter("ignore")
            self._model.save_pretrained(folder, save_embedding_layers=False)
        (folder / "README.md").unlink(missing_ok=True)
        note_base(folder, self._checkpoint)

    def save(self, folder: Path) -> None:
        """Write adapter and optimiser, to go on from. Raises OSError."""
        self.save_adapter(folder)
        with _told_by_the_system():
            save_file(self._optimiser.state(), folder / OPTIMISER)

    def load(self, folder: Path) -> None:
        """Go on from what `save` wrote. Raises ConvertError where it is for another base, another
        adapter, or damaged."""
        check_base(folder, self._checkpoint)
        try:
            found = load_file(folder / WEIGHTS)
            state = load_file(folder / OPTIMISER)
            shapes = {name.replace(".default.", "."): w.shape for name, w in self._weights.items()}
            if {name: weight.shape for name, weight in found.items()} != shapes:
                raise ValueError(f"its matrices are not those that {CONFIG} asks for")
            set_peft_model_state_dict(self._model, found)
            self._optimiser.restore(state)
        except Exception as error:
            why = str(error).strip().splitlines()[:1]
            raise ConvertError(
                f"the checkpoint {folder} cannot be read ({''.join(why)}); remove it to go on from "
                "the one before"
            ) from error


def memory_ran_out(error: BaseException) -> bool:
    """Whether an error says that there was no memory left, on a card or in the machine."""
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    return isinstance(error, RuntimeError) and "can't allocate memory" in str(error)


def _padded(rows: Sequence[Row]) -> tuple[Any, Any, Any]:
    """Tokens, positions and labels of rows, each as one tensor; what fills up the shorter ones is
    an example of its own of which nothing is learned."""
    longest = max(len(row.ids) for row in rows)
    fill = [longest - len(row.ids) for row in rows]
    pairs = list(zip(rows, fill, strict=True))
    return (
        torch.tensor([[*row.ids, *[row.ids[-1]] * more] for row, more in pairs]),
        torch.tensor([[*row.positions, *range(more)] for row, more in pairs]),
        torch.tensor([[*row.labels, *[IGNORED] * more] for row, more in pairs]),
    )


@contextmanager
def _told_by_the_system() -> Iterator[None]:
    """Raises the system's own error where safetensors only quotes it."""
    try:
        yield
    except SafetensorError as error:
        number = re.search(r"os error (\d+)", str(error))
        raise OSError(int(number[1]) if number else errno.EIO, str(error)) from error
